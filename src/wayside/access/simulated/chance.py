"""Chance that can be asked again: the same seed, purpose and numbers always draw the same. Pure.

Nothing is kept between draws, so a draw depends on nobody's order; only whole numbers are computed,
so it is the same on every machine. The mixing function is SplitMix64 (Steele, Lea, Flood 2014).
Never meant for secrets.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Purpose(IntEnum):
    """What is drawn: different purposes never share a draw."""

    PLACE = 1
    WAY = 2
    SPEED = 3
    TURN = 4
    SIGHT = 5
    SHADOW = 6
    OFFSET = 7


def draw(seed: int, purpose: Purpose, *numbers: Any) -> Draws:
    """Return 64 random bits for each of ``numbers``: whole numbers, or arrays of them."""
    found = np.atleast_1d(np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF))
    for number in (int(purpose), *numbers):
        found = _mixed(found ^ _mixed(np.atleast_1d(np.asarray(number)).astype(np.uint64)))
    return found


def shares(bits: Draws) -> NDArray[np.float64]:
    """Return draws as numbers from 0 up to but not including 1."""
    return (bits >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def normals(seed: int, purpose: Purpose, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return nearly normal draws, mean 0 and deviation 1: sums of twelve even ones."""
    total = np.zeros(numbers.shape)
    for part in range(3):
        bits = draw(seed, purpose, part, numbers.ravel()).reshape(numbers.shape)
        for shift in (0, 16, 32, 48):
            total += ((bits >> np.uint64(shift)) & np.uint64(0xFFFF)) / 65536.0 + 0.5 / 65536.0
    return total - 6.0


def _mixed(values: Draws) -> Draws:
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))
