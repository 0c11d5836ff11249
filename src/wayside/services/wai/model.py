"""Resources, subscriptions and notifications of WLAN access information. Ref: MEC 028 clause 6.

What they are made of is in ``identities``, ``capabilities``, ``measurements`` and ``statistics``.
"""

from enum import IntEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import SelfLink, Subscription, TimeStamp
from wayside.model.subscriptions import WebsockNotifConfig
from wayside.refpoints.net.values import Origin

from .capabilities import (
    ApLocation,
    BssLoad,
    ExtBssLoad,
    OBssLoad,
    WanMetrics,
    WlanCapabilities,
)
from .identities import ApAssociated, ApIdentity, StaIdentity
from .measurements import BeaconReport, ChannelLoad, MeasurementInfo, NeighborReport
from .statistics import StaStatistics
from .units import Period, Uint8, Uint32


class ApInfo(Wire):
    """An access point as it is now. Ref: MEC 028 clause 6.2.2."""

    wayside_origin: Origin | None = None
    """Ours: where the figures come from (decision 0045)."""
    time_stamp: TimeStamp | None = None
    ap_id: ApIdentity
    channel: Uint32 | None = None
    """Of the middle of its band."""
    wlan_cap: WlanCapabilities | None = None
    wan_metrics: WanMetrics | None = None
    bss_load: BssLoad | None = None
    ext_bss_load: ExtBssLoad | None = None
    o_bss_load: OBssLoad | None = None
    ap_location: ApLocation | None = None


class Rssi(Wire):
    """Ref: MEC 028 clause 6.5.21."""

    rssi: Uint8
    """Ours: on the scale of RCPI, in halves of a dB above -110 dBm, at most 220: the table's Uint8
    has no room for dBm, and IEEE 802.11 has no scale of its own for RSSI."""


class StaDataRate(Wire):
    """Ref: MEC 028 clause 6.5.22."""

    sta_id: StaIdentity | None = None
    sta_last_data_downlink_rate: Uint32 | None = None
    """Kilobits per second: what the link to the station gives at its modulation and coding, as the
    source tells it."""
    sta_last_data_uplink_rate: Uint32 | None = None


class StaInfo(Wire):
    """A station as it is now, with the reports of the caller's measurements.

    Ref: MEC 028 clause 6.2.3.
    """

    wayside_origin: Origin | None = None
    time_stamp: TimeStamp | None = None
    sta_id: StaIdentity
    channel: Uint32 | None = None
    ap_associated: ApAssociated | None = None
    rssi: Rssi | None = None
    sta_data_rate: StaDataRate | None = None
    sta_statistics: tuple[StaStatistics, ...] = ()
    beacon_report: tuple[BeaconReport, ...] = ()
    neighbor_report: tuple[NeighborReport, ...] = ()
    channel_load: tuple[ChannelLoad, ...] = ()


class AssocTrigger(IntEnum):
    """Ref: MEC 028 table 6.3.2-1."""

    AT_LEAST = 1
    AT_MOST = 2


class AssocEvent(Wire):
    """When the number of stations is worth a notification. Ref: MEC 028 table 6.3.2-1."""

    trigger: AssocTrigger
    threshold: Uint8


class RateTrigger(IntEnum):
    """Ref: MEC 028 table 6.3.3-1."""

    DOWNLINK_AT_LEAST = 1
    DOWNLINK_AT_MOST = 2
    UPLINK_AT_LEAST = 3
    UPLINK_AT_MOST = 4
    BOTH_AT_LEAST = 5
    BOTH_AT_MOST = 6
    EITHER_AT_LEAST = 7
    EITHER_AT_MOST = 8


class RateEvent(Wire):
    """When a station's rates are worth a notification, kilobits per second.

    Ref: MEC 028 table 6.3.3-1.
    """

    trigger: RateTrigger
    downlink_rate_threshold: Uint32 | None = None
    uplink_rate_threshold: Uint32 | None = None


class _Subscription(Wire, tag_field="subscriptionType"):
    """What all three have; the type's name tells them apart."""

    callback_reference: str | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    request_test_notification: bool | None = None
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    expiry_deadline: TimeStamp | None = None


class AssocStaSubscription(_Subscription, tag="AssocStaSubscription"):
    """Who is associated with an access point. Ref: MEC 028 clause 6.3.2."""

    ap_id: ApIdentity
    notification_period: Period | None = None
    """Seconds."""
    notification_event: AssocEvent | None = None


class StaDataRateSubscription(_Subscription, tag="StaDataRateSubscription"):
    """The rates of stations. Ref: MEC 028 clause 6.3.3."""

    sta_id: Annotated[tuple[StaIdentity, ...], msgspec.Meta(min_length=1)]
    notification_period: Period | None = None
    notification_event: RateEvent | None = None


class MeasurementReportSubscription(_Subscription, tag="MeasurementReportSubscription"):
    """What stations measure. Ref: MEC 028 clause 6.3.5."""

    sta_id: Annotated[tuple[StaIdentity, ...], msgspec.Meta(min_length=1)]
    measurement_id: str
    measurement_info: MeasurementInfo


WaiSubscription = AssocStaSubscription | StaDataRateSubscription | MeasurementReportSubscription
TYPES = ("AssocStaSubscription", "StaDataRateSubscription", "MeasurementReportSubscription")
TYPE_NAMES = dict(zip(("assoc_sta", "sta_data_rate", "measure_report"), TYPES, strict=True))
"""What ``subscription_type`` calls them. Ref: MEC 028 table 7.5.3.1-1."""


class SubscriptionLinkList(Wire):
    """A consumer's subscriptions; the lines stand beside the links. Ref: MEC 028 clause 6.3.4."""

    links: SelfLink = msgspec.field(name="_links")
    subscription: tuple[Subscription, ...] = ()


class _Notification(Wire, tag_field="notificationType"):
    """What all three have."""

    wayside_origin: Origin | None = None
    time_stamp: TimeStamp | None = None


class AssocStaNotification(_Notification, tag="AssocStaNotification"):
    """Who is associated with an access point now. Ref: MEC 028 clause 6.4.2."""

    ap_id: ApIdentity
    sta_id: tuple[StaIdentity, ...] = ()


class StaDataRateNotification(_Notification, tag="StaDataRateNotification"):
    """The rates of stations now. Ref: MEC 028 clause 6.4.3."""

    sta_data_rate: tuple[StaDataRate, ...] = ()


class MeasurementReportNotification(_Notification, tag="MeasurementReportNotification"):
    """Reports of one kind. Ref: MEC 028 clause 6.4.5."""

    sta_statistics: tuple[StaStatistics, ...] = ()
    beacon_report: tuple[BeaconReport, ...] = ()
    neighbor_report: tuple[NeighborReport, ...] = ()
    channel_load: tuple[ChannelLoad, ...] = ()
