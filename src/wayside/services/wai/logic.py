"""Decisions of WLAN access information: what may be asked for, and who is told when. Pure."""

from collections.abc import Iterator

from wayside.core.errors import Unprocessable

from .channels import spectra_of, spectrum_of
from .measurements import (
    BeaconReported,
    BeaconRequestConfig,
    ChannelLoadConfig,
    LoadReported,
    MeasurementInfo,
)
from .model import (
    AssocEvent,
    AssocTrigger,
    MeasurementReportSubscription,
    RateEvent,
    RateTrigger,
    StaDataRate,
    StaDataRateSubscription,
    WaiSubscription,
)
from .reporting import ALL_CHANNELS

KINDS = {
    "channel_load_conf": "channelLoadConf",
    "beacon_request_conf": "beaconRequestConf",
    "sta_statistics_conf": "staStatisticsConf",
    "neighbor_report_conf": "neighborReportConf",
}
LOAD_DURATION_MAX = 255
"""Time units: a report's measurementDuration is a Uint8, the configuration's a Uint16."""
OF_RSNI = (
    BeaconReported.RSNI_ABOVE,
    BeaconReported.RSNI_BELOW,
    BeaconReported.RSNI_ABOVE_SERVING,
    BeaconReported.RSNI_BELOW_SERVING,
    BeaconReported.RSNI_NEAR_SERVING,
)
_DOWNLINK = (RateTrigger.DOWNLINK_AT_LEAST, RateTrigger.DOWNLINK_AT_MOST)
_UPLINK = (RateTrigger.UPLINK_AT_LEAST, RateTrigger.UPLINK_AT_MOST)
_AT_LEAST = (
    RateTrigger.DOWNLINK_AT_LEAST,
    RateTrigger.UPLINK_AT_LEAST,
    RateTrigger.BOTH_AT_LEAST,
    RateTrigger.EITHER_AT_LEAST,
)
_BOTH = (RateTrigger.BOTH_AT_LEAST, RateTrigger.BOTH_AT_MOST)


def check_subscription(body: WaiSubscription) -> None:
    """Return where a subscription says when to notify; raise Unprocessable naming the field."""
    if isinstance(body, MeasurementReportSubscription):
        check_measurement(body.measurement_info)
        return
    if body.notification_period is None and body.notification_event is None:
        raise Unprocessable(
            "notificationPeriod: give it, or notificationEvent, or both: nothing else says when "
            "to notify.",
            field="$.notificationPeriod",
        )
    if isinstance(body, StaDataRateSubscription) and body.notification_event is not None:
        _check_thresholds(body.notification_event)


def _check_thresholds(event: RateEvent) -> None:
    for name, threshold, others in (
        ("downlinkRateThreshold", event.downlink_rate_threshold, _UPLINK),
        ("uplinkRateThreshold", event.uplink_rate_threshold, _DOWNLINK),
    ):
        if threshold is None and event.trigger not in others:
            raise Unprocessable(
                f"notificationEvent.{name}: trigger {event.trigger.value} compares with it; "
                "give it in kbit/s.",
                field=f"$.notificationEvent.{name}",
            )


def check_measurement(info: MeasurementInfo) -> None:
    """Return where it is one measurement that can be made; raise Unprocessable naming the field."""
    at = "$.measurementInfo"
    given = [wire for name, wire in KINDS.items() if getattr(info, name) is not None]
    if len(given) != 1:
        raise Unprocessable(
            f"measurementInfo: give exactly one of {', '.join(KINDS.values())}; "
            f"{' and '.join(given) or 'none'} is given.",
            field=at,
        )
    if info.sta_statistics_conf is not None:
        raise Unprocessable(
            "measurementInfo.staStatisticsConf: no source of this network counts frames, so there "
            "would never be a report. Ask for channel load, beacons or neighbours.",
            field=f"{at}.staStatisticsConf",
        )
    if info.channel_load_conf is not None:
        _check_load(info, info.channel_load_conf, at)
    if info.beacon_request_conf is not None:
        _check_beacons(info.beacon_request_conf, f"{at}.beaconRequestConf")


def _check_load(info: MeasurementInfo, wanted: ChannelLoadConfig, at: str) -> None:
    if info.measurement_duration is not None and info.measurement_duration > LOAD_DURATION_MAX:
        raise Unprocessable(
            f"measurementInfo.measurementDuration: a report of channel load can say at most "
            f"{LOAD_DURATION_MAX} time units of 1024 µs.",
            field=f"{at}.measurementDuration",
        )
    at = f"{at}.channelLoadConf"
    _require_class(wanted.operating_class, at)
    _require_channel(wanted.operating_class, wanted.channel, at, "channel")
    is_bound = wanted.reporting_condition in (LoadReported.AT_LEAST, LoadReported.AT_MOST)
    if is_bound and wanted.threshold is None:
        raise Unprocessable(
            f"channelLoadConf.threshold: reportingCondition {wanted.reporting_condition} compares "
            "with it; give it in 255ths.",
            field=f"{at}.threshold",
        )


def _check_beacons(wanted: BeaconRequestConfig, at: str) -> None:
    _require_class(wanted.operating_class, at)
    if wanted.channel_id not in ALL_CHANNELS:
        _require_channel(wanted.operating_class, wanted.channel_id, at, "channelId")
    condition = wanted.beacon_reporting_conf.reporting_condition
    if condition in OF_RSNI:
        raise Unprocessable(
            f"beaconReportingConf.reportingCondition: {condition.value} is about RSNI, which "
            "nobody measures here. Use one about RCPI (1, 2, 5, 6, 9), or 0.",
            field=f"{at}.beaconReportingConf.reportingCondition",
        )


def _require_class(operating_class: int, at: str) -> None:
    if not spectra_of(operating_class):
        raise Unprocessable(
            f"operatingClass: {operating_class} is none of the global operating classes "
            "(IEEE 802.11, table E-4) that are known here, such as 81, 115 or 128.",
            field=f"{at}.operatingClass",
        )


def _require_channel(operating_class: int, channel: int, at: str, name: str) -> None:
    if spectrum_of(operating_class, channel) is None:
        raise Unprocessable(
            f"{name}: there is no channel {channel} in operating class {operating_class}.",
            field=f"{at}.{name}",
        )


def is_reached(event: AssocEvent, count: int) -> bool:
    """Tell whether so many stations meet the trigger. Ref: MEC 028 table 6.3.2-1."""
    if event.trigger is AssocTrigger.AT_LEAST:
        return count >= event.threshold
    return count <= event.threshold


def is_met(event: RateEvent, rate: StaDataRate) -> bool:
    """Tell whether a station's rates meet the trigger. Ref: MEC 028 table 6.3.3-1.

    A rate that nobody tells meets nothing.
    """
    at_least = event.trigger in _AT_LEAST
    found = list(_compared(event, rate, at_least))
    return all(found) if event.trigger in _BOTH else any(found)


def _compared(event: RateEvent, rate: StaDataRate, at_least: bool) -> Iterator[bool]:
    pairs = (
        (rate.sta_last_data_downlink_rate, event.downlink_rate_threshold, _UPLINK),
        (rate.sta_last_data_uplink_rate, event.uplink_rate_threshold, _DOWNLINK),
    )
    for figure, threshold, others in pairs:
        if threshold is None or event.trigger in others:
            continue
        if figure is None:
            yield False
        else:
            yield figure >= threshold if at_least else figure <= threshold
