"""What changes in a living network. Never decides how.

A state is never altered: time makes a new one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.network import Bearer
from wayside.refpoints.net.values import Reals, Rows

from .layers import Service, idle
from .world import World


@dataclass(frozen=True)
class State:
    """A moment."""

    passed_ns: int
    """Since the beginning."""
    ticks: int
    edge: Rows
    """Which edge of the roads each mover is on."""
    along_m: Reals
    x: Reals
    y: Reals
    heading_deg: Reals
    """Of the movers."""
    on: NDArray[np.bool_]
    """Whether each device is switched on."""
    cell_on: NDArray[np.bool_]
    services: tuple[Service, ...]
    """One for each layer."""
    bearers: tuple[tuple[str, Bearer], ...] = ()
    """What events have given to populations, beside or in place of what they have."""


def first(world: World) -> State:
    """Return the moment before anything moves or is served."""
    begin = world.beginning
    return State(
        passed_ns=0,
        ticks=0,
        edge=begin.edge,
        along_m=begin.along_m,
        x=begin.x,
        y=begin.y,
        heading_deg=np.zeros(len(begin.edge), dtype=np.float32),
        on=begin.on,
        cell_on=np.ones(len(world.network.cells), dtype=np.bool_),
        services=tuple(idle(layer) for layer in world.layers),
    )
