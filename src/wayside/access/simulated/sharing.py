"""How a cell shares itself among its devices. Pure.

Each device gets as much of the cell as it needs, and none gets more than a level that is the same
for all; the level is as high as the cell can bear. Some steps of Newton's method a tick find it,
from the level before; after any step no cell is used beyond its whole. Never looks at a signal.
"""

from dataclasses import dataclass

import numpy as np

from wayside.refpoints.net.values import Reals, Rows

STEPS = 2


@dataclass(frozen=True)
class Shares:
    """What devices get, and the levels and use of cells."""

    flow_bps: Reals
    level: Reals
    busy: Reals


def share(
    cells: Rows, flows_bps: tuple[Reals, Reals], *, level: Reals, steps: int = STEPS
) -> Shares:
    """Return what flows to devices of ``cells``: what each wants, and could have if alone."""
    wanted_bps, possible_bps = flows_bps
    able = possible_bps > 0
    need = np.where(able, wanted_bps / np.maximum(possible_bps, np.float32(1)), np.float32(0))
    np.minimum(need, np.float32(1), out=need)
    for _ in range(steps):
        level = _better(cells, need, level)
    got = np.minimum(need, level.take(cells))
    busy = np.bincount(cells, got, len(level)).astype(np.float32)
    np.minimum(busy, np.float32(1), out=busy)
    busy[-1] = 0
    return Shares(got * possible_bps, level, busy)


def _better(cells: Rows, need: Reals, level: Reals) -> Reals:
    limit = level.take(cells)
    used = np.bincount(cells, np.minimum(need, limit), len(level))
    short = np.bincount(cells, need > limit, len(level))
    found = level + (1 - used) / np.maximum(short, 1)
    found = np.where((short == 0) & (used <= 1), 1.0, found)
    if (crowded := (short == 0) & (used > 1)).any():  # no slope to follow: begin from below
        found = np.where(crowded, 1 / np.bincount(cells, need > 0, len(level)).clip(1), found)
    return np.clip(found, 1e-9, 1.0).astype(np.float32)
