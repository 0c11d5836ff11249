"""What an access point can do, how loaded it is and where it stands. Ref: MEC 028 clause 6.5.

Never holds who uses it.
"""

import msgspec

from wayside.core.wire import Wire

from .units import Uint8, Uint16, Uint32, Unsigned


class HtCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.14."""

    ht_capability_info: Uint16
    ampdu_parameters: Uint8
    supported_mcs_set: Unsigned
    ht_extended_cap: Uint16
    tx_beam_form_cap: Uint32
    asel_cap: Uint8


class VhtCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.15."""

    vht_cap_info: Uint32
    vht_mcs_nss: Unsigned


class HeCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.16."""

    he_mac_cap_info: Uint8
    he_phy_cap_info: Uint8 = msgspec.field(name="hePhyCapinfo")
    supported_he_mcs_nss_set: Uint8


class DmgCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.17."""

    dmg_sta_cap_info: Unsigned
    dmg_ap_or_pcp_cap_info: Uint16
    dmg_sta_beam_track_time_limit: Uint16
    ext_sc_mcs_cap: Uint8 = msgspec.field(name="ExtScMcsCap")
    max_nr_basic_amsdu_subframes: Uint8
    max_nr_short_amsdu_subframes: Uint8


class EdmgCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.18."""

    ampdu_parameters: Uint8
    trn_parameters: Uint16
    supported_mcs: Uint32


class WlanCapabilities(Wire):
    """Ref: MEC 028 clause 6.5.4."""

    ht: HtCapabilities | None = None
    vht: VhtCapabilities | None = None
    he: HeCapabilities | None = None
    dmg: DmgCapabilities | None = None
    edmg: EdmgCapabilities | None = None


class WanMetrics(Wire):
    """The link between an access point and the Internet. Ref: MEC 028 clause 6.5.6."""

    wan_info: Uint8
    downlink_speed: Uint32
    """Kilobits per second."""
    uplink_speed: Uint32
    downlink_load: Uint8
    """255 is all of it."""
    uplink_load: Uint8
    lmd: Uint16
    """Over how long the loads were measured, in tenths of a second."""


class BssLoad(Wire):
    """Ref: MEC 028 clause 6.5.7, IEEE 802.11-2016 clause 9.4.2.28."""

    sta_count: Uint16
    channel_utilization: Uint8
    """The share of time in which the medium is busy; 255 is all of it."""
    avail_adm_cap: Uint16
    """Medium time that explicit admission control can still give, in 32 µs per second. No access
    point here does admission control: 0."""


class ExtBssLoad(Wire):
    """Ref: MEC 028 clause 6.5.8, IEEE 802.11-2016 clause 9.4.2.160."""

    mu_mimo_sta_count: Uint16
    spat_stream_under_util: Uint8
    obs_sec_20_mhz_util: Uint8 = msgspec.field(name="obsSec20MhzUtil")
    obs_sec_40_mhz_util: Uint8 = msgspec.field(name="obsSec40MhzUtil")
    obs_sec_80_mhz_util: Uint8 = msgspec.field(name="obsSec80MhzUtil")


class OBssLoad(Wire):
    """What overlapping access points allocate, in 32 µs per second. Ref: MEC 028 clause 6.5.40."""

    allocated_traffic_self_mean: Uint16
    allocated_traffic_self_std_dev: Uint16 | None = None
    allocated_traffic_share_mean: Uint16
    allocated_traffic_share_std_dev: Uint16 | None = None
    overlap: Uint8 | None = None


class GeoLocation(Wire):
    """A place as fixed-point numbers. Ref: MEC 028 clause 6.5.19, RFC 6225 clause 2.3."""

    lat_uncertainty: Uint8
    """0: not known."""
    lat: Unsigned
    """Degrees in 34 bits, two's complement, 25 of them behind the point."""
    long_uncertainty: Uint8
    long: Unsigned
    altitude_type: Uint8 | None = None
    altitude_uncertainty: Uint8 | None = None
    altitude: Uint32 | None = None
    datum: Uint8
    """1: WGS 84."""


class CivicLocation(Wire, rename=None):
    """An address by its parts, each with the number of RFC 4776. Ref: MEC 028 clause 6.5.20."""

    country: str
    ca0: str | None = None
    ca1: str | None = None
    ca2: str | None = None
    ca3: str | None = None
    ca4: str | None = None
    ca5: str | None = None
    ca6: str | None = None
    ca16: str | None = None
    ca17: str | None = None
    ca18: str | None = None
    ca19: str | None = None
    ca20: str | None = None
    ca21: str | None = None
    ca22: str | None = None
    ca23: str | None = None
    ca24: str | None = None
    ca25: str | None = None
    ca26: str | None = None
    ca27: str | None = None
    ca28: str | None = None
    ca29: str | None = None
    ca30: str | None = None
    ca31: str | None = None
    ca32: str | None = None
    ca33: str | None = None
    ca34: str | None = None
    ca35: str | None = None
    ca36: str | None = None
    ca37: str | None = None
    ca38: str | None = None
    ca39: str | None = None
    ca128: str | None = None


class ApLocation(Wire):
    """Ref: MEC 028 clause 6.5.9."""

    geolocation: GeoLocation | None = None
    civic_location: CivicLocation | None = None
