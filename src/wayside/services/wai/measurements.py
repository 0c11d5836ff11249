"""What stations may be asked to measure, and what they then report. Ref: MEC 028 clause 6.5.

Durations are in time units of 1024 µs, loads in 255ths, as IEEE 802.11 has them. Never measures.
"""

from enum import IntEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import LinkType, SelfLink

from .identities import Mac, StaIdentity
from .units import Uint8, Uint16, Uint32


class LoadReported(IntEnum):
    """When a channel load is reported. Ref: MEC 028 clause 6.5.24."""

    ALWAYS = 0
    AT_LEAST = 1
    AT_MOST = 2


class ChannelLoadConfig(Wire):
    """Ref: MEC 028 clause 6.5.24."""

    operating_class: Uint8
    channel: Uint8
    reporting_condition: LoadReported | None = None
    threshold: Uint8 | None = None
    """Goes with AT_LEAST and AT_MOST."""


class BeaconReported(IntEnum):
    """When a beacon is reported. Ref: MEC 028 clause 6.5.28."""

    ALWAYS = 0
    RCPI_ABOVE = 1
    RCPI_BELOW = 2
    RSNI_ABOVE = 3
    RSNI_BELOW = 4
    RCPI_ABOVE_SERVING = 5
    RCPI_BELOW_SERVING = 6
    RSNI_ABOVE_SERVING = 7
    RSNI_BELOW_SERVING = 8
    RCPI_NEAR_SERVING = 9
    RSNI_NEAR_SERVING = 10


class BeaconReportingConfig(Wire):
    """Ref: MEC 028 clause 6.5.28."""

    reporting_condition: BeaconReported
    threshold: Uint8
    """A power; from condition 5 on an offset in halves of a dB, two's complement."""


class MeasurementMode(IntEnum):
    """How beacons are looked for. Ref: MEC 028 clause 6.5.25."""

    PASSIVE = 0
    ACTIVE = 1
    BEACON_TABLE = 2


class BeaconRequestConfig(Wire):
    """Ref: MEC 028 clause 6.5.25."""

    operating_class: Uint8
    channel_id: Uint8
    """0 and 255: all channels of the class."""
    measurement_mode: MeasurementMode
    bssid: Mac | None = None
    ssid: str | None = None
    beacon_reporting_conf: BeaconReportingConfig


class STACounterTriggerCondition(Wire):
    """Ref: MEC 028 clause 6.5.33."""

    failed_count_threshold: Uint32 | None = None
    fcs_error_count_threshold: Uint32 | None = None
    multiple_retry_count_threshold: Uint32 | None = None
    frame_duplicate_count_threshold: Uint32 | None = None
    rts_failure_count_threshold: Uint32 | None = None
    ack_failure_count_threshold: Uint32 | None = None
    retry_count_threshold: Uint32 | None = None


class StaStatisticsConfig(Wire):
    """Ref: MEC 028 clause 6.5.26."""

    group_identity: Uint8
    triggered_report: bool
    measurement_count: Uint32 | None = None
    trigger_timeout: Uint16 | None = None
    """In 100 time units."""
    trigger_condition: STACounterTriggerCondition | None = None


class NeighborReportConfig(Wire):
    """Ref: MEC 028 clause 6.5.32."""

    ssid: str | None = None
    """Absent: that of the station's own access point."""
    bssid: Mac | None = None
    """Means something only beside an SSID."""


class MeasurementInfo(Wire):
    """What is to be measured: one of the four. Ref: MEC 028 clause 6.5.41."""

    measurement_duration: Uint16 | None = None
    random_interval: Uint16 | None = None
    """How late a measurement may begin. Ours begin at once."""
    channel_load_conf: ChannelLoadConfig | None = None
    beacon_request_conf: BeaconRequestConfig | None = None
    sta_statistics_conf: StaStatisticsConfig | None = None
    neighbor_report_conf: NeighborReportConfig | None = None


class MeasurementConfig(Wire):
    """A measurement whose reports are found at the stations. Ref: MEC 028 clause 6.2.4."""

    links: SelfLink | None = msgspec.field(default=None, name="_links")
    sta_id: Annotated[tuple[StaIdentity, ...], msgspec.Meta(min_length=1)]
    measurement_id: str
    """The consumer's own, by which it knows the reports again."""
    measurement_info: MeasurementInfo


class MeasurementConfigLink(Wire):
    """One line of the list. Ref: MEC 028 clause 6.2.5."""

    href: str
    measurement_id: str


class MeasurementConfigLinkList(Wire):
    """A consumer's measurements. Ref: MEC 028 clause 6.2.5."""

    links: SelfLink = msgspec.field(name="_links")
    measurement_config: tuple[MeasurementConfigLink, ...] = ()


class ChannelLoad(Wire):
    """How busy a station finds a channel. Ref: MEC 028 clause 6.5.39."""

    sta_id: StaIdentity | None = None
    measurement_id: str
    operating_class: Uint8
    channel: Uint8
    measurement_duration: Uint8
    """0: as it is now."""
    channel_load: Uint8


class ReportedBeaconFrameInfo(Wire):
    """Ref: MEC 028 clause 6.5.29."""

    phy_type: Annotated[int, msgspec.Meta(ge=0, le=127)]
    frame_type: Uint8
    """0: a beacon or a probe response."""


class BeaconReport(Wire):
    """An access point that a station hears. Ref: MEC 028 clause 6.5.27."""

    sta_id: StaIdentity | None = None
    measurement_id: str
    operating_class: Uint8
    channel: Uint8
    reported_frame_info: ReportedBeaconFrameInfo
    bssid: Mac
    ssid: str | None = None
    rcpi: Uint8 | None = None
    rsni: Uint8 | None = None
    antenna_id: Uint8 | None = None
    parent_tsf: Uint32 | None = None


class BssCapabilities(Wire):
    """What a BSS is told to advertise. Ref: MEC 028 clause 6.5.31."""

    spectrum_management: bool
    qos: bool
    apsd: bool
    radio_measurements: bool
    delayed_back: bool = msgspec.field(name="delayedBACK")
    immediate_back: bool = msgspec.field(name="immediateBACK")


class BssidInfo(Wire):
    """What is told of a neighbour; false claims nothing. Ref: MEC 028 clause 6.5.30."""

    ap_reachability: Uint8
    """1 not reachable, 2 unknown, 3 reachable."""
    security: bool
    capabilities: BssCapabilities
    mobility_domain: bool
    high_throughput: bool
    very_high_throughput: bool
    ftm: bool


class NeighborReport(Wire):
    """A neighbour that a station could roam to. Ref: MEC 028 clause 6.5.10."""

    sta_id: StaIdentity | None = None
    measurement_id: str
    bssid: Mac
    bssid_info: BssidInfo
    operating_class: Uint8
    channel: Uint8
    phy_type: Uint8
    bss_transition_candidate_preference: Uint8 | None = None


Report = ChannelLoad | BeaconReport | NeighborReport


def link_of(href: str) -> SelfLink:
    """Return the ``_links`` of what is found at ``href``."""
    return SelfLink(self=LinkType(href=href))
