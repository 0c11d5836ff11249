"""What is true now according to what was told: by device, by cell, by zone.

Pure: two pictures that were told the same are the same, and one that joined late is the same as one
from the beginning. Never asks a source.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from .facts import (
    Associated,
    Attached,
    BearerEstablished,
    BearerModified,
    BearerReleased,
    CellChanged,
    Detached,
    Disassociated,
    Enrolled,
    Event,
    Facts,
    HandedOver,
    Loaded,
    Measured,
    Moved,
    Stage,
)
from .network import Bearer, Network
from .source import Serving, Snapshot, Source
from .values import NEAREST_FIRST, NOBODY, Origin, Rows, Technology

_CELLULAR = (Technology.LTE, Technology.NR)


class Gap(Exception):
    """Facts are missing between what was told before and what is told now: take a snapshot."""


class Picture:
    """The present state of one source's network."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.take(snapshot)

    def take(self, snapshot: Snapshot) -> None:
        """Know what the snapshot says, and nothing else."""
        self.epoch, self.sequence = snapshot.epoch, snapshot.sequence
        self.time_ns = snapshot.time_ns
        self.origin: Origin = snapshot.origin
        self.network: Network = snapshot.network
        self.off = set(snapshot.off)
        self.loaded: Loaded | None = snapshot.loaded
        self._changed: dict[int, dict[int, Bearer | None]] = {}
        self._lay_out()
        for serving in snapshot.serving:
            self.cells[serving.technology][serving.devices] = serving.cells
        for event in snapshot.bearers:
            self._note(event)
        if snapshot.moved is not None:
            self._move(snapshot.moved)
        self.measured: dict[Technology, Measured] = {
            each.technology: each for each in snapshot.measured
        }

    def follow(self, facts: Facts) -> None:
        """Know what the facts say too; raises Gap where they do not follow what is known."""
        if (facts.epoch, facts.sequence) != (self.epoch, self.sequence + 1):
            raise Gap(f"{facts.epoch}.{facts.sequence} after {self.epoch}.{self.sequence}")
        self.sequence, self.time_ns = facts.sequence, facts.time_ns
        for event in facts.events:
            self._note(event)
        if facts.moved is not None:
            self._move(facts.moved)
        self.measured |= {each.technology: each for each in facts.measured}
        self.loaded = facts.loaded or self.loaded

    def snapshot(self) -> Snapshot:
        """Return a snapshot for a reader that joins now."""
        return Snapshot(
            epoch=self.epoch,
            sequence=self.sequence,
            time_ns=self.time_ns,
            origin=self.origin,
            network=self.network,
            serving=tuple(self._serving(technology) for technology in self.cells),
            moved=self._placed(),
            measured=tuple(self.measured.values()),
            loaded=self.loaded,
            off=tuple(sorted(self.off)),
            bearers=tuple(self._overlay()),
        )

    def access_points(self) -> Rows:
        """Return for each device the cell that says most of where it is, or NOBODY."""
        found = np.full(self.network.size, NOBODY, dtype=np.int32)
        for technology in reversed(NEAREST_FIRST):
            serving = self.cells[technology]
            np.copyto(found, serving, where=serving != NOBODY)
        return found

    def devices_of_cell(self, cell: int) -> Rows:
        """Return the rows of the devices that the cell serves."""
        serving = self.cells[self.network.cells[cell].technology]
        return np.flatnonzero(serving == cell).astype(np.int32)

    def devices_of_zone(self, zone: str) -> Rows:
        """Return the rows of the devices whose access point is of the zone; each is in one."""
        cells = [row for row, cell in enumerate(self.network.cells) if cell.zone == zone]
        return np.flatnonzero(np.isin(self.access_points(), cells)).astype(np.int32)

    def access_point(self, device: int) -> int | None:
        """Return the cell that says most of where the device is; None where nothing serves it."""
        found = (int(self.cells[technology][device]) for technology in NEAREST_FIRST)
        return next((cell for cell in found if cell != NOBODY), None)

    def zone_of(self, device: int) -> str | None:
        """Return the zone that the device is in; None where nothing serves it."""
        cell = self.access_point(device)
        return None if cell is None else self.network.cells[cell].zone

    def bearers(self, device: int) -> tuple[Bearer, ...]:
        """Return the device's bearers, by id."""
        if not self._is_served(device):
            return ()
        group = self._group_bearers(device)
        found: dict[int, Bearer | None] = {bearer.id: bearer for bearer in group}
        found |= self._changed.get(device, {})
        return tuple(found[key] for key in sorted(found) if found[key] is not None)  # type: ignore[misc]

    def exceptions(self) -> Iterator[tuple[int, tuple[Bearer, ...]]]:
        """Yield each device that has other bearers than its group, and what it has."""
        for device in sorted(self._changed):
            yield device, self.bearers(device)

    def _group_bearers(self, device: int) -> tuple[Bearer, ...]:
        for group in self.network.groups:
            if group.first <= device < group.first + group.count:
                return group.bearers
        return ()

    def _is_served(self, device: int) -> bool:
        return any(self.cells[technology][device] != NOBODY for technology in _CELLULAR)

    def _lay_out(self) -> None:
        size = self.network.size
        self.cells = {each: np.full(size, NOBODY, dtype=np.int32) for each in Technology}
        """What serves each device, by technology."""
        self._of_cell = [self.cells[cell.technology] for cell in self.network.cells]
        self.latitude = np.full(size, np.nan)
        self.longitude = np.full(size, np.nan)
        self.altitude_m = np.full(size, np.nan, dtype=np.float32)
        self.speed_mps = np.full(size, np.nan, dtype=np.float32)
        self.heading_deg = np.full(size, np.nan, dtype=np.float32)

    def _note(self, event: Event) -> None:
        match event:
            case HandedOver():  # far more of these than of all others
                if event.stage is Stage.COMPLETED:
                    self._of_cell[event.target][event.device] = event.target
            case Attached() | Associated():
                self._of_cell[event.cell][event.device] = event.cell
            case Detached() | Disassociated():
                self._leave(event.device, event.cell)
            case BearerEstablished() | BearerModified():
                self._bear(event.device, event.bearer.id, event.bearer)
            case BearerReleased():
                self._bear(event.device, event.bearer.id, None)
            case CellChanged():
                (self.off.discard if event.on else self.off.add)(event.cell)
            case Enrolled():
                self._enrol(event)

    def _leave(self, device: int, cell: int) -> None:
        serving = self._of_cell[cell]
        if serving[device] == cell:
            serving[device] = NOBODY
        if not self._is_served(device):
            self._changed.pop(device, None)

    def _bear(self, device: int, key: int, bearer: Bearer | None) -> None:
        """Remember a bearer where it is not what the device's group has anyway."""
        changed = self._changed.setdefault(device, {})
        usual = {each.id: each for each in self._group_bearers(device)}
        if usual.get(key) == bearer:
            changed.pop(key, None)
        else:
            changed[key] = bearer
        if not changed:
            del self._changed[device]

    def _enrol(self, event: Enrolled) -> None:
        before = self.snapshot()
        groups = (*self.network.groups, event.group)
        network = Network(
            operators=self.network.operators,
            zones=self.network.zones,
            cells=self.network.cells,
            groups=groups,
        )
        kept = self._changed
        self.network = network
        self._lay_out()
        for serving in before.serving:
            self.cells[serving.technology][serving.devices] = serving.cells
        if before.moved is not None:
            self._move(before.moved)
        self._changed = kept

    def _move(self, moved: Moved) -> None:
        for name in ("latitude", "longitude", "altitude_m", "speed_mps", "heading_deg"):
            getattr(self, name)[moved.devices] = getattr(moved, name)

    def _serving(self, technology: Technology) -> Serving:
        rows = np.flatnonzero(self.cells[technology] != NOBODY).astype(np.int32)
        return Serving(technology=technology, devices=rows, cells=self.cells[technology][rows])

    def _placed(self) -> Moved | None:
        rows = np.flatnonzero(~np.isnan(self.latitude)).astype(np.int32)
        if not len(rows):
            return None
        return Moved(
            devices=rows,
            latitude=self.latitude[rows],
            longitude=self.longitude[rows],
            altitude_m=self.altitude_m[rows],
            speed_mps=self.speed_mps[rows],
            heading_deg=self.heading_deg[rows],
        )

    def _overlay(self) -> list[BearerEstablished | BearerReleased]:
        found: list[BearerEstablished | BearerReleased] = []
        for device, changed in sorted(self._changed.items()):
            cell = self._cellular(device)
            usual = {each.id: each for each in self._group_bearers(device)}
            for key, bearer in sorted(changed.items()):
                if bearer is not None:
                    found.append(BearerEstablished(device=device, cell=cell, bearer=bearer))
                else:
                    found.append(BearerReleased(device=device, cell=cell, bearer=usual[key]))
        return found

    def _cellular(self, device: int) -> int:
        found = (int(self.cells[technology][device]) for technology in _CELLULAR)
        return next((cell for cell in found if cell != NOBODY), NOBODY)


class AccessNetwork(Source, Protocol):
    """A source whose present is kept at hand: what a platform's services know of the network."""

    @property
    def picture(self) -> Picture:
        """The present. It is ahead of a reader that has not read all yet."""
        ...
