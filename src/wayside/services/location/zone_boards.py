"""Who watches which device, access point and zone: found without asking all who watch. Pure.

One board for each kind of wish; the engine puts watches on them and hears what is different.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows

from .places import Counts, status_of
from .wishes import Change, Crossing, Happened, PlaceWish, StatusWish

Found = Iterator[tuple[str, Happened]]
"""Keys of watches, and what they are to be told."""


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

    def changed(self, before: Rows, now: Rows, network: Network, time_ns: int) -> Found:
        """Yield what happened to devices whose access points were ``before`` and are ``now``."""
        for row in np.flatnonzero(before != now).tolist():
            old, new = int(before[row]), int(now[row])
            for key, _, address in self._by_row.get(row, ()):
                for each in self._told(key, row, (old, new), network, time_ns):
                    yield key, replace(each, address=address)
            for key, _ in self._of_all:
                for each in self._told(key, row, (old, new), network, time_ns):
                    yield key, each

    def _told(
        self, key: str, row: int, way: tuple[int, int], network: Network, time_ns: int
    ) -> Iterator[Happened]:
        old, new = way
        area = self._cells.get(key)
        if area is None:
            was, is_ = _zone(network, old), _zone(network, new)
        else:
            was, is_ = (0 if old in area else NOBODY), (0 if new in area else NOBODY)
        zones = network.zones_of_cells
        before = None if old == NOBODY else old
        if was == is_ != NOBODY:
            yield Happened(
                time_ns, Change.TRANSFERRING, row, cell=new, before=before, zone=int(zones[new])
            )
        if was != is_ and was != NOBODY:
            yield Happened(time_ns, Change.LEAVING, row, cell=old, zone=int(zones[old]), area=was)
        if was != is_ and is_ != NOBODY:
            yield Happened(
                time_ns,
                Change.ENTERING,
                row,
                cell=new,
                before=before,
                zone=int(zones[new]),
                area=is_,
            )


def _zone(network: Network, cell: int) -> int:
    return NOBODY if cell == NOBODY else int(network.zones_of_cells[cell])


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
                yield key, Happened(time_ns, zone=zone, crossing=crossing, users=users)
            for cell in np.flatnonzero((zones == zone) & (before != now)).tolist():
                counts = int(before[cell]), int(now[cell])
                for crossing, users in _crossed(wish, *counts, of_zone=False):
                    yield (
                        key,
                        Happened(time_ns, zone=zone, cell=cell, crossing=crossing, users=users),
                    )

    def switched(self, cells: Sequence[int], picture: Picture) -> Found:
        """Yield what is told of cells that were switched on or off."""
        network = picture.network
        for cell in cells:
            status, zone = status_of(picture, cell), network.cells[cell].zone
            for key, wish in self._wishes.items():
                if wish.zone == zone and status in wish.statuses:
                    yield (
                        key,
                        Happened(
                            picture.time_ns,
                            zone=network.zone_rows[zone],
                            cell=cell,
                            status=status,
                        ),
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
