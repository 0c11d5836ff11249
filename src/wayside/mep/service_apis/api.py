"""The operations of ``service-apis``. Ref: MEC 011 V3.2.1 clause 9, TS 29.222 clause 8.1.

Never decides: ``capif.discovering`` does.
"""

from wayside.core.authorisation import Caller
from wayside.core.errors import NotFound
from wayside.core.operations import Api, also_at, get
from wayside.core.replies import Entry
from wayside.core.requests import PeerAddress
from wayside.mep.capif.catalogue import Publications
from wayside.mep.capif.discovering import Wanted
from wayside.mep.capif.model import AefLocation, DiscoveredAPIs, IpAddrInfo, ServiceKpis
from wayside.mep.consumers import Consumers
from wayside.mep.mec_service_mgmt.discovery import Discovery
from wayside.mep.mec_service_mgmt.logic import Query, owner_of
from wayside.mep.registrations import Registrations
from wayside.model.services import ServiceInfo

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
        preferred_aef_loc: AefLocation | None = None,
        req_api_prov_name: str | None = None,
        supported_features: str | None = None,
        api_supported_features: str | None = None,
        ue_ip_addr: IpAddrInfo | None = None,
        service_kpis: ServiceKpis | None = None,
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
            preferred_aef_loc=preferred_aef_loc,
            req_api_prov_name=req_api_prov_name,
            supported_features=supported_features,
            api_supported_features=api_supported_features,
            ue_ip_addr=ue_ip_addr,
            service_kpis=service_kpis,
        )
        return self._find(wanted, here=self._consumers.here(caller, address))

    discover_as_3gpp_writes_it = also_at(
        discover, "/allServiceAPIs", name="discover_as_3gpp_writes_it"
    )

    def _find(self, wanted: Wanted, *, here: bool) -> DiscoveredAPIs:
        wanted.check()
        query = Query(ser_name=(wanted.api_name,) if wanted.api_name else ())
        fitting = (
            wanted.matching(self._publications.view(each).value, provider=self._provider(each))
            for each in self._discovery.list(query, here=here)
        )
        found = wanted.in_order(each for each in fitting if each is not None)
        if not found:
            raise NotFound("No published service fits the filters; ask for less.")
        return DiscoveredAPIs(service_api_descriptions=found)

    def _provider(self, service: Entry[ServiceInfo]) -> str | None:
        return self._registrations.provider_of(owner_of(service.value))
