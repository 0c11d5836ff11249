"""Both faces of one registry: services read and changed as CAPIF describes them.

Never keeps a service itself, and never tells anyone: the registry does.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from wayside.chassis.etags import etag_of, require_match
from wayside.core.ids import SerInstanceId
from wayside.core.replies import Entry
from wayside.core.wire import encode
from wayside.mep.mec_service_mgmt.registry import ServiceRegistry
from wayside.mep.turns import Turns
from wayside.model.services import ServiceInfo

from .mapping import description_of, patched, service_of, without_answers
from .model import ServiceAPIDescription, ServiceAPIDescriptionPatch

VIEWS_MAX = 4_096
"""Views that are kept, so that a list costs what it answers."""


@dataclass(frozen=True)
class _View:
    """What was shown of a service, and of which entries it was made."""

    service: Entry[ServiceInfo]
    kept: Entry[ServiceAPIDescription] | None
    shown: Entry[ServiceAPIDescription]


class Publications:
    """What an instance publishes. Each raises NotFound where it offers no such service."""

    def __init__(self, registry: ServiceRegistry) -> None:
        self._registry = registry
        self._views: dict[str, _View] = {}
        self._turns = Turns()

    def view(self, service: Entry[ServiceInfo]) -> Entry[ServiceAPIDescription]:
        """Return a service as CAPIF shows it, under the registry's own entity tag.

        What was published beyond the service's attributes is part of the tag.
        """
        kept = self._registry.publications.find(service.id)
        view = self._views.get(service.id)
        if view is not None and view.service is service and view.kept is kept:
            return view.shown
        if len(self._views) >= VIEWS_MAX:
            self._views.clear()
        made = _View(service, kept, _shown(service, kept))
        self._views[service.id] = made
        return made.shown

    def describe(self, service: ServiceInfo) -> ServiceAPIDescription:
        """Return a service as CAPIF shows it, registered still or just gone."""
        kept = self._registry.publications.find(service.ser_instance_id or "")
        return description_of(service, kept.value if kept else None)

    def list(self, apf_id: str) -> tuple[ServiceAPIDescription, ...]:
        """Return all that an instance publishes, oldest first."""
        return tuple(self.view(entry).value for entry in self._registry.list_of(apf_id))

    def get(self, apf_id: str, api_id: SerInstanceId) -> Entry[ServiceAPIDescription]:
        """Return one service of an instance."""
        return self.view(self._registry.get_of(apf_id, api_id))

    async def create(
        self, apf_id: str, wanted: ServiceAPIDescription
    ) -> Entry[ServiceAPIDescription]:
        """Publish a service; raise BadRequest, Unprocessable."""
        service = service_of(wanted, present=None)
        entry = await self._registry.create(apf_id, service, publication=without_answers(wanted))
        return self.view(entry)

    async def replace(
        self,
        apf_id: str,
        api_id: SerInstanceId,
        wanted: ServiceAPIDescription,
        *,
        if_match: str | None,
    ) -> Entry[ServiceAPIDescription]:
        """Have the service be as described; raise as ``create`` does, and PreconditionFailed."""
        return await self._turns.take(api_id, self._replace(apf_id, api_id, wanted, if_match))

    async def _replace(
        self,
        apf_id: str,
        api_id: SerInstanceId,
        wanted: ServiceAPIDescription,
        if_match: str | None,
    ) -> Entry[ServiceAPIDescription]:
        present = self._registry.get_of(apf_id, api_id)
        require_match(if_match, self.view(present).etag, what=f"service {api_id}")
        entry = await self._registry.replace(
            apf_id,
            api_id,
            service_of(replace(wanted, api_id=wanted.api_id or api_id), present=present.value),
            if_match=present.etag,
            publication=without_answers(wanted),
        )
        return self.view(entry)

    async def modify(
        self,
        apf_id: str,
        api_id: SerInstanceId,
        patch: ServiceAPIDescriptionPatch,
        *,
        if_match: str | None,
    ) -> Entry[ServiceAPIDescription]:
        """Change what the patch names; raise as ``replace`` does."""

        async def work() -> Entry[ServiceAPIDescription]:
            present = self.get(apf_id, api_id)
            require_match(if_match, present.etag, what=f"service {api_id}")
            changed = patched(present.value, patch)
            return await self._replace(apf_id, api_id, changed, present.etag)

        return await self._turns.take(api_id, work())

    async def delete(self, apf_id: str, api_id: SerInstanceId) -> None:
        """Publish the service no more."""
        await self._registry.delete(apf_id, api_id)


def _shown(
    service: Entry[ServiceInfo], kept: Entry[ServiceAPIDescription] | None
) -> Entry[ServiceAPIDescription]:
    shown = description_of(service.value, kept.value if kept else None)
    etag = etag_of((service.etag + kept.etag).encode()) if kept else service.etag
    return Entry(service.id, shown, encode(shown), etag)
