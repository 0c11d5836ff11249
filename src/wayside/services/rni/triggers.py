"""Which measures fulfil the conditions under which devices report. Pure; all devices at once.

A network configures its devices, and no fact tells how: the operator of the host says thresholds.
The conditions are those of the standard, with hysteresis and without time to trigger; a report is
due when a condition begins to hold for a pair of cells. Ref: TS 36.331 and TS 38.331 clause 5.5.4.
Never decides who is told.
"""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.values import NOBODY, Reals, Rows, Technology

from .wishes import Trigger, TriggerNr

Mask = NDArray[np.bool_]
Pairs = NDArray[np.int64]
Bits = NDArray[np.uint16]

NEVER = -1


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[services.rni.triggers]`` of a host: when devices report, for LTE and NR alike."""

    hysteresis_db: float = 1.0
    a1_dbm: float = -90.0
    """The serving cell is better."""
    a2_dbm: float = -110.0
    """The serving cell is worse."""
    a3_offset_db: float = 3.0
    """A neighbour is better than the serving cell by this."""
    a4_dbm: float = -95.0
    """A neighbour is better."""
    a5_serving_dbm: float = -105.0
    """The serving cell is worse, and a neighbour better than the next."""
    a5_neighbour_dbm: float = -100.0
    b1_dbm: float = -100.0
    """A cell of the other technology is better."""
    b2_serving_dbm: float = -105.0
    """The serving cell is worse, and one of the other technology better than the next."""
    b2_neighbour_dbm: float = -100.0


@dataclass(frozen=True)
class Other:
    """What serves the same devices in the other technology; NOBODY and NaN where nothing does."""

    cells: Rows
    power_dbm: Reals

    @classmethod
    def of(cls, devices: Rows, told: Measured | None, size: int) -> "Other":
        """Return it for ``devices`` of ``size`` in all."""
        cells = np.full(size, NOBODY, dtype=np.int32)
        power = np.full(size, np.nan, dtype=np.float32)
        if told is not None:
            cells[told.devices], power[told.devices] = told.cells, told.power_dbm
        return cls(cells[devices], power[devices])


@dataclass(frozen=True)
class Conditions:
    """Where conditions begin to hold, and where they hold, by place in what was measured."""

    codes: tuple[int, ...]
    """The triggers; the n-th has the n-th bit."""
    begins: Bits
    holds: Bits

    def mask(self, codes: Collection[int]) -> np.uint16:
        """Return the bits of these triggers."""
        return np.uint16(sum(1 << n for n, code in enumerate(self.codes) if code in codes))

    def among(self, bits: int) -> list[int]:
        """Return the triggers that these bits stand for."""
        return [code for number, code in enumerate(self.codes) if bits >> number & 1]


class Triggers:
    """The conditions of one technology, as they stand for each device."""

    def __init__(self, technology: Technology, thresholds: Thresholds) -> None:
        self._said = thresholds
        is_lte = technology is Technology.LTE
        self._b1 = int(Trigger.EVENT_B1 if is_lte else TriggerNr.EVENT_B1)
        self._b2 = int(Trigger.EVENT_B2 if is_lte else TriggerNr.EVENT_B2)
        self._held: dict[int, Pairs] = {}
        """By trigger, the pair of cells for which it holds, by device."""

    @property
    def codes(self) -> frozenset[int]:
        """The triggers that are looked at; A6 needs carriers aggregated, the rest other facts."""
        return frozenset((*range(Trigger.EVENT_A1, Trigger.EVENT_A6), self._b1, self._b2))

    def follow(self, measured: Measured, other: Other, size: int) -> Conditions:
        """Return the conditions after these measures of some of ``size`` devices.

        Those that are not measured fulfil none.
        """
        said, serving, heard = self._said, measured.power_dbm, measured.neighbour_power_dbm
        alone, near = np.zeros(len(measured.devices), dtype=np.int32), measured.neighbours
        begins, holding = (np.zeros(len(alone), dtype=np.uint16) for _ in range(2))
        codes: list[int] = []
        for code, cells, (enters, stays) in (
            (Trigger.EVENT_A1, alone, self._above(serving, said.a1_dbm)),
            (Trigger.EVENT_A2, alone, self._below(serving, said.a2_dbm)),
            (Trigger.EVENT_A3, near, self._above(heard - serving, said.a3_offset_db)),
            (Trigger.EVENT_A4, near, self._above(heard, said.a4_dbm)),
            (
                Trigger.EVENT_A5,
                near,
                self._both(serving, said.a5_serving_dbm, heard, said.a5_neighbour_dbm),
            ),
            (self._b1, other.cells, self._above(other.power_dbm, said.b1_dbm)),
            (
                self._b2,
                other.cells,
                self._both(serving, said.b2_serving_dbm, other.power_dbm, said.b2_neighbour_dbm),
            ),
        ):
            pairs = (measured.cells.astype(np.int64) << 32) | (cells.astype(np.int64) & 0xFFFFFFFF)
            before = self._held.get(code)
            now = np.full(size, NEVER, dtype=np.int64)
            held = np.zeros(len(pairs), dtype=np.bool_)
            if before is not None:
                now[: len(before)] = before
                held = now[measured.devices] == pairs
                now[:] = NEVER
            holds = enters | (held & stays)
            now[measured.devices[holds]] = pairs[holds]
            self._held[code] = now
            bit = np.uint16(1 << len(codes))
            holding |= holds * bit
            begins |= (holds & ~held) * bit
            codes.append(int(code))
        return Conditions(tuple(codes), begins, holding)

    def _above(self, level: Reals, threshold: float) -> tuple[Mask, Mask]:
        """Return where a level enters, and where it stays; one that is not known does neither."""
        margin = self._said.hysteresis_db
        return level - margin > threshold, level + margin >= threshold

    def _below(self, level: Reals, threshold: float) -> tuple[Mask, Mask]:
        margin = self._said.hysteresis_db
        return level + margin < threshold, level - margin <= threshold

    def _both(
        self, serving: Reals, below: float, neighbour: Reals, above: float
    ) -> tuple[Mask, Mask]:
        worse, better = self._below(serving, below), self._above(neighbour, above)
        return worse[0] & better[0], worse[1] & better[1]
