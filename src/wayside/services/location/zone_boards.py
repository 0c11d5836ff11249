"""Who watches which device, access point and zone: found without asking all who watch. Pure.

One board for each kind of wish; the engine puts watches on them and hears what is different.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wayside.refpoints.net.network import Cell, Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows

from .places import Counts, status_of
from .wishes import Change, Crossing, Happened, PlaceWish, StatusWish

Found = Iterator[tuple[str, Happened]]
"""Keys of watches, and what they are to be told."""


@dataclass(frozen=True)
class Seen:
    """What was seen at the last look."""

    network: Network
    time_ns: int
    points: Rows
    """The access point of each device."""
    called: Callable[[int], str]
    """What answers call the device of a row."""


@dataclass
class PlaceBoard:
    """Watches of access points and zones, by the device or for all."""

    _by_row: dict[int, list[tuple[str, PlaceWish, str]]] = field(default_factory=dict)
    _of_all: list[tuple[str, PlaceWish]] = field(default_factory=list)
    _cells: dict[str, frozenset[int]] = field(default_factory=dict)
    """The area of a watch; none of those for which each zone is one."""

    def put(self, key: str, wish: PlaceWish, rows: Sequence[int | None], network: Network) -> None:
        """Watch; ``rows`` are those of the addresses that the wish names."""
        if not wish.addresses:
            self._of_all.append((key, wish))
        for address, row in zip(wish.addresses, rows, strict=True):
            if row is not None:
                self._by_row.setdefault(row, []).append((key, wish, address))
        if wish.zone is not None or wish.cells:
            self._cells[key] = frozenset(
                number
                for number, cell in enumerate(network.cells)
                if cell.zone == wish.zone or cell.id in wish.cells
            )

    def changed(self, before: Rows, seen: Seen) -> Found:
        """Yield what happened to devices whose access points were ``before`` and are as seen."""
        for row in np.flatnonzero(before != seen.points).tolist():
            way = int(before[row]), int(seen.points[row])
            for key, _, address in self._by_row.get(row, ()):
                for each in self._told(key, way, seen):
                    yield key, replace(each, address=address)
            for key, _ in self._of_all:
                for each in self._told(key, way, seen):
                    yield key, replace(each, address=seen.called(row))

    def _told(self, key: str, way: tuple[int, int], seen: Seen) -> Iterator[Happened]:
        old, new = (None if each == NOBODY else seen.network.cells[each] for each in way)
        area = self._cells.get(key)
        was, is_ = (_area(area, number, cell) for number, cell in zip(way, (old, new), strict=True))
        there = Happened(seen.time_ns, before=old.id if old else None)
        if new is not None:
            there = replace(there, cell=new.id, zone=new.zone)
        if was is not None and was == is_:
            yield replace(there, change=Change.TRANSFERRING, area=was)
        if was is not None and was != is_ and old is not None:
            yield Happened(seen.time_ns, Change.LEAVING, cell=old.id, zone=old.zone, area=was)
        if is_ is not None and was != is_:
            yield replace(there, change=Change.ENTERING, area=is_)


def _area(area: frozenset[int] | None, number: int, cell: Cell | None) -> str | None:
    """Return which area of a watch a cell is in: its zone, where each zone is one."""
    if cell is None:
        return None
    if area is None:
        return cell.zone
    return "" if number in area else None


@dataclass
class StatusBoard:
    """Watches of how many users there are, and of what serves."""

    _wishes: dict[str, StatusWish] = field(default_factory=dict)

    def put(self, key: str, wish: StatusWish) -> None:
        """Watch."""
        self._wishes[key] = wish

    def changed(self, before: Counts, now: Counts, network: Network, time_ns: int) -> Found:
        """Yield the thresholds that were crossed; both are users by cell."""
        if not self._wishes or np.array_equal(before, now):
            return
        zones = network.zones_of_cells
        old, new = (
            np.bincount(zones, weights=each, minlength=len(network.zones)).astype(np.int64)
            for each in (before, now)
        )
        for key, wish in self._wishes.items():
            zone = network.zone_rows.get(wish.zone)
            if zone is None:
                continue
            for crossing, users in _crossed(wish, int(old[zone]), int(new[zone]), of_zone=True):
                yield key, Happened(time_ns, zone=wish.zone, crossing=crossing, users=users)
            for cell in np.flatnonzero((zones == zone) & (before != now)).tolist():
                counts = int(before[cell]), int(now[cell])
                for crossing, users in _crossed(wish, *counts, of_zone=False):
                    at_point = network.cells[cell].id
                    yield (
                        key,
                        Happened(
                            time_ns, cell=at_point, crossing=crossing, users=users, zone=wish.zone
                        ),
                    )

    def switched(self, cells: Sequence[int], picture: Picture) -> Found:
        """Yield what is told of cells that were switched on or off."""
        network = picture.network
        for cell in cells:
            status, there = status_of(picture, cell), network.cells[cell]
            for key, wish in self._wishes.items():
                if wish.zone == there.zone and status in wish.statuses:
                    yield (
                        key,
                        Happened(picture.time_ns, cell=there.id, status=status, zone=there.zone),
                    )


def _crossed(
    wish: StatusWish, before: int, now: int, *, of_zone: bool
) -> Iterator[tuple[Crossing, int]]:
    over, under = (
        (Crossing.OVER_ZONE_UPPER_THD, Crossing.UNDER_ZONE_LOWER_THD)
        if of_zone
        else (Crossing.OVER_AP_UPPER_THD, Crossing.UNDER_AP_LOWER_THD)
    )
    upper, lower = wish.thresholds.get(over), wish.thresholds.get(under)
    if upper is not None and before <= upper < now:
        yield over, now
    if lower is not None and now < lower <= before:
        yield under, now
