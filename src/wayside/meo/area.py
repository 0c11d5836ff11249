"""Areas on the map: which positions lie in a GeoJSON polygon. Pure. Ref: RFC 7946 clause 3.1.6.

Edges are straight in degrees, as GeoJSON says; an area that crosses the antimeridian has to be cut
there. Never looks at height.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wayside.model.app_lcm import Polygon
from wayside.model.place import Position

Ring = tuple[tuple[float, float], ...]
Degrees = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GeoArea:
    """A polygon: the first ring bounds it, further rings are holes."""

    rings: tuple[Ring, ...]

    @classmethod
    def of(cls, polygon: Polygon) -> "GeoArea":
        """Return the area of a polygon."""
        return cls(polygon.coordinates)

    def contains(self, position: Position) -> bool:
        """Tell whether ``position`` lies inside of the boundary and in no hole."""
        longitude, latitude = np.array([position.longitude]), np.array([position.latitude])
        return bool(self.holds(longitude, latitude)[0])

    def holds(self, longitude: Degrees, latitude: Degrees) -> Mask:
        """Tell the same of each of many positions; one that is not a number lies outside."""
        outer, *holes = self.rings
        inside = _inside(longitude, latitude, outer)
        for hole in holes:
            inside &= ~_inside(longitude, latitude, hole)
        return inside


def _inside(x: Degrees, y: Degrees, ring: Ring) -> Mask:
    """Count the edges that a line to the east crosses: an odd number means inside."""
    inside = np.zeros(len(x), dtype=np.bool_)
    for (x1, y1), (x2, y2) in pairwise(ring):
        if y1 == y2:  # level with the line: it crosses nothing
            continue
        crosses = ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        inside ^= crosses
    return inside
