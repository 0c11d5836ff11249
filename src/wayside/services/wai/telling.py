"""Who is told what of the present, and when again: one subscription at a time. Pure.

With an event alone a subscriber is told when it begins to hold; with a period alone, every so
often; with both, when it begins and every so often while it holds. An event that holds already
begins with the subscription. Ref: MEC 028 clauses 6.3.2 and 6.3.3 (notes 2 and 3); ours where
those leave it open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from .logic import is_met, is_reached
from .measurements import BeaconReport, ChannelLoad, NeighborReport, Report
from .model import (
    AssocStaNotification,
    AssocStaSubscription,
    MeasurementReportNotification,
    MeasurementReportSubscription,
    StaDataRate,
    StaDataRateNotification,
    StaDataRateSubscription,
    WaiSubscription,
)
from .reporting import reports
from .wlan import Wlan, identity_of

Notification = AssocStaNotification | StaDataRateNotification | MeasurementReportNotification


@dataclass(frozen=True)
class Standing:
    """How far a subscription is."""

    due_s: float | None = None
    """When it is due again, on the monotonic clock; None: only by what happens."""
    met: frozenset[str] = frozenset()
    """For whom its event holds: access points or stations."""
    seen: tuple[int, int] | None = None
    """Epoch and sequence of the facts that were reported last."""


@dataclass(frozen=True)
class Turn:
    """What happens in one look at a subscription."""

    standing: Standing
    notification: Notification | None = None


def begin(body: WaiSubscription, now_s: float, report_every_s: float) -> Standing:
    """Return how a subscription begins: measurements at once, all else after its first period."""
    if isinstance(body, MeasurementReportSubscription):
        return Standing(due_s=now_s)
    period = period_of(body, report_every_s)
    return Standing(due_s=None if period is None else now_s + period)


def period_of(body: WaiSubscription, report_every_s: float) -> float | None:
    """Return after how many seconds a subscriber is told again; None: only when it happens."""
    if isinstance(body, MeasurementReportSubscription):
        return report_every_s
    return body.notification_period


def look(
    body: WaiSubscription, standing: Standing, wlan: Wlan, now_s: float, *, period_s: float | None
) -> Turn:
    """Return what a subscriber is told of the network as it is now, and how far it then is."""
    is_due = standing.due_s is not None and now_s >= standing.due_s
    due_s = standing.due_s
    while period_s is not None and due_s is not None and due_s <= now_s:
        due_s += period_s
    after = Standing(due_s=due_s, met=standing.met, seen=standing.seen)
    match body:
        case AssocStaSubscription():
            return _of_access_point(body, after, wlan, is_due=is_due)
        case StaDataRateSubscription():
            return _of_rates(body, after, wlan, is_due=is_due)
        case MeasurementReportSubscription():
            return _of_measurements(body, after, wlan, is_due=is_due)


def _of_access_point(
    body: AssocStaSubscription, standing: Standing, wlan: Wlan, *, is_due: bool
) -> Turn:
    cell, event = wlan.cell_of(body.ap_id.bssid), body.notification_event
    if cell is None:
        return Turn(Standing(standing.due_s))
    holds = event is None or is_reached(event, wlan.count_at(cell))
    met = frozenset({body.ap_id.bssid}) if holds else frozenset()
    begins = event is not None and bool(met - standing.met)
    after = Standing(standing.due_s, met)
    if not holds or not (is_due or begins):
        return Turn(after)
    return Turn(
        after,
        AssocStaNotification(
            wayside_origin=wlan.origin,
            time_stamp=wlan.stamp,
            ap_id=identity_of(wlan.picture.network.cells[cell]),
            sta_id=tuple(wlan.stations_at(cell)),
        ),
    )


def _of_rates(
    body: StaDataRateSubscription, standing: Standing, wlan: Wlan, *, is_due: bool
) -> Turn:
    event = body.notification_event
    meeting = {
        rate.sta_id.mac_id: rate
        for rate in _rates(body, wlan)
        if rate.sta_id is not None and (event is None or is_met(event, rate))
    }
    after = Standing(standing.due_s, frozenset(meeting))
    told = meeting
    if not is_due:
        begun = after.met - standing.met if event is not None else frozenset()
        told = {mac: rate for mac, rate in meeting.items() if mac in begun}
    if not told:
        return Turn(after)
    return Turn(
        after,
        StaDataRateNotification(
            wayside_origin=wlan.origin, time_stamp=wlan.stamp, sta_data_rate=tuple(told.values())
        ),
    )


def _rates(body: StaDataRateSubscription, wlan: Wlan) -> Iterator[StaDataRate]:
    for row in wlan.rows_of(body.sta_id):
        rate = wlan.rate(row)
        if rate is not None:
            yield replace(rate, sta_id=wlan.identity(row))


def _of_measurements(
    body: MeasurementReportSubscription, standing: Standing, wlan: Wlan, *, is_due: bool
) -> Turn:
    present = (wlan.picture.epoch, wlan.picture.sequence)
    if not is_due or standing.seen == present:
        return Turn(standing)
    after = Standing(standing.due_s, standing.met, present)
    found: list[Report] = [
        replace(report, sta_id=wlan.identity(row))
        for row in wlan.rows_of(body.sta_id)
        for report in reports(wlan, row, body.measurement_id, body.measurement_info)
    ]
    if not found:
        return Turn(after)
    return Turn(
        after,
        MeasurementReportNotification(
            wayside_origin=wlan.origin,
            time_stamp=wlan.stamp,
            beacon_report=tuple(each for each in found if isinstance(each, BeaconReport)),
            neighbor_report=tuple(each for each in found if isinstance(each, NeighborReport)),
            channel_load=tuple(each for each in found if isinstance(each, ChannelLoad)),
        ),
    )
