"""Areas are entered and left exactly, however they lie, and each enter is followed by a leave."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.model.place import Position
from wayside.refpoints.net.areas import METRES_PER_DEGREE, Area, Areas, Circle, Polygon

HOME = Position(latitude=43.6, longitude=7.0)
EAST_M = METRES_PER_DEGREE * math.cos(math.radians(HOME.latitude))


def at(x_m: float, y_m: float) -> Position:
    return Position(
        latitude=HOME.latitude + y_m / METRES_PER_DEGREE, longitude=HOME.longitude + x_m / EAST_M
    )


SQUARE = Polygon((at(0, 0), at(100, 0), at(100, 100), at(0, 100)))
NOTCH = Polygon((at(0, 0), at(300, 0), at(300, 300), at(150, 50), at(0, 300)))
DISC = Circle(at(50, 50), 70.0)


def places(*points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    found = [at(x, y) for x, y in points]
    return (
        np.array([point.latitude for point in found]),
        np.array([point.longitude for point in found]),
    )


def pairs(within) -> list[tuple[int, int]]:  # type: ignore[no-untyped-def]
    return list(zip(within.devices.tolist(), within.areas.tolist(), strict=True))


def test_a_place_may_lie_in_several_areas_and_in_none() -> None:
    areas = Areas([SQUARE, DISC])
    found = areas.within(*places((50, 50), (5, 5), (50, 115), (500, 0)))
    assert pairs(found) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)]


def test_a_notch_is_outside() -> None:
    found = Areas([NOTCH]).within(*places((150, 40), (150, 100), (20, 200), (280, 200)))
    assert pairs(found) == [(0, 0), (2, 0), (3, 0)]


def test_far_away_and_unknown_places_are_nowhere() -> None:
    areas = Areas([DISC])
    latitude = np.array([-43.6, np.nan, 43.6])
    longitude = np.array([170.0, 7.0, np.nan])
    assert pairs(areas.within(latitude, longitude)) == []


def test_without_areas_nobody_enters() -> None:
    areas = Areas([])
    _, entered, left = areas.follow(areas.nowhere(1), np.array([0], np.int32), places((0, 0)))
    assert pairs(entered) == pairs(left) == []


def test_who_comes_enters_and_who_goes_leaves() -> None:
    areas = Areas([SQUARE, DISC])
    rows = np.array([2, 4], dtype=np.int32)
    standing, entered, left = areas.follow(areas.nowhere(5), rows, places((500, 0), (50, 50)))
    assert pairs(entered) == [(4, 0), (4, 1)]
    assert pairs(left) == []
    standing, entered, left = areas.follow(standing, rows, places((50, 115), (50, 50)))
    assert pairs(entered) == [(2, 1)]
    assert pairs(left) == []
    one = np.array([4], dtype=np.int32)
    _, entered, left = areas.follow(standing, one, places((50, 115)))
    assert pairs(entered) == []
    assert pairs(left) == [(4, 0)], "and the disc is not left"


coordinate = st.floats(-400, 400)
circles = st.builds(
    lambda x, y, radius: Circle(at(x, y), radius), coordinate, coordinate, st.floats(1, 300)
)
triangles = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=3, unique=True).map(
    lambda points: Polygon(tuple(at(x, y) for x, y in points))
)
some_areas = st.lists(circles | triangles, min_size=1, max_size=6)
walks = st.lists(
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=3), min_size=1, max_size=6
)


def _flat(point: Position) -> tuple[float, float]:
    return (
        (point.longitude - HOME.longitude) * EAST_M,
        (point.latitude - HOME.latitude) * METRES_PER_DEGREE,
    )


def margin_m(area: Area, x: float, y: float) -> float:
    """Return how far inside a circle or triangle a place is, by another way than the code's."""
    if isinstance(area, Circle):
        return area.radius_m - math.dist(_flat(area.centre), (x, y))
    corners = [_flat(point) for point in area.points]
    turned = [
        ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / max(math.hypot(bx - ax, by - ay), 1e-9)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    return max(min(turned), -max(turned))


@settings(max_examples=150)
@given(some_areas, walks)
def test_entering_and_leaving_agree_with_looking_at_each_area(
    told: list[Area], walk: list[list[tuple[float, float]]]
) -> None:
    areas = Areas(told)
    standing, inside = areas.nowhere(3), set()
    rows = np.arange(3, dtype=np.int32)
    for step in walk:
        standing, entered, left = areas.follow(standing, rows, places(*step))
        came, gone = set(pairs(entered)), set(pairs(left))
        assert not came & inside, "nobody enters where it is"
        assert gone <= inside, "nobody leaves where it is not"
        inside = (inside | came) - gone
        for device, (x, y) in enumerate(step):
            for number, area in enumerate(told):
                margin = margin_m(area, x, y)
                if abs(margin) > 0.1:  # but on the very border
                    assert ((device, number) in inside) == (margin > 0)


def test_a_circle_is_as_wide_as_it_says() -> None:
    areas = Areas([Circle(HOME, 1000.0)])
    north = np.array([HOME.latitude + 999.0 / METRES_PER_DEGREE, HOME.latitude + 0.00901])
    assert pairs(areas.within(north, np.array([7.0, 7.0]))) == [(0, 0)]
    assert pytest.approx(math.pi * 6_371_000 / 180, abs=1) == METRES_PER_DEGREE
