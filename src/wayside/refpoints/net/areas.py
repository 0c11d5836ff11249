"""Who is within which circles and polygons, and who came and went, however many there are. Pure.

The map of all areas is a raster. A square of it lies surely inside an area, surely outside, or so
near to its border that each place has to be looked at. Ours: within a map the earth is flat, which
is within 0.1 % in length over 50 km. Never knows whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from wayside.model.place import Position

from .values import Degrees, Reals, Rows

METRES_PER_DEGREE = 111_195.0
"""Of a great circle on the mean sphere (6,371 km)."""
SQUARES_MAX = 512
"""Along the longer side of the map."""
SQUARE_M_MIN = 5.0
BLOCK = 16_384

Marks = NDArray[np.uint64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Circle:
    """All places not farther than ``radius_m`` from a point."""

    centre: Position
    radius_m: float


@dataclass(frozen=True)
class Polygon:
    """All places within a closed line through three points or more that does not cross itself."""

    points: tuple[Position, ...]


Area = Circle | Polygon


@dataclass(frozen=True)
class Within:
    """Pairs: the n-th device is within the n-th area. In order of devices, then areas."""

    devices: Rows
    areas: Rows


@dataclass(frozen=True)
class Standing:
    """Where devices were last, and a mark of all the areas that each was within."""

    x: Reals
    y: Reals
    mark: Marks


class Areas:
    """Areas made ready to be looked up; numbers are their places in the sequence given."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = tuple(areas)
        self._lay_out()
        draws = np.random.default_rng(1).integers(1, 1 << 63, len(areas) + 1, dtype=np.uint64)
        self._draws: Marks = draws
        sure: list[tuple[int, NDArray[np.intp]]] = []
        near: list[tuple[int, NDArray[np.intp]]] = []
        for number, area in enumerate(self._areas):
            squares, depth = self._depths(area)
            sure.append((number, squares[depth > self._half_m]))
            near.append((number, squares[np.abs(depth) <= self._half_m]))
        self._sure, self._near = _lists(sure, self._squares), _lists(near, self._squares)
        self._mark: Marks = np.zeros(self._squares, dtype=np.uint64)
        for number, inside in sure:
            self._mark[inside] += draws[number]

    def nowhere(self, size: int) -> Standing:
        """Return the standing of ``size`` devices that are in no area."""
        far = np.full(size, np.nan, dtype=np.float32)
        return Standing(far, far, np.zeros(size, dtype=np.uint64))

    def within(self, latitude: Degrees, longitude: Degrees) -> Within:
        """Return which of these places lie within which areas."""
        return self._within(*self._metres(latitude, longitude))

    def follow(
        self, standing: Standing, devices: Rows, where: tuple[Degrees, Degrees]
    ) -> tuple[Standing, Within, Within]:
        """Return the standing after ``devices`` have come to ``where`` (latitude, longitude).

        Also returns who has entered which areas and who has left which. Both are exact where a
        mark has changed; that two sets of areas have the same mark has a chance of 1 in 2^63.
        """
        x, y = self._metres(*where)
        mark = self._marks(x, y)
        changed = np.flatnonzero(mark != standing.mark[devices])
        rows = devices[changed]
        before = _keys(self._within(standing.x[rows], standing.y[rows]), len(self._areas))
        now = _keys(self._within(x[changed], y[changed]), len(self._areas))
        entered = self._pairs(np.setdiff1d(now, before, assume_unique=True), rows)
        left = self._pairs(np.setdiff1d(before, now, assume_unique=True), rows)
        after = Standing(standing.x.copy(), standing.y.copy(), standing.mark.copy())
        after.x[devices], after.y[devices], after.mark[devices] = x, y, mark
        return after, entered, left

    def _pairs(self, keys: NDArray[np.int64], rows: Rows) -> Within:
        column, area = np.divmod(keys, max(len(self._areas), 1))
        return Within(rows[column], area.astype(np.int32))

    def _lay_out(self) -> None:
        """Choose the map, and write all areas down in its metres."""
        points = [point for area in self._areas for point in _points(area)]
        self._latitude = points[0].latitude if points else 0.0
        self._longitude = points[0].longitude if points else 0.0
        self._east_m = METRES_PER_DEGREE * max(cos(radians(self._latitude)), 1e-6)
        corners = np.array([self._flat(point) for point in points] or [(0.0, 0.0)])
        wide = max((a.radius_m for a in self._areas if isinstance(a, Circle)), default=0.0)
        low, high = corners.min(axis=0) - wide, corners.max(axis=0) + wide
        self._side_m = max(SQUARE_M_MIN, float((high - low).max()) / SQUARES_MAX)
        self._half_m = self._side_m * 0.7072
        self._low = low - 2 * self._side_m
        self._across, self._down = (
            int(extent / self._side_m) + 5 for extent in (high - low).tolist()
        )
        self._squares = self._across * self._down
        circles = [
            (*(self._flat(area.centre) - self._low), area.radius_m**2)
            if isinstance(area, Circle)
            else (0.0, 0.0, -1.0)
            for area in self._areas
        ]
        self._circles = np.array(circles, dtype=np.float32).reshape(-1, 3).T.copy()
        lines = [self._line(area) for area in self._areas]
        length = max((len(line) for line in lines), default=0) + 1
        padded = np.array([_padded(line, length) for line in lines]).reshape(-1, length, 2)
        self._edges = _edges(padded - self._low)

    def _flat(self, point: Position) -> tuple[float, float]:
        return (
            (point.longitude - self._longitude) * self._east_m,
            (point.latitude - self._latitude) * METRES_PER_DEGREE,
        )

    def _line(self, area: Area) -> list[tuple[float, float]]:
        points = area.points if isinstance(area, Polygon) else ()
        return [self._flat(point) for point in points]

    def _metres(self, latitude: Degrees, longitude: Degrees) -> tuple[Reals, Reals]:
        x, y = (np.empty(len(latitude), dtype=np.float32) for _ in range(2))
        for begin in range(0, len(latitude), BLOCK):
            span = slice(begin, begin + BLOCK)
            x[span] = (longitude[span] - self._longitude) * self._east_m - self._low[0]
            y[span] = (latitude[span] - self._latitude) * METRES_PER_DEGREE - self._low[1]
        return x, y

    def _depths(self, area: Area) -> tuple[NDArray[np.intp], Numbers]:
        """Return the squares around an area, and how far inside it the middle of each is."""
        flat = np.array([self._flat(point) for point in _points(area)]) - self._low
        reach = area.radius_m if isinstance(area, Circle) else 0.0
        first = np.floor((flat.min(axis=0) - reach) / self._side_m).astype(int) - 1
        last = np.floor((flat.max(axis=0) + reach) / self._side_m).astype(int) + 1
        columns, rows = (np.arange(a, b + 1) for a, b in zip(first, last, strict=True))
        x, y = np.meshgrid((columns + 0.5) * self._side_m, (rows + 0.5) * self._side_m)
        squares = (rows[:, None] * self._across + columns[None, :]).ravel()
        if isinstance(area, Circle):
            depth = area.radius_m - np.hypot(x - flat[0, 0], y - flat[0, 1])
        else:
            depth = _depth(flat, x, y)
        return squares, depth.ravel()

    def _square(self, x: Reals, y: Reals) -> Rows:
        """Return the square of each place; whoever is beyond the map is in one at its edge."""
        per_m = np.float32(1 / self._side_m)
        with np.errstate(invalid="ignore"):  # nobody knows where: then any square does
            column, row = (x * per_m).astype(np.int32), (y * per_m).astype(np.int32)
        np.clip(row, 0, self._down - 1, out=row)
        row *= np.int32(self._across)
        row += np.clip(column, 0, self._across - 1, out=column)
        return row

    def _marks(self, x: Reals, y: Reals) -> Marks:
        found = np.empty(len(x), dtype=np.uint64)
        for begin in range(0, len(x), BLOCK):
            span = slice(begin, begin + BLOCK)
            square = self._square(x[span], y[span])
            self._mark.take(square, out=found[span], mode="clip")
            devices, areas = _expanded(self._near, square)
            inside = self._look(x[span][devices], y[span][devices], areas)
            np.add.at(found[span], devices[inside], self._draws[areas[inside]])
        return found

    def _within(self, x: Reals, y: Reals) -> Within:
        square = self._square(x, y)
        devices, areas = _expanded(self._near, square)
        inside = self._look(x[devices], y[devices], areas)
        sure_devices, sure_areas = _expanded(self._sure, square)
        rows = np.concatenate([devices[inside], sure_devices])
        found = np.concatenate([areas[inside], sure_areas])
        order = np.lexsort((found, rows))
        return Within(rows[order].astype(np.int32), found[order].astype(np.int32))

    def _look(self, x: Reals, y: Reals, areas: Rows) -> NDArray[np.bool_]:
        """Return whether each place is inside its area."""
        circle = self._circles.take(areas, axis=1)
        away = np.square(x - circle[0])
        away += np.square(y - circle[1])
        found: NDArray[np.bool_] = away <= circle[2]
        here = np.flatnonzero(circle[2] < 0)
        found[here] = _crossings(self._edges, areas[here], (x[here], y[here]))
        return found


def _points(area: Area) -> tuple[Position, ...]:
    return (area.centre,) if isinstance(area, Circle) else area.points


def _padded(line: list[tuple[float, float]], length: int) -> list[tuple[float, float]]:
    """Return a closed line of ``length`` points: the last is repeated, as that adds no edge."""
    closed = [*line, *line[:1]] or [(0.0, 0.0)]
    return closed + [closed[-1]] * (length - len(closed))


def _edges(lines: Numbers) -> Reals:
    """Return for each edge of many closed lines x and y of its start, y of its end, and dx/dy."""
    x1, y1 = lines[:, :-1, 0].T, lines[:, :-1, 1].T
    x2, y2 = lines[:, 1:, 0].T, lines[:, 1:, 1].T
    slope = np.divide(x2 - x1, y2 - y1, out=np.zeros_like(x1), where=y2 != y1)
    return np.stack([x1, y1, y2, slope], axis=1).astype(np.float32)


def _crossings(edges: Reals, areas: Rows, place: tuple[Reals, Reals]) -> NDArray[np.bool_]:
    """Return where a ray to the east crosses the area's line an odd number of times."""
    x, y = place
    odd = np.zeros(len(areas), dtype=np.bool_)
    if not len(areas):
        return odd
    for x1, y1, y2, slope in edges:
        low = y1.take(areas)
        spans = (low > y) != (y2.take(areas) > y)
        low -= y
        low *= slope.take(areas)
        odd ^= spans & (x < x1.take(areas) - low)
    return odd


def _depth(flat: Numbers, x: Numbers, y: Numbers) -> Numbers:
    """Return how far inside a polygon places are; outside it is negative."""
    nearest = np.full(x.shape, np.inf)
    for start, end in zip(flat, np.roll(flat, -1, axis=0), strict=True):
        along, length2 = end - start, float(np.square(end - start).sum())
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(length2, 1e-12)
        share = np.clip(share, 0, 1)
        away = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
        nearest = np.minimum(nearest, away)
    line = np.array([_padded([tuple(point) for point in flat.tolist()], len(flat) + 1)])
    place = x.ravel().astype(np.float32), y.ravel().astype(np.float32)
    inside = _crossings(_edges(line), np.zeros(x.size, dtype=np.int32), place).reshape(x.shape)
    return np.where(inside, nearest, -nearest)


@dataclass(frozen=True)
class _Lists:
    """A list of areas for each square."""

    start: Rows
    count: Rows
    areas: Rows


def _lists(told: Sequence[tuple[int, NDArray[np.intp]]], squares: int) -> _Lists:
    square = np.concatenate([found for _, found in told] or [np.zeros(0, dtype=np.intp)])
    area = np.concatenate(
        [np.full(len(found), number) for number, found in told] or [np.zeros(0, dtype=np.int64)]
    )
    order = np.lexsort((area, square))
    count = np.bincount(square.astype(np.int64), minlength=squares)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    return _Lists(start.astype(np.int32), count.astype(np.int32), area[order].astype(np.int32))


def _expanded(lists: _Lists, square: Rows) -> tuple[NDArray[np.intp], Rows]:
    """Return a pair for each place and each area in the list of its square."""
    count = lists.count.take(square)
    some = np.flatnonzero(count)
    count = count[some]
    devices = np.repeat(some, count)
    ends = np.cumsum(count)
    place = np.arange(len(devices)) - np.repeat(ends - count, count)
    return devices, lists.areas[np.repeat(lists.start.take(square[some]), count) + place]


def _keys(within: Within, areas: int) -> NDArray[np.int64]:
    return within.devices.astype(np.int64) * max(areas, 1) + within.areas
