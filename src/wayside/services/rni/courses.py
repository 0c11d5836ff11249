"""How far the reports of a subscription are: what was told, what waits, and whose turn it is."""

from dataclasses import dataclass, field

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
    after: dict[str, int] = field(default_factory=dict)
    """The device that was told last, by what there are turns of."""
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

    def turn(self, devices: Rows, what: str, most: int = DEVICES_MAX) -> Places:
        """Return the places in ``devices`` of those whose turn it is: after who was told last."""
        if len(devices) <= most:
            return np.arange(len(devices))
        if most <= 0:
            return np.zeros(0, dtype=np.intp)
        order = np.argsort(devices, kind="stable")
        last = self.after.get(what, NOBODY)
        begin = int(np.searchsorted(devices[order], last, side="right"))
        found = np.roll(order, -begin)[:most]
        self.after[what] = int(devices[found[-1]])
        return found
