"""Data types of MEC 013 V2.2.1 that notify. Ref: clause 6.4."""

from enum import StrEnum

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.refpoints.net.values import Origin
from wayside.services.location.model import DistanceCriteria, LocationInfo, OperationStatus

from .subscriptions import EnteringLeavingCriteria, Link, UserEventType


class RetrievalStatus(StrEnum):
    """Whether a place could be told. Ref: OMA Terminal Location clause 5.2.3.1."""

    RETRIEVED = "Retrieved"
    NOT_RETRIEVED = "NotRetrieved"
    ERROR = "Error"


class ServiceError(Wire):
    """Why a place could not be told."""

    message_id: str
    text: str
    variables: tuple[str, ...] = ()


class TerminalLocation(Wire):
    """Where a terminal is. Ref: OMA Terminal Location clause 5.2.2.2."""

    address: str
    location_retrieval_status: RetrievalStatus
    current_location: LocationInfo | None = None
    error_information: ServiceError | None = None


class Notification(Wire):
    """What all notifications say."""

    callback_data: str | None = None
    link: tuple[Link, ...] = ()
    wayside_origin: Origin
    """Ours: where the figures come from."""


class SubscriptionNotification(Notification):
    """Of circles, distances and periodic reports. Ref: OMA Terminal Location clause 5.2.2.12."""

    terminal_location: tuple[TerminalLocation, ...]
    entering_leaving_criteria: EnteringLeavingCriteria | None = None
    distance_criteria: DistanceCriteria | None = None
    is_final_notification: bool | None = None


class ZonalPresenceNotification(Notification):
    """Of zones and users. Ref: OMA Zonal Presence clause 5.2.2.11.

    ``currentAccessPointId`` is the one that was left where the event is Leaving.
    """

    address: str
    zone_id: str
    current_access_point_id: str
    previous_access_point_id: str | None = None
    """Where the event is Transferring."""
    user_event_type: UserEventType
    timestamp: TimeStamp
    interest_realm: str | None = None


class ZoneStatusNotification(Notification):
    """Of how full a zone is, and what of it serves. Ref: OMA Zonal Presence clause 5.2.2.13."""

    zone_id: str
    access_point_id: str | None = None
    number_of_users_in_zone: int | None = None
    number_of_users_in_ap: int | None = msgspec.field(default=None, name="numberOfUsersInAP")
    operation_status: OperationStatus | None = None
    timestamp: TimeStamp


class Notified(Wire):
    """A notification as it is sent: one of these."""

    subscription_notification: SubscriptionNotification | None = None
    zonal_presence_notification: ZonalPresenceNotification | None = None
    zone_status_notification: ZoneStatusNotification | None = None
