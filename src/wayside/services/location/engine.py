"""What happened to whom, and who wants to hear of it: facts in, happenings out. Pure.

Keeps a picture of its own, so that what is compared is what was told last. What happened while a
source was away is told as one change each; where a source begins anew its devices and cells are
found again by their names, and what nobody knew before is what watches begin with.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from math import floor

import numpy as np

from wayside.refpoints.net.areas import Area, Circle
from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Rows

from .addresses import Addressing
from .map_boards import AreaBoard, DistanceBoard
from .places import users_by_cell
from .wishes import AreaWish, DistanceWish, Happened, PlaceWish, StatusWish, Watch
from .zone_boards import Found, PlaceBoard, Seen, StatusBoard


class Engine:
    """All watches of one platform, and the network as they saw it last."""

    def __init__(self, snapshot: Snapshot, addressing: Addressing) -> None:
        self.picture = Picture(snapshot)
        self._addressing = addressing
        self._watches: Mapping[str, Watch] = {}
        self._areas: dict[tuple[int, int], AreaBoard] = {}
        """By the region of the earth: a map is flat."""
        self._distances = DistanceBoard()
        self._look_at_cells()
        self._set_up(frozenset())

    def watch(self, watches: Mapping[str, Watch], fresh: Set[str]) -> list[tuple[str, Happened]]:
        """Watch these and no others; return what is to be told at once to those that are fresh."""
        self._watches = watches
        return self._set_up(fresh)

    def take(self, snapshot: Snapshot) -> list[tuple[str, Happened]]:
        """Know what the snapshot says; return what is different from what was known before."""
        before, points, off = self.picture.network, self._points, set(self.picture.off)
        is_known, same = before.size > 0, snapshot.epoch == self.picture.epoch
        self.picture.take(snapshot)
        if not is_known:
            self._areas.clear()
            self._distances.forget()
            self._look_at_cells()
            return self._set_up(frozenset())
        if same:
            points = _padded(points, self.picture.network.size)
        else:
            rows = _rows(before, self.picture.network)
            points = _carried(points, rows, before, self.picture.network)
            off = self.picture.off
            for board in self._areas.values():
                board.renumber(rows)
        return [*self._set_up(frozenset()), *self._compare(points, off)]

    def follow(self, facts: Facts) -> list[tuple[str, Happened]]:
        """Know what the facts say too; return what happened. Raises Gap where they do not follow.

        Who was served otherwise comes first, then who moved.
        """
        network, points, off = self.picture.network, self._points, set(self.picture.off)
        self.picture.follow(facts)
        found: list[tuple[str, Happened]] = []
        if self.picture.network is not network:
            points = _padded(points, self.picture.network.size)
            found += self._set_up(frozenset())
        if facts.events:
            found += self._compare(points, off)
        if facts.moved is not None:
            for board in self._areas.values():
                found += board.moved(facts.moved.devices, self.picture)
            found += self._distances.moved(facts.moved.devices, self.picture)
        return found

    def _row(self, address: str) -> int | None:
        # An address may be one of settings that are not so any longer.
        return self._addressing.find(self.picture.network, address)

    def _called(self, row: int) -> str:
        return self._addressing.shown(self.picture.network, row)

    def _look_at_cells(self) -> None:
        self._points = self.picture.access_points()
        self._counts = users_by_cell(self.picture, self._points)

    def _compare(self, points: Rows, off: Set[int]) -> Iterator[tuple[str, Happened]]:
        """Yield what is different at access points, and look at them anew."""
        network, time_ns = self.picture.network, self.picture.time_ns
        counts = users_by_cell(self.picture, points)
        self._look_at_cells()
        seen = Seen(network, time_ns, self._points, self._called)
        found: list[Found] = [
            self._places.changed(points, seen),
            self._statuses.changed(counts, self._counts, network, time_ns),
            self._statuses.switched(sorted(off ^ self.picture.off), self.picture),
        ]
        for each in found:
            yield from each

    def _set_up(self, fresh: Set[str]) -> list[tuple[str, Happened]]:
        """Put all watches on their boards as the network is now; return what is different."""
        self._places, self._statuses = PlaceBoard(), StatusBoard()
        areas: dict[tuple[int, int], list[tuple[str, AreaWish, Sequence[int | None]]]] = {}
        distances: list[tuple[str, DistanceWish, Sequence[tuple[int | None, int | None]]]] = []
        for key, watch in self._watches.items():
            match watch.wish:
                case PlaceWish() as wish:
                    rows = [self._row(each) for each in wish.addresses]
                    self._places.put(key, wish, rows, self.picture.network)
                case StatusWish() as wish:
                    self._statuses.put(key, wish)
                case AreaWish() as wish:
                    rows = [self._row(each) for each in wish.addresses]
                    areas.setdefault(_region(wish.area), []).append((key, wish, rows))
                case DistanceWish() as wish:
                    known = {each: self._row(each) for each in (*wish.monitored, *wish.reference)}
                    pairs = [(known[one], known[other]) for one, other in wish.pairs()]
                    distances.append((key, wish, pairs))
        self._areas = {region: self._areas.get(region, AreaBoard()) for region in areas}
        found = list(self._distances.lay_out(distances, self.picture, fresh))
        for region, board in self._areas.items():
            found += board.lay_out(areas[region], self.picture, fresh)
        return found


def _region(area: Area) -> tuple[int, int]:
    """Return the degree of latitude and of longitude that an area is counted to."""
    point = area.centre if isinstance(area, Circle) else area.points[0]
    return floor(point.latitude), floor(point.longitude)


def _padded(points: Rows, size: int) -> Rows:
    more = np.full(max(size - len(points), 0), NOBODY, dtype=np.int32)
    return np.concatenate([points, more])


def _rows(before: Network, now: Network) -> dict[int, int]:
    """Return the rows of the devices that both networks have: then → now."""
    groups = {group.id: group for group in now.groups}
    found: dict[int, int] = {}
    for group in before.groups:
        if group.id in groups:
            count, first = min(group.count, groups[group.id].count), groups[group.id].first
            found |= zip(
                range(group.first, group.first + count), range(first, first + count), strict=True
            )
    return found


def _carried(points: Rows, rows: Mapping[int, int], before: Network, now: Network) -> Rows:
    """Return the access points of before, in the rows of now."""
    cells = np.array(
        [now.cell_rows.get(cell.id, NOBODY) for cell in before.cells] + [NOBODY], dtype=np.int32
    )
    found = np.full(now.size, NOBODY, dtype=np.int32)
    found[list(rows.values())] = cells[points[list(rows)]]
    return found
