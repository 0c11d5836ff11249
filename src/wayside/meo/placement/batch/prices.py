"""Prices for what hosts have free, and the bounds that they prove. Pure.

A Lagrangian relaxation: in it a host may be overfull, and that is paid for; no arrangement can beat
what is best then. Prices that prove much also say well who should go where: ``search`` follows
them. Never places anything itself.
"""

from dataclasses import dataclass

import numpy as np

from .question import Arrangement, Question, Reals

ROUNDS = 300
PATIENCE = 12
"""Rounds without a better bound before the steps become shorter."""
SHORTER = 1.6
STEP_MIN = 1e-4
"""The least that a step assumes to be missing, as a share of the goal."""


@dataclass(frozen=True)
class Bound:
    """What no arrangement can beat, and the prices that prove it, by host and resource."""

    value: float
    prices: Reals


def most_placed(question: Question) -> Bound:
    """Return a number that the applications placed never exceed."""
    gain = np.where(question.may, -question.weight[:, None].astype(np.float64), np.inf)
    found = _Ascent(question, gain, owed=0).climbed(towards=-float(question.possible))
    return Bound(float(np.floor(min(-found.value, question.possible) + 1e-6)), found.prices)


def least_distance(question: Question, known: Arrangement) -> Bound:
    """Return a sum of distances below which none places as many applications as ``known`` does."""
    ascent = _Ascent(question, question.cost, owed=known.placed)
    return ascent.climbed(towards=known.distance)


class _Ascent:
    """The subgradient method with Polyak's step, to raise the bound of ``cost`` added up.

    With ``owed`` applications to be placed, leaving one out is paid for too: ``reward``.
    """

    def __init__(self, question: Question, cost: Reals, *, owed: int) -> None:
        self._question, self._cost, self._owed = question, cost, owed
        self._prices = np.zeros(question.room.shape)
        self._all_go = owed == question.possible
        finite = cost[np.isfinite(cost)]
        self._reward = float(finite.max(initial=0.0)) if owed else 0.0

    def climbed(self, *, towards: float) -> Bound:
        """Return the best bound found; ``towards`` is what one arrangement is known to reach."""
        best, pace, since = Bound(-np.inf, self._prices), 1.0, 0
        for _ in range(ROUNDS):
            value, over, missing = self._value()
            if value > best.value:
                best, since = Bound(value, self._prices), 0
            elif (since := since + 1) % PATIENCE == 0:
                pace /= SHORTER
            length = float((over**2).sum()) + missing**2
            if length == 0.0 or value >= towards:
                break
            step = pace * max(towards - value, abs(towards) * STEP_MIN) / length
            self._prices = np.maximum(self._prices + step * over, 0.0)
            self._reward = max(self._reward + step * missing, 0.0)
        return best

    def _value(self) -> tuple[float, Reals, float]:
        """Return the bound at these prices, by how much hosts are overfull, who is missing."""
        question = self._question
        priced = self._cost + question.shares @ self._prices.T
        at = priced.argmin(axis=1)
        least = priced[np.arange(len(priced)), at] - self._reward * question.weight
        goes = np.isfinite(least) if self._all_go else least < 0
        rent = float((self._prices * question.room).sum())
        value = float(least[goes].sum()) + self._reward * self._owed - rent
        over = -question.room
        np.add.at(over, at[goes], question.shares[goes])
        missing = self._owed - int(question.weight[goes].sum()) if self._owed else 0
        return value, over, float(missing)
