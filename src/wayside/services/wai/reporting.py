"""What stations report of a measurement, from what is told of the network. Pure.

A figure that is told holds until another is: a measurement over any time before that finds the
same. Never decides whether a measurement may be asked for: ``logic`` does.
"""

from collections.abc import Iterator

from wayside.refpoints.net.network import Cell

from .channels import (
    channel_of,
    class_of,
    frames_phy_of,
    phy_of,
    span_of,
    spectra_of,
    spectrum_of,
)
from .measurements import (
    BeaconReport,
    BeaconReported,
    BeaconReportingConfig,
    BeaconRequestConfig,
    BssCapabilities,
    BssidInfo,
    ChannelLoad,
    ChannelLoadConfig,
    LoadReported,
    MeasurementInfo,
    NeighborReport,
    NeighborReportConfig,
    Report,
    ReportedBeaconFrameInfo,
)
from .wlan import WHOLE, Wlan, bssid_of, rcpi_of

ALL_CHANNELS = (0, 255)
ANY_BSSID = "ff:ff:ff:ff:ff:ff"
UNKNOWN_REACHABILITY = 2
BEACON_FRAME = 0
NOTHING_ADVERTISED = BssCapabilities(
    spectrum_management=False,
    qos=False,
    apsd=False,
    radio_measurements=False,
    delayed_back=False,
    immediate_back=False,
)
RELATIVE_FROM = BeaconReported.RCPI_ABOVE_SERVING


def reports(wlan: Wlan, row: int, measurement_id: str, info: MeasurementInfo) -> Iterator[Report]:
    """Yield what a station that is associated reports; nothing where nobody tells enough."""
    if info.channel_load_conf is not None:
        wanted = info.channel_load_conf
        yield from _loads(wlan, row, (measurement_id, info.measurement_duration or 0), wanted)
    if info.beacon_request_conf is not None:
        yield from _beacons(wlan, row, measurement_id, info.beacon_request_conf)
    if info.neighbor_report_conf is not None:
        yield from _neighbours(wlan, row, measurement_id, info.neighbor_report_conf)


def _loads(
    wlan: Wlan, row: int, named: tuple[str, int], wanted: ChannelLoadConfig
) -> Iterator[ChannelLoad]:
    """Yield how busy the access points of a channel make it that the station hears."""
    spectrum = spectrum_of(wanted.operating_class, wanted.channel)
    if spectrum is None:
        return
    shares = []
    for number, cell, _ in _heard(wlan, row):
        span, share = span_of(cell), wlan.busy(number)
        if span is not None and span.meets(spectrum) and share is not None:
            shares.append(share)
    if not shares:
        return
    load = round(min(1.0, sum(shares)) * WHOLE)
    if not _is_reported(load, wanted):
        return
    measurement_id, duration = named
    yield ChannelLoad(
        measurement_id=measurement_id,
        operating_class=wanted.operating_class,
        channel=wanted.channel,
        measurement_duration=duration,
        channel_load=load,
    )


def _is_reported(load: int, wanted: ChannelLoadConfig) -> bool:
    threshold = wanted.threshold or 0
    match wanted.reporting_condition:
        case LoadReported.AT_LEAST:
            return load >= threshold
        case LoadReported.AT_MOST:
            return load <= threshold
    return True


def _beacons(
    wlan: Wlan, row: int, measurement_id: str, wanted: BeaconRequestConfig
) -> Iterator[BeaconReport]:
    """Yield the access points that the station hears where it is asked to listen."""
    everywhere = wanted.channel_id in ALL_CHANNELS
    one = spectrum_of(wanted.operating_class, wanted.channel_id)
    spectra = spectra_of(wanted.operating_class) if everywhere else (one,)
    serving_dbm = wlan.power_dbm(row)
    for _, cell, power in _heard(wlan, row):
        span, channel = span_of(cell), channel_of(cell)
        if span is None or channel is None or power is None:
            continue
        if not any(each is not None and span.meets(each) for each in spectra):
            continue
        if wanted.bssid is not None and wanted.bssid.lower() not in (ANY_BSSID, bssid_of(cell)):
            continue
        if wanted.ssid not in (None, "", cell.ssid):
            continue
        if not _is_beacon_reported(power, serving_dbm, wanted.beacon_reporting_conf):
            continue
        yield BeaconReport(
            measurement_id=measurement_id,
            operating_class=(class_of(cell) if everywhere else None) or wanted.operating_class,
            channel=channel if everywhere else wanted.channel_id,
            reported_frame_info=ReportedBeaconFrameInfo(
                phy_type=frames_phy_of(cell), frame_type=BEACON_FRAME
            ),
            bssid=bssid_of(cell),
            ssid=cell.ssid,
            rcpi=rcpi_of(power),
        )


def _is_beacon_reported(
    power_dbm: float, serving_dbm: float | None, wanted: BeaconReportingConfig
) -> bool:
    """Tell whether a beacon of this power meets the condition; thresholds are on RCPI's scale."""
    if wanted.reporting_condition is BeaconReported.ALWAYS:
        return True
    found, limit = rcpi_of(power_dbm), wanted.threshold
    if wanted.reporting_condition >= RELATIVE_FROM:
        if serving_dbm is None:
            return False
        reference = rcpi_of(serving_dbm)
        limit = reference + (limit - 256 if limit > 127 else limit)
        if wanted.reporting_condition is BeaconReported.RCPI_NEAR_SERVING:
            return min(reference, limit) <= found <= max(reference, limit)
    is_above = wanted.reporting_condition in (
        BeaconReported.RCPI_ABOVE, BeaconReported.RCPI_ABOVE_SERVING,
    )  # fmt: skip
    return found > limit if is_above else found < limit


def _neighbours(
    wlan: Wlan, row: int, measurement_id: str, wanted: NeighborReportConfig
) -> Iterator[NeighborReport]:
    """Yield the neighbour that the station hears, where it is one of the network asked for."""
    found = wlan.neighbour(row)
    if found is None:
        return
    cell, (_, own) = found[1], wlan.serving_cell(row)
    network = own.ssid if wanted.ssid is None else wanted.ssid
    asked = wanted.bssid if wanted.ssid is not None else None
    if cell.ssid != network or (asked is not None and asked.lower() != bssid_of(cell)):
        return
    channel, operating_class = channel_of(cell), class_of(cell)
    if channel is None or operating_class is None:
        return
    phy = phy_of(cell)
    yield NeighborReport(
        measurement_id=measurement_id,
        bssid=bssid_of(cell),
        bssid_info=BssidInfo(
            ap_reachability=UNKNOWN_REACHABILITY,
            security=False,
            capabilities=NOTHING_ADVERTISED,
            mobility_domain=False,
            ftm=False,
            high_throughput=phy in (7, 9),
            very_high_throughput=phy == 9,
        ),
        operating_class=operating_class,
        channel=channel,
        phy_type=phy,
    )


def _heard(wlan: Wlan, row: int) -> Iterator[tuple[int, Cell, float | None]]:
    """Yield the access points that a station is told to hear, and how strong each is."""
    yield *wlan.serving_cell(row), wlan.power_dbm(row)
    neighbour = wlan.neighbour(row)
    if neighbour is not None:
        yield neighbour
