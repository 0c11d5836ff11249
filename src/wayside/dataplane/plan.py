"""The plan: standing rules as maps that a kernel or a walk can look up. Pure data and decisions.

Kept incrementally: a change costs what it touches, not what is there. Never touches a packet, a
table or a clock.

The order of rules: priority (0 first); at equal priority FLOW before PACKET, the filter with more
members before that with fewer, single values before ranges, and then the smaller rule key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wayside.core.errors import Unprocessable
from wayside.model.rules import FilterType
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target

from .access import PLAIN, Access
from .carrying import checked, of_rule
from .conflicts import Conflicts
from .groups import (
    OUTCOME_MAX,
    PACKET_FIRST,
    TARGETS,
    Claim,
    Delta,
    Group,
    Members,
    Outcome,
    Shape,
    shape_of,
)
from .matches import Box, Match
from .numbers import Numbers
from .packets import Packet
from .shelf import Shelf
from .tags import Tags


class Plan:
    """All rules in force, as maps; what a change alters is noted until ``take_delta``.

    ``half`` (0 or 1) says which of ``TARGETS`` its targets' numbers are from.
    """

    def __init__(
        self,
        rules: Iterable[SteeringRule] = (),
        access: Access = PLAIN,
        *,
        tags: Mapping[str, Members] | None = None,
        half: int = 0,
    ) -> None:
        self.access = access
        self.tags = Tags(tags)
        self.half = half
        self._rules: dict[RuleKey, SteeringRule] = {}
        self._matches: dict[RuleKey, tuple[Match, ...]] = {}
        self._shelves: dict[Shape, Shelf] = {}
        self._outcomes = {
            FilterType.FLOW: Numbers[Outcome](1, PACKET_FIRST - 1, what="outcomes of FLOW rules"),
            FilterType.PACKET: Numbers[Outcome](
                PACKET_FIRST, OUTCOME_MAX, what="outcomes of PACKET rules"
            ),
        }
        self._targets = Numbers[Target](*TARGETS[half], what="targets")
        self._delta = Delta()
        self.conflicts = Conflicts(self.tags)
        """Between the rules in force."""
        self.change(put=tuple(rules))

    @property
    def rules(self) -> Mapping[RuleKey, SteeringRule]:
        """The rules in force by key."""
        return self._rules

    def groups(self, filter_type: FilterType, version: int) -> list[Group]:
        """Return the groups of this kind and family in the order of lookups."""
        found = [
            Group(shape, level)
            for shape, shelf in self._shelves.items()
            if shape.filter_type is filter_type and shape.version == version
            for level in shelf.maps
        ]
        return sorted(found, key=lambda group: group.rank)

    def all_groups(self) -> Iterator[Group]:
        """Yield every group, in no particular order."""
        for shape, shelf in self._shelves.items():
            for level in shelf.maps:
                yield Group(shape, level)

    @property
    def asks_dscp(self) -> bool:
        """Whether a FLOW rule asks for dSCP or tC, which only the flow's own direction shows."""
        return any(
            shape.filter_type is FilterType.FLOW
            and (shape.dscp is not None or shape.traffic_class is not None)
            for shape in self._shelves
        )

    def map(self, group: Group) -> Mapping[Box, int]:
        """Return the elements of a group: box to outcome; empty where there is no such group."""
        shelf = self._shelves.get(group.shape)
        return shelf.maps.get(group.level, {}) if shelf else {}

    def is_from_core(self, packet: Packet) -> bool:
        """Tell whether a packet comes in from the core; where nobody says: from a device."""
        return packet.in_interface in self.access.uplinks

    def matches(self, key: RuleKey) -> tuple[Match, ...]:
        """Return what a rule in force matches."""
        return self._matches[key]

    def shelf(self, shape: Shape) -> Shelf:
        """Return what is held for a shape that has groups."""
        return self._shelves[shape]

    def outcome(self, number: int) -> Outcome | None:
        """Return what the outcome ``number`` means, None where it is not in use."""
        return self._outcomes[_kind(number)].get(number)

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Yield every outcome in use with its number."""
        for numbers in self._outcomes.values():
            yield from numbers.items()

    def targets(self) -> Iterator[tuple[int, Target]]:
        """Yield every target in use with its number."""
        return self._targets.items()

    def target(self, number: int) -> Target | None:
        """Return the target ``number``, None where it is not in use."""
        return self._targets.get(number)

    def target_number(self, target: Target) -> int:
        """Return the number of a target that is in use."""
        return self._targets.number(target)

    def change(
        self,
        *,
        put: Sequence[SteeringRule] = (),
        remove: Iterable[RuleKey] = (),
        tags: Mapping[str, Members | None] | None = None,
    ) -> None:
        """Add or replace ``put`` after taking away ``remove``; unknown keys are no error.

        ``tags`` stand for these members from now on, or (None) are not known any more.

        Raises Unprocessable naming the rule and the field. Where a single rule is at fault nothing
        has changed; where only all of them together cannot be held, plan anew from the old rules.
        """
        planned = {each.key: (each, checked(each, self.access)) for each in put}
        for tag, members in (tags or {}).items():
            self.tags.put(tag, members, self._delta)
            self.conflicts.retag(tag)
        for key in remove:
            if key not in planned:
                self._take_out(key)
        for key, (steering, matches) in planned.items():
            if self._rules.get(key) == steering:
                continue
            self._take_out(key)
            try:
                self._put_in(steering, matches)
            except Unprocessable as fault:
                raise of_rule(key, fault) from fault

    def replace(self, rules: Sequence[SteeringRule]) -> None:
        """Make ``rules`` all that is planned; as ``change`` otherwise."""
        wanted = {steering.key for steering in rules}
        self.change(put=rules, remove=[key for key in self._rules if key not in wanted])

    @property
    def is_settled(self) -> bool:
        """Whether nothing changed since the delta was last taken."""
        return self._delta.is_empty

    def holds(self, rules: Mapping[RuleKey, SteeringRule | None]) -> bool:
        """Whether each of these keys has exactly this rule; None: has none."""
        return all(self._rules.get(key) == steering for key, steering in rules.items())

    def take_delta(self) -> Delta:
        """Return what changed since the last call, and forget it."""
        delta, self._delta = self._delta, Delta()
        return delta

    def settle(self) -> Delta:
        """Take the delta where no packet is on its way that could bear a number of before."""
        delta = self.take_delta()
        self.let_go(
            (number for number in delta.outcomes if self.outcome(number) is None),
            (number for number in delta.targets if self.target(number) is None),
        )
        return delta

    def let_go(self, outcomes: Iterable[int], targets: Iterable[int]) -> None:
        """Let these numbers, which are not in use, mean something else from now on."""
        for number in outcomes:
            self._outcomes[_kind(number)].let_go(number)
        for number in targets:
            self._targets.let_go(number)

    def _put_in(self, steering: SteeringRule, matches: tuple[Match, ...]) -> None:
        rule, outcome = steering.rule, _outcome(steering)
        self._rules[steering.key] = steering
        self._matches[steering.key] = matches
        number = self._take_outcome(outcome)
        claim = Claim(steering.key, number)
        for match in matches:
            shape = shape_of(match, rule.filter_type, rule.priority)
            shelf = self._shelves.get(shape)
            if shelf is None:
                shelf = self._shelves[shape] = Shelf(shape)
            shelf.add(match.box, claim, self._delta)
            if match.tagged is not None:
                self.tags.take(match.tagged.tag, self._delta)
        self.conflicts.put_in(steering, matches)

    def _take_out(self, key: RuleKey) -> None:
        steering = self._rules.pop(key, None)
        if steering is None:
            return
        rule, outcome = steering.rule, _outcome(steering)
        number = self._outcomes[rule.filter_type].number(outcome)
        claim = Claim(key, number)
        self.conflicts.take_out(key)
        for match in self._matches.pop(key):
            shape = shape_of(match, rule.filter_type, rule.priority)
            shelf = self._shelves[shape]
            shelf.remove(match.box, claim, self._delta)
            if shelf.is_empty:
                del self._shelves[shape]
            if match.tagged is not None:
                self.tags.give_back(match.tagged.tag, self._delta)
        self._give_back(number, outcome)

    def _take_outcome(self, outcome: Outcome) -> int:
        number, is_new = self._outcomes[outcome.filter_type].take(outcome)
        if is_new:
            self._delta.outcomes.setdefault(number, None)
            for target in outcome.targets:
                place, is_new = self._targets.take(target)
                if is_new:
                    self._delta.targets.setdefault(place, None)
        return number

    def _give_back(self, number: int, outcome: Outcome) -> None:
        if not self._outcomes[outcome.filter_type].give_back(number):
            return
        self._delta.outcomes.setdefault(number, outcome)
        for target in outcome.targets:
            place = self._targets.number(target)
            if self._targets.give_back(place):
                self._delta.targets.setdefault(place, target)


def _kind(outcome: int) -> FilterType:
    return FilterType.PACKET if outcome >= PACKET_FIRST else FilterType.FLOW


def _outcome(steering: SteeringRule) -> Outcome:
    rule = steering.rule
    target, core_target = (*steering.targets, None, None)[:2]
    return Outcome(rule.filter_type, rule.priority, rule.action, target, core_target)
