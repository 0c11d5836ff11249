"""What differs from place to place: shadows, and whether there is sight. Pure.

A field is a square of places, each with two normal numbers that are like their neighbours' (TR
38.901 clause 7.6.3): one decides on sight, one is the shadowing. It repeats without a seam. Devices
at the same place see the same. Ours: likeness falls along both axes alike, so it is a little less
on the diagonal. Never knows where a cell stands.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .chance import Purpose, normals
from .pathloss import SPREADS, Environment

SIDE = 512
"""Places along a side; a power of two, so that positions wrap by their lower bits."""
PLACES = SIDE * SIDE
FINENESS = 8
"""Places within the distance over which shadows are alike."""
UNIT = 6000
"""One standard deviation in the whole numbers that a field holds."""
_WHOLE = 32767

Field = NDArray[np.int32]
"""Sight in the lower and shadow in the upper 16 bits: one look finds both."""


def place_m(environment: Environment) -> float:
    """Return how wide a place is."""
    return SPREADS[environment].shadow_m / FINENESS


def field(seed: int, environment: Environment) -> Field:
    """Return the field of an environment, ``PLACES`` numbers."""
    spread, width = SPREADS[environment], place_m(environment)
    salt = list(Environment).index(environment)
    both = np.empty((PLACES, 2), dtype=np.int16)
    for column, (purpose, metres) in enumerate(
        ((Purpose.SIGHT, spread.sight_m), (Purpose.SHADOW, spread.shadow_m))
    ):
        numbers = np.arange(PLACES, dtype=np.int64).reshape(SIDE, SIDE) + salt * PLACES
        smooth = _alike(_alike(normals(seed, purpose, numbers), width / metres).T, width / metres)
        both[:, column] = np.clip(np.rint(smooth * UNIT), -_WHOLE, _WHOLE).ravel()
    return both.view(np.int32).ravel()


def threshold(probability: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return below which number of a field there is sight, that it be as probable as told."""
    normal = NormalDist()
    found = [_bound(normal.inv_cdf(p) if 0 < p < 1 else (p - 0.5) * 100) for p in probability]
    return np.array(found, dtype=np.int16)


def _bound(deviations: float) -> int:
    return round(min(max(deviations * UNIT, -_WHOLE - 1), _WHOLE))


def _alike(noise: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return a ring of lines where likeness falls by 1/e in 1/``step`` lines.

    The first turn around the ring forgets where it began; the second is kept.
    """
    keep = round(float(np.exp(-step)), 9)
    fresh = round(float(np.sqrt(1 - keep * keep)), 9)
    found = np.empty_like(noise)
    last = noise[-1]
    for turn in range(2 * len(noise)):
        last = keep * last + fresh * noise[turn % len(noise)]
        found[turn % len(noise)] = last
    return found
