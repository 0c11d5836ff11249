"""Data types of service management that no other API shares. Ref: MEC 011 clause 8.1.

Never holds ``ServiceInfo`` (``wayside.model.services``), which services and applications share.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import LinkType, SelfLink, TimeStamp
from wayside.model.services import CategoryRef, ServiceState

AVAILABILITY_SUBSCRIPTION: Literal["SerAvailabilityNotificationSubscription"] = (
    "SerAvailabilityNotificationSubscription"
)


class FilteringCriteria(Wire):
    """Which changes a subscriber wants: all that are given must hold. Ref: table 8.1.3.2-1.

    At most one of ``serInstanceIds``, ``serNames`` and ``serCategories``.
    """

    ser_instance_ids: tuple[str, ...] = ()
    ser_names: tuple[str, ...] = ()
    ser_categories: tuple[CategoryRef, ...] = ()
    states: tuple[ServiceState, ...] = ()
    """The state after the change."""
    is_local: bool | None = None


class SerAvailabilityNotificationSubscription(Wire):
    """A wish to be told of changes in the registry. Ref: MEC 011 clause 8.1.3.2."""

    links: SelfLink | None = msgspec.field(default=None, name="_links")
    """In answers only."""
    subscription_type: Literal["SerAvailabilityNotificationSubscription"]
    callback_reference: str
    """An absolute URI that takes the notifications as POST."""
    filtering_criteria: FilteringCriteria | None = None
    """Absent: every change of every service."""


class ChangeType(StrEnum):
    """What happened to a service. Ref: MEC 011 table 8.1.4.2-1."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    STATE_CHANGED = "STATE_CHANGED"
    ATTRIBUTES_CHANGED = "ATTRIBUTES_CHANGED"


class ServiceReference(Wire):
    """One changed service. Ref: MEC 011 table 8.1.4.2-1."""

    link: LinkType | None = None
    """Absent exactly when the service was removed."""
    ser_name: str
    ser_instance_id: str
    state: ServiceState
    """After the change."""
    change_type: ChangeType


class SubscriptionLink(Wire):
    """The links of a notification."""

    subscription: LinkType


class SerAvailabilityNotification(Wire):
    """Services came, went or changed. Ref: MEC 011 clause 8.1.4.2."""

    links: SubscriptionLink = msgspec.field(name="_links")
    notification_type: Literal["SerAvailabilityNotification"]
    service_references: tuple[ServiceReference, ...]


class ServiceLivenessInfo(Wire):
    """When a service was last heard. Ref: MEC 011 clause 8.1.2.4."""

    state: ServiceState
    time_stamp: TimeStamp
    """Of the last heartbeat; of the registration where there was none yet."""
    interval: int
    """Seconds between two heartbeats."""


class ServiceLivenessUpdate(Wire):
    """A heartbeat. Ref: MEC 011 clause 8.1.2.5."""

    state: Literal["ACTIVE"]
