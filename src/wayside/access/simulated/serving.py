"""One layer's step: what its devices hear, what serves them, what they get. Pure.

Never moves a device and never tells a fact: it returns what happened as columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Grades, Reals, Rows

from .choosing import Choice, Standing, choose
from .hearing import BLOCK, Heard, Place, hear, quality
from .layers import Layer, Service
from .masts import PER_DB, QUALITIES, SILENT_DBM, SINR_FROM_DB
from .sharing import Shares, share

Columns = NDArray[np.intp]


@dataclass(frozen=True)
class Radio:
    """How each device of a layer is served, a value for each; without meaning where nobody does."""

    power_dbm: Reals
    quality_db: Reals
    sinr_db: Reals
    grade: Grades
    timing_advance_ns: Reals
    neighbour: Rows
    neighbour_dbm: Reals
    downlink_bps_max: Reals
    uplink_bps_max: Reals


@dataclass(frozen=True)
class Changes:
    """Who was attached, lost, handed over and refused: columns of the layer's devices."""

    attached: Columns
    lost: Columns
    handed_over: Columns
    refused: Columns
    """A handover that the target has no room for."""
    targets: Rows
    """Of the refused."""


@dataclass(frozen=True)
class Outcome:
    """All of it."""

    service: Service
    radio: Radio
    down: Shares
    up: Shares
    changes: Changes


@dataclass(frozen=True)
class Moment:
    """What a layer's devices and cells are like now."""

    x: Reals
    y: Reals
    on: NDArray[np.bool_]
    cell_on: NDArray[np.bool_]
    carried: NDArray[np.bool_]
    """Whose traffic flows by another technology."""
    dt_s: float


def step(layer: Layer, service: Service, now: Moment, *, sharing_steps: int = 2) -> Outcome:
    """Return how the layer is after this moment."""
    radio, serving, target, held = _blank(len(layer.devices))
    changes = []
    power_dbm = np.where(np.append(now.cell_on, True), layer.masts.power_dbm, SILENT_DBM)
    power_dbm = power_dbm.astype(np.float32)
    room = _Room(layer, service)
    for begin in range(0, len(layer.devices), BLOCK):
        span = slice(begin, min(begin + BLOCK, len(layer.devices)))
        place = Place(now.x[span], now.y[span], layer.altitude_m[span], layer.height[span])
        heard = hear(layer, place, service.serving[span], power_dbm)
        standing = Standing(service.target[span], service.held_s[span], now.on[span], layer.nobody)
        choice = choose(layer.rule, standing, heard, now.dt_s)
        changes.append(_follow(heard, standing, choice, room))
        serving[span], target[span], held[span] = heard.cells[0], choice.target, choice.held_s
        _note(radio, span, (layer, place, heard, service.busy_down))
    shared = []
    for wanted, possible, level in (
        (layer.downlink_bps, radio.downlink_bps_max, service.level_down),
        (layer.uplink_bps, radio.uplink_bps_max, service.level_up),
    ):
        asked = np.where(now.carried, np.float32(0), wanted)
        shared.append(share(serving, (asked, possible), level=level, steps=sharing_steps))
    down, up = shared
    after = Service(serving, target, held, down.level, up.level, down.busy, up.busy)
    return Outcome(after, radio, down, up, _joined(changes))


class _Room:
    """How many more devices each cell takes, while a step's changes are made one by one."""

    def __init__(self, layer: Layer, service: Service) -> None:
        bounded = layer.devices_max > 0
        self.bounded = bool(bounded.any())
        taken = np.bincount(service.serving, minlength=layer.nobody + 1)
        self._left = np.where(bounded, layer.devices_max - taken, 1 << 40)

    def enter(self, columns: Columns, cells: Rows, leaving: Rows) -> NDArray[np.bool_]:
        """Return who of ``columns`` gets into ``cells``, in their order; count them."""
        found = np.ones(len(columns), dtype=np.bool_)
        if not self.bounded:
            return found
        for number, (cell, left) in enumerate(zip(cells, leaving, strict=True)):
            if self._left[cell] > 0:
                self._left[cell] -= 1
                self._left[left] += 1
            else:
                found[number] = False
        return found


def _follow(heard: Heard, standing: Standing, choice: Choice, room: _Room) -> Changes:
    """Have what was chosen come true, as far as there is room; alters heard and choice."""
    nobody = standing.nobody
    lost = np.flatnonzero(choice.lose)
    heard.cells[0, lost] = nobody
    heard.power_dbm[0, lost] = SILENT_DBM
    leaving = np.full(len(choice.best), nobody, dtype=np.int32)
    attached = _entered(np.flatnonzero(choice.attach), choice.best, leaving, room)[0]
    heard.serve(attached, choice.best[attached])
    wanted = np.flatnonzero(choice.hand_over)
    handed, refused = _entered(wanted, standing.target, heard.cells[0], room)
    heard.serve(handed, standing.target[handed])
    for done in (handed, refused):
        choice.target[done] = nobody
        choice.held_s[done] = 0
    return Changes(attached, lost, handed, refused, standing.target[refused])


def _entered(columns: Columns, cells: Rows, leaving: Rows, room: _Room) -> tuple[Columns, Columns]:
    may = room.enter(columns, cells[columns], leaving[columns])
    return columns[may], columns[~may]


def _blank(size: int) -> tuple[Radio, Rows, Rows, Reals]:
    def reals() -> Reals:
        return np.empty(size, dtype=np.float32)

    def rows() -> Rows:
        return np.empty(size, dtype=np.int32)

    grade = np.empty(size, dtype=np.int8)
    radio = Radio(reals(), reals(), reals(), grade, reals(), rows(), reals(), reals(), reals())
    return radio, rows(), rows(), reals()


def _note(radio: Radio, span: slice, found: tuple[Layer, Place, Heard, Reals]) -> None:
    """Write down a block's radio."""
    layer, place, heard, busy = found
    good = quality(layer, place, heard, busy)
    serving, power = heard.cells[0], heard.power_dbm
    radio.power_dbm[span] = power[0]
    radio.quality_db[span], radio.sinr_db[span] = good.quality_db, good.sinr_db
    radio.timing_advance_ns[span] = good.timing_advance_ns
    radio.neighbour[span], radio.neighbour_dbm[span] = heard.strongest()
    rate, masts = layer.masts.rate.take(serving), layer.masts
    down = _quality_step(good.sinr_db) + rate
    layer.tables.downlink_bps.take(down, out=radio.downlink_bps_max[span], mode="clip")
    layer.tables.grade.take(down, out=radio.grade[span], mode="clip")
    up = _quality_step(power[0] + masts.uplink_db.take(serving)) + rate
    layer.tables.uplink_bps.take(up, out=radio.uplink_bps_max[span], mode="clip")


def _quality_step(sinr_db: Reals) -> Rows:
    above = (sinr_db - np.float32(SINR_FROM_DB)) * np.float32(PER_DB)
    found: Rows = np.clip(above, 0, QUALITIES - 1).astype(np.int32)
    return found


def _joined(blocks: list[Changes]) -> Changes:
    def columns(name: str) -> Columns:
        return np.concatenate(
            [getattr(each, name) + number * BLOCK for number, each in enumerate(blocks)]
        )

    targets = np.concatenate([each.targets for each in blocks])
    return Changes(
        columns("attached"), columns("lost"), columns("handed_over"), columns("refused"), targets
    )
