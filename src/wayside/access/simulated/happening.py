"""What a scenario's events do to the state, and the facts that they are. Pure.

Never decides which cell serves whom afterwards: the next step does.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wayside.refpoints.net.facts import (
    BearerEstablished,
    BearerModified,
    CellChanged,
    Event,
    LinkChanged,
)
from wayside.refpoints.net.network import Bearer, Group
from wayside.refpoints.net.values import Technology

from .model import Deed, Happening
from .state import State
from .telling import Served, rows_of
from .world import World

Outcome = tuple[State, tuple[Event, ...]]


def due(world: World, state: State, dt_ns: int) -> list[Happening]:
    """Return what happens in the next ``dt_ns``, in its order."""
    begin, end = state.passed_ns, state.passed_ns + dt_ns
    # What happens at the very beginning belongs to the first step.
    return [
        event
        for event in world.events
        if begin < (at := round(event.at_s * 1e9)) <= end or (at == 0 and state.ticks == 0)
    ]


def happen(world: World, state: State, event: Happening) -> Outcome:
    """Return the state after ``event``, and its facts."""
    match event.do:
        case Deed.SWITCH_OFF | Deed.SWITCH_ON:
            return _switch(world, state, event)
        case Deed.LINK:
            assert event.ends is not None
            changed = LinkChanged(
                ends=event.ends,
                delay_ms=event.delay_ms,
                rate_bps=event.rate_mbps * 1e6,
                loss=event.loss,
            )
            return state, (changed,)
        case Deed.BEARER:
            return _bear(world, state, event)


def _switch(world: World, state: State, event: Happening) -> Outcome:
    to = event.do is Deed.SWITCH_ON
    if event.cell is not None:
        cell = world.network.cell_rows[event.cell]
        if bool(state.cell_on[cell]) == to:
            return state, ()
        cell_on = state.cell_on.copy()
        cell_on[cell] = to
        return replace(state, cell_on=cell_on), (CellChanged(cell=cell, on=to),)
    group = _group(world, event)
    on = state.on.copy()
    on[group.first : group.first + group.count] = to
    return replace(state, on=on), ()


def _group(world: World, event: Happening) -> Group:
    return next(group for group in world.network.groups if group.id == event.population)


def _bear(world: World, state: State, event: Happening) -> Outcome:
    """Give a bearer to all of a population: those who have a session now hear of it."""
    assert event.bearer is not None
    group, bearer = _group(world, event), event.bearer.bearer
    served = Served(world, state)
    kept = tuple(each for each in state.bearers if (each[0], each[1].id) != (group.id, bearer.id))
    after = replace(state, bearers=(*kept, (group.id, bearer)))
    return after, tuple(_told(world, state, group, (served, bearer)))


def _told(world: World, state: State, group: Group, new: tuple[Served, Bearer]) -> Iterator[Event]:
    served, bearer = new
    anchors = _anchors(world, state)
    for device in range(group.first, group.first + group.count):
        if served.has_session(device):
            known = any(each.id == bearer.id for each in served.bearers(device))
            kind = BearerModified if known else BearerEstablished
            yield kind(device=device, cell=int(anchors[device]), bearer=bearer)


def _anchors(world: World, state: State) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return a cell of LTE or NR that serves each device."""
    found = np.full(world.network.size, -1, dtype=np.int32)
    for layer, service in zip(world.layers, state.services, strict=True):
        if layer.technology is not Technology.WLAN:
            here = service.serving != layer.nobody
            found[layer.devices[here]] = rows_of(layer, service.serving[here])
    return found
