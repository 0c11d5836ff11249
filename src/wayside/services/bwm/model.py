"""Data types of bandwidth management. Ref: MEC 015 clause 7.2 (BWM) and 7.3 (subscriptions)."""

from enum import IntEnum, StrEnum
from typing import Annotated, Literal

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import SelfLink, TimeStamp
from wayside.model.subscriptions import NotificationLinks, WebsockNotifConfig


class RequestType(IntEnum):
    """Whose traffic an allocation is for. Ref: MEC 015 table 7.2.2-1."""

    APPLICATION_SPECIFIC_BW_ALLOCATION = 0
    SESSION_SPECIFIC_BW_ALLOCATION = 1


class AllocationDirection(StrEnum):
    """Which way. Ref: MEC 015 table 7.2.2-1."""

    DOWNLINK = "00"
    UPLINK = "01"
    SYMMETRICAL = "10"


class SessionFilter(Wire):
    """Whose packets are a session's. Ref: MEC 015 table 7.2.2-1.

    Ends are as packets in the allocation's direction show them; where it is symmetrical, as those
    towards the device do.
    """

    source_ip: str | None = None
    source_port: str | None = None
    dst_address: str | None = None
    dst_port: str | None = None
    protocol: str | None = None
    """A number: 6 is TCP, 17 is UDP."""


class BwInfoDeltas(Wire):
    """Changes of an allocation; the identifiers are repeated. Ref: MEC 015 clause 7.2.3."""

    allocation_id: str
    app_ins_id: str
    request_type: RequestType
    session_filter: Annotated[tuple[SessionFilter, ...], msgspec.Meta(min_length=1)] | None = None
    fixed_bw_priority: str | None = msgspec.field(default=None, name="fixedBWPriority")
    fixed_allocation: str | None = None
    allocation_direction: AllocationDirection | None = None


class BwInfo(Wire):
    """An allocation of bandwidth. Ref: MEC 015 clause 7.2.2."""

    allocation_id: str | None = None
    """Set by the platform."""
    time_stamp: TimeStamp | None = None
    """When it was last changed, set by the platform."""
    app_ins_id: str
    app_name: str | None = None
    request_type: RequestType
    session_filter: Annotated[tuple[SessionFilter, ...], msgspec.Meta(min_length=1)] | None = None
    fixed_bw_priority: str | None = msgspec.field(default=None, name="fixedBWPriority")
    """Ours: a number; of several that got less than they asked, a larger one is served first."""
    fixed_allocation: str
    """Bits per second on the wire, headers of Ethernet with them. In an answer what is granted,
    which may be less than was asked; more follows when others give back."""
    allocation_direction: AllocationDirection


class Kept(Wire, omit_defaults=False):
    """What is kept of an allocation: as it is granted, and how much was asked."""

    info: BwInfo
    asked_bps: int
    granted_bps: int


class Criterion(Wire):
    """Whose traffic a subscription is about. Ref: MEC 015 clause 7.3.2."""

    app_ins_id: str
    ue_ip: str | None = None


class BwChgEventSubscription(Wire):
    """A subscription to changes of bandwidth. Ref: MEC 015 clause 7.3.2."""

    subscription_type: str
    """``BwChgEventSubscription``; anything else is refused with 400, as ETSI's test suite asks."""
    callback_reference: str | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    request_test_notification: bool | None = None
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    filter_criteria: tuple[Criterion, ...] | Criterion
    """1 to N. A single one may stand without the array: ETSI's own test suite sends it so."""
    expiry_deadline: TimeStamp | None = None


class DataVolume(Wire):
    """How much was exchanged. Ref: MEC 015 clause 7.3.3, TS 23.288."""

    data_vol: int
    """Octets in both directions since the subscription began or was last notified, at most
    2^32 - 1."""
    app_ins_id: str
    ue_ip: str | None = None


class BwChgEventNotification(Wire):
    """What a subscriber is told. Ref: MEC 015 clause 7.3.3."""

    notification_type: Literal["BwChgEventNotification"]
    time_stamp: TimeStamp | None = None
    data_vol_dispersion: tuple[DataVolume, ...]
    links: NotificationLinks | None = msgspec.field(default=None, name="_links")
