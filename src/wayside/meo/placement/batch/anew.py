"""A better arrangement by clearing a few hosts and placing anew who was there, many times. Pure.

Chance is a seeded generator: the same question always gets the same arrangement.
"""

import numpy as np

from .question import NOWHERE, Arrangement, Integers, Reals
from .search import fill, move

ATTEMPTS, ATTEMPTS_MAX = 4, 800
"""For each bundle, and in all."""
CLEARED_MAX = 60
"""Bundles that one attempt takes up at most."""
HOSTS_CLEARED = (3, 9)
"""From so many hosts to one less than so many are cleared at a time."""
NOISE = 0.1
"""By which share a host may seem dearer or cheaper in one attempt."""
STRAYING = 0.3
"""How far from a bundle's best hosts others are cleared, as a share of all its costs."""


def relaid(found: Arrangement, priced: Reals) -> Arrangement:
    """Return the best of many attempts, as good as ``found`` at least.

    ``priced`` is what each bundle would cost on each host, with what its room is worth there.
    """
    chance = np.random.default_rng(seed=len(priced))
    best = found
    for _ in range(min(ATTEMPTS * len(priced), ATTEMPTS_MAX)):
        trial = best.copy()
        waiting = _clear(trial, priced, chance)
        fill(trial, waiting, priced * chance.uniform(1 - NOISE, 1 + NOISE, priced.shape[1]))
        move(trial, waiting)
        if trial.rank <= best.rank:
            best = trial
    return best


def _clear(trial: Arrangement, priced: Reals, chance: np.random.Generator) -> Integers:
    """Take up who is on some hosts that one bundle would like; return who is nowhere now."""
    bundle = int(chance.integers(len(trial.host)))
    (liked,) = np.nonzero(np.isfinite(priced[bundle]))
    if len(liked):
        costs = priced[bundle, liked]
        stray = chance.exponential(STRAYING * float(np.ptp(costs)), len(liked))
        liked = liked[(costs + stray).argsort(kind="stable")]
    cleared = {int(trial.host[bundle]), *liked[: int(chance.integers(*HOSTS_CLEARED))]}
    (there,) = np.nonzero(np.isin(trial.host, list(cleared - {NOWHERE})))
    for each in chance.permutation(there)[:CLEARED_MAX]:
        trial.take(each)
    return np.flatnonzero(trial.host == NOWHERE)
