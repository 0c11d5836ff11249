"""The question in numbers: bundles of applications, hosts, and what it costs to join them. Pure.

A bundle is placed whole or not at all. Never knows what an application or a host is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

NOWHERE = -1
"""The host of a bundle that is not placed."""


@dataclass(frozen=True)
class Question:
    """Bundles in rows, hosts in columns."""

    distance: Reals
    """Of each bundle to each host, 0 or more; infinite where it may not go."""
    asked: Integers
    """What each bundle takes, a column for each resource."""
    free: Integers
    """What each host has free, a row for each host."""
    weight: Integers
    """How many applications each bundle is."""
    apart: tuple[tuple[int, ...], ...] = ()
    """Sets of bundles of which no host may take two."""

    @cached_property
    def may(self) -> Mask:
        """Where each bundle would find room if no other were placed."""
        room = (self.asked[:, None, :] <= self.free[None, :, :]).all(axis=2)
        return np.isfinite(self.distance) & room

    @cached_property
    def cost(self) -> Reals:
        """The distances, infinite where there is no room either."""
        return np.where(self.may, self.distance, np.inf)

    @cached_property
    def shares(self) -> Reals:
        """What each bundle takes, scaled so that the largest host has 1 of each resource free."""
        return self.asked / self._largest

    @cached_property
    def room(self) -> Reals:
        """What each host has free, in the same scale; what it owes counts as nothing."""
        return self.free.clip(0) / self._largest

    def priced(self, prices: Reals) -> Reals:
        """Return the costs with what a bundle's room is worth there, by ``prices``."""
        return self.cost + self.shares @ prices.T

    @cached_property
    def possible(self) -> int:
        """How many applications are in bundles that would find room alone."""
        return int(self.weight[self.may.any(axis=1)].sum())

    @cached_property
    def _largest(self) -> Integers:
        largest: Integers = self.free.max(axis=0, initial=1)
        return largest

    @cached_property
    def sets(self) -> Mask:
        """Which bundles are in which sets, a column for each set."""
        held = np.zeros((len(self.asked), len(self.apart)), dtype=np.bool_)
        for number, members in enumerate(self.apart):
            held[list(members), number] = True
        return held


class Arrangement:
    """Who is where. Never overfull: what would be is not put."""

    def __init__(self, question: Question, host: Sequence[int] | Integers | None = None) -> None:
        """Put each bundle where ``host`` says as far as there is room, in order."""
        self.question = question
        self.host = np.full(len(question.asked), NOWHERE, dtype=np.int64)
        self.left = question.free.copy()
        self.taken = np.zeros((len(question.free), len(question.apart)), dtype=np.int64)
        for bundle, at in enumerate(() if host is None else host):
            if at != NOWHERE and self.open_to(bundle)[at]:
                self.put(bundle, int(at))

    def open_to(self, bundle: int) -> Mask:
        """Return which hosts would take the bundle now, where it is not placed."""
        question = self.question
        found: Mask = (question.asked[bundle] <= self.left).all(axis=1)
        found &= question.may[bundle]
        if question.apart:
            found &= ~(self.taken[:, question.sets[bundle]] > 0).any(axis=1)
        return found

    def put(self, bundle: int, host: int) -> None:
        """Place a bundle that is not placed."""
        self.host[bundle] = host
        self.left[host] -= self.question.asked[bundle]
        self.taken[host] += self.question.sets[bundle]

    def take(self, bundle: int) -> int:
        """Return where the bundle was, which it is no longer."""
        host = int(self.host[bundle])
        self.host[bundle] = NOWHERE
        self.left[host] += self.question.asked[bundle]
        self.taken[host] -= self.question.sets[bundle]
        return host

    def copy(self) -> "Arrangement":
        """Return another that is the same."""
        other = Arrangement(self.question)
        other.host, other.left = self.host.copy(), self.left.copy()
        other.taken = self.taken.copy()
        return other

    @property
    def placed(self) -> int:
        """How many applications are placed."""
        return int(self.question.weight[self.host != NOWHERE].sum())

    @property
    def distance(self) -> float:
        """The distances of all that is placed, added up."""
        (bundles,) = np.nonzero(self.host != NOWHERE)
        return float(self.question.distance[bundles, self.host[bundles]].sum())

    @property
    def rank(self) -> tuple[int, float]:
        """The smaller, the better: more applications placed first, then less distance."""
        return -self.placed, self.distance
