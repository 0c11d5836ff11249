"""What a subscription may ask for on this platform, whatever version of the API it speaks. Pure.

Each rule returns, or raises a Problem that names the field.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wayside.core.errors import Unprocessable
from wayside.model.place import Position
from wayside.refpoints.net.areas import Area, Circle, Polygon
from wayside.refpoints.net.network import Network

from .addresses import Addressing

POINTS_MIN = 3
KNOWN_SHOWN = 8
AREA_REACH_M_MAX = 50_000.0
"""The map of an area is flat, which holds so far."""


@dataclass(frozen=True)
class Terms:
    """The rules, and what they are held against."""

    network: Callable[[], Network]
    addressing: Addressing
    accuracy_m: int | None
    """How accurate places are, as the operator says; None: nobody says."""

    def require_addresses(self, addresses: Iterable[str], field: str) -> None:
        """Return where each may be somebody's, here now or not."""
        for address in addresses:
            try:
                self.addressing.row(self.network(), address)
            except Unprocessable as problem:
                problem.field = f"$.{field}"
                raise

    def require_zone(self, zone: str, field: str = "zoneId") -> None:
        """Return where there is such a zone, or nobody has told yet which there are."""
        known = [each.id for each in self.network().zones]
        if known and zone not in known:
            raise _unknown("zone", zone, known, field)

    def require_access_points(self, names: Sequence[str], field: str = "accessPointList") -> None:
        """Return where there are such access points, or nobody has told yet which there are."""
        known = self.network().cell_rows
        for name in names:
            if known and name not in known:
                raise _unknown("access point", name, list(known), field)

    def require_accuracy(self, wanted_m: float, field: str = "trackingAccuracy") -> None:
        """Return where places are as accurate as is wanted, as far as anybody says."""
        if self.accuracy_m is not None and wanted_m < self.accuracy_m:
            raise Unprocessable(
                f"$.{field}: this network tells places to {self.accuracy_m} m; ask for no less.",
                field=f"$.{field}",
            )


def circle(latitude: float, longitude: float, radius_m: float, field: str) -> Area:
    """Return the area around a point; raise Unprocessable where it is too large for a map."""
    if not 0 < radius_m <= AREA_REACH_M_MAX:
        raise Unprocessable(
            f"$.{field}: give a radius above 0 and up to {AREA_REACH_M_MAX:.0f} m.",
            field=f"$.{field}",
        )
    return Circle(Position(latitude=latitude, longitude=longitude), radius_m)


def polygon(points: Sequence[tuple[float, float]], field: str) -> Area:
    """Return the area within a line; raise Unprocessable where it has too few points."""
    if len(points) < POINTS_MIN or len(set(points)) < POINTS_MIN:
        raise Unprocessable(
            f"$.{field}: a polygon has {POINTS_MIN} to 15 different points.", field=f"$.{field}"
        )
    latitudes, longitudes = zip(*points, strict=True)
    degrees_max = 2 * AREA_REACH_M_MAX / 111_195.0
    if max(latitudes) - min(latitudes) > degrees_max or (
        max(longitudes) - min(longitudes) > degrees_max
    ):
        raise Unprocessable(
            f"$.{field}: a polygon reaches over {degrees_max:.1f} degrees at most; give a smaller "
            "one.",
            field=f"$.{field}",
        )
    return Polygon(tuple(Position(latitude=a, longitude=o) for a, o in points))


def _unknown(what: str, name: str, known: Sequence[str], field: str) -> Unprocessable:
    shown = ", ".join(known[:KNOWN_SHOWN]) + (", …" if len(known) > KNOWN_SHOWN else "")
    return Unprocessable(
        f"$.{field}: there is no {what} {name[:80]!r} here; there are {shown}. "
        "GET /queries/zones lists them.",
        field=f"$.{field}",
    )
