"""The data types of multi-access traffic steering. Ref: MEC 015 V2.2.1 clause 7.2."""

from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.accesses import AccessType
from wayside.model.common import TimeStamp
from wayside.refpoints.net.values import Origin

Uint32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""ETSI's document bounds these at 2^31 - 1."""


class MtsMode(IntEnum):
    """By what an access network is chosen. Ref: MEC 015 tables 7.2.4-1 and 7.2.5-1."""

    LOW_COST = 0
    """The one that is not metered, whenever it is available."""
    LOW_LATENCY = 1
    HIGH_THROUGHPUT = 2
    REDUNDANCY = 3
    """Packets are sent over two."""
    QOS = 4
    """One that meets ``qosD``."""


class Metered(IntEnum):
    """Whether the use of an access network is paid by volume. Ref: MEC 015 table 7.2.4-1."""

    NOT_METERED = 0
    METERED = 1
    UNKNOWN = 2


class RequestType(IntEnum):
    """Whose packets a session is about. Ref: MEC 015 table 7.2.5-1."""

    APPLICATION_SPECIFIC_MTS_SESSION = 0
    FLOW_SPECIFIC_MTS_SESSION = 1


class TrafficDirection(StrEnum):
    """Which way. Ref: MEC 015 table 7.2.5-1."""

    DOWNLINK = "00"
    UPLINK = "01"
    SYMMETRICAL = "10"


class MtsAccessInfo(Wire):
    """An access network of the host. Ref: MEC 015 table 7.2.4-1."""

    access_id: Uint32
    access_type: AccessType
    metered: Metered
    wayside_up: bool = msgspec.field()
    """Ours: whether it answers."""
    wayside_delay_ns: int | None = None
    """Ours: one way; not there where it is not known, as with the next three."""
    wayside_jitter_ns: int | None = None
    wayside_rate_bps: int | None = None
    """Ours: bits per second."""
    wayside_loss: float | None = None
    """Ours: the share of packets that do not arrive."""
    wayside_origin: Origin | None = None


class MtsCapabilityInfo(Wire):
    """What can be steered, and how. Ref: MEC 015 clause 7.2.4."""

    time_stamp: TimeStamp | None = None
    mts_access_info: tuple[MtsAccessInfo, ...]
    mts_mode: tuple[MtsMode, ...]
    wayside_origin: Origin | None = None


class FlowFilter(Wire):
    """Whose packets a session's are; for FLOW_SPECIFIC alone. Ref: MEC 015 table 7.2.5-1.

    Ends are as packets towards the device show them. Addresses may be prefixes.
    """

    source_ip: str | None = None
    source_port: Uint32 | None = None
    dst_ip: str | None = None
    dst_port: Uint32 | None = None
    protocol: Uint32 | None = None
    """6 is TCP, 17 is UDP."""
    dscp: Uint32 | None = None
    flowlabel: Uint32 | None = None
    """Of IPv6."""


class QosD(Wire):
    """What a session needs; for mtsMode 4 alone. Ref: MEC 015 table 7.2.5-1."""

    min_tpt: Quantity | None = None
    """Kilobits per second."""
    max_latency: Quantity | None = None
    """One way, in units of 10 ns."""
    max_loss: Quantity | None = None
    """x, where 1/10^x of the packets may be lost."""
    max_jitter: Quantity | None = None
    """In units of 10 ns."""
    priority: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    """0 low, 1 medium, 2 high, 3 critical: the higher one chooses first."""


class Steering(Wire, omit_defaults=False):
    """Ours: where a session's packets go now."""

    access_ids: tuple[int, ...]
    """The best first; a device that has not the first is reached by the next. None: no access
    network is up, and packets go where the routes lead."""
    copied: bool
    """Over the first two that a device has, both."""
    unmet: tuple[str, ...]
    """What of the session's mode cannot be had at present, a sentence each."""


class MtsSessionInfo(Wire):
    """A session of traffic steering. Ref: MEC 015 clause 7.2.5."""

    session_id: str | None = None
    """Set by the platform."""
    time_stamp: TimeStamp | None = None
    """When it was last asked for so, set by the platform."""
    app_ins_id: str
    app_name: str | None = None
    request_type: RequestType
    flow_filter: tuple[FlowFilter, ...] | None = None
    """Not heeded in an APPLICATION_SPECIFIC session."""
    qos_d: QosD | None = None
    """Not heeded but in mtsMode 4."""
    mts_mode: MtsMode
    traffic_direction: TrafficDirection
    wayside_steering: Steering | None = None
    """Set by the platform."""
    wayside_origin: Origin | None = None
    """Where the figures come from that this was chosen by; set by the platform."""
