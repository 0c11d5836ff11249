"""Puts devices that stand still elsewhere, as whoever operates the simulation asks. Pure.

Never decides what serves them there: the next step does.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from wayside.core.errors import Conflict
from wayside.refpoints.net.facts import Moved

from .state import State
from .telling import placed
from .world import World

NORTH_M = 30.0
"""How far from the cell's mast a device is put, to the north of it."""


def put(world: World, state: State, device: int, cell: int) -> State:
    """Return the state with a device close to a cell; Conflict where the device moves by itself."""
    if device in world.movers.devices:
        raise Conflict(
            f"{world.network.device(device).id} moves along roads by itself. Name a device that "
            "stands still.",
            field="deviceId",
        )
    site = world.network.cells[cell].position
    at = np.array([site.latitude]), np.array([site.longitude])
    (east,), (north,) = world.ground.metres(*at)
    x, y = state.x.copy(), state.y.copy()
    x[device], y[device] = east, north + NORTH_M
    return replace(state, x=x, y=y)


def told(world: World, state: State, moved: Moved | None, devices: Collection[int]) -> Moved | None:
    """Return what is told of places: of those who ``moved``, and of ``devices`` that were put."""
    if not devices:
        return moved
    everybody, rows = placed(world, state), np.array(sorted(devices), dtype=np.int32)
    parts = {name: getattr(everybody, name)[rows] for name in Moved.__struct_fields__}
    if moved is not None:
        parts = {name: np.concatenate([getattr(moved, name), part]) for name, part in parts.items()}
    return Moved(**parts)
