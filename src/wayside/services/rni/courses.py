"""How far the reports of a subscription are: what was told, what waits, and whose turn it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import NOBODY, Rows

from .directory import Wanted

Places = NDArray[np.intp]

DEVICES_MAX = 256
"""As many as may wait for a subscriber: of more the first would be lost."""


@dataclass
class Course:
    """How far the reports of one subscription are."""

    wanted: Wanted
    is_new: bool = True
    next_ns: int = 0
    after: int = NOBODY
    """The device that was told last."""
    waiting: NDArray[np.uint16] | None = None
    """Conditions that are still to be told, a bit each, by slot; None: all are told."""
    advances: NDArray[np.int16] | None = None
    """The timing advance that was told last, by slot."""

    def go_on(self, wanted: Wanted) -> None:
        """Have the same subscription mean these rows from now on; slots are others then."""
        if wanted is not self.wanted:
            self.waiting = self.advances = None
        self.wanted = wanted

    def slots(self, devices: Rows) -> Places:
        """Return where something is kept of devices that are meant."""
        rows = self.wanted.rows
        return devices.astype(np.intp) if rows is None else np.searchsorted(rows, devices)

    def slots_size(self, size: int) -> int:
        """Return how many slots there are, where there are ``size`` devices."""
        rows = self.wanted.rows
        return size if rows is None else len(rows)

    def turn(self, devices: Rows) -> Places:
        """Return the places in ``devices`` of those whose turn it is: after who was told last."""
        if len(devices) <= DEVICES_MAX:
            return np.arange(len(devices))
        order = np.argsort(devices, kind="stable")
        begin = int(np.searchsorted(devices[order], self.after, side="right"))
        found = np.roll(order, -begin)[:DEVICES_MAX]
        self.after = int(devices[found[-1]])
        return found
