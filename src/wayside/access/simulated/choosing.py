"""Which cell serves a device: attaching, event A3, and the end of coverage. Pure.

Ref: TS 38.331 clause 5.5.4.4 and TS 36.331 clause 5.5.4.4 (entering condition, hysteresis,
timeToTrigger); stations of a WLAN roam by the same rule with other figures. Never counts how many a
cell serves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals, Rows

from .hearing import Heard
from .model import Rule

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """How devices stood before."""

    target: Rows
    held_s: Reals
    on: Mask
    nobody: int


@dataclass(frozen=True)
class Choice:
    """What becomes of each device; a mask for each thing that may happen."""

    target: Rows
    held_s: Reals
    best: Rows
    best_dbm: Reals
    attach: Mask
    """To ``best``."""
    lose: Mask
    hand_over: Mask
    """To the former target."""


def choose(rule: Rule, standing: Standing, heard: Heard, dt_s: float) -> Choice:
    """Return what devices do that heard this for the last ``dt_s`` seconds."""
    cells, power, nobody = heard.cells, heard.power_dbm, standing.nobody
    best, best_dbm = heard.strongest()
    bar = power[0] + np.float32(rule.offset_db + rule.hysteresis_db)
    served = cells[0] != nobody
    lose = served & ((power[0] < np.float32(rule.lost_dbm)) | ~standing.on)
    better = served & ~lose & (best_dbm > bar) & (best != nobody)
    still = better & _still_better(standing, heard, bar)
    held = np.where(still, standing.held_s + np.float32(dt_s), np.float32(0))
    hand_over = still & (held * np.float32(1000) >= np.float32(rule.trigger_ms))
    target = np.where(better, np.where(still, standing.target, best), np.int32(nobody))
    attach = ~served & standing.on & (best_dbm >= np.float32(rule.attach_dbm))
    return Choice(target, held, best, best_dbm, attach, lose, hand_over)


def _still_better(standing: Standing, heard: Heard, bar: Reals) -> Mask:
    """Return for whom the cell that was better before still is."""
    known = heard.cells[1:] == standing.target
    known &= heard.power_dbm[1:] > bar
    found: Mask = known.any(axis=0)
    found &= standing.target != standing.nobody
    return found
