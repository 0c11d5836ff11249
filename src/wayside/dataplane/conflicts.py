"""Conflicts: rules of one priority that want different things of the same packets. Pure.

Between priorities there are none: the smaller number wins, as MEC 011 table 7.1.2.2-1 says.
Kept incrementally, and found without comparing each rule with each. Never changes what wins:
``groups`` and ``shelf`` order the lookups, ``ranking`` reads the same order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from wayside.model.rules import RuleAction
from wayside.refpoints.mp2 import RuleKey, SteeringRule

from .actions import MOVING
from .atlas import Atlas
from .matches import Match, Tagged
from .packets import Packet
from .ranking import Ranks, Reason, reason_of
from .regions import PLACES, Region, common, example_of, region_of
from .tags import Tags, first_within

Place = tuple[int, Region]
"""A family and a region of its packets."""

Scope = tuple[int, Region, Tagged | None]
"""Where a match holds: for the devices of a tag alone where it asks for one."""

Layer = dict[tuple[RuleAction, Tagged | None], Atlas[RuleKey]]
"""Where rules of one priority hold, an action's by themselves: DROP needs no look at DROP."""

CONFLICTS_MAX = 1000
"""So many are kept; where there are more, the first that were found."""

NEWS_MAX = 8
"""Of one change so many are told one by one."""


class Conflict(NamedTuple):
    """Two rules, and a packet that both match: of them the winner has it."""

    winner: SteeringRule
    loser: SteeringRule
    reason: Reason
    example: Packet


class News(NamedTuple):
    """The first conflicts of a change, and how many more there are."""

    first: list[Conflict]
    more: int


@dataclass(frozen=True)
class _Held:
    """A rule in force, and where it holds."""

    steering: SteeringRule
    matches: tuple[Match, ...]
    scopes: tuple[Scope, ...]

    @property
    def tags(self) -> set[str]:
        """The tags that it asks for."""
        return {tagged.tag for _, _, tagged in self.scopes if tagged is not None}

    @cached_property
    def ranks(self) -> Ranks:
        """Its ranks, looked up only for a rule that is in a conflict."""
        return Ranks(self.steering, self.matches)

    def agrees(self, other: "_Held") -> bool:
        """Whether both want the same of a packet."""
        ours, theirs = self.steering, other.steering
        return (ours.rule.action, ours.targets) == (theirs.rule.action, theirs.targets)


class Conflicts:
    """The conflicts among the rules that were put in; ``tags`` says whom tags stand for."""

    def __init__(self, tags: Tags) -> None:
        self._tags = tags
        self._held: dict[RuleKey, _Held] = {}
        self._layers: dict[
            tuple[int, int], dict[tuple[RuleAction, Tagged | None], Atlas[RuleKey]]
        ] = {}
        """By family and priority; an action's own: DROP needs no look at DROP."""
        self._pairs: dict[RuleKey, dict[RuleKey, Place]] = {}
        """Both ways, with where both hold."""
        self._news: dict[tuple[RuleKey, RuleKey], None] = {}
        self._count = 0
        self._are_all = True
        self._retagged: set[str] = set()

    def found(self) -> tuple[list[Conflict], bool]:
        """Return the conflicts in the order of their rules' keys, and whether these are all."""
        self._look_again()
        pairs = [(a, b) for a, others in self._pairs.items() for b in others if a < b]
        return [self._conflict(*pair) for pair in sorted(pairs)], self._are_all

    def take_news(self) -> News:
        """Return those that came with rules since the last call and are still there."""
        news, self._news = self._news, {}
        if news:
            self._look_again()
        there = [(a, b) for a, b in news if b in self._pairs.get(a, ())]
        return News([self._conflict(*pair) for pair in there[:NEWS_MAX]], len(there[NEWS_MAX:]))

    def retag(self, tag: str) -> None:
        """Note that a tag stands for others now: who asks next is told what that means.

        Devices come and go often, and nobody's rule is new: it is no news.
        """
        self._retagged.add(tag)

    def put_in(self, steering: SteeringRule, matches: tuple[Match, ...]) -> None:
        """Note a rule that is not there, and its conflicts."""
        regions = ((each.version, region_of(each), each.tagged) for each in matches)
        scopes = dict.fromkeys((v, region, tagged) for v, region, tagged in regions if region)
        held = self._held[steering.key] = _Held(steering, matches, tuple(scopes))
        rule = steering.rule
        for version, region, tagged in held.scopes:
            layer = self._layers.setdefault((version, rule.priority), {})
            layer.setdefault((rule.action, tagged), Atlas(version)).add(region, steering.key)
        self._find(held)
        self._news |= dict.fromkeys(self._of(steering.key))

    def take_out(self, key: RuleKey) -> None:
        """Forget a rule that is there, and its conflicts."""
        held = self._held.pop(key)
        rule = held.steering.rule
        for version, region, tagged in held.scopes:
            layer = self._layers[version, rule.priority]
            layer[rule.action, tagged].remove(region, key)
            if layer[rule.action, tagged].is_empty:
                del layer[rule.action, tagged]
        self._forget(key)

    def _forget(self, key: RuleKey) -> None:
        for other in self._pairs.pop(key, ()):
            self._count -= 1
            del self._pairs[other][key]
            if not self._pairs[other]:
                del self._pairs[other]

    def _of(self, key: RuleKey) -> Iterator[tuple[RuleKey, RuleKey]]:
        for other in self._pairs.get(key, ()):
            yield (key, other) if key < other else (other, key)

    def _find(self, held: _Held) -> None:
        """Note the conflicts of one rule, as long as there is room for them."""
        key = held.steering.key
        for other, where in self._opponents(held):
            if self._count == CONFLICTS_MAX:
                self._are_all = False
                return
            self._pairs.setdefault(key, {})[other] = where
            self._pairs.setdefault(other, {})[key] = where
            self._count += 1

    def _opponents(self, held: _Held) -> Iterator[tuple[RuleKey, Place]]:
        """Yield the rules that want something else of a packet, where that is not noted yet."""
        key, rule = held.steering.key, held.steering.rule
        for version, region, tagged in held.scopes:
            for (action, other_tagged), atlas in self._layers[version, rule.priority].items():
                if action is rule.action and action not in MOVING:
                    continue
                asked = tuple(each for each in {tagged, other_tagged} if each is not None)
                for other, theirs in atlas.meeting(region):
                    if other in self._pairs.get(key, ()) or held.agrees(self._held[other]):
                        continue
                    both = common(region, theirs)
                    where = self._narrowed(version, both, asked) if both is not None else None
                    if where is not None:
                        yield other, (version, where)

    def _narrowed(self, version: int, region: Region, asked: Iterable[Tagged]) -> Region | None:
        """Return that of a region which is of the tags' devices: of the first; None: nobody's."""
        for side in {each.side for each in asked}:
            members = [self._tags.members_of(e, version) for e in asked if e.side is side]
            place = PLACES[side]
            span = first_within(region[place], *members)
            if span is None:
                return None
            region = (*region[:place], span, *region[place + 1 :])
        return region

    def _look_again(self) -> None:
        """Look for what tags have changed, and for what there was no room for."""
        retagged, self._retagged = self._retagged, set()
        changed = [held for held in self._held.values() if held.tags & retagged] if retagged else []
        for held in changed:
            self._forget(held.steering.key)
        if not self._are_all and self._count < CONFLICTS_MAX:
            self._are_all, changed = True, list(self._held.values())
        for held in changed:
            if self._are_all:
                self._find(held)

    def _conflict(self, a: RuleKey, b: RuleKey) -> Conflict:
        version, region = self._pairs[a][b]
        example = example_of(region, version)
        ranked = [
            (held.ranks.of(example, self._tags), held.steering)
            for held in (self._held[a], self._held[b])
        ]
        (first, winner), (second, loser) = sorted(ranked, key=lambda each: each[0])
        return Conflict(winner, loser, reason_of(first, second), example)
