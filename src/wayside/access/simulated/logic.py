"""Time in a living network: a state and a step of time give the next state and its facts. Pure.

The same world and the same steps give the same states and facts, on any machine. Never waits.
"""

from dataclasses import replace

import numpy as np

from wayside.refpoints.net.facts import Event

from . import moving
from .happening import due, happen
from .serving import Moment, Outcome, step
from .state import State, first
from .telling import Served, Told, changes, loaded, measured, moved
from .world import World

SETTLING_STEPS = 24
"""Of sharing, before anybody hears of a rate."""


def begin(world: World) -> tuple[State, Told]:
    """Return the first moment: everybody in place and served; what is told has no events."""
    state, told = _passed(world, _placed(world, first(world), 0.0), 0.0, SETTLING_STEPS)
    # Once more, as the first time nobody had yet been busy.
    state, told = _passed(world, state, 0.0, SETTLING_STEPS)
    return state, replace(told, events=())


def advance(world: World, state: State, dt_s: float) -> tuple[State, Told]:
    """Return the network after ``dt_s`` seconds, and what happened in them."""
    dt_ns = round(dt_s * 1e9)
    happened: list[Event] = []
    for event in due(world, state, dt_ns):
        state, facts = happen(world, state, event)
        happened += facts
    state = replace(
        _placed(world, state, dt_s), passed_ns=state.passed_ns + dt_ns, ticks=state.ticks + 1
    )
    state, told = _passed(world, state, dt_s)
    return state, replace(told, events=(*happened, *told.events))


def _placed(world: World, state: State, dt_s: float) -> State:
    """Have everybody move who moves."""
    movers = world.movers
    if not len(movers.devices):
        return state
    chance = (world.seed, state.ticks)
    edge, along_m = moving.advance(movers, (state.edge, state.along_m), dt_s, chance)
    east, north, heading = moving.places(movers.roads, edge, along_m)
    x, y = state.x.copy(), state.y.copy()
    x[movers.devices], y[movers.devices] = east, north
    return replace(state, edge=edge, along_m=along_m, x=x, y=y, heading_deg=heading)


def _passed(world: World, state: State, dt_s: float, sharing_steps: int = 2) -> tuple[State, Told]:
    """Have all layers serve their devices where they are."""
    served = Served(world, state)
    outcomes: list[Outcome] = []
    events: list[Event] = []
    carried = np.zeros(world.network.size, dtype=np.bool_)
    for layer, service in zip(world.layers, state.services, strict=True):
        now = Moment(
            state.x.take(layer.devices),
            state.y.take(layer.devices),
            state.on.take(layer.devices),
            state.cell_on.take(layer.cells),
            carried.take(layer.devices),
            dt_s,
        )
        outcome = step(layer, service, now, sharing_steps=sharing_steps)
        events += changes(layer, outcome, (service.serving, state), served)
        outcomes.append(outcome)
        carried[layer.devices[outcome.radio.downlink_bps_max > 0]] = True
    told = Told(
        tuple(events),
        moved(world, state),
        measured(world.layers, outcomes),
        loaded(world.layers, outcomes),
    )
    return replace(state, services=tuple(outcome.service for outcome in outcomes)), told
