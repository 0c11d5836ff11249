"""What each cell of a layer sends and how it is heard, as columns and tables. Pure.

A layer's cells are numbered from 0; one more, the last, is nobody, and is never heard. All that
needs a logarithm or an angle is in a table, made once. Never looks at a device.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, log10, radians, sin

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Grades, Reals, Rows, Technology

from . import rates
from .antenna import FRONT_TO_BACK_DB, Antenna, across_db, below_db
from .chance import Purpose, draw
from .fields import PLACES, UNIT, place_m, threshold
from .ground import Ground
from .model import CellPlan
from .pathloss import SPREADS, Environment, Way, hidden_db, seen_db, sight
from .scale import ONE, middle_of, rounded

REACH = 28 * 64
"""Steps of the squared distance, from 1 m to 16 km; whatever is farther is taken to be there."""
COSINES = 512
"""Steps of the cosine on either side of an antenna."""
SITE_PART = 0.5**0.5
"""Half of a shadow's variance is the site's, half is the place's and the same for all sites, which
makes shadows of different sites alike by 0.5. Ref: TR 36.814 table A.2.1.1-2."""
SINR_FROM_DB, SINR_TO_DB, PER_DB = -20.0, 60.0, 4
QUALITIES = int((SINR_TO_DB - SINR_FROM_DB) * PER_DB) + 1

SILENT_DBM = -300.0
THERMAL_DBM_HZ = -174.0
NOISE_DEVICE_DB, NOISE_CELL_DB = 7.0, 5.0
"""Noise figures. Ref: TR 38.802 table A.2.1-1."""
DEVICE_DBM, STATION_DBM = 23.0, 15.0
"""Power of a device (class 3, TS 38.101-1 clause 6.2.1) and, ours, of a station."""
UPLINK_RISE_DB = 3.0
"""Ours: interference over thermal noise at every cell."""


@dataclass(frozen=True)
class Masts:
    """A column for each thing to know of a cell."""

    x: Reals
    y: Reals
    z: Reals
    power_dbm: Reals
    """Per resource element, in a WLAN in all; with the antenna's gain."""
    kind: Rows
    table: Rows
    """Where the tables of its kind begin."""
    field: Rows
    """Where in the fields its own place lies."""
    places_per_m: Reals
    axis_east: Reals
    axis_north: Reals
    across: Rows
    """Where its antenna's table begins."""
    carrier: Rows
    noise_mw: Reals
    uplink_db: Reals
    """What is to be added to the power that a device hears for the SINR of what it sends."""
    rate: Rows
    """Where the tables of its rates begin."""


@dataclass(frozen=True)
class Tables:
    """What masts and places refer to."""

    threshold: NDArray[np.int16]
    loss_db: Reals
    """Out of sight, then in sight."""
    beside_db: Reals
    """What the antenna loses by the vertical angle."""
    shadow_db: Reals
    """The deviation of shadows per unit of two fields' sum, out of sight, then in sight."""
    across_db: Reals
    downlink_bps: Reals
    """What flows with the whole cell at a SINR."""
    uplink_bps: Reals
    grade: Grades
    """CQI, or the index of modulation and coding."""


@dataclass(frozen=True)
class _Kind:
    """What cells with the same tables have in common."""

    environment: Environment
    carrier_hz: float
    height_m: float
    antenna: Antenna


@dataclass(frozen=True)
class _RateKind:
    technology: Technology
    standard: rates.WlanStandard
    bandwidth_mhz: float
    antennas: int
    downlink_share: float | None


def masts_of(
    cells: Sequence[CellPlan], heights_m: Sequence[float], ground: Ground, seed: int
) -> tuple[Masts, Tables]:
    """Return the columns and tables of a layer's cells, for devices of these heights."""
    kinds = list(dict.fromkeys(_kind(cell) for cell in cells))
    rate_kinds = list(dict.fromkeys(_rate_kind(cell) for cell in cells))
    environments = list(dict.fromkeys(cell.environment for cell in cells))
    carriers = list(dict.fromkeys(_carrier(cell) for cell in cells))
    east, north = ground.metres(
        np.array([cell.latitude for cell in cells]), np.array([cell.longitude for cell in cells])
    )

    def real(value: Callable[[CellPlan], float], nobody: float = 0.0) -> Reals:
        return np.array([*(round(value(cell), 6) for cell in cells), nobody], dtype=np.float32)

    def whole(value: Callable[[CellPlan], int]) -> Rows:
        return np.array([*(value(cell) for cell in cells), 0], dtype=np.int32)

    def offset(cell: CellPlan) -> int:
        # By the site: all cells of a mast share its shadows.
        site = (round((cell.latitude + 90) * 1e5), round((cell.longitude + 180) * 1e5))
        chosen = int(draw(seed, Purpose.OFFSET, *site)[0]) % PLACES
        return environments.index(cell.environment) * PLACES + chosen

    size = len(heights_m) * REACH
    masts = Masts(
        x=np.append(np.round(east, 3), 0).astype(np.float32),
        y=np.append(np.round(north, 3), 0).astype(np.float32),
        z=real(lambda cell: cell.height_m),
        power_dbm=real(_reference_dbm, SILENT_DBM),
        kind=whole(lambda cell: kinds.index(_kind(cell))),
        table=whole(lambda cell: kinds.index(_kind(cell)) * size),
        field=whole(offset),
        places_per_m=real(lambda cell: 1 / place_m(cell.environment)),
        axis_east=real(lambda cell: sin(radians(cell.azimuth_deg or 0))),
        axis_north=real(lambda cell: cos(radians(cell.azimuth_deg or 0))),
        across=whole(lambda cell: 0 if cell.azimuth_deg is None else 2 * COSINES + 1),
        carrier=whole(lambda cell: carriers.index(_carrier(cell))),
        noise_mw=np.array(
            [*(10 ** (_noise_dbm(cell, NOISE_DEVICE_DB) / 10) for cell in cells), 1.0],
            dtype=np.float32,
        ),
        uplink_db=real(_uplink_db),
        rate=whole(lambda cell: rate_kinds.index(_rate_kind(cell)) * QUALITIES),
    )
    return masts, _tables(kinds, rate_kinds, heights_m)


def _kind(cell: CellPlan) -> _Kind:
    antenna = Antenna(0.0, None if cell.azimuth_deg is None else 0.0, cell.tilt_deg)
    return _Kind(cell.environment, cell.carrier_mhz * 1e6, cell.height_m, antenna)


def _rate_kind(cell: CellPlan) -> _RateKind:
    return _RateKind(
        cell.technology, cell.standard, cell.bandwidth_mhz, cell.antennas, cell.downlink_share
    )


def _carrier(cell: CellPlan) -> tuple[float, str]:
    """Return what cells share that disturb each other; stations wait for each other instead."""
    return cell.carrier_mhz, cell.id if cell.technology is Technology.WLAN else ""


def _elements(cell: CellPlan) -> int:
    """Return among how many subcarriers the power is divided that is told."""
    if cell.technology is Technology.WLAN:
        return 1
    return 12 * rates.blocks(cell.bandwidth_mhz, lte=cell.technology is Technology.LTE)


def _reference_dbm(cell: CellPlan) -> float:
    return cell.power_dbm + cell.gain_dbi - 10 * log10(_elements(cell))


def _noise_dbm(cell: CellPlan, figure_db: float) -> float:
    if cell.technology is Technology.WLAN:
        return rates.NOISE_WLAN_DBM + 10 * log10(cell.bandwidth_mhz / 20)
    lte = cell.technology is Technology.LTE
    spacing_khz = 15 if lte else rates.nr_spacing_khz(cell.bandwidth_mhz)
    return THERMAL_DBM_HZ + 10 * log10(spacing_khz * 1000) + figure_db


def _uplink_db(cell: CellPlan) -> float:
    if cell.technology is Technology.WLAN:
        return STATION_DBM - cell.power_dbm - _noise_dbm(cell, 0.0)
    return DEVICE_DBM - cell.power_dbm - _noise_dbm(cell, NOISE_CELL_DB) - UPLINK_RISE_DB


def _tables(
    kinds: Sequence[_Kind], rate_kinds: Sequence[_RateKind], heights_m: Sequence[float]
) -> Tables:
    far = np.sqrt(middle_of(np.arange(REACH, dtype=np.int64) + ONE))
    ways = [
        (kind, Way(kind.environment, kind.carrier_hz, kind.height_m, height))
        for kind in kinds
        for height in heights_m
    ]
    loss = [function(way, far) for function in (hidden_db, seen_db) for _, way in ways]
    spreads = [SPREADS[kind.environment] for kind in kinds]
    shadows = [*(each.hidden_db for each in spreads), *(each.seen_db for each in spreads)]
    angles = np.degrees(np.arccos(np.linspace(-1, 1, 2 * COSINES + 1)))
    sinr = np.linspace(SINR_FROM_DB, SINR_TO_DB, QUALITIES)
    rated = [_rated(kind, sinr) for kind in rate_kinds]
    return Tables(
        threshold=np.concatenate([threshold(sight(way, far)) for _, way in ways]),
        loss_db=rounded(np.concatenate(loss)),
        beside_db=rounded(np.concatenate([_beside(kind, way, far) for kind, way in ways])),
        shadow_db=(np.array(shadows) * SITE_PART / UNIT).astype(np.float32),
        across_db=rounded(np.concatenate([np.zeros(2 * COSINES + 1), -across_db(angles)])),
        downlink_bps=np.concatenate([down for down, _, _ in rated]).astype(np.float32),
        uplink_bps=np.concatenate([up for _, up, _ in rated]).astype(np.float32),
        grade=np.concatenate([grade for _, _, grade in rated]).astype(np.int8),
    )


def _beside(kind: _Kind, way: Way, far: NDArray[np.float64]) -> NDArray[np.float64]:
    down = np.degrees(np.arctan2(way.cell_m - way.device_m, far))
    return np.minimum(-below_db(kind.antenna, down), FRONT_TO_BACK_DB)


def _rated(
    kind: _RateKind, sinr: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return what flows down and up by SINR, and the grade that is told with it."""
    down_share, up_share = kind.downlink_share, 1.0
    if down_share is not None:
        up_share = 1 - down_share
    down_share = down_share or 1.0
    if kind.technology is Technology.WLAN:
        rate = rates.wlan_bps(sinr, kind.standard, int(kind.bandwidth_mhz)) * kind.antennas
        rate = rate * rates.WLAN_AIR_SHARE
        return rate * down_share, rate * up_share, rates.wlan_index(sinr, kind.standard)
    lte = kind.technology is Technology.LTE
    down_left, up_left = rates.left_over(lte=lte)
    elements = rates.elements_per_s(kind.bandwidth_mhz, lte=lte)
    down = elements * down_left * down_share * rates.bits_per_element(sinr, kind.antennas)
    up = elements * up_left * up_share * rates.bits_per_element(sinr, 1)
    return down, up, rates.cqi(sinr)
