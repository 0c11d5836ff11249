"""The figures of all stations as columns, from what each access point said last. Pure.

What flows is what was counted between two looks; until the second nobody knows.
"""

from collections.abc import Mapping
from math import nan
from typing import NamedTuple

import numpy as np

from wayside.refpoints.net.facts import Loaded, Measured
from wayside.refpoints.net.values import NOBODY, Reals, Technology

from .answers import Radio, Station


class Figure(NamedTuple):
    """One station's, and when it was told (monotonic seconds)."""

    cell: int
    station: Station
    at_s: float
    downlink_bps: float = nan
    uplink_bps: float = nan


def after(before: Figure | None, cell: int, station: Station, at_s: float) -> Figure:
    """Return a station's figures after those before, at the same access point or anew."""
    if before is None or before.cell != cell or at_s <= before.at_s:
        return Figure(cell, station, at_s)
    dt_s = at_s - before.at_s
    return Figure(
        cell,
        station,
        at_s,
        _flow(before.station.sent_bytes, station.sent_bytes, dt_s),
        _flow(before.station.received_bytes, station.received_bytes, dt_s),
    )


def _flow(before: int | None, now: int | None, dt_s: float) -> float:
    """Return bits per second; NaN where a counter is not known or began anew."""
    if before is None or now is None or now < before:
        return nan
    return (now - before) * 8 / dt_s


def measured(figures: Mapping[int, Figure]) -> Measured:
    """Return the figures of stations by their rows."""
    rows = sorted(figures)
    told = [figures[row] for row in rows]

    def reals(values: list[float]) -> Reals:
        return np.array(values, dtype=np.float32)

    unknown = np.full(len(rows), nan, dtype=np.float32)
    return Measured(
        technology=Technology.WLAN,
        devices=np.array(rows, dtype=np.int32),
        cells=np.array([each.cell for each in told], dtype=np.int32),
        power_dbm=reals([each.station.signal_dbm for each in told]),
        quality_db=unknown,
        sinr_db=unknown,
        cqi=np.array([each.station.mcs for each in told], dtype=np.int8),
        timing_advance_ns=unknown,
        neighbours=np.full(len(rows), NOBODY, dtype=np.int32),
        neighbour_power_dbm=unknown,
        downlink_bps=reals([each.downlink_bps for each in told]),
        uplink_bps=reals([each.uplink_bps for each in told]),
        downlink_bps_max=reals([each.station.downlink_bps for each in told]),
        uplink_bps_max=reals([each.station.uplink_bps for each in told]),
    )


def loaded(radios: Mapping[int, Radio]) -> Loaded:
    """Return how busy access points are: both ways in one, as the channel is sensed."""
    rows = sorted(radios)
    return Loaded(
        cells=np.array(rows, dtype=np.int32),
        devices=np.array([radios[row].stations for row in rows], dtype=np.int32),
        downlink_share=np.array([radios[row].utilisation for row in rows], dtype=np.float32),
        uplink_share=np.full(len(rows), nan, dtype=np.float32),
    )
