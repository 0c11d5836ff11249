"""A logarithmic scale that costs nothing: the place of a number among 64 steps an octave. Pure.

The upper bits of a positive 32-bit float are its exponent and the first digits of its fraction, so
they count steps that grow with the number. Tables over this scale stand for logarithms, powers and
whatever falls with distance; a step is 1.1 % wide. With them a tick computes by +, -, x, / and
square roots alone, which every machine rounds alike (IEEE 754). Never reads a table's meaning.
"""

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals, Rows

_SHIFT = 17
ONE = 127 << 6
"""The step of the number 1."""
STEPS = 1 << 14
"""All steps of positive numbers."""

FLOOR_DBM, CEILING_DBM, _PER_DB = -240.0, 48.0, 8
"""The span of powers that are told apart, in eighths of a decibel."""


def step_of(numbers: Reals) -> Rows:
    """Return the step of each number; they must not be negative."""
    return numbers.view(np.int32) >> _SHIFT


def middle_of(steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the number in the middle of each step."""
    bits = (steps.astype(np.int32) << _SHIFT) | (1 << (_SHIFT - 1))
    return bits.view(np.float32).astype(np.float64)


def rounded(values: NDArray[np.float64]) -> Reals:
    """Return a table's values, rounded so that every machine's logarithm gives the same."""
    return np.round(values, 4).astype(np.float32)


def _decibel_table() -> Reals:
    steps = np.arange(STEPS, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        found = 10 * np.log10(middle_of(steps))
    return rounded(np.nan_to_num(found, nan=400.0, posinf=400.0))


def _milliwatt_table() -> Reals:
    steps = np.arange(int((CEILING_DBM - FLOOR_DBM) * _PER_DB))
    return (10 ** ((FLOOR_DBM + (steps + 0.5) / _PER_DB) / 10)).astype(np.float32)


_DECIBELS = _decibel_table()
_MILLIWATTS = _milliwatt_table()


def decibels(ratios: Reals) -> Reals:
    """Return ratios in decibels, to within 0.04 dB."""
    return _DECIBELS.take(step_of(ratios), mode="clip")


def milliwatts(powers_dbm: Reals) -> Reals:
    """Return powers in milliwatts, to within a sixteenth of a decibel."""
    steps = ((powers_dbm - np.float32(FLOOR_DBM)) * np.float32(_PER_DB)).astype(np.int32)
    return _MILLIWATTS.take(steps, mode="clip")
