"""The operations of ``service-apis``. Ref: MEC 011 V3.2.1 clause 9, TS 29.222 clause 8.1.

Never decides: ``capif.discovering`` does.
"""

from wayside.core.authorisation import Caller
from wayside.core.errors import NotFound
from wayside.core.operations import Api, get
from wayside.core.requests import PeerAddress
from wayside.mep.capif.catalogue import Publications
from wayside.mep.capif.discovering import Wanted
from wayside.mep.capif.model import DiscoveredAPIs
from wayside.mep.consumers import Consumers
from wayside.mep.mec_service_mgmt.discovery import Discovery
from wayside.mep.mec_service_mgmt.logic import Query
from wayside.mep.registrations import Registrations

READ = "service-apis:read"
CLAUSE = "MEC 011 clause 9.2"


class ServiceApis(
    Api,
    name="service-apis",
    version="v1",
    spec="MEC 011 V3.2.1",
    title="Discovering services (CAPIF)",
):
    """Services as CAPIF describes them, found by its own filters."""

    def __init__(
        self,
        discovery: Discovery,
        publications: Publications,
        registrations: Registrations,
        consumers: Consumers,
    ) -> None:
        self._discovery = discovery
        self._publications = publications
        self._registrations = registrations
        self._consumers = consumers

    @get("/allServiceApis", clause=CLAUSE, scope=READ, errors=(404,), hyphens=True)
    async def discover(
        self,
        caller: Caller | None = None,
        address: PeerAddress | None = None,
        *,
        api_invoker_id: str,
        api_name: str | None = None,
        api_version: str | None = None,
        comm_type: str | None = None,
        protocol: str | None = None,
        aef_id: str | None = None,
        data_format: str | None = None,
        api_cat: str | None = None,
        supported_features: str | None = None,
        api_supported_features: str | None = None,
    ) -> DiscoveredAPIs:
        """Find services; each comes with the profiles that fit.

        404 where ``api-invoker-id`` is no instance that this platform knows, or nothing fits.
        """
        self._registrations.require_known(api_invoker_id)
        wanted = Wanted(
            api_name=api_name,
            api_version=api_version,
            comm_type=comm_type,
            protocol=protocol,
            aef_id=aef_id,
            data_format=data_format,
            api_cat=api_cat,
            supported_features=supported_features,
            api_supported_features=api_supported_features,
        )
        return self._find(wanted, here=self._consumers.here(caller, address))

    @get("/allServiceAPIs", clause=CLAUSE, scope=READ, errors=(404,), hyphens=True)
    async def discover_as_3gpp_writes_it(
        self,
        caller: Caller | None = None,
        address: PeerAddress | None = None,
        *,
        api_invoker_id: str,
        api_name: str | None = None,
        api_version: str | None = None,
        comm_type: str | None = None,
        protocol: str | None = None,
        aef_id: str | None = None,
        data_format: str | None = None,
        api_cat: str | None = None,
        supported_features: str | None = None,
        api_supported_features: str | None = None,
    ) -> DiscoveredAPIs:
        """Find services under the path that TS 29.222 writes with capitals."""
        return await self.discover(
            caller,
            address,
            api_invoker_id=api_invoker_id,
            api_name=api_name,
            api_version=api_version,
            comm_type=comm_type,
            protocol=protocol,
            aef_id=aef_id,
            data_format=data_format,
            api_cat=api_cat,
            supported_features=supported_features,
            api_supported_features=api_supported_features,
        )

    def _find(self, wanted: Wanted, *, here: bool) -> DiscoveredAPIs:
        wanted.check()
        query = Query(ser_name=(wanted.api_name,) if wanted.api_name else ())
        views = (self._publications.view(e).value for e in self._discovery.list(query, here=here))
        found = tuple(fit for each in views if (fit := wanted.matching(each)) is not None)
        if not found:
            raise NotFound("No published service fits the filters; ask for less.")
        return DiscoveredAPIs(service_api_descriptions=found)
