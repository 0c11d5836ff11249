"""The matches of one shape: who claims which box, and on which level each range lies.

A range lies one level below the lowest of those it overlaps that come before it by rule key, so
that the levels depend on the rules alone and not on the order in which they came. Never knows
what an outcome means.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator

from wayside.core.errors import Unprocessable
from wayside.refpoints.mp2 import RuleKey

from .groups import Claim, Delta, Group, Shape
from .matches import Box
from .overlaps import Overlaps

LEVELS_MAX = 32
"""More ranges than this may not overlap each other at one priority: each level is a lookup."""


class Shelf:
    """All claims of one shape, kept as the maps that they become: one for each level."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.maps: dict[int, dict[Box, int]] = {}
        """By level: each box with the outcome of the claim that has it."""
        self._claims: dict[Box, list[Claim]] = {}
        self._levels: dict[Box, int] = {}
        self._overlaps = Overlaps(len(shape.fields)) if shape.is_ranged else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing claims anything here."""
        return not self._claims

    def owner(self, box: Box) -> Claim:
        """Return the claim that has ``box``; KeyError where there is none."""
        return self._claims[box][0]

    def covering(self, point: tuple[int, ...]) -> Iterator[tuple[int, Box]]:
        """Yield level and box of what holds ``point``, in the order of lookups."""
        box = tuple((number, number) for number in point)
        if self._overlaps is None:
            if box in self._levels:
                yield 0, box
            return
        found = self._overlaps.of(box) + ([box] if box in self._levels else [])
        yield from sorted((self._levels[each], each) for each in found)

    def add(self, box: Box, claim: Claim, delta: Delta) -> None:
        """Put a claim in and note in ``delta`` what that changes."""
        claims = self._claims.setdefault(box, [])
        insort(claims, claim)
        if len(claims) == 1:
            if self._overlaps is not None:
                self._overlaps.add(box)
            self._settle(box, delta)
        elif claims[0] is claim:
            self._settle(box, delta)

    def remove(self, box: Box, claim: Claim, delta: Delta) -> None:
        """Take a claim out and note in ``delta`` what that changes."""
        claims = self._claims[box]
        place = bisect_left(claims, claim)
        del claims[place]
        if not claims:
            del self._claims[box]
            neighbours = [] if self._overlaps is None else self._overlaps.of(box)
            if self._overlaps is not None:
                self._overlaps.remove(box)
            self._place(box, None, None, delta)
            self._settle_all([each for each in neighbours if self._key(each) > (claim.key, box)],
                             delta)  # fmt: skip
        elif place == 0:
            self._settle(box, delta)

    def _key(self, box: Box) -> tuple[RuleKey, Box]:
        return self._claims[box][0].key, box

    def _settle(self, box: Box, delta: Delta) -> None:
        if self._overlaps is None:
            self._place(box, 0, self._claims[box][0].outcome, delta)
        else:
            # Its owner may have changed both ways: whoever meets it looks again.
            self._settle_all([box, *self._overlaps.of(box)], delta)

    def _settle_all(self, boxes: list[Box], delta: Delta) -> None:
        """Give each box its level, in the order of keys, and go on with those it pushes."""
        assert self._overlaps is not None or not boxes
        waiting = sorted({self._key(box) for box in boxes})
        seen = set(waiting)
        while waiting:
            key = heapq.heappop(waiting)
            seen.discard(key)
            box = key[1]
            others = self._overlaps.of(box) if self._overlaps else []
            before = [self._levels[each] for each in others if self._key(each) < key]
            level = max(before, default=-1) + 1
            moved = self._levels.get(box) != level
            self._place(box, level, self._claims[box][0].outcome, delta)
            for each in others if moved else ():
                later = self._key(each)
                if later > key and later not in seen:
                    seen.add(later)
                    heapq.heappush(waiting, later)

    def _place(self, box: Box, level: int | None, outcome: int | None, delta: Delta) -> None:
        """Move a box to ``level`` with ``outcome``; None: out of the shelf."""
        if level is not None and level >= LEVELS_MAX:
            raise Unprocessable(
                f"trafficFilter: more than {LEVELS_MAX} ranges overlap each other at priority "
                f"{self.shape.priority}. Give them different priorities.",
                field="trafficFilter",
            )
        old = self._levels.get(box)
        if old is not None and old != level:
            self._write(Group(self.shape, old), box, None, delta)
        if level is None or outcome is None:
            self._levels.pop(box, None)
            return
        self._levels[box] = level
        self._write(Group(self.shape, level), box, outcome, delta)

    def _write(self, group: Group, box: Box, outcome: int | None, delta: Delta) -> None:
        there = self.maps.get(group.level)
        if there is None:
            if outcome is None:
                return
            delta.groups.setdefault(group, False)
            there = self.maps[group.level] = {}
        was = there.get(box)
        if was == outcome:
            return
        delta.elements.setdefault(group, {}).setdefault(box, was)
        if outcome is not None:
            there[box] = outcome
            return
        del there[box]
        if not there:
            del self.maps[group.level]
            delta.groups.setdefault(group, True)
