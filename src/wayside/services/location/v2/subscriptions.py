"""Data types of MEC 013 V2.2.1 that subscribe. Ref: clause 6.3, OMA Zonal Presence, Terminal
Location."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
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

OneOrMore = Addresses | Address
"""An array; a single address may stand without it: the clauses' own examples have it so."""


class NotificationFormat(StrEnum):
    """How notifications are written: JSON here, XML is refused."""

    XML = "XML"
    JSON = "JSON"


class CallbackReference(Wire):
    """Where notifications go. Ref: OMA REST NetAPI Common clause 6.4.3."""

    notify_url: str = msgspec.field(name="notifyURL")
    callback_data: Annotated[str, Meta(max_length=1024)] | None = None
    """Comes back in each notification."""
    notification_format: NotificationFormat | None = None


class Link(Wire):
    """A link to something related."""

    rel: str
    href: str


class UserEventType(StrEnum):
    """What became of a user and a zone; Transferring: between access points within it."""

    ENTERING = "Entering"
    LEAVING = "Leaving"
    TRANSFERRING = "Transferring"


class EnteringLeavingCriteria(StrEnum):
    """What is told of a circle."""

    ENTERING = "Entering"
    LEAVING = "Leaving"


class Subscribed(Wire):
    """What all subscriptions say."""

    callback: CallbackReference = msgspec.field(name="callbackReference")
    client_correlator: Correlator | None = None
    """The same makes one subscription, however often its request is repeated."""
    resource_url: str | None = msgspec.field(default=None, name="resourceURL")


class Ending(Subscribed):
    """What subscriptions say that end by themselves."""

    duration: Seconds | None = None
    """Seconds from now on; 0: as long as the operator says; absent: until it is deleted."""


class UserTrackingSubscription(Subscribed):
    """A user's comings and goings, zone by zone. Ref: OMA Zonal Presence clause 5.2.2.10."""

    address: Address
    user_event_criteria: tuple[UserEventType, ...] = ()
    """Empty: all."""


class ZonalTrafficSubscription(Ending):
    """Who comes into a zone and who goes. Ref: OMA Zonal Presence clause 5.2.2.9."""

    zone_id: str
    interest_realm: tuple[str, ...] = ()
    """Refused: access points here have none."""
    user_event_criteria: tuple[UserEventType, ...] = ()
    """Empty: all."""


class ZoneStatusSubscription(Subscribed):
    """How full a zone is, and what of it serves. Ref: OMA Zonal Presence clause 5.2.2.12."""

    zone_id: str
    number_of_users_zone_threshold: Count | None = None
    number_of_users_ap_threshold: Count | None = msgspec.field(
        default=None, name="numberOfUsersAPThreshold"
    )
    operation_status: tuple[OperationStatus, ...] = ()


class CircleNotificationSubscription(Ending):
    """Comings and goings in a circle. Ref: OMA Terminal Location clause 5.2.2.9."""

    address: OneOrMore
    latitude: Latitude
    longitude: Longitude
    radius: Metres
    tracking_accuracy: Metres
    entering_leaving_criteria: EnteringLeavingCriteria
    check_immediate: bool
    """Whether it is told at once of whom it is so already."""
    frequency: Seconds
    """Between two notifications at least."""
    count: Count | None = None
    """Notifications of each address; 0: no bound."""
    link: tuple[Link, ...] = ()
    requester: str | None = None


class PeriodicNotificationSubscription(Ending):
    """Where terminals are, every so often. Ref: OMA Terminal Location clause 5.2.2.8."""

    address: OneOrMore
    frequency: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    """Seconds."""
    requested_accuracy: Count
    link: tuple[Link, ...] = ()
    requester: str | None = None


class DistanceNotificationSubscription(Ending):
    """How far terminals are from each other. Ref: OMA Terminal Location clause 5.2.2.10."""

    monitored_address: OneOrMore
    reference_address: OneOrMore = ()
    """Empty: the monitored among each other."""
    distance: Metres
    tracking_accuracy: Metres
    criteria: DistanceCriteria
    check_immediate: bool
    frequency: Seconds
    """Between two notifications at least."""
    count: Count | None = None
    link: tuple[Link, ...] = ()
    requester: str | None = None


def addresses(given: tuple[str, ...] | str) -> tuple[str, ...]:
    """Return addresses as an array, whether they came as one or not."""
    return (given,) if isinstance(given, str) else given


class Kept(Wire):
    """A subscription as it is kept: what was asked, and when it ends. A base for each type."""

    ends: TimeStamp | None = None

    @property
    def asked(self) -> Any:
        """What the client asked for, with its own address."""
        raise NotImplementedError

    @property
    def callback_reference(self) -> str:
        """Where notifications go; the chassis reads it by this name."""
        return str(self.asked.callback.notify_url)

    @property
    def expiry_deadline(self) -> TimeStamp | None:
        """When it ends; the chassis reads it by this name."""
        return self.ends

    @property
    def client_correlator(self) -> str | None:
        """What the client calls it."""
        found: str | None = self.asked.client_correlator
        return found

    @property
    def subscription_type(self) -> str:
        """The name of its type."""
        return type(self.asked).__name__
