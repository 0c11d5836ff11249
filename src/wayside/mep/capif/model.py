"""Data types of CAPIF that the MEC profile uses. Ref: TS 29.222 clauses 8.1 to 8.3.

Never an enumeration where CAPIF allows further values: those are strings here.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from wayside.core.wire import Wire
from wayside.model.services import (
    CategoryRef,
    EndPointInfo,
    KeyValuePairs,
    LivenessInterval,
    LocalityType,
    SecurityInfo,
    SerializerType,
    ServiceLinks,
    ServiceState,
    TransportType,
)

SERVICE_INFO = "vendorSpecific-urn:etsi:mec:capifext:service-info"
TRANSPORT_INFO = "vendorSpecific-urn:etsi:mec:capifext:transport-info"

Features = Annotated[str, msgspec.Meta(pattern="^[A-Fa-f0-9]*$", max_length=64)]
"""A bit mask, hexadecimal. Ref: TS 29.571 clause 5.2.2."""


class ServiceInfoExtension(Wire):
    """What MEC says of a service beyond CAPIF. Ref: MEC 011 V3.2.1 clause 9."""

    links: ServiceLinks | None = msgspec.field(default=None, name="_links")
    """In answers only."""
    category: CategoryRef | None = None
    state: ServiceState | None = None
    """Absent in a request: ACTIVE."""
    serializer: SerializerType | None = None
    """Absent in a request: as ``dataFormat`` says, else JSON."""
    scope_of_locality: LocalityType | None = None
    consumed_local_only: bool | None = None
    is_local: bool | None = None
    """In answers only."""
    liveness_interval: LivenessInterval | None = None


class TransportInfoExtension(Wire):
    """What MEC says of a transport beyond CAPIF. Ref: MEC 011 V3.2.1 clause 9."""

    name: str | None = None
    description: str | None = None
    type: TransportType | None = None
    """Absent in a request: REST_HTTP."""
    protocol: str | None = None
    version: str | None = None
    security: SecurityInfo | None = None
    endpoint: EndPointInfo | None = None
    """Ours: where CAPIF's interface descriptions cannot say it (``alternative``)."""
    impl_specific_info: KeyValuePairs | None = None


class InterfaceDescription(Wire):
    """Where an API is exposed: one of the two addresses or the name. Ref: TS 29.222 8.2.4.2.3."""

    ipv4_addr: str | None = None
    ipv6_addr: str | None = None
    fqdn: str | None = None
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    api_prefix: str | None = None
    """Path segments, with a slash in front."""
    security_methods: tuple[str, ...] = ()


class CustomOperation(Wire):
    """An operation that is no method of a resource. Ref: TS 29.222 clause 8.2.4.2.7."""

    comm_type: str
    cust_op_name: str
    operations: tuple[str, ...] = ()
    description: str | None = None


class Resource(Wire):
    """A resource of the API. Ref: TS 29.222 clause 8.2.4.2.6."""

    resource_name: str
    comm_type: str
    """``REQUEST_RESPONSE`` or ``SUBSCRIBE_NOTIFY``."""
    uri: str
    cust_op_name: str | None = None
    cust_operations: tuple[CustomOperation, ...] = ()
    operations: tuple[str, ...] = ()
    description: str | None = None


class Version(Wire):
    """A version of the API. Ref: TS 29.222 clause 8.2.4.2.5."""

    api_version: str
    expiry: str | None = None
    """A date and time of RFC 3339."""
    resources: tuple[Resource, ...] = ()
    cust_operations: tuple[CustomOperation, ...] = ()


class AefLocation(Wire):
    """Where an exposing function stands. Ref: TS 29.222 clause 8.2.4.2.9."""

    civic_addr: dict[str, Any] | None = None
    geo_area: dict[str, Any] | None = None
    dc_id: str | None = None


Count = Annotated[int, msgspec.Meta(ge=0)]
Flops = Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)? [kMGTPEZ]FLOPS$")]
Bytes = Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)? [KMGTPEZY]B$")]


class ServiceKpis(Wire):
    """What an exposing function promises, or an invoker asks for. Ref: TS 29.222 clause 8.2.4.2."""

    max_req_rate: Count | None = None
    """Requests a second."""
    max_restime: Count | None = None
    """Seconds until the answer, at most."""
    availability: Count | None = None
    aval_comp: Flops | None = None
    aval_gra_comp: Flops | None = None
    aval_mem: Bytes | None = None
    aval_stor: Bytes | None = None
    con_band: Count | None = None
    """kbit/s."""


class AddressRange(Wire):
    """Addresses from the first to the last. Ref: TS 29.571 clause 5.4.4."""

    start: str
    end: str


class IpAddrRange(Wire):
    """The devices that an exposing function serves. Ref: TS 29.222 clause 8.2.4.2."""

    ue_ipv4_addr_ranges: tuple[AddressRange, ...] = ()
    ue_ipv6_addr_ranges: tuple[AddressRange, ...] = ()


class IpAddrInfo(Wire):
    """A device, by one of its addresses. Ref: TS 29.222 clause 8.1.4.2."""

    ipv4_addr: str | None = None
    ipv6_addr: str | None = None


class AefProfile(Wire):
    """How an exposing function offers the API. Ref: TS 29.222 clause 8.2.4.2.4.

    Exactly one of ``domainName`` and ``interfaceDescriptions``.
    """

    aef_id: str
    versions: Annotated[tuple[Version, ...], msgspec.Meta(min_length=1)]
    protocol: str | None = None
    """``HTTP_1_1`` or ``HTTP_2``."""
    data_format: str | None = None
    security_methods: tuple[str, ...] = ()
    """``PSK``, ``PKI``, ``OAUTH``."""
    domain_name: str | None = None
    interface_descriptions: tuple[InterfaceDescription, ...] = ()
    aef_location: dict[str, Any] | None = None
    """An ``AefLocation``; kept as it was published."""
    service_kpis: ServiceKpis | None = None
    ue_ip_range: IpAddrRange | None = None
    """Absent: it serves all devices."""
    transport_info: TransportInfoExtension | None = msgspec.field(default=None, name=TRANSPORT_INFO)


class ServiceAPIDescription(Wire):
    """A service as CAPIF describes it. Ref: TS 29.222 clause 8.2.4.2.2."""

    api_name: str
    api_id: str | None = None
    """The service's ``serInstanceId``; absent in a POST."""
    aef_profiles: tuple[AefProfile, ...] = ()
    description: str | None = None
    supported_features: Features | None = None
    """Required in requests by MEC's profile."""
    shareable_info: dict[str, Any] | None = None
    service_api_category: str | None = msgspec.field(default=None, name="serviceAPICategory")
    api_supp_feats: Features | None = None
    pub_api_path: dict[str, Any] | None = None
    ccf_id: str | None = None
    service_info: ServiceInfoExtension | None = msgspec.field(default=None, name=SERVICE_INFO)


class ServiceAPIDescriptionPatch(Wire):
    """A merge patch of a description; null takes an attribute away. Ref: 8.2.4.2.10."""

    aef_profiles: tuple[AefProfile, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    shareable_info: dict[str, Any] | UnsetType | None = UNSET
    service_api_category: str | UnsetType | None = msgspec.field(
        default=UNSET, name="serviceAPICategory"
    )
    api_supp_feats: Features | UnsetType | None = UNSET
    pub_api_path: dict[str, Any] | UnsetType | None = UNSET
    ccf_id: str | UnsetType | None = UNSET
    service_info: dict[str, Any] | UnsetType | None = msgspec.field(
        default=UNSET, name=SERVICE_INFO
    )


class DiscoveredAPIs(Wire):
    """What a discovery found. Ref: TS 29.222 clause 8.1.4.2.2."""

    service_api_descriptions: tuple[ServiceAPIDescription, ...] = msgspec.field(
        default=(), name="serviceAPIDescriptions"
    )
