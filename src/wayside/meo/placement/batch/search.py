"""A good arrangement, fast: greedy by regret along the prices, then moves and exchanges. Pure.

The same question always gets the same arrangement. Never proves how good it is: ``prices`` does.
"""

import numpy as np

from .question import NOWHERE, Arrangement, Integers, Mask, Question, Reals

ROUNDS = 20
PARTNERS = 4
"""With how many, the most promising first, a bundle tries to change places."""
LEAST_GAIN = 1e-9
ONLY_CHOICE = 1e300
"""What a second choice costs where there is none."""


def greedy(question: Question, priced: Reals) -> Arrangement:
    """Return an arrangement: who has most to lose by its second choice goes first.

    ``priced`` is what each bundle would cost on each host, with what its room is worth there.
    """
    found = Arrangement(question)
    fill(found, np.arange(len(priced)), priced)
    return found


def fill(found: Arrangement, bundles: Integers, priced: Reals) -> None:
    """Place of ``bundles`` what finds room, by regret: the most to lose first."""
    if not len(bundles):
        return
    open_ = np.array([found.open_to(bundle) for bundle in bundles])
    costs = np.where(open_, priced[bundles], np.inf)
    regret = _regret(costs)
    while np.isfinite(regret[row := int(regret.argmax())]):
        host = int(costs[row].argmin())
        found.put(int(bundles[row]), host)
        costs[row], regret[row] = np.inf, -np.inf
        shut = np.isfinite(costs[:, host]) & _shut(found, bundles, host)
        costs[shut, host] = np.inf
        regret[shut] = _regret(costs[shut])


def _regret(costs: Reals) -> Reals:
    """Return what each loses by its second choice; very much with one, nothing ever with none."""
    two = np.partition(costs, 1, axis=1)[:, :2] if costs.shape[1] > 1 else costs
    first, second = two[:, 0], two[:, -1] if costs.shape[1] > 1 else np.full(len(costs), np.inf)
    some = np.isfinite(first)
    lost = np.where(np.isfinite(second), second, ONLY_CHOICE) - np.where(some, first, 0.0)
    return np.where(some, lost, -np.inf)


def _shut(found: Arrangement, bundles: Integers, host: int) -> Mask:
    """Return for whom of ``bundles`` the host has no room any more."""
    question = found.question
    shut: Mask = (question.asked[bundles] > found.left[host]).any(axis=1)
    if question.apart:
        shut |= (question.sets[bundles] & (found.taken[host] > 0)).any(axis=1)
    return shut


def improve(found: Arrangement) -> None:
    """Move and exchange until nothing makes the arrangement better."""
    for _ in range(ROUNDS):
        before = found.rank
        for bundle in np.flatnonzero(found.host == NOWHERE):
            _let_in(found, int(bundle))
        move(found, np.flatnonzero(found.host != NOWHERE))
        for bundle in np.flatnonzero(found.host != NOWHERE):
            _exchange(found, int(bundle))
        if found.rank >= before:
            break


def move(found: Arrangement, bundles: Integers) -> None:
    """Move those of ``bundles`` that are placed to the best host that takes them."""
    for bundle in bundles:
        if found.host[bundle] != NOWHERE:
            host = found.take(bundle)
            to, cost = _nearest(found, bundle)
            found.put(bundle, to if cost < found.question.cost[bundle, host] else host)


def _nearest(found: Arrangement, bundle: int) -> tuple[int, float]:
    """Return the best host that takes the bundle now, and its cost; infinite where none does."""
    costs = np.where(found.open_to(bundle), found.question.cost[bundle], np.inf)
    host = int(costs.argmin())
    return host, float(costs[host])


def _let_in(found: Arrangement, bundle: int) -> None:
    """Place a bundle that is left out, if at most one other has to move on for it."""
    host, cost = _nearest(found, bundle)
    if np.isfinite(cost):
        found.put(bundle, host)
        return
    ways = [
        way
        for host in np.flatnonzero(found.question.may[bundle])
        for other in np.flatnonzero(found.host == host)
        if (way := _way(found, bundle, int(other))) is not None
    ]
    if ways:
        _, other, to = min(ways)
        host = found.take(other)
        found.put(bundle, host)
        found.put(other, to)


def _way(found: Arrangement, bundle: int, other: int) -> tuple[float, int, int] | None:
    """Return what it costs to let ``bundle`` in where ``other`` is, and where that one goes."""
    question = found.question
    host = int(found.host[other])
    if (question.asked[bundle] > found.left[host] + question.asked[other]).any():
        return None
    found.take(other)
    way = None
    if found.open_to(bundle)[host]:
        found.put(bundle, host)
        to, cost = _nearest(found, other)
        found.take(bundle)
        if np.isfinite(cost):
            rise = cost - question.cost[other, host] + question.cost[bundle, host]
            way = (float(rise), other, to)
    found.put(other, host)
    return way


def _exchange(found: Arrangement, bundle: int) -> None:
    """Let the bundle change places with the one with whom that helps most."""
    question, cost, here = found.question, found.question.cost, found.host[bundle]
    (others,) = np.nonzero((found.host != NOWHERE) & (found.host != here))
    there, asked = found.host[others], question.asked[others]
    change = cost[bundle, there] + cost[others, here]
    change -= cost[bundle, here] + cost[others, there]
    would = (question.asked[bundle] <= found.left[there] + asked).all(axis=1)
    would &= (asked <= found.left[here] + question.asked[bundle]).all(axis=1)
    promising = np.flatnonzero(would & (change < -LEAST_GAIN))
    for row in promising[change[promising].argsort(kind="stable")][:PARTNERS]:
        if _swapped(found, bundle, int(others[row])):
            return


def _swapped(found: Arrangement, one: int, other: int) -> bool:
    """Tell whether the two have changed places; nothing has changed where they could not."""
    here, there = found.take(one), found.take(other)
    if found.open_to(one)[there]:
        found.put(one, there)
        if found.open_to(other)[here]:
            found.put(other, here)
            return True
        found.take(one)
    found.put(one, here)
    found.put(other, there)
    return False
