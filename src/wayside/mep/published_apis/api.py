"""The operations of ``published-apis``. Ref: MEC 011 V3.2.1 clause 9, TS 29.222 clause 8.2.

Never decides: the registry does, for both of its faces.
"""

from wayside.core.ids import AppInstanceId, SerInstanceId
from wayside.core.operations import Api, delete, get, patch, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.mep.capif.catalogue import Publications
from wayside.mep.capif.model import ServiceAPIDescription, ServiceAPIDescriptionPatch
from wayside.mep.registrations import Registrations

READ, WRITE = "published-apis:read", "published-apis:write"
CLAUSE = "MEC 011 clause 9.2"


class PublishedApis(
    Api,
    name="published-apis",
    version="v1",
    spec="MEC 011 V3.2.1",
    title="Publishing services (CAPIF)",
):
    """Services offered as CAPIF describes them; ``apfId`` is the instance that offers."""

    def __init__(self, publications: Publications, registrations: Registrations) -> None:
        self._publications = publications
        self._registrations = registrations

    @post("/{apfId}/service-apis", clause=CLAUSE, scope=WRITE)
    async def create_service_api(
        self, apf_id: AppInstanceId, body: ServiceAPIDescription
    ) -> Created[ServiceAPIDescription]:
        """Publish a service; subscribers on both faces hear of it."""
        self._registrations.require_present(apf_id)
        entry = await self._publications.create(apf_id, body)
        return Created(f"{self.info.root}/{apf_id}/service-apis/{entry.id}", entry)

    @get("/{apfId}/service-apis", clause=CLAUSE, scope=READ)
    async def list_service_apis(self, apf_id: AppInstanceId) -> tuple[ServiceAPIDescription, ...]:
        """List what the instance publishes, on either face."""
        self._registrations.require_known(apf_id)
        return self._publications.list(apf_id)

    @get("/{apfId}/service-apis/{serviceApiId}", clause=CLAUSE, scope=READ)
    async def get_service_api(
        self, apf_id: AppInstanceId, service_api_id: SerInstanceId
    ) -> Entry[ServiceAPIDescription]:
        """Read one service that the instance publishes."""
        self._registrations.require_known(apf_id)
        return self._publications.get(apf_id, service_api_id)

    @put("/{apfId}/service-apis/{serviceApiId}", clause=CLAUSE, scope=WRITE, errors=(412,))
    async def replace_service_api(
        self,
        apf_id: AppInstanceId,
        service_api_id: SerInstanceId,
        body: ServiceAPIDescription,
        if_match: IfMatch | None = None,
    ) -> Entry[ServiceAPIDescription]:
        """Replace a service whole; subscribers on both faces hear what changed."""
        self._registrations.require_present(apf_id)
        return await self._publications.replace(apf_id, service_api_id, body, if_match=if_match)

    @patch("/{apfId}/service-apis/{serviceApiId}", clause=CLAUSE, scope=WRITE, errors=(412,))
    async def modify_service_api(
        self,
        apf_id: AppInstanceId,
        service_api_id: SerInstanceId,
        body: ServiceAPIDescriptionPatch,
        if_match: IfMatch | None = None,
    ) -> Entry[ServiceAPIDescription]:
        """Change some attributes of a service by a merge patch."""
        self._registrations.require_present(apf_id)
        return await self._publications.modify(apf_id, service_api_id, body, if_match=if_match)

    @delete("/{apfId}/service-apis/{serviceApiId}", clause=CLAUSE, scope=WRITE)
    async def delete_service_api(
        self, apf_id: AppInstanceId, service_api_id: SerInstanceId
    ) -> None:
        """Publish a service no more; subscribers on both faces hear of it."""
        self._registrations.require_known(apf_id)
        await self._publications.delete(apf_id, service_api_id)
