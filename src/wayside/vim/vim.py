"""The VIM as an element: keeps the records, grants room, and has drivers do the rest.

Never runs anything itself, and never forgets a workload before all of it is given back.
Ref: MEC 003 clause 6.2.2.3 and clause 7.1 (Mm4, Mm6).
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.linux import processes
from wayside.linux.processes import Process
from wayside.refpoints.mm4 import Amount, Capacity, Form
from wayside.refpoints.mm6 import Interface, WhenEnded, WorkloadRequest, WorkloadState

from . import logs
from .drivers.driver import Box, Container, Driver, Part, Running
from .images import ImageCache, digest_of
from .networks import Pool
from .workload import HeldContainer, Workload, allocated, require_room

USABLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Identifiers become names of folders."""
FORMS = (Form.CONTAINER,)
"""What every driver here runs."""


@dataclass(frozen=True)
class VimSettings:
    """What a host gives to applications, and where it keeps what belongs to them."""

    total: Amount
    """In all; the sum of the allocated amounts never exceeds it."""
    pool: Pool
    """The addresses of instances and their gateway."""
    folder: Path
    """Images, data and logs of instances lie below."""


class Vim:
    """Implements Mm6; what Mm4 shows is served by ``VimView``. Call ``open`` before the rest."""

    def __init__(
        self, settings: VimSettings, driver: Driver, *, store: Store, nursery: Nursery, clock: Clock
    ) -> None:
        self._settings = settings
        self._driver = driver
        self._nursery = nursery
        self._clock = clock
        self._records = Collection(store, "workload", Workload, what="workload")
        self._images = ImageCache(settings.folder / "images")
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._admission = asyncio.Lock()
        self._last_number = 0
        self._when_ended: WhenEnded | None = None

    async def open(self) -> None:
        """Make the host ready, find the workloads again, and note which ended meanwhile."""
        await self._driver.open()
        for record in self.workloads():
            running = _running(record)
            if running is not None and self._driver.alive(running):
                self._follow(record.app_instance_id, running)
            elif record.wanted and not record.ended:
                await self._driver.stop(self._box(record), running, 0.0)
                await self._note_end(record.app_instance_id, None)
        await self._images.sweep(self._used())
        self._nursery.start(
            logs.keep_bounded(self._settings.folder / "workloads", self._clock), name="logs"
        )

    async def allocate(self, wanted: WorkloadRequest) -> tuple[Interface, ...]:
        """Reserve, unpack, make the network. Conflict names what is short; nothing is left then."""
        id_ = wanted.app_instance_id
        if not USABLE_ID.fullmatch(id_):
            raise Unprocessable(
                f"appInstanceId {id_!r}: use 1 to 64 letters, digits, dots, dashes, underscores.",
                field="appInstanceId",
            )
        held = await asyncio.to_thread(_held, wanted)
        async with self._lock(id_):
            entry = self._records.find(id_)
            record = entry.value if entry else await self._reserve(wanted, held)
            if (record.amount, record.containers) != (wanted.amount, held):
                raise Conflict(f"Workload {id_} has other resources already. Release it first.")
            if not record.device:
                record = await self._equip(record, wanted)
            gateway = str(self._settings.pool.gateway)
            return (Interface(address=record.address, device=record.device, gateway=gateway),)

    async def start(self, app_instance_id: AppInstanceId, environment: Mapping[str, str]) -> None:
        """Run the workload; durable on return. Nothing to do where it runs already."""
        async with self._lock(app_instance_id):
            record = self._records.get(app_instance_id).value
            if not record.device:
                raise Conflict(f"Workload {app_instance_id} is not allocated yet. Allocate first.")
            if self.state(app_instance_id) is WorkloadState.RUNNING:
                return
            box = self._box(record)
            running = await self._driver.start(box, environment)
            try:
                await self._change(
                    record,
                    wanted=True,
                    processes=_texts(part.process for part in running.parts),
                    monitors=_texts(part.monitor for part in running.parts),
                    ended=False,
                    exit_status=None,
                )
            except BaseException:
                # What is not on record would run unseen.
                await self._driver.stop(box, running, 0.0)
                raise
            self._follow(app_instance_id, running)

    async def stop(self, app_instance_id: AppInstanceId, grace_s: float) -> None:
        """End the workload and all its processes; nothing to do where none runs."""
        async with self._lock(app_instance_id):
            if (entry := self._records.find(app_instance_id)) is None:
                return
            record = entry.value
            # First of all it is no longer wanted: its end is then nobody's surprise.
            record = await self._change(record, wanted=False, ended=False)
            await self._driver.stop(self._box(record), _running(record), grace_s)
            await self._change(record, processes=(), monitors=())

    async def release(self, app_instance_id: AppInstanceId) -> None:
        """Give everything back and forget the workload. Nothing to do if absent."""
        async with self._lock(app_instance_id):
            if (entry := self._records.find(app_instance_id)) is None:
                return
            record = await self._change(entry.value, wanted=False, ended=False)
            box = self._box(record)
            await self._driver.stop(box, _running(record), 0.0)
            await self._driver.release(box)
            await self._forget(app_instance_id)

    async def halt(self, grace_s: float) -> None:
        """End every running workload, all at once; each stays wanted, and is run again later.

        For the end of a whole host: whoever watches is not told until the next start.
        """
        self._when_ended = None
        await asyncio.gather(
            *(self._halt(record, grace_s) for record in self.workloads() if _running(record))
        )

    async def _halt(self, record: Workload, grace_s: float) -> None:
        await self._driver.stop(self._box(record), _running(record), grace_s)

    def state(self, app_instance_id: AppInstanceId) -> WorkloadState:
        """Return what the workload does now, as its process really is."""
        if (entry := self._records.find(app_instance_id)) is None:
            return WorkloadState.ABSENT
        running = _running(entry.value)
        if running is not None and self._driver.alive(running):
            return WorkloadState.RUNNING
        gone = entry.value.wanted or entry.value.ended
        return WorkloadState.EXITED if gone else WorkloadState.ALLOCATED

    def watch(self, when_ended: WhenEnded) -> None:
        """Report ends from now on, and soon those that are on record. At least once each."""
        self._when_ended = when_ended
        loop = asyncio.get_running_loop()
        for record in self.workloads():
            if record.ended:
                loop.call_soon(when_ended, record.app_instance_id, record.exit_status)

    def capacity(self) -> Capacity:
        """Return what the host has, and what of it is allocated."""
        return Capacity(
            total=self._settings.total,
            allocated=allocated(self.workloads()),
            app_instances=tuple(each.app_instance_id for each in self.workloads()),
            drivers=(self._driver.name,),
            forms=FORMS,
            simulated=self._driver.simulated,
        )

    def workloads(self) -> Sequence[Workload]:
        """Return all records, oldest first."""
        return [entry.value for entry in self._records.list()]

    def workload(self, app_instance_id: AppInstanceId) -> Workload:
        """Return one record; raises NotFound."""
        return self._records.get(app_instance_id).value

    @property
    def limits(self) -> str:
        """A sentence: which bounds hold for workloads here, and how."""
        return self._driver.limits

    def log_of(self, app_instance_id: AppInstanceId) -> Path:
        """Return the file that holds what the workload wrote; raises NotFound."""
        return self._box(self.workload(app_instance_id)).log

    async def _reserve(self, wanted: WorkloadRequest, held: tuple[HeldContainer, ...]) -> Workload:
        """Keep a record that holds room and an address, before anything is made."""
        async with self._admission:
            present = self.workloads()
            require_room(wanted.amount, self._settings.total, allocated(present))
            pool = self._settings.pool
            number = pool.take({record.number for record in present}, self._last_number)
            record = Workload(
                app_instance_id=wanted.app_instance_id,
                amount=wanted.amount,
                containers=held,
                number=number,
                address=str(pool.address(number)),
            )
            await self._records.create(wanted.app_instance_id, record)
            self._last_number = number
            return record

    async def _equip(self, record: Workload, wanted: WorkloadRequest) -> Workload:
        """Make files and network; on failure take all of it back, the record too."""
        box = self._box(record)
        try:
            for held, asked in zip(record.containers, wanted.containers, strict=True):
                await self._images.add(asked.image, held.image)
            await self._driver.prepare(box)
            interface = await self._driver.attach(box)
            return await self._change(record, device=interface.device)
        except BaseException:
            await self._driver.release(box)
            await self._forget(record.app_instance_id)
            raise

    async def _forget(self, app_instance_id: AppInstanceId) -> None:
        await self._records.delete(app_instance_id)
        await self._images.sweep(self._used())

    async def _change(self, record: Workload, **fields: object) -> Workload:
        changed = msgspec.structs.replace(record, **fields)
        return (await self._records.replace(record.app_instance_id, changed)).value

    def _follow(self, app_instance_id: AppInstanceId, running: Running) -> None:
        work = self._await_end(app_instance_id, running)
        self._nursery.start(work, name=f"workload {app_instance_id}")

    async def _await_end(self, app_instance_id: AppInstanceId, running: Running) -> None:
        box = self._box(self.workload(app_instance_id))
        status = await self._driver.ended(box, running)
        async with self._lock(app_instance_id):
            entry = self._records.find(app_instance_id)
            if entry and entry.value.wanted and _running(entry.value) == running:
                await self._note_end(app_instance_id, status)

    async def _note_end(self, app_instance_id: AppInstanceId, status: int | None) -> None:
        record = self._records.get(app_instance_id).value
        await self._change(record, ended=True, exit_status=status, processes=(), monitors=())
        if self._when_ended is not None:
            self._when_ended(app_instance_id, status)

    def _box(self, record: Workload) -> Box:
        return Box(
            app_instance_id=record.app_instance_id,
            amount=record.amount,
            containers=tuple(
                Container(held.name, self._images.get(held.image), held.amount)
                for held in record.containers
            ),
            number=record.number,
            address=record.address,
            folder=self._settings.folder / "workloads" / record.app_instance_id,
        )

    def _used(self) -> set[str]:
        return {each.image for record in self.workloads() for each in record.containers}

    def _lock(self, app_instance_id: AppInstanceId) -> asyncio.Lock:
        return self._locks.setdefault(app_instance_id, asyncio.Lock())


def _running(record: Workload) -> Running | None:
    """Return what the record says is running; None for nothing."""
    pairs = zip(record.processes, record.monitors, strict=True)
    parts = tuple(Part(processes.parse(one), processes.parse(other)) for one, other in pairs)
    return Running(parts) if parts else None


def _texts(found: Iterable[Process]) -> tuple[str, ...]:
    return tuple(map(str, found))


def _held(wanted: WorkloadRequest) -> tuple[HeldContainer, ...]:
    """Return the containers as they are kept: each image by its digest. Reads the archives."""
    return tuple(
        HeldContainer(name=each.name, image=digest_of(each.image), amount=each.amount)
        for each in wanted.containers
    )
