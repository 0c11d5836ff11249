"""A layer: one operator's cells of one technology, and the devices that may use them. Pure.

Never changes: what does is in the state.
"""

from dataclasses import dataclass

import numpy as np

from wayside.refpoints.net.values import Reals, Rows, Technology

from .fields import Field
from .masts import Masts, Tables
from .model import Rule
from .nearby import Nearby


@dataclass(frozen=True)
class Layer:
    """Cells and devices are columns; ``cells`` and ``devices`` say which rows of the network."""

    technology: Technology
    rule: Rule
    cells: Rows
    devices: Rows
    masts: Masts
    tables: Tables
    nearby: Nearby
    field: Field
    """The fields of all environments, one after the other."""
    height: Rows
    """Where in a kind's tables those of each device's height begin."""
    altitude_m: Reals
    downlink_bps: Reals
    """What each device asks for."""
    uplink_bps: Reals
    devices_max: Rows
    """How many each cell takes; nobody's has no bound."""
    air_down: Reals
    """Which part of what each cell has is the downlink's: of the one air time of a WLAN its share,
    1 where each way has resources of its own."""
    air_up: Reals

    @property
    def nobody(self) -> int:
        """The number that stands for no cell."""
        return len(self.cells)


@dataclass(frozen=True)
class Service:
    """How a layer serves its devices now: columns of devices, and of cells."""

    serving: Rows
    target: Rows
    """The cell that a handover is being triggered to."""
    held_s: Reals
    """For how long it has been better."""
    level_down: Reals
    """How much of a cell one device may have, of cells."""
    level_up: Reals
    busy_down: Reals
    """The share of a cell that is in use."""
    busy_up: Reals


def idle(layer: Layer) -> Service:
    """Return the service of a layer before anybody is served."""
    devices, cells = len(layer.devices), len(layer.cells) + 1
    nobody = np.full(devices, layer.nobody, dtype=np.int32)
    return Service(
        serving=nobody,
        target=nobody,
        held_s=np.zeros(devices, dtype=np.float32),
        level_down=np.ones(cells, dtype=np.float32),
        level_up=np.ones(cells, dtype=np.float32),
        busy_down=np.zeros(cells, dtype=np.float32),
        busy_up=np.zeros(cells, dtype=np.float32),
    )
