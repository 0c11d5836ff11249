"""Data types of MEC 013 V3.1.1 that notify. Ref: clause 6.4."""

from enum import StrEnum

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.model.subscriptions import ExpiryNotification, NotificationLinks, TestNotification
from wayside.refpoints.net.values import Origin
from wayside.services.location.model import DistanceCriteria, LocationInfo, OperationStatus
from wayside.services.location.wishes import Crossing

from .model import UserList
from .subscriptions import LocationEventType


class NotificationResult(StrEnum):
    """Whether a place could be told. Ref: clause 6.6."""

    SUCCESS = "SUCCESS"
    ABNORMAL = "ABNORMAL"


class Notification(Wire):
    """What all notifications say."""

    links: NotificationLinks = msgspec.field(name="_links")
    time_stamp: TimeStamp
    wayside_origin: Origin
    """Ours: where the figures come from."""


class UserLocationEventNotification(
    Notification, tag_field="notificationType", tag="UserLocationEventNotification"
):
    """Ref: clause 6.4.4. The access point and the zone are those that were left, or entered."""

    user_location_event: LocationEventType
    address: str | None = None
    access_point_id: str | None = None
    zone_id: str | None = None
    location_info: LocationInfo | None = None
    """Where it was asked for."""


class UserLocationPeriodicNotification(
    Notification, tag_field="notificationType", tag="UserLocationPeriodicNotification"
):
    """Ref: clause 6.4.5. ABNORMAL: nobody knows where the user is."""

    result: NotificationResult
    address: str | None = None
    access_point_id: str | None = None
    zone_id: str | None = None
    location_info: LocationInfo | None = None
    is_final_notification: bool | None = None


class ZoneLocationEventNotification(
    Notification, tag_field="notificationType", tag="ZoneLocationEventNotification"
):
    """Ref: clause 6.4.6."""

    user_location_event: LocationEventType
    address: str
    zone_id: str


class ZoneStatusNotification(
    Notification, tag_field="notificationType", tag="ZoneStatusNotification"
):
    """Ref: clause 6.4.7."""

    zone_id: str
    access_point_id: str | None = None
    user_num_event: Crossing | None = None
    operation_status: OperationStatus | None = None


class UserAreaNotification(Notification, tag_field="notificationType", tag="UserAreaNotification"):
    """Ref: clause 6.4.8."""

    user_location_event: LocationEventType
    address: str
    location_info: LocationInfo | None = None
    """Where it was asked for."""


class UserDistanceNotification(
    Notification, tag_field="notificationType", tag="UserDistanceNotification"
):
    """Ref: clause 6.4.9."""

    distance_event: DistanceCriteria
    monitored_users: UserList


class Notified(Wire):
    """A notification as it is sent: one of these."""

    user_location_event_notification: UserLocationEventNotification | None = None
    user_location_periodic_notification: UserLocationPeriodicNotification | None = None
    zone_location_event_notification: ZoneLocationEventNotification | None = None
    zone_status_notification: ZoneStatusNotification | None = None
    user_area_notification: UserAreaNotification | None = None
    user_distance_notification: UserDistanceNotification | None = None
    test_notification: TestNotification | None = None
    expiry_notification: ExpiryNotification | None = None


def wrapped(notification: Wire) -> Wire:
    """Return a test or an expiry as this API writes it."""
    if isinstance(notification, TestNotification):
        return Notified(test_notification=notification)
    assert isinstance(notification, ExpiryNotification)
    return Notified(expiry_notification=notification)
