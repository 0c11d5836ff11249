"""Which cells a device may hear, by the square that it is in. Pure.

For each square the strongest cells by their median out of sight, worked out once; all others are
taken to be silent there. Never looks at a device.
"""

from dataclasses import dataclass

import numpy as np

from wayside.refpoints.net.values import Reals, Rows

from .antenna import FRONT_TO_BACK_DB
from .ground import Ground
from .masts import COSINES, REACH, SILENT_DBM, Masts, Tables
from .scale import ONE, step_of

SQUARES_MAX = 128
"""Along the longer side of the map."""
SQUARE_M_MIN = 10.0
CELLS_MAX = 5
"""Candidates of a square."""


@dataclass(frozen=True)
class Nearby:
    """The candidates: one row of ``cells`` for each rank, one column for each square."""

    per_m: np.float32
    across: int
    down: int
    cells: Rows

    def squares(self, x: Reals, y: Reals) -> Rows:
        """Return the square of each place; places beyond the map are in a square at its edge."""
        column = np.clip((x * self.per_m).astype(np.int32), 0, self.across - 1)
        row = np.clip((y * self.per_m).astype(np.int32), 0, self.down - 1)
        row *= np.int32(self.across)
        row += column
        return row


def nearby_of(masts: Masts, tables: Tables, ground: Ground, count: int = CELLS_MAX) -> Nearby:
    """Return the ``count`` strongest cells of each square of the map."""
    side = max(SQUARE_M_MIN, max(ground.width_m, ground.height_m) / SQUARES_MAX)
    across, down = int(ground.width_m / side) + 1, int(ground.height_m / side) + 1
    nobody = len(masts.x) - 1
    cells = np.full((count, across * down), nobody, dtype=np.int32)
    east = ((np.arange(across) + 0.5) * side).astype(np.float32)
    for row in range(down):
        north = np.full(across, (row + 0.5) * side, dtype=np.float32)
        power = _medians(masts, tables, east, north)
        best = np.argsort(-power, axis=1, kind="stable")[:, :count]
        span = slice(row * across, (row + 1) * across)
        cells[: best.shape[1], span] = best.T
    return Nearby(np.float32(1 / side), across, down, cells)


def _medians(masts: Masts, tables: Tables, x: Reals, y: Reals) -> Reals:
    """Return what each place hears of each cell out of sight, by the first height of devices."""
    dx, dy = x[:, None] - masts.x[None, :-1], y[:, None] - masts.y[None, :-1]
    squared = np.maximum(dx * dx + dy * dy, np.float32(1))
    step = np.minimum(step_of(squared) - ONE, REACH - 1) + masts.table[:-1]
    cosine = (dx * masts.axis_east[:-1] + dy * masts.axis_north[:-1]) / np.sqrt(squared)
    turn = ((cosine + np.float32(1)) * COSINES).astype(np.int32) + masts.across[:-1]
    off = tables.across_db.take(turn, mode="clip") + tables.beside_db.take(step)
    heard = masts.power_dbm[:-1] - tables.loss_db.take(step)
    heard -= np.minimum(off, np.float32(FRONT_TO_BACK_DB))
    found: Reals = np.maximum(heard, np.float32(SILENT_DBM))
    return found
