"""Who is to be told: subscriptions found by device and by cell. Pure.

Each subscription stands in one place: with each of its devices, else with each of its cells, else
with those that mean everybody. Never decides what is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wayside.core.replies import Entry
from wayside.model.common import LinkType
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import Rows

from .logic import criteria_of
from .model import AssociateType
from .names import Names
from .wishes import TYPES, RniSubscription


@dataclass(frozen=True, eq=False)
class Wanted:
    """A subscription, and the rows that it means; None: all."""

    entry: Entry[RniSubscription]
    criteria: Any
    devices: frozenset[int] | None
    cells: frozenset[int] | None
    links: NotificationLinks

    @cached_property
    def rows(self) -> Rows | None:
        """The devices in order; None: all."""
        if self.devices is None:
            return None
        return np.array(sorted(self.devices), dtype=np.int32)

    def means(self, device: int, cells: Sequence[int]) -> bool:
        """Tell whether the device is one of its own, and one of the cells."""
        return (self.devices is None or device in self.devices) and (
            self.cells is None or any(cell in self.cells for cell in cells)
        )


class Audience:
    """The subscriptions of one type."""

    def __init__(self, members: Sequence[Wanted]) -> None:
        self.members = members
        self._everybody: list[Wanted] = []
        self._devices: dict[int, list[Wanted]] = {}
        self._cells: dict[int, list[Wanted]] = {}
        for each in members:
            if each.devices is not None:
                for device in each.devices:
                    self._devices.setdefault(device, []).append(each)
            elif each.cells is not None:
                for cell in each.cells:
                    self._cells.setdefault(cell, []).append(each)
            else:
                self._everybody.append(each)

    def of(self, device: int, *cells: int) -> Iterator[Wanted]:
        """Yield who is to be told of a device in these cells, each once."""
        yield from self._everybody
        for each in self._devices.get(device, ()):
            if each.means(device, cells):
                yield each
        seen: set[int] = set()
        for cell in cells:
            for each in self._cells.get(cell, ()):
                if id(each) not in seen:
                    seen.add(id(each))
                    yield each


class Directory:
    """All subscriptions, by type; what is as before is taken over from ``before``."""

    def __init__(
        self,
        entries: Sequence[Entry[RniSubscription]],
        names: Names,
        picture: Picture,
        *,
        path: str,
        before: "Directory | None" = None,
    ) -> None:
        self.names = names
        known = before._known if before is not None and before.names is names else {}
        self._known: dict[str, Wanted] = {}
        self.by_tunnel = False
        """Whether somebody is named by a tunnel, so that it changes whom that means."""
        for entry in entries:
            found = known.get(entry.id)
            by_tunnel = _by_tunnel(entry.value)
            if found is None or found.entry is not entry or by_tunnel:
                found = _wanted(entry, names, picture, path)
            self._known[entry.id] = found
            self.by_tunnel |= by_tunnel
        self._audiences: Mapping[str, Audience] = {
            type_: Audience(
                [each for each in self._known.values() if type(each.entry.value).__name__ == type_]
            )
            for type_ in TYPES
        }

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, type_: str) -> Audience:
        return self._audiences[type_]


def _wanted(entry: Entry[RniSubscription], names: Names, picture: Picture, path: str) -> Wanted:
    _, criteria = criteria_of(entry.value)
    associates = getattr(criteria, "associate_id", ())
    ecgis, nrcgis = getattr(criteria, "ecgi", ()), getattr(criteria, "nrcgi", ())
    cells = None
    if ecgis or nrcgis:
        cells = names.cells_of(ecgis) | names.nr_cells_of(nrcgis)
    return Wanted(
        entry=entry,
        criteria=criteria,
        devices=names.devices_of(associates, picture) if associates else None,
        cells=cells,
        links=NotificationLinks(subscription=LinkType(href=f"{path}/{entry.id}")),
    )


def _by_tunnel(subscription: RniSubscription) -> bool:
    _, criteria = criteria_of(subscription)
    associates = getattr(criteria, "associate_id", ())
    return any(each.type is AssociateType.GTP_TEID for each in associates)
