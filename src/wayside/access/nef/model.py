"""The types of 3GPP's northbound interfaces, as far as they are sent or read here.

Names are 3GPP's. Never says what becomes of a report: ``logic`` does.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from wayside.core.wire import Wire


class MonitoringType(StrEnum):
    """What is monitored; those that are asked for here. Ref: TS 29.122 clause 5.3.2.4.3."""

    LOCATION_REPORTING = "LOCATION_REPORTING"
    UE_REACHABILITY = "UE_REACHABILITY"
    LOSS_OF_CONNECTIVITY = "LOSS_OF_CONNECTIVITY"


class Accuracy(StrEnum):
    """How finely locations are told. Ref: TS 29.122 clause 5.3.2.4.7."""

    CGI_ECGI = "CGI_ECGI"
    GEO_AREA = "GEO_AREA"


class MonitoringEventSubscription(Wire):
    """What is to be monitored, of whom, and until when. Ref: TS 29.122 clause 5.3.2.1.2."""

    self_uri: str | None = msgspec.field(default=None, name="self")
    external_id: str | None = None
    msisdn: str | None = None
    external_group_id: str | None = None
    ipv4_addr: str | None = None
    notification_destination: str
    monitoring_type: str
    monitor_expire_time: str | None = None
    """RFC 3339."""
    maximum_number_of_reports: int | None = None
    maximum_detection_time: int | None = None
    """Seconds without contact after which a device is lost."""
    reachability_type: str | None = None
    location_type: str | None = None
    accuracy: str | None = None
    minimum_report_interval: int | None = None
    """Seconds between two reports of one device."""
    immediate_rep: bool | None = None


class PlmnId(Wire):
    """Ref: TS 29.571."""

    mcc: str
    mnc: str


class Ecgi(Wire):
    """Ref: TS 29.571."""

    plmn_id: PlmnId
    eutra_cell_id: str
    """Seven hexadecimal digits."""


class Ncgi(Wire):
    """Ref: TS 29.571."""

    plmn_id: PlmnId
    nr_cell_id: str
    """Nine hexadecimal digits."""


class EutraLocation(Wire):
    """Ref: TS 29.571."""

    ecgi: Ecgi
    ignore_ecgi: bool = False


class NrLocation(Wire):
    """Ref: TS 29.571."""

    ncgi: Ncgi
    ignore_ncgi: bool = False


class UserLocation(Wire):
    """Ref: TS 29.571."""

    eutra_location: EutraLocation | None = None
    nr_location: NrLocation | None = None


class GeographicalCoordinates(Wire):
    """Degrees, WGS 84. Ref: TS 29.572."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class GeographicArea(Wire):
    """A point, or an area by one of the shapes of TS 23.032. Ref: TS 29.572."""

    shape: str
    point: GeographicalCoordinates | None = None
    point_list: tuple[GeographicalCoordinates, ...] = ()
    altitude: float | None = None
    """Metres."""
    inner_radius: float = 0
    """Metres."""
    uncertainty_radius: float = 0
    """Metres."""
    offset_angle: float = 0
    """Degrees, clockwise from north."""
    included_angle: float = 0


class VelocityEstimate(Wire):
    """Ref: TS 29.572."""

    h_speed: Annotated[float, Meta(ge=0)]
    """Kilometres per hour."""
    bearing: Annotated[float, Meta(ge=0, le=360)]
    """Degrees, clockwise from north."""


class LocationInfo(Wire):
    """Where a device is. Ref: TS 29.122 clause 5.3.2.3.5."""

    cell_id: str | None = None
    """The cell's global identification; the digits of MCC, MNC and cell identity."""
    user_location: UserLocation | None = None
    geographic_area: GeographicArea | None = None
    ue_velocity: VelocityEstimate | None = None


class MonitoringEventReport(Wire):
    """What has happened to one device. Ref: TS 29.122 clause 5.3.2.3.2."""

    monitoring_type: str
    external_id: str | None = None
    msisdn: str | None = None
    location_info: LocationInfo | None = None
    loss_of_connect_reason: int | None = None
    """Ref: TS 29.336 clause 8.4.58."""
    reachability_type: str | None = None
    event_time: str | None = None


class MonitoringEventReports(Wire):
    """Ref: TS 29.122 clause 5.3.2.3.10."""

    monitoring_event_reports: tuple[MonitoringEventReport, ...]


class MonitoringNotification(Wire):
    """What the NEF posts to whoever monitors. Ref: TS 29.122 clause 5.3.2.2.2."""

    subscription: str
    monitoring_event_reports: tuple[MonitoringEventReport, ...] = ()
    cancel_ind: bool = False
    """The subscription has ended."""


class FlowInfo(Wire):
    """Packet filters, as the Flow-Description of TS 29.214. Ref: TS 29.122 clause 5.2.1.2.4."""

    flow_id: int
    flow_descriptions: Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]


class AsSessionWithQoSSubscription(Wire):
    """Flows of a device, and what is wanted for them. Ref: TS 29.122 clause 5.14.2."""

    self_uri: str | None = msgspec.field(default=None, name="self")
    notification_destination: str
    dnn: str | None = None
    flow_info: tuple[FlowInfo, ...] = ()
    qos_reference: str | None = None
    alt_qos_references: tuple[str, ...] = msgspec.field(default=(), name="altQoSReferences")
    ue_ipv4_addr: str | None = None
    events: tuple[str, ...] = ()


class UserPlaneEventReport(Wire):
    """What became of a promise. Ref: TS 29.122 clause 5.14.2."""

    event: str
    applied_qos_ref: str | None = None


class UserPlaneNotificationData(Wire):
    """Ref: TS 29.122 clause 5.14.2."""

    transaction: str
    event_reports: Annotated[tuple[UserPlaneEventReport, ...], Meta(min_length=1)]


class RouteInformation(Wire):
    """Ref: TS 29.571."""

    ipv4_addr: str
    port_number: int


class RouteToLocation(Wire):
    """The place where traffic leaves the core, and how. Ref: TS 29.571."""

    dnai: str
    route_info: RouteInformation | None = None
    route_prof_id: str | None = None


class TrafficInfluSub(Wire):
    """Whose traffic is to leave the core where. Ref: TS 29.522 clause 5.4."""

    self_uri: str | None = msgspec.field(default=None, name="self")
    af_service_id: str | None = None
    dnn: str | None = None
    external_group_id: str | None = None
    any_ue_ind: bool | None = None
    ipv4_addr: str | None = None
    subscribed_events: tuple[str, ...] = ()
    dnai_chg_type: str | None = None
    notification_destination: str | None = None
    traffic_filters: tuple[FlowInfo, ...] = ()
    traffic_routes: tuple[RouteToLocation, ...] = ()


class EventNotification(Wire):
    """The way of a device's traffic has changed, or is about to.

    Ref: TS 29.522 clause 5.4.
    """

    dnai_chg_type: str
    subscribed_event: str
    source_dnai: str | None = None
    target_dnai: str | None = None
    gpsi: str | None = None
    src_ue_ipv4_addr: str | None = None
    tgt_ue_ipv4_addr: str | None = None


class IpAddr(Wire):
    """Ref: TS 29.571."""

    ipv4_addr: str


class UeIdReq(Wire):
    """Whose identifier is asked for. Ref: TS 29.522, UEId."""

    af_id: str
    ue_ip_addr: IpAddr
    dnn: str | None = None


class UeIdInfo(Wire):
    """Ref: TS 29.522, UEId."""

    external_id: str
