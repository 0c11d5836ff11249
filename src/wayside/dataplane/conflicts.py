"""Conflicts: rules of one priority that want different things of the same packets. Pure.

Between priorities there are none: the smaller number wins, as MEC 011 table 7.1.2.2-1 says.
Kept incrementally, and found without comparing each rule with each. Never changes what wins:
``groups`` and ``shelf`` order the lookups, ``ranking`` reads the same order. Filters for tags are
left out: whom they mean changes without the rules.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wayside.model.rules import RuleAction
from wayside.refpoints.mp2 import RuleKey, SteeringRule

from .actions import MOVING
from .atlas import Atlas
from .matches import Match
from .packets import Packet
from .ranking import Reason, rank_of, reason_of
from .regions import Region, common, example_of, region_of

Place = tuple[int, Region]
"""A family and a region of its packets."""

CONFLICTS_MAX = 1000
"""So many are kept; where there are more, the first that were found."""


class Conflict(NamedTuple):
    """Two rules, and a packet that both match: of them the winner has it."""

    winner: SteeringRule
    loser: SteeringRule
    reason: Reason
    example: Packet


class _Held(NamedTuple):
    """A rule in force, and where it holds."""

    steering: SteeringRule
    matches: tuple[Match, ...]
    regions: tuple[Place, ...]

    def agrees(self, other: "_Held") -> bool:
        """Whether both want the same of a packet."""
        ours, theirs = self.steering, other.steering
        return (ours.rule.action, ours.targets) == (theirs.rule.action, theirs.targets)


class Conflicts:
    """The conflicts among the rules that were put in."""

    def __init__(self) -> None:
        self._held: dict[RuleKey, _Held] = {}
        self._atlases: dict[tuple[int, int], dict[RuleAction, Atlas]] = {}
        """By family and priority; an action's own: DROP needs no look at DROP."""
        self._pairs: dict[RuleKey, dict[RuleKey, Place]] = {}
        """Both ways, with where both hold."""
        self._news: dict[tuple[RuleKey, RuleKey], None] = {}
        self._count = 0
        self._are_all = True

    def found(self) -> tuple[list[Conflict], bool]:
        """Return the conflicts in the order of their rules' keys, and whether these are all."""
        if not self._are_all and self._count < CONFLICTS_MAX:
            self._find_again()
        pairs = [(a, b) for a, others in self._pairs.items() for b in others if a < b]
        return [self._conflict(*pair) for pair in sorted(pairs)], self._are_all

    def take_news(self) -> list[Conflict]:
        """Return those that were found since the last call and are still there."""
        news, self._news = self._news, {}
        return [self._conflict(a, b) for a, b in news if b in self._pairs.get(a, ())]

    def put_in(self, steering: SteeringRule, matches: tuple[Match, ...]) -> None:
        """Note a rule that is not there, and its conflicts."""
        regions = ((each.version, region_of(each)) for each in matches)
        there = dict.fromkeys((version, region) for version, region in regions if region)
        held = self._held[steering.key] = _Held(steering, matches, tuple(there))
        for version, region in held.regions:
            layer = self._atlases.setdefault((version, steering.rule.priority), {})
            if steering.rule.action not in layer:
                layer[steering.rule.action] = Atlas(version)
            layer[steering.rule.action].add(region, steering.key)
        self._find(held)

    def take_out(self, key: RuleKey) -> None:
        """Forget a rule that is there, and its conflicts."""
        held = self._held.pop(key)
        rule = held.steering.rule
        for version, region in held.regions:
            layer = self._atlases[version, rule.priority]
            layer[rule.action].remove(region, key)
            if layer[rule.action].is_empty:
                del layer[rule.action]
        for other in self._pairs.pop(key, ()):
            self._count -= 1
            del self._pairs[other][key]
            if not self._pairs[other]:
                del self._pairs[other]

    def _find(self, held: _Held) -> None:
        """Note the conflicts of one rule, as long as there is room for them."""
        key = held.steering.key
        for other, where in self._opponents(held):
            if self._count == CONFLICTS_MAX:
                self._are_all = False
                return
            a, b = sorted((key, other))
            self._pairs.setdefault(a, {})[b] = where
            self._pairs.setdefault(b, {})[a] = where
            self._news[a, b] = None
            self._count += 1

    def _opponents(self, held: _Held) -> Iterator[tuple[RuleKey, Place]]:
        """Yield the rules that want something else of a packet, where that is not noted yet."""
        key, rule = held.steering.key, held.steering.rule
        for version, region in held.regions:
            for action, atlas in self._atlases[version, rule.priority].items():
                if action is rule.action and action not in MOVING:
                    continue
                for other, theirs in atlas.meeting(region):
                    both = common(region, theirs)
                    if (
                        both is not None
                        and other not in self._pairs.get(key, ())
                        and not held.agrees(self._held[other])
                    ):
                        yield other, (version, both)

    def _find_again(self) -> None:
        """Look for what there was no room for."""
        self._are_all = True
        for held in self._held.values():
            if self._are_all:
                self._find(held)

    def _conflict(self, a: RuleKey, b: RuleKey) -> Conflict:
        version, region = self._pairs[a][b]
        example = example_of(region, version)
        ranked = [
            (rank_of(held.steering, held.matches, example), held.steering)
            for held in (self._held[a], self._held[b])
        ]
        (first, winner), (second, loser) = sorted(ranked, key=lambda each: each[0])
        return Conflict(winner, loser, reason_of(first, second), example)
