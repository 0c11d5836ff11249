"""Who watches which area and distance on the map: all followed at once. Pure.

Holds what was so at the last look, and says what is different now. A watch that is new begins with
what is so; what is so already is told where it asks for that, and only where it is fresh: one that
was kept over a restart of the platform is not told again.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.areas import Areas, Standing, Within
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows

from .model import DistanceCriteria
from .places import distances_m
from .wishes import AreaWish, Change, DistanceWish, Happened
from .zone_boards import Found


class AreaBoard:
    """Watches of areas on the map, all followed at once."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._members: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._addresses: dict[tuple[int, int], str] = {}
        self._areas = Areas(())
        self._rows: Rows = np.zeros(0, dtype=np.int32)
        self._standing: Standing | None = None
        self._inside: dict[str, set[int]] = {}

    def lay_out(
        self,
        wishes: Sequence[tuple[str, AreaWish, Sequence[int | None]]],
        picture: Picture,
        fresh: Set[str],
    ) -> Found:
        """Watch these and no others; yield what is different for those watched before."""
        known, size = self._inside, max(picture.network.size, 1)
        self._keys = [key for key, _, _ in wishes]
        self._areas = Areas([wish.area for _, wish, _ in wishes])
        self._addresses = {
            (number, row): address
            for number, (_, wish, rows) in enumerate(wishes)
            for address, row in zip(wish.addresses, rows, strict=True)
            if row is not None
        }
        pairs = [number * size + row for number, row in self._addresses]
        self._members = np.unique(np.array(pairs, dtype=np.int64))
        self._rows = np.unique(self._members % size).astype(np.int32)
        nowhere = self._areas.nowhere(picture.network.size)
        self._standing, within, _ = self._areas.follow(
            nowhere, self._rows, (picture.latitude[self._rows], picture.longitude[self._rows])
        )
        inside: dict[str, set[int]] = {key: set() for key in self._keys}
        for number, row in self._of_members(within, size):
            inside[self._keys[number]].add(row)
        self._inside = inside
        for number, (key, wish, _) in enumerate(wishes):
            was = known.get(key)
            if was is None:
                at_once = wish.immediately and key in fresh
                was = self._opposite(number, wish, picture) if at_once else inside[key]
            for row in sorted(was - inside[key]):
                if (number, row) not in self._addresses:
                    continue  # whoever it was is somebody else now
                yield key, self._happened(Change.LEAVING, number, row, picture)
            for row in sorted(inside[key] - was):
                yield key, self._happened(Change.ENTERING, number, row, picture)

    def _opposite(self, number: int, wish: AreaWish, picture: Picture) -> set[int]:
        """Return who would have to be within, so that all that is so now has just come about."""
        if Change.ENTERING in wish.changes:
            return set()
        members = (row for of, row in self._addresses if of == number)
        return {row for row in members if not np.isnan(picture.latitude[row])}

    def renumber(self, rows: Mapping[int, int]) -> None:
        """Know devices by other rows; who has none is not known any longer."""
        self._inside = {
            key: {rows[row] for row in inside if row in rows}
            for key, inside in self._inside.items()
        }

    def moved(self, rows: Rows, picture: Picture) -> Found:
        """Yield who of these has entered or left what."""
        if self._standing is None or not len(self._rows):
            return
        concerned = rows[np.isin(rows, self._rows)]
        if not len(concerned):
            return
        size = max(picture.network.size, 1)
        where = picture.latitude[concerned], picture.longitude[concerned]
        self._standing, entered, left = self._areas.follow(self._standing, concerned, where)
        for number, row in self._of_members(left, size):
            inside = self._inside[self._keys[number]]
            if row in inside:
                inside.discard(row)
                yield self._keys[number], self._happened(Change.LEAVING, number, row, picture)
        for number, row in self._of_members(entered, size):
            inside = self._inside[self._keys[number]]
            if row not in inside:
                inside.add(row)
                yield self._keys[number], self._happened(Change.ENTERING, number, row, picture)

    def _of_members(self, within: Within, size: int) -> list[tuple[int, int]]:
        keys = within.areas.astype(np.int64) * size + within.devices
        chosen = np.flatnonzero(np.isin(keys, self._members))
        return list(
            zip(within.areas[chosen].tolist(), within.devices[chosen].tolist(), strict=True)
        )

    def _happened(self, change: Change, number: int, row: int, picture: Picture) -> Happened:
        address = self._addresses.get((number, row))
        return Happened(picture.time_ns, change, address)


class DistanceBoard:
    """Watches of distances, all measured at once."""

    def __init__(self) -> None:
        self._wishes: list[tuple[str, DistanceWish]] = []
        self._satisfied: dict[str, bool] = {}
        self._lay([])

    def lay_out(
        self,
        wishes: Sequence[tuple[str, DistanceWish, Sequence[tuple[int | None, int | None]]]],
        picture: Picture,
        fresh: Set[str],
    ) -> Found:
        """Watch these and no others; yield whose condition is another one."""
        self._wishes = [(key, wish) for key, wish, _ in wishes]
        ends = [
            (number, NOBODY if one is None else one, NOBODY if other is None else other)
            for number, (_, _, pairs) in enumerate(wishes)
            for one, other in pairs
        ]
        self._lay(ends)
        known = self._satisfied
        self._satisfied = {
            key: known.get(key, satisfied and not (wish.immediately and key in fresh))
            for (key, wish), satisfied in zip(self._wishes, self._measure(picture), strict=True)
        }
        yield from self._look(picture)

    def moved(self, rows: Rows, picture: Picture) -> Found:
        """Yield whose condition has come true, as ENTERING, and whose is not any longer."""
        if len(self._rows) and np.isin(rows, self._rows).any():
            yield from self._look(picture)

    def forget(self) -> None:
        """Forget what was so: what is so at the next look is what watches begin with."""
        self._satisfied = {}

    def _lay(self, ends: Sequence[tuple[int, int, int]]) -> None:
        self._watch, self._one, self._other = np.array(ends, dtype=np.int64).reshape(-1, 3).T
        self._rows = np.unique(np.concatenate([self._one, self._other]))
        metres = [self._wishes[number][1].distance_m for number, _, _ in ends]
        self._metres = np.array(metres, dtype=np.float64)

    def _look(self, picture: Picture) -> Found:
        for (key, _), satisfied in zip(self._wishes, self._measure(picture), strict=True):
            if satisfied != self._satisfied[key]:
                self._satisfied[key] = satisfied
                change = Change.ENTERING if satisfied else Change.LEAVING
                yield key, Happened(picture.time_ns, change)

    def _measure(self, picture: Picture) -> list[bool]:
        # One place more, which nobody knows: that of a device that is not there.
        latitude = np.append(picture.latitude, np.nan)
        longitude = np.append(picture.longitude, np.nan)
        away = distances_m(
            (latitude[self._one], longitude[self._one]),
            (latitude[self._other], longitude[self._other]),
        )
        size = len(self._wishes)
        within = np.bincount(self._watch, weights=away <= self._metres, minlength=size)
        beyond = np.bincount(self._watch, weights=away > self._metres, minlength=size)
        all_ = np.bincount(self._watch, minlength=size)
        meets = {
            DistanceCriteria.ALL_WITHIN_DISTANCE: within == all_,
            DistanceCriteria.ANY_WITHIN_DISTANCE: within > 0,
            DistanceCriteria.ALL_BEYOND_DISTANCE: beyond == all_,
            DistanceCriteria.ANY_BEYOND_DISTANCE: beyond > 0,
        }
        return [bool(meets[wish.criteria][number]) for number, (_, wish) in enumerate(self._wishes)]
