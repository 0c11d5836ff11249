"""Which of two rules of one priority has a packet that both match, and why. Pure.

The same order as that of the plan's lookups; never looks anything up.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from wayside.model.rules import FilterType
from wayside.refpoints.mp2 import RuleKey, SteeringRule

from .atlas import Atlas
from .groups import shape_of
from .matches import Match, Tagged
from .packets import Packet
from .regions import PLACES, point_of, region_of
from .tags import Tags


class Reason(StrEnum):
    """What decides between rules of one priority; the first that tells them apart."""

    FLOW_BEFORE_PACKET = "FLOW_BEFORE_PACKET"
    MORE_MEMBERS = "MORE_MEMBERS"
    MEMBERS_IN_ORDER = "MEMBERS_IN_ORDER"
    VALUES_BEFORE_RANGES = "VALUES_BEFORE_RANGES"
    SMALLER_RULE_KEY = "SMALLER_RULE_KEY"


SENTENCES = {
    Reason.FLOW_BEFORE_PACKET: "a FLOW rule goes before a PACKET rule",
    Reason.MORE_MEMBERS: "its filter asks for more members of the header",
    Reason.MEMBERS_IN_ORDER: "their filters ask for equally many members of the header, and its "
    "come first in the order of lookups",
    Reason.VALUES_BEFORE_RANGES: "its filter names single values, the other's ranges",
    Reason.SMALLER_RULE_KEY: "their filters rank alike, and its appInstanceId/trafficRuleId is "
    "the smaller",
}


class Rank(NamedTuple):
    """A rule's place for one packet: the smaller wins."""

    is_packet: bool
    fewer_members: int
    """Less than nothing: the negated number of members."""
    members: tuple[object, ...]
    is_ranged: bool
    key: RuleKey


DECIDING = (
    Reason.FLOW_BEFORE_PACKET,
    Reason.MORE_MEMBERS,
    Reason.MEMBERS_IN_ORDER,
    Reason.VALUES_BEFORE_RANGES,
    Reason.SMALLER_RULE_KEY,
)
"""By the member of ``Rank`` that differs first."""


class Ranks:
    """The ranks of one rule: of those of its matches that hold a packet the best counts."""

    def __init__(self, steering: SteeringRule, matches: Iterable[Match]) -> None:
        self._ranks: list[tuple[Rank, Tagged | None]] = []
        self._atlases: dict[int, Atlas[int]] = {}
        """By family, where each of them holds."""
        for match in matches:
            region = region_of(match)
            if region is not None:
                atlas = self._atlases.setdefault(match.version, Atlas(match.version))
                atlas.add(region, len(self._ranks))
                self._ranks.append((_rank(steering, match), match.tagged))

    def of(self, packet: Packet, tags: Tags) -> Rank:
        """Return the rule's rank for a packet that at least one of its matches holds."""
        version, point = packet.version, point_of(packet)
        held = (self._ranks[number] for number, _ in self._atlases[version].meeting(point))
        return min(
            rank
            for rank, tagged in held
            if tagged is None or tags.holds(tagged, version, point[PLACES[tagged.side]][0])
        )


def reason_of(winner: Rank, loser: Rank) -> Reason:
    """Return what put ``winner`` before ``loser``."""
    pairs = zip(DECIDING, winner, loser, strict=True)
    return next(reason for reason, ours, theirs in pairs if ours != theirs)


def _rank(steering: SteeringRule, match: Match) -> Rank:
    rule = steering.rule
    shape = shape_of(match, rule.filter_type, rule.priority)
    return Rank(
        rule.filter_type is FilterType.PACKET,
        -shape.members,
        (shape.fields, shape.constants, shape.tagged or ()),
        shape.is_ranged,
        steering.key,
    )
