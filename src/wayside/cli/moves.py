"""What a player saw of moves between hosts, summarised. Pure: never measures, never prints."""

import itertools
from collections.abc import Sequence

from wayside.access.lab.figures import PlayReport
from wayside.access.lab.player import Shot
from wayside.core.wire import Wire

from .measurement import percentile

LEVELS = {
    1: "not allowed: the instance stays",
    2: "with confirmation",
    3: "without confirmation",
}


class MoveSeen(Wire, omit_defaults=False):
    """One move as the device saw it; the interruption in ms."""

    interruption_ms: float
    """The longest silence between two ticks' answers around the move, beyond the usual one."""
    ticks: int
    ticks_lost: int
    requests: int
    requests_lost: int
    requests_again: int
    """Asked a second time, as their connection ended at the former instance."""
    state_intact: bool
    """Every count and every tick follows the one before it."""
    served_by: tuple[str, ...]
    """The hosts that answered ticks, in their order."""


class LevelSeen(Wire, omit_defaults=False):
    """All moves at one level of mobility."""

    level: int
    moves: tuple[MoveSeen, ...]
    interruption_p50_ms: float
    interruption_p99_ms: float
    ticks_lost: int
    requests_lost: int
    requests_again: int
    state_intact: bool


class MobilityShown(Wire, omit_defaults=False):
    """The whole demonstration; ``simulated`` tells that no packet was real."""

    simulated: bool
    device: str
    levels: tuple[LevelSeen, ...]


def move_of(played: PlayReport) -> MoveSeen:
    """Return one move's summary."""
    ticks, counts = played.ticks, played.counts
    return MoveSeen(
        interruption_ms=round(interruption_ms(ticks), 1),
        ticks=len(ticks),
        ticks_lost=_lost(ticks),
        requests=len(counts),
        requests_lost=_lost(counts),
        requests_again=sum(each.again for each in counts),
        state_intact=is_intact(counts) and is_intact(ticks),
        served_by=tuple(dict.fromkeys(each.host for each in ticks if each.host)),
    )


def level_of(level: int, moves: Sequence[MoveSeen]) -> LevelSeen:
    """Return the summary of all moves at a level."""
    silences = [each.interruption_ms for each in moves]
    return LevelSeen(
        level=level,
        moves=tuple(moves),
        interruption_p50_ms=percentile(silences, 0.50),
        interruption_p99_ms=percentile(silences, 0.99),
        ticks_lost=sum(each.ticks_lost for each in moves),
        requests_lost=sum(each.requests_lost for each in moves),
        requests_again=sum(each.requests_again for each in moves),
        state_intact=all(each.state_intact for each in moves),
    )


def interruption_ms(shots: Sequence[Shot]) -> float:
    """Return the longest silence between two answers, less the usual one; infinite without any.

    A silence that lasts until the end of the play counts as far as was asked.
    """
    answers = sorted(each.answered_s for each in shots if each.answered_s is not None)
    silences = [after - before for before, after in itertools.pairwise(answers)]
    if not silences:
        return float("inf")
    last = max(each.asked_s for each in shots) - answers[-1]
    return (max(last, *silences) - percentile(silences, 0.50)) * 1000


def is_intact(shots: Sequence[Shot]) -> bool:
    """Tell whether nothing that was answered was forgotten or counted twice.

    What was lost on its way back has been counted all the same: then a number is left out.
    """
    values = sorted(each.value for each in shots if each.answered_s is not None)
    lost = _lost(shots)
    jumps = sum(after - before - 1 for before, after in itertools.pairwise(values))
    return bool(values) and len(set(values)) == len(values) and jumps <= lost


def _lost(shots: Sequence[Shot]) -> int:
    return sum(each.answered_s is None for each in shots)
