"""A flat map of the scenario's ground: degrees to metres and back. Pure.

Metres count east and north from the map's south-western corner. Ours: the earth is flat within a
map (WGS 84 radii at its middle); over 50 km that is within 0.1 % in length. Never holds a device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals

Metres = NDArray[np.float64]

_EQUATOR_M, _ECCENTRICITY2 = 6_378_137.0, 0.006_694_379_990_14
MARGIN_M = 500.0


@dataclass(frozen=True)
class Ground:
    """A map."""

    latitude: float
    longitude: float
    """Of the corner where both metres are 0."""
    north_m: float
    """Metres in a degree of latitude."""
    east_m: float
    width_m: float
    height_m: float

    def metres(self, latitude: Metres, longitude: Metres) -> tuple[Metres, Metres]:
        """Return degrees as metres east and north."""
        return (longitude - self.longitude) * self.east_m, (latitude - self.latitude) * self.north_m

    def degrees(self, east: Metres | Reals, north: Metres | Reals) -> tuple[Metres, Metres]:
        """Return metres as latitude and longitude."""
        latitude = np.multiply(north, 1 / self.north_m, dtype=np.float64)
        longitude = np.multiply(east, 1 / self.east_m, dtype=np.float64)
        latitude += self.latitude
        longitude += self.longitude
        return latitude, longitude


def ground_of(points: Sequence[tuple[float, float]], margin_m: float = MARGIN_M) -> Ground:
    """Return the map that holds all ``points`` (latitude, longitude) with a margin."""
    latitudes, longitudes = zip(*points, strict=True)
    middle = radians((min(latitudes) + max(latitudes)) / 2)
    bend = 1 - _ECCENTRICITY2 * sin(middle) ** 2
    # Rounded: what follows is then the same on every machine.
    north = round(radians(1) * _EQUATOR_M * (1 - _ECCENTRICITY2) / (bend * sqrt(bend)), 3)
    east = round(radians(1) * _EQUATOR_M * cos(middle) / sqrt(bend), 3)
    return Ground(
        min(latitudes) - margin_m / north,
        min(longitudes) - margin_m / east,
        north,
        east,
        (max(longitudes) - min(longitudes)) * east + 2 * margin_m,
        (max(latitudes) - min(latitudes)) * north + 2 * margin_m,
    )
