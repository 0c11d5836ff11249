"""Applications and hosts made a question: who must be together is one bundle. Pure.

Never judges by itself: who may go where is what ``field`` says of each application alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wayside.meo.placement.demands import Requirements
from wayside.meo.placement.field import FAR, Field, Standing, vector
from wayside.meo.placement.judging import wished

from .question import Question, Reals

NS_PER_MS = 1_000_000
WISH_MS = CELL_MS = 1.0
"""What a wish that is not met, and a cell that the best host has within the limit and this one has
not, weigh: as much as a millisecond of latency."""
UNKNOWN_MS = 1_000.0
"""The latency of a host that does not know its own."""


@dataclass(frozen=True)
class Wanted:
    """What is to be placed, by number: what each demands, who is to be together, who apart."""

    demands: Sequence[Requirements]
    together: Sequence[Sequence[int]] = ()
    apart: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class Bundled:
    """The question, and which applications each bundle of it is."""

    question: Question
    members: Sequence[Sequence[int]]
    standings: Sequence[Standing]
    """By application; the same for those that demand the same."""


def bundled(wanted: Wanted, field: Field) -> Bundled:
    """Return the question. Nobody may be apart from one with whom it is together."""
    members = joined(len(wanted.demands), wanted.together)
    known: dict[int, tuple[Standing, Reals]] = {}
    for demands in wanted.demands:
        if id(demands) not in known:
            standing = field.standing(demands)
            known[id(demands)] = standing, distances_ms(demands, standing)
    each = [known[id(demands)] for demands in wanted.demands]
    asked = np.array([vector(demands.amount) for demands in wanted.demands], dtype=np.int64)
    of = {member: bundle for bundle, those in enumerate(members) for member in those}
    question = Question(
        distance=np.array([sum(each[member][1] for member in those) for those in members]),
        asked=np.array([asked[list(those)].sum(axis=0) for those in members]),
        free=field.free,
        weight=np.array([len(those) for those in members], dtype=np.int64),
        apart=tuple(tuple(sorted({of[member] for member in those})) for those in wanted.apart),
    )
    return Bundled(question, members, [standing for standing, _ in each])


def distances_ms(demands: Requirements, standing: Standing) -> Reals:
    """Return how far each host is, in ms; infinite where it does not meet every demand."""
    near = np.where(standing.nearest_ns == FAR, UNKNOWN_MS, standing.nearest_ns / NS_PER_MS)
    may = standing.but_for_room
    most: int = standing.within[may].max(initial=0)
    missed = WISH_MS * (wished(demands) - standing.wishes) + CELL_MS * (most - standing.within)
    return np.where(may, near + missed, np.inf)


def joined(count: int, together: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return who is together, directly or by others, in the order of the first of each."""
    head = list(range(count))

    def head_of(member: int) -> int:
        while head[member] != member:
            member = head[member]
        return member

    for those in together:
        for other in those[1:]:
            one, two = sorted((head_of(those[0]), head_of(other)))
            head[two] = one
    found: dict[int, list[int]] = {}
    for member in range(count):
        found.setdefault(head_of(member), []).append(member)
    return list(found.values())
