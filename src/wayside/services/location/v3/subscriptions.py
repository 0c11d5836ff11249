"""Data types of MEC 013 V3.1.1 that subscribe. Ref: clauses 6.3 and 6.5."""

from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from wayside.core.wire import Wire
from wayside.model.common import SelfLink, TimeStamp
from wayside.model.subscriptions import WebsockNotifConfig
from wayside.services.location.model import (
    Address,
    Addresses,
    Correlator,
    Count,
    DistanceCriteria,
    Latitude,
    Longitude,
    Metres,
    OperationStatus,
    Seconds,
)

EVENT, PERIODIC = "UserLocationEventSubscription", "UserLocationPeriodicSubscription"
ZONE_EVENT, ZONE_STATUS = "ZoneLocationEventSubscription", "ZoneStatusSubscription"
AREA, DISTANCE = "UserAreaSubscription", "UserDistanceSubscription"
Amount = Annotated[float, Meta(ge=1, le=8_639_999)]


class LocationEventType(StrEnum):
    """What became of a user and an area. Ref: clause 6.6 (as TS 29.572 clause 6.1.6.3.12)."""

    ENTERING_AREA_EVENT = "ENTERING_AREA_EVENT"
    LEAVING_AREA_EVENT = "LEAVING_AREA_EVENT"


Events = tuple[LocationEventType, ...]


class OccurrenceInfo(StrEnum):
    """Whether the first event is the last. Ref: TS 29.572 clause 6.1.6.3.16."""

    ONE_TIME_EVENT = "ONE_TIME_EVENT"
    MULTIPLE_TIME_EVENT = "MULTIPLE_TIME_EVENT"


class ReportingCtrl(Wire):
    """How much is told. Ref: clause 6.5.6. The longer of the two times between reports holds."""

    minimum_interval: Seconds | None = None
    maximum_frequency: Seconds | None = None
    maximum_count: Count | None = None
    """0: no bound."""


class UserEventPara(Wire):
    """Which area a user is watched for. Ref: clause 6.5.5. A zone or access points, not both."""

    access_point_list: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()
    zone_id: str | None = None
    occurrence_info: OccurrenceInfo | None = None
    reporting_location_req: bool | None = None


class PeriodicEventInfo(Wire):
    """How often and how many times. Ref: TS 29.572 clause 6.1.6.2.24."""

    reporting_amount: Amount
    reporting_interval: Amount
    """Seconds; the first report comes after the first interval."""


class AreaShape(IntEnum):
    """What an area is. Ref: clause 6.5.7."""

    CIRCLE = 1
    POLYGON = 2


class Point(Wire):
    """A point on the WGS 84 ellipsoid, degrees. Ref: clause 6.5.8."""

    latitude: Latitude
    longitude: Longitude


class AreaInfo(Wire):
    """An area on the map. Ref: clause 6.5.7."""

    shape: AreaShape
    points: Annotated[tuple[Point, ...], Meta(min_length=1, max_length=15)]
    """One of a circle, 3 to 15 of a polygon."""
    radius: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    """Metres; of a circle."""


class Subscribed(Wire):
    """What all subscriptions say."""

    callback_reference: str | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    request_test_notification: bool | None = None
    client_correlator: Correlator | None = None
    """The same makes one subscription, however often its request is repeated."""
    expiry_deadline: TimeStamp | None = None
    links: SelfLink | None = msgspec.field(default=None, name="_links")


class UserLocationEventSubscription(Subscribed, tag_field="subscriptionType", tag=EVENT):
    """A user's comings and goings. Ref: clause 6.3.4.

    Without an area in ``userEventPara`` each zone is one.
    """

    address: Address
    location_event_criteria: Events = ()
    """Empty: both."""
    user_event_para: UserEventPara | None = None


class UserLocationPeriodicSubscription(Subscribed, tag_field="subscriptionType", tag=PERIODIC):
    """A user's place, every so often. Ref: clause 6.3.5."""

    address: Address
    periodic_event_info: PeriodicEventInfo


class ZoneLocationEventSubscription(Subscribed, tag_field="subscriptionType", tag=ZONE_EVENT):
    """Who comes into a zone and who goes. Ref: clause 6.3.6."""

    zone_id: str
    address_list: Annotated[tuple[Address, ...], Meta(max_length=1000)] = ()
    """Empty: all users."""
    location_event_criteria: Events = ()
    """Empty: both."""
    reporting_ctrl: ReportingCtrl | None = None


class ZoneStatusSubscription(Subscribed, tag_field="subscriptionType", tag=ZONE_STATUS):
    """How full a zone is, and what of it serves. Ref: clause 6.3.7."""

    zone_id: str
    operation_status: tuple[OperationStatus, ...] = ()
    upper_number_of_users_zone_threshold: Count | None = None
    lower_number_of_users_zone_threshold: Count | None = None
    upper_number_of_users_ap_threshold: Count | None = msgspec.field(
        default=None, name="upperNumberOfUsersAPThreshold"
    )
    lower_number_of_users_ap_threshold: Count | None = msgspec.field(
        default=None, name="lowerNumberOfUsersAPThreshold"
    )
    reporting_ctrl: ReportingCtrl | None = None


class UserAreaSubscription(Subscribed, tag_field="subscriptionType", tag=AREA):
    """Users' comings and goings on the map. Ref: clause 6.3.8."""

    address_list: Addresses
    area_define: AreaInfo
    tracking_accuracy: Metres
    location_event_criteria: Events = ()
    """Empty: both."""
    reporting_location_req: bool | None = None
    reporting_ctrl: ReportingCtrl | None = None


class UserDistanceSubscription(Subscribed, tag_field="subscriptionType", tag=DISTANCE):
    """How far users are from each other. Ref: clause 6.3.9."""

    monitored_address: Addresses
    reference_address: Annotated[tuple[Address, ...], Meta(max_length=1000)] = ()
    """Empty: the monitored among each other."""
    distance: Metres
    tracking_accuracy: Metres
    criteria: DistanceCriteria
    check_immediate: bool
    reporting_ctrl: ReportingCtrl | None = None


UserSubscription = UserLocationEventSubscription | UserLocationPeriodicSubscription
ZoneSubscription = ZoneLocationEventSubscription | ZoneStatusSubscription


class AboutUser(Wire):
    """A subscription at ``/subscriptions/users`` as it is asked and answered: one of the two."""

    user_location_event_subscription: UserLocationEventSubscription | None = None
    user_location_periodic_subscription: UserLocationPeriodicSubscription | None = None


class AboutZone(Wire):
    """A subscription at ``/subscriptions/zones`` as it is asked and answered: one of the two."""

    zone_location_event_subscription: ZoneLocationEventSubscription | None = None
    zone_status_subscription: ZoneStatusSubscription | None = None


class AboutArea(Wire):
    """A subscription at ``/subscriptions/area`` as it is asked and answered."""

    user_area_subscription: UserAreaSubscription | None = None


class AboutDistance(Wire):
    """A subscription at ``/subscriptions/distance`` as it is asked and answered."""

    user_distance_subscription: UserDistanceSubscription | None = None
