"""Areas on the map: whether a position lies in a GeoJSON polygon. Pure. Ref: RFC 7946 clause 3.1.6.

Edges are straight in degrees, as GeoJSON says; an area that crosses the antimeridian has to be cut
there. Never looks at height.
"""

from dataclasses import dataclass
from itertools import pairwise

from wayside.model.app_lcm import Polygon
from wayside.model.place import Position

Ring = tuple[tuple[float, float], ...]


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
        outer, *holes = self.rings
        return _inside(position, outer) and not any(_inside(position, hole) for hole in holes)


def _inside(position: Position, ring: Ring) -> bool:
    """Count the edges that a line to the east crosses: an odd number means inside."""
    x, y = position.longitude, position.latitude
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside
