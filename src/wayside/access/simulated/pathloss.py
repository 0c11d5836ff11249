"""How much of a signal is lost on its way, and whether the way is in sight. Pure.

Ref: TR 38.901 V17.0.0, tables 7.4.1-1 (path loss), 7.4.2-1 (line of sight), 7.5-6 (correlation).
Ours: devices are taken to be no lower and no higher than the table's bounds, and the effective
height of what surrounds them is 1 m everywhere. Never adds shadowing: ``fields`` does.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Metres = NDArray[np.float64]
Decibels = NDArray[np.float64]

LIGHT_MPS = 299_792_458.0


class Environment(StrEnum):
    """What surrounds a cell."""

    UMA = "UMa"
    """Urban, antenna above the roofs."""
    UMI = "UMi"
    """Street canyon."""
    INH = "InH"
    """Mixed offices indoors."""
    RMA = "RMa"
    """Open country."""


@dataclass(frozen=True)
class Spread:
    """How places differ from the median: shadowing in dB, and how far neighbours are alike."""

    seen_db: float
    hidden_db: float
    shadow_m: float
    """Where the shadowing has lost all but 1/e of its likeness, in sight."""
    sight_m: float
    """The same of whether there is sight. Ref: table 7.6.3.1-2."""


SPREADS = {
    Environment.UMA: Spread(4.0, 6.0, 37.0, 50.0),
    Environment.UMI: Spread(4.0, 7.82, 10.0, 50.0),
    Environment.INH: Spread(3.0, 8.03, 10.0, 10.0),
    Environment.RMA: Spread(4.0, 8.0, 37.0, 60.0),
}

_DEVICE_M = {
    Environment.UMA: (1.5, 22.5),
    Environment.UMI: (1.5, 22.5),
    Environment.INH: (1.0, 3.0),
    Environment.RMA: (1.0, 10.0),
}
_STREET_M, _BUILDINGS_M = 20.0, 5.0
"""Width of streets and height of buildings in open country, the table's defaults."""


@dataclass(frozen=True)
class Way:
    """What a path loss depends on besides the distance."""

    environment: Environment
    carrier_hz: float
    cell_m: float
    """Height of the cell's antenna."""
    device_m: float
    """Height of the device's."""

    @property
    def low_m(self) -> float:
        """The device's height within the table's bounds."""
        low, high = _DEVICE_M[self.environment]
        return min(max(self.device_m, low), high)

    @property
    def breakpoint_m(self) -> float:
        """Where the signal begins to fall faster."""
        if self.environment is Environment.RMA:
            return 2 * np.pi * self.cell_m * self.low_m * self.carrier_hz / LIGHT_MPS
        above = (self.cell_m - 1.0) * (self.low_m - 1.0)
        return 4 * max(above, 0.25) * self.carrier_hz / LIGHT_MPS

    def length_m(self, ground_m: Metres) -> Metres:
        """Return the straight way's length over a distance on the ground."""
        found: Metres = np.sqrt(np.square(ground_m) + (self.cell_m - self.device_m) ** 2)
        return found


def seen_db(way: Way, ground_m: Metres) -> Decibels:
    """Return the loss in sight, over distances on the ground of at least 1 m."""
    length, ghz = way.length_m(ground_m), way.carrier_hz / 1e9
    match way.environment:
        case Environment.UMA:
            return _two_slopes(way, ground_m, 28.0 + 20 * np.log10(ghz), (22.0, 9.0))
        case Environment.UMI:
            return _two_slopes(way, ground_m, 32.4 + 20 * np.log10(ghz), (21.0, 9.5))
        case Environment.INH:
            found: Decibels = 32.4 + 17.3 * np.log10(length) + 20 * np.log10(ghz)
            return found
        case Environment.RMA:
            return _open_country(way, ground_m)


def hidden_db(way: Way, ground_m: Metres) -> Decibels:
    """Return the loss out of sight; never less than in sight."""
    length, ghz = np.log10(way.length_m(ground_m)), way.carrier_hz / 1e9
    loss: Decibels
    match way.environment:
        case Environment.UMA:
            loss = 13.54 + 39.08 * length + 20 * np.log10(ghz) - 0.6 * (way.low_m - 1.5)
        case Environment.UMI:
            loss = 22.4 + 35.3 * length + 21.3 * np.log10(ghz) - 0.3 * (way.low_m - 1.5)
        case Environment.INH:
            loss = 17.3 + 38.3 * length + 24.9 * np.log10(ghz)
        case Environment.RMA:
            loss = _open_country_hidden(way, length)
    return np.maximum(loss, seen_db(way, ground_m), dtype=np.float64)


def sight(way: Way, ground_m: Metres) -> NDArray[np.float64]:
    """Return the probability of sight over distances on the ground, 0 to 1."""
    far = np.maximum(ground_m, 1e-3)
    match way.environment:
        case Environment.UMA:
            found = np.where(far <= 18, 1.0, _street(far, 63.0) * _above_roofs(way, far))
        case Environment.UMI:
            found = np.where(far <= 18, 1.0, _street(far, 36.0))
        case Environment.INH:
            near = np.exp(-(far - 1.2) / 4.7)
            found = np.where(far < 6.5, near, 0.32 * np.exp(-(far - 6.5) / 32.6))
        case Environment.RMA:
            found = np.exp(-(far - 10) / 1000)
    return np.clip(found, 0.0, 1.0)


def _street(far: Metres, fading_m: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 18 / far + np.exp(-far / fading_m) * (1 - 18 / far)
    return found


def _above_roofs(way: Way, far: Metres) -> NDArray[np.float64]:
    """Return what a device's height adds to the probability of sight."""
    height = min(way.device_m, 23.0)
    more = 0.0 if height <= 13 else ((height - 13) / 10) ** 1.5
    found: NDArray[np.float64] = 1 + more * 1.25 * (far / 100) ** 3 * np.exp(-far / 150)
    return found


def _two_slopes(
    way: Way, ground_m: Metres, at_one_db: float, slope: tuple[float, float]
) -> Decibels:
    """Return the loss that grows by 40 dB a decade from the breakpoint on, continuous there."""
    length = np.log10(way.length_m(ground_m))
    near, bend = slope
    joint = way.breakpoint_m**2 + (way.cell_m - way.device_m) ** 2
    return np.where(
        ground_m <= way.breakpoint_m,
        at_one_db + near * length,
        at_one_db + 40 * length - bend * np.log10(joint),
    )


def _open_country(way: Way, ground_m: Metres) -> Decibels:
    length, bend = way.length_m(ground_m), way.length_m(np.array(way.breakpoint_m))
    near = _open_country_near(way, length)
    far = _open_country_near(way, bend) + 40 * np.log10(length / bend)
    return np.where(ground_m <= way.breakpoint_m, near, far)


def _open_country_near(way: Way, length: Metres) -> Decibels:
    tall = _BUILDINGS_M**1.72
    found: Decibels = (
        20 * np.log10(40 * np.pi * length * way.carrier_hz / 1e9 / 3)
        + min(0.03 * tall, 10) * np.log10(length)
        - min(0.044 * tall, 14.77)
        + 0.002 * np.log10(_BUILDINGS_M) * length
    )
    return found


def _open_country_hidden(way: Way, log_length: Decibels) -> Decibels:
    found: Decibels = (
        161.04
        - 7.1 * np.log10(_STREET_M)
        + 7.5 * np.log10(_BUILDINGS_M)
        - (24.37 - 3.7 * (_BUILDINGS_M / way.cell_m) ** 2) * np.log10(way.cell_m)
        + (43.42 - 3.1 * np.log10(way.cell_m)) * (log_length - 3)
        + 20 * np.log10(way.carrier_hz / 1e9)
        - (3.2 * np.log10(11.75 * way.low_m) ** 2 - 4.97)
    )
    return found
