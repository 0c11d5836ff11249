"""What happened in a step, as facts. Pure.

Never decides what happens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    BearerEstablished,
    BearerReleased,
    Cause,
    Detached,
    Disassociated,
    Event,
    HandedOver,
    Loaded,
    Measured,
    Moved,
    Stage,
)
from wayside.refpoints.net.network import Bearer
from wayside.refpoints.net.values import NOBODY, Rows, Technology

from .layers import Layer
from .serving import Outcome
from .state import State
from .world import World

HEARD_DBM_MIN = -140.0
"""A weaker neighbour is not told of. Ref: TS 36.133 table 9.1.4-1, where reports end."""


@dataclass(frozen=True)
class Told:
    """All facts of one step."""

    events: tuple[Event, ...] = ()
    moved: Moved | None = None
    measured: tuple[Measured, ...] = ()
    loaded: Loaded | None = None


def rows_of(layer: Layer, cells: Rows) -> Rows:
    """Return a layer's cells as rows of the network."""
    return np.append(layer.cells, np.int32(NOBODY)).take(cells)


def moved(world: World, state: State) -> Moved | None:
    """Return where everybody who moves and is switched on is now."""
    movers = world.movers
    if not len(movers.devices):
        return None
    on = state.on.take(movers.devices)
    here = slice(None) if on.all() else np.flatnonzero(on)
    rows = movers.devices[here]
    latitude, longitude = world.ground.degrees(state.x.take(rows), state.y.take(rows))
    return Moved(
        devices=rows,
        latitude=latitude,
        longitude=longitude,
        altitude_m=movers.altitude_m[here],
        speed_mps=movers.speed_mps[here],
        heading_deg=state.heading_deg[here],
    )


def placed(world: World, state: State) -> Moved:
    """Return where everybody is, those who never move too."""
    size, movers = world.network.size, world.movers
    latitude, longitude = world.ground.degrees(state.x, state.y)
    altitude, speed, heading = (np.zeros(size, dtype=np.float32) for _ in range(3))
    for layer in world.layers:
        altitude[layer.devices] = layer.altitude_m
    speed[movers.devices] = movers.speed_mps
    heading[movers.devices] = state.heading_deg
    return Moved(
        devices=np.arange(size, dtype=np.int32),
        latitude=latitude,
        longitude=longitude,
        altitude_m=altitude,
        speed_mps=speed,
        heading_deg=heading,
    )


def measured(layers: Sequence[Layer], outcomes: Sequence[Outcome]) -> tuple[Measured, ...]:
    """Return the radio of all who are served, all operators of a technology together."""
    found = []
    for technology in Technology:
        parts = [
            _measured(layer, outcome)
            for layer, outcome in zip(layers, outcomes, strict=True)
            if layer.technology is technology
        ]
        if len(parts) > 1:
            columns = {
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in Measured.__struct_fields__
                if name != "technology"
            }
            found.append(Measured(technology=technology, **columns))
        else:
            found += parts
    return tuple(found)


def _measured(layer: Layer, outcome: Outcome) -> Measured:
    serving, radio = outcome.service.serving, outcome.radio
    here = np.flatnonzero(serving != layer.nobody)
    neighbour = rows_of(layer, radio.neighbour.take(here))
    neighbour_dbm = radio.neighbour_dbm.take(here)
    unheard = (neighbour_dbm < HEARD_DBM_MIN) | (neighbour == NOBODY)
    neighbour[unheard], neighbour_dbm[unheard] = NOBODY, np.nan
    quality, advance = radio.quality_db.take(here), radio.timing_advance_ns.take(here)
    if layer.technology is Technology.WLAN:
        quality[:], advance[:] = np.nan, np.nan
    return Measured(
        technology=layer.technology,
        devices=layer.devices.take(here),
        cells=rows_of(layer, serving.take(here)),
        power_dbm=radio.power_dbm.take(here),
        quality_db=quality,
        sinr_db=radio.sinr_db.take(here),
        cqi=radio.grade.take(here),
        timing_advance_ns=advance,
        neighbours=neighbour,
        neighbour_power_dbm=neighbour_dbm,
        downlink_bps=outcome.down.flow_bps.take(here),
        uplink_bps=outcome.up.flow_bps.take(here),
        downlink_bps_max=radio.downlink_bps_max.take(here),
        uplink_bps_max=radio.uplink_bps_max.take(here),
    )


def loaded(layers: Sequence[Layer], outcomes: Sequence[Outcome]) -> Loaded | None:
    """Return how busy the cells are."""
    if not layers:
        return None
    both = list(zip(layers, outcomes, strict=True))
    counts = [
        np.bincount(outcome.service.serving, minlength=layer.nobody + 1)[:-1].astype(np.int32)
        for layer, outcome in both
    ]
    return Loaded(
        cells=np.concatenate([layer.cells for layer in layers]),
        devices=np.concatenate(counts),
        downlink_share=np.concatenate([out.down.busy[:-1] * layer.air_down for layer, out in both]),
        uplink_share=np.concatenate([out.up.busy[:-1] * layer.air_up for layer, out in both]),
    )


class Served:
    """Who has a session, while a step's events are told one by one: bearers come and go with it."""

    def __init__(self, world: World, before: State) -> None:
        self._world = world
        self._extra = before.bearers
        self._lines = np.zeros(world.network.size, dtype=np.int8)
        """How many cells of LTE and NR serve each device."""
        for layer, service in zip(world.layers, before.services, strict=True):
            if layer.technology is not Technology.WLAN:
                self._lines[layer.devices] += service.serving != layer.nobody

    def has_session(self, device: int) -> bool:
        """Tell whether a cell of LTE or NR serves the device."""
        return bool(self._lines[device] > 0)

    def enter(self, device: int, cell: int) -> Iterator[BearerEstablished]:
        """Count one more cell; with the first come the device's bearers."""
        self._lines[device] += 1
        if self._lines[device] == 1:
            for bearer in self.bearers(device):
                yield BearerEstablished(device=device, cell=cell, bearer=bearer)

    def leave(self, device: int, cell: int) -> Iterator[BearerReleased]:
        """Count one less; with the last the device's bearers go."""
        self._lines[device] -= 1
        if self._lines[device] == 0:
            for bearer in self.bearers(device):
                yield BearerReleased(device=device, cell=cell, bearer=bearer)

    def bearers(self, device: int) -> tuple[Bearer, ...]:
        """Return what a device with a session has, by id."""
        for group in self._world.network.groups:
            if group.first <= device < group.first + group.count:
                found = {bearer.id: bearer for bearer in group.bearers}
                found |= {bearer.id: bearer for name, bearer in self._extra if name == group.id}
                return tuple(found[key] for key in sorted(found))
        return ()


def changes(
    layer: Layer, outcome: Outcome, before: tuple[Rows, State], served: Served
) -> Iterator[Event]:
    """Return what happened to a layer's devices; ``before`` is what served them, and the state."""
    was, state = before
    old, new = rows_of(layer, was), rows_of(layer, outcome.service.serving)
    found = outcome.changes
    devices = layer.devices
    for column in found.lost.tolist():
        cause = _cause(state, int(devices[column]), int(old[column]))
        yield from _left(layer, int(devices[column]), int(old[column]), (cause, served))
    for column in found.attached.tolist():
        yield from _came(layer, int(devices[column]), int(new[column]), served)
    targets = rows_of(layer, found.targets).tolist()
    for column, target in zip(found.refused.tolist(), targets, strict=True):
        if layer.technology is not Technology.WLAN:
            device, source = int(devices[column]), int(old[column])
            yield HandedOver(device=device, source=source, target=target, stage=Stage.PREPARED)
            yield HandedOver(device=device, source=source, target=target, stage=Stage.REJECTED)
    moves = (devices[found.handed_over], old[found.handed_over], new[found.handed_over])
    for device, source, target in zip(*(column.tolist() for column in moves), strict=True):
        if layer.technology is Technology.WLAN:
            yield Disassociated(device=device, cell=source, cause=Cause.COVERAGE)
            yield Associated(device=device, cell=target)
        else:
            yield HandedOver(device=device, source=source, target=target, stage=Stage.PREPARED)
            yield HandedOver(device=device, source=source, target=target)


def _cause(state: State, device: int, cell: int) -> Cause:
    if not state.on[device]:
        return Cause.LEFT
    return Cause.COVERAGE if state.cell_on[cell] else Cause.CELL


def _came(layer: Layer, device: int, cell: int, served: Served) -> Iterator[Event]:
    if layer.technology is Technology.WLAN:
        yield Associated(device=device, cell=cell)
        return
    yield Attached(device=device, cell=cell)
    yield from served.enter(device, cell)


def _left(layer: Layer, device: int, cell: int, why: tuple[Cause, Served]) -> Iterator[Event]:
    cause, served = why
    if layer.technology is Technology.WLAN:
        yield Disassociated(device=device, cell=cell, cause=cause)
        return
    yield from served.leave(device, cell)
    yield Detached(device=device, cell=cell, cause=cause)
