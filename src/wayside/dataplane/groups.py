"""What the plan is made of: shapes and groups of matches, outcomes, and what changed.

All of it data without behaviour of its own; ``plan`` fills it in, ``nft`` and ``walk`` read it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import NamedTuple

from wayside.model.rules import FilterType, RuleAction
from wayside.refpoints.mp2 import RuleKey, Target

from .matches import Box, Field, Match, Tagged
from .values import Span

PACKET_FIRST = 0x8000
"""Outcomes of FLOW rules are numbered below this, those of PACKET rules from here on."""

OUTCOME_MAX = 0xFFFF
"""An outcome's number fits the low half of a connection mark; the high half is the generation."""

TARGETS = ((1, 0x7FFF), (0x8000, 0xFFFF))
"""A plan numbers its targets in one of these halves, what takes its place whole in the other: a
packet that one of them has marked is never routed, or copied, with the other's meaning."""


Members = Mapping[int, tuple[Span, ...]]
"""Who a tag stands for: by family, sorted spans of addresses that neither meet nor touch."""


class Shape(NamedTuple):
    """Matches that one lookup can tell apart: same rank, same fields, same constants."""

    filter_type: FilterType
    priority: int
    version: int
    fields: tuple[Field, ...]
    protocol: int | None
    dscp: int | None
    traffic_class: int | None
    is_ranged: bool
    tagged: Tagged | None = None

    @property
    def constants(self) -> tuple[int, ...]:
        """Protocol, dSCP and tC; -1 where any will do."""
        given = (self.protocol, self.dscp, self.traffic_class)
        return tuple(-1 if each is None else each for each in given)

    @property
    def members(self) -> int:
        """How many members of a packet's header are asked for; a tag asks for an address."""
        is_tagged = self.tagged is not None
        return len(self.fields) + sum(each >= 0 for each in self.constants) + is_tagged

    @property
    def rank(self) -> tuple[object, ...]:
        """Smaller wins. At equal priority more members win over fewer, then values over ranges."""
        return (
            self.priority,
            -self.members,
            self.fields,
            self.constants,
            self.tagged or (),
            self.is_ranged,
        )


class Group(NamedTuple):
    """The matches of a shape that are in one map; overlapping ranges lie on different levels."""

    shape: Shape
    level: int

    @property
    def rank(self) -> tuple[object, ...]:
        """The order of lookups: the first hit wins."""
        return (*self.shape.rank, self.level)

    @property
    def name(self) -> str:
        """The map's name: the same group has the same name in every plan; no keyword of nft."""
        shape = self.shape
        parts = [shape.filter_type.value.lower(), str(shape.priority), f"v{shape.version}"]
        parts.append("".join("sdpq"[each] for each in shape.fields) or "any")
        if shape.protocol is not None:
            parts.append(f"proto{shape.protocol}")
        if shape.dscp is not None:
            parts.append(f"dscp{shape.dscp}")
        if shape.traffic_class is not None:
            parts.append(f"class{shape.traffic_class}")
        if shape.tagged is not None:
            side = "sd"[shape.tagged.side]
            parts.append(f"{side}{tag_name(shape.tagged.tag)}")
        if shape.is_ranged:
            parts.append(f"range{self.level}")
        return "_".join(parts)


def tag_name(tag: str) -> str:
    """Return what a tag is called in the kernel: readable, and another for each tag."""
    readable = re.sub(r"[^A-Za-z0-9]", "_", tag)[:32]
    return f"tag_{readable}_{blake2s(tag.encode(), digest_size=8).hexdigest()}"


class Outcome(NamedTuple):
    """What becomes of traffic that a rule matches; rules that agree in all of it share one."""

    filter_type: FilterType
    priority: int
    action: RuleAction
    target: Target | None
    core_target: Target | None = None
    """Where what comes from the core goes, in rules that tell the directions apart."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """All targets."""
        return tuple(each for each in (self.target, self.core_target) if each is not None)

    def target_of(self, *, from_core: bool) -> Target | None:
        """Return where a packet goes that comes from the core, or from a device."""
        return self.core_target if from_core and self.core_target is not None else self.target


class Claim(NamedTuple):
    """A rule's wish for a box; of several for the same box the smallest key has it."""

    key: RuleKey
    outcome: int


@dataclass
class Delta:
    """What changed since the last transaction: for everything touched, what it was before.

    None: it was not there. What it is now the plan knows.
    """

    groups: dict[Group, bool] = field(default_factory=dict)
    elements: dict[Group, dict[Box, int | None]] = field(default_factory=dict)
    outcomes: dict[int, Outcome | None] = field(default_factory=dict)
    targets: dict[int, Target | None] = field(default_factory=dict)
    tags: dict[str, Members | None] = field(default_factory=dict)
    """Only of tags that rules ask for, or asked for."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was touched at all."""
        return not (self.groups or self.elements or self.outcomes or self.targets or self.tags)


def shape_of(match: Match, filter_type: FilterType, priority: int) -> Shape:
    """Return the shape that ``match`` has in a rule of this type and priority."""
    return Shape(
        filter_type,
        priority,
        match.version,
        match.fields,
        match.protocol,
        match.dscp,
        match.traffic_class,
        match.is_ranged,
        match.tagged,
    )
