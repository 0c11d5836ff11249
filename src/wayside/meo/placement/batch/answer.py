"""The best arrangement that can be found in the time given, and what none can beat.

Never says why; ``planning`` does.
"""

from dataclasses import dataclass, replace
from typing import Self

from . import prices
from .anew import relaid
from .exact import Programme
from .question import Arrangement, Integers, Question, Reals
from .search import greedy, improve

PAIRS_MAX = 40_000
"""Bundles with hosts that they may go to, beyond which the exact search is not begun: it would not
come far."""
EQUAL = 1e-6
"""Differences, as a share, that are not told apart: those of the solver's arithmetic."""


@dataclass(frozen=True)
class Answer:
    """Who goes where, and how good that is."""

    host: Integers
    """By bundle; NOWHERE for what is left out."""
    placed: int
    """Applications that are placed."""
    placed_at_most: int
    """No arrangement places more."""
    distance: float
    """The sum of the distances of all that is placed."""
    distance_at_least: float
    """No arrangement that places as many has less."""

    @property
    def gap(self) -> float:
        """By which share of the least that is possible the distance may be too long; 0: proven."""
        over = self.distance - self.distance_at_least
        if over <= EQUAL * self.distance:
            return 0.0
        return over / self.distance_at_least if self.distance_at_least > 0 else float("inf")

    @property
    def proven(self) -> bool:
        """Whether no arrangement is better."""
        return self.placed == self.placed_at_most and self.gap == 0.0


def arrange(question: Question, *, seconds: float) -> Answer:
    """Return a good arrangement; the best one where the exact search ends within ``seconds``.

    Without seconds, and where more than PAIRS_MAX are to be weighed, there is no exact search. In
    any case nobody alone would be nearer elsewhere.
    """
    known = _fast(question)
    if seconds > 0 and question.may.sum() <= PAIRS_MAX and not known.answer.proven:
        programme = Programme(question)
        if known.found.placed < known.at_most:
            seconds /= 2
            solved = programme.most_placed(known.found, seconds=seconds)
            known = known.with_(solved.arrangement, at_most=_whole(-solved.bound))
        solved = programme.least_distance(known.found, seconds=seconds)
        known = known.with_(solved.arrangement, at_least=solved.bound)
    return known.answer


@dataclass(frozen=True)
class _Known:
    """The best arrangement so far, and what none can beat."""

    found: Arrangement
    at_most: int
    at_least: float

    @property
    def answer(self) -> Answer:
        found = self.found
        at_most = max(self.at_most, found.placed)
        at_least = max(0.0, min(self.at_least, found.distance))
        return Answer(found.host, found.placed, at_most, found.distance, at_least)

    def with_(
        self, other: Arrangement, *, at_most: int | None = None, at_least: float = 0.0
    ) -> Self:
        """Return the same with news; what bounds the distance of fewer bounds that of more too."""
        improve(other)
        best = min(self.found, other, key=_rank)
        bounds = [self.at_least, at_least]
        if best.placed > self.found.placed:
            bounds.append(prices.least_distance(best.question, best).value)
        most = self.at_most if at_most is None else min(at_most, self.at_most)
        return replace(self, found=best, at_most=most, at_least=max(bounds))


def _fast(question: Question) -> _Known:
    """Return an arrangement along the prices, and what they prove."""
    most = prices.most_placed(question)
    found = _along(question, question.cost)
    if found.placed < most.value:
        found = min(found, _along(question, question.priced(most.prices)), key=_rank)
    bound = prices.least_distance(question, found)
    known = _Known(found, int(most.value), bound.value)
    if not known.answer.proven:
        priced = question.priced(bound.prices)
        known = known.with_(_along(question, priced))
        known = known.with_(relaid(known.found, priced))
    return known


def _along(question: Question, costs: Reals) -> Arrangement:
    found = greedy(question, costs)
    improve(found)
    return found


def _rank(found: Arrangement) -> tuple[int, float]:
    return found.rank


def _whole(bound: float) -> int:
    return int(bound + EQUAL * max(bound, 1.0))
