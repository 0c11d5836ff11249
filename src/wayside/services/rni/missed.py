"""What must have happened between two pictures of a network whose facts were missed. Pure.

Tells no more than both show: who is served by another cell, and who has other bearers.
"""

from collections.abc import Iterator

import numpy as np

from wayside.refpoints.net.facts import (
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Event,
    HandedOver,
)
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows, Technology

CELLULAR = (Technology.LTE, Technology.NR)


def missed(before: Picture, now: Picture) -> tuple[Event, ...]:
    """Return it; nothing where rows mean others now (another epoch)."""
    if before.epoch != now.epoch:
        return ()
    size = before.network.size
    events: list[Event] = []
    for technology in CELLULAR:
        old, new = before.cells[technology], now.cells[technology][:size]
        for row in np.flatnonzero((old != new) & (old != NOBODY) & (new != NOBODY)).tolist():
            events.append(HandedOver(device=row, source=int(old[row]), target=int(new[row])))
    for row in _with_other_bearers(before, now, size):
        events += _bearers(before, now, row)
    return tuple(events)


def _with_other_bearers(before: Picture, now: Picture, size: int) -> list[int]:
    """Return who came or went, and who has bearers of its own."""
    differs = _served(before)[:size] != _served(now)[:size]
    found = set(np.flatnonzero(differs).tolist())
    found |= {row for picture in (before, now) for row, _ in picture.exceptions()}
    return sorted(row for row in found if row < size)


def _bearers(before: Picture, now: Picture, row: int) -> Iterator[Event]:
    old = {bearer.id: bearer for bearer in before.bearers(row)}
    new = {bearer.id: bearer for bearer in now.bearers(row)}
    for key, bearer in old.items():
        if key not in new:
            yield BearerReleased(device=row, cell=_cell(before, row), bearer=bearer)
    for key, bearer in new.items():
        if key not in old:
            yield BearerEstablished(device=row, cell=_cell(now, row), bearer=bearer)
        elif bearer != old[key]:
            yield BearerModified(device=row, cell=_cell(now, row), bearer=bearer)


def _served(picture: Picture) -> Rows:
    """Return for each device whether LTE or NR serves it, as 0 or 1."""
    found = np.zeros(picture.network.size, dtype=np.int32)
    for technology in CELLULAR:
        found |= picture.cells[technology] != NOBODY
    return found


def _cell(picture: Picture, row: int) -> int:
    found = (int(picture.cells[technology][row]) for technology in CELLULAR)
    return next((cell for cell in found if cell != NOBODY), NOBODY)
