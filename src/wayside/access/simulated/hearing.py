"""How strong each device hears what serves it and its candidates. Pure.

Works on a block of devices at a time, so that all of it stays in the processor's cache. Row 0 of
what it returns is what serves a device, the others are its candidates. Never decides a handover.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals, Rows

from .antenna import FRONT_TO_BACK_DB
from .fields import PLACES, SIDE
from .layers import Layer
from .masts import COSINES, REACH, Masts
from .pathloss import LIGHT_MPS
from .scale import ONE, decibels, milliwatts, step_of

Index = NDArray[np.intp]
"""Rows and steps that tables are looked up by: of the width that numpy looks up fastest."""

BLOCK = 8192
_SHARE_ALWAYS = np.float32(1 / 6)
"""Of the resource elements, reference signals: 2 of 12 in the symbols where RSRQ is measured."""
_DISTORTION = np.float32(1e-4)
"""Ours: what a sender adds to its own signal, 40 dB below; reports of the SINR end there too."""
_THERE_AND_BACK_NS_PER_M = np.float32(2e9 / LIGHT_MPS)


@dataclass(frozen=True)
class Place:
    """A block of devices."""

    x: Reals
    y: Reals
    altitude_m: Reals
    height: Rows


@dataclass(frozen=True)
class Heard:
    """Cells and their powers, a row for each rank, a column for each device."""

    cells: Rows
    power_dbm: Reals

    def strongest(self) -> tuple[Rows, Reals]:
        """Return the cell that is heard best of those that do not serve, and its power."""
        cells, power = self.cells[1], self.power_dbm[1]
        for other, heard in zip(self.cells[2:], self.power_dbm[2:], strict=True):
            cells = np.where(heard > power, other, cells)
            power = np.maximum(power, heard)
        return cells, power

    def serve(self, columns: NDArray[np.intp], cells: Rows) -> None:
        """Have ``cells``, which these columns hear, serve them: move them to row 0."""
        rows = (self.cells[1:, columns] == cells).argmax(axis=0) + 1
        for found in (self.cells, self.power_dbm):
            kept = found[rows, columns]
            found[rows, columns] = found[0, columns]
            found[0, columns] = kept


@dataclass(frozen=True)
class Quality:
    """How good the signal of what serves each device is."""

    sinr_db: Reals
    quality_db: Reals
    timing_advance_ns: Reals


def hear(layer: Layer, place: Place, serving: Rows, power_dbm: Reals) -> Heard:
    """Return what each device hears; ``power_dbm`` is what each cell sends now."""
    masts, nobody = layer.masts, layer.nobody
    cells = np.empty((len(layer.nearby.cells) + 1, len(serving)), dtype=np.int32)
    cells[0] = serving
    square = layer.nearby.squares(place.x, place.y)
    for rank, candidates in enumerate(layer.nearby.cells, 1):
        candidates.take(square, out=cells[rank], mode="clip")
    np.putmask(cells[1:], cells[1:] == serving, nobody)
    index = cells.astype(np.intp)
    dx, dy = place.x - masts.x.take(index), place.y - masts.y.take(index)
    squared = dx * dx
    squared += dy * dy
    np.maximum(squared, np.float32(1), out=squared)
    step = step_of(squared)
    step -= ONE
    np.minimum(step, REACH - 1, out=step)
    step += masts.table.take(index)
    step += place.height
    at = step.astype(np.intp)
    off = _beside(layer, index, (dx, dy, squared), at)
    heard = power_dbm.take(index)
    heard -= off
    heard -= _loss(layer, place, index, at)
    return Heard(cells, heard)


def _beside(layer: Layer, cells: Index, way: tuple[Reals, Reals, Reals], step: Index) -> Reals:
    """Return what antennas lose in the direction of each device."""
    dx, dy, squared = way
    dx *= layer.masts.axis_east.take(cells)
    dy *= layer.masts.axis_north.take(cells)
    dx += dy
    dx /= np.sqrt(squared)
    dx += np.float32(1)
    dx *= np.float32(COSINES)
    turn = dx.astype(np.intp)
    turn += layer.masts.across.take(cells)
    off = layer.tables.across_db.take(turn)
    off += layer.tables.beside_db.take(step)
    return np.minimum(off, np.float32(FRONT_TO_BACK_DB), out=off)


def _loss(layer: Layer, place: Place, cells: Index, step: Index) -> Reals:
    """Return the path loss with shadowing; uses up ``step``."""
    tables = layer.tables
    both = layer.field.take(_places(layer.masts, place, cells)).view(np.int16)
    both = both.reshape(*cells.shape, 2)
    common = layer.field.take(_own_places(layer.masts, place)).view(np.int16)[1::2]
    seen = (both[..., 0] <= tables.threshold.take(step)).astype(np.intp)
    kind = seen * (len(tables.shadow_db) // 2)
    kind += layer.masts.kind.take(cells)
    shadow = tables.shadow_db.take(kind)
    shadow *= np.add(both[..., 1], common, dtype=np.int32)
    seen *= len(tables.loss_db) // 2
    step += seen
    loss = tables.loss_db.take(step)
    loss -= shadow
    return loss


def _own_places(masts: Masts, place: Place) -> Index:
    """Return where in the first field each device is, whatever cell sees it."""
    fineness = masts.places_per_m[0]
    found = (place.y * fineness).astype(np.int32)
    found *= SIDE
    found += (place.x * fineness).astype(np.int32)
    found &= PLACES - 1
    index: Index = found.astype(np.intp)
    return index


def _places(masts: Masts, place: Place, cells: Index) -> Index:
    """Return where in the fields each device is, as each cell sees it."""
    fineness = masts.places_per_m.take(cells)
    east = (place.x * fineness).astype(np.int32)
    fineness *= place.y
    found = fineness.astype(np.int32)
    found *= SIDE
    found += east
    begin = masts.field.take(cells)
    found += begin
    found &= PLACES - 1
    begin &= ~(PLACES - 1)
    found += begin
    return found.astype(np.intp)


def quality(layer: Layer, place: Place, heard: Heard, busy: Reals) -> Quality:
    """Return SINR and RSRQ; ``busy`` is the share of each cell that is in use."""
    masts, cells = layer.masts, heard.cells.astype(np.intp)
    power = milliwatts(heard.power_dbm)
    carrier = masts.carrier.take(cells)
    others = np.where(carrier[1:] == carrier[0], power[1:], np.float32(0))
    noise = masts.noise_mw.take(cells[0])
    disturbing = (others * busy.take(cells[1:])).sum(axis=0, dtype=np.float32)
    own = power[0]
    sinr = decibels(own / (disturbing + noise + own * _DISTORTION))
    always = others.sum(axis=0, dtype=np.float32) + own
    loaded = disturbing + own * busy.take(cells[0])
    all_power = always * _SHARE_ALWAYS + loaded * (1 - _SHARE_ALWAYS) + noise
    rsrq = decibels(own / (np.float32(12) * all_power))
    dx, dy = place.x - masts.x.take(cells[0]), place.y - masts.y.take(cells[0])
    dz = place.altitude_m - masts.z.take(cells[0])
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    return Quality(sinr, rsrq, length * _THERE_AND_BACK_NS_PER_M)
