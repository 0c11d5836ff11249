"""Twins of a host's platform and VIM: they do what the contracts say, and remember it.

They outlive the manager, as the real ones' effects outlive its process.
"""

import asyncio
from collections.abc import Mapping

from wayside.core.clock import Clock
from wayside.core.errors import Conflict, Problem
from wayside.core.ids import AppInstanceId
from wayside.refpoints.mm4 import Amount, Capacity, Mm4
from wayside.refpoints.mm5 import Confirmation, OperationAction, PlatformConfiguration
from wayside.refpoints.mm6 import Interface, WhenEnded, WorkloadRequest, WorkloadState

TOTAL = Amount(cpu_milli=4000, memory_bytes=4 << 30, storage_bytes=40 << 30)


class PlatformTwin:
    """A platform (Mm5) whose applications confirm at once, unless told otherwise."""

    def __init__(self, log: list[str], clock: Clock) -> None:
        self.log = log
        self.clock = clock
        self.configured: dict[str, PlatformConfiguration] = {}
        self.in_force: set[str] = set()
        self.confirms = True
        """Whether instances confirm that they are ready; False: they never do."""
        self.refuses: Problem | None = None
        self.breaks_off: Problem | None = None
        """Where set, ``configure`` does its work and then fails with it."""
        self.fails_to_remove: Problem | None = None
        self.grace: list[tuple[str, float | None]] = []
        self.hold: asyncio.Event | None = None
        """Where set, ``end`` waits for it."""

    async def configure(self, wanted: PlatformConfiguration) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.log.append(f"configure {wanted.app_instance_id}")
        self.configured[wanted.app_instance_id] = wanted
        if self.breaks_off is not None:
            raise self.breaks_off

    async def wait_ready(self, app_instance_id: AppInstanceId, timeout_s: float) -> bool:
        self.log.append(f"wait {app_instance_id}")
        if not self.confirms:
            await self.clock.sleep(timeout_s)
            return False
        assert app_instance_id in self.configured
        self.in_force.add(app_instance_id)
        return True

    async def end(
        self, app_instance_id: AppInstanceId, action: OperationAction, grace_s: float | None
    ) -> Confirmation:
        self.grace.append((action, grace_s))
        if self.hold is not None:
            await self.hold.wait()
        self.log.append(f"end {app_instance_id}")
        self.in_force.discard(app_instance_id)
        return Confirmation.NOT_SUBSCRIBED if grace_s is None else Confirmation.CONFIRMED

    async def suspend(self, app_instance_id: AppInstanceId) -> None:
        self.log.append(f"suspend {app_instance_id}")
        self.in_force.discard(app_instance_id)

    async def remove(self, app_instance_id: AppInstanceId) -> None:
        if self.fails_to_remove is not None:
            raise self.fails_to_remove
        self.log.append(f"remove {app_instance_id}")
        self.configured.pop(app_instance_id, None)
        self.in_force.discard(app_instance_id)


class VimTwin(Mm4):
    """A VIM (Mm6 and Mm4) whose workloads run as long as nobody says ``die``."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.total = TOTAL
        self.amounts: dict[str, Amount] = {}
        self.states: dict[str, WorkloadState] = {}
        self.environments: dict[str, Mapping[str, str]] = {}
        self.images: dict[str, bytes] = {}
        self.dies_at_start = 0
        """How many starts end at once by themselves."""
        self.fails_to_stop: Problem | None = None
        self.when_ended: WhenEnded | None = None
        self.next_address = 2
        self.silent: Problem | None = None
        """Where set, it does not tell its capacity."""
        self.holds_capacity: asyncio.Event | None = None
        """Where set, whoever asks for the capacity waits for it."""

    async def get_capacity(self) -> Capacity:
        """What the host has, and what is allocated."""
        if self.silent is not None:
            raise self.silent
        if self.holds_capacity is not None:
            await self.holds_capacity.wait()
        held = self.amounts.values()
        allocated = Amount(
            cpu_milli=sum(each.cpu_milli for each in held),
            memory_bytes=sum(each.memory_bytes for each in held),
            storage_bytes=sum(each.storage_bytes for each in held),
        )
        return Capacity(
            total=self.total,
            allocated=allocated,
            drivers=("twin",),
            app_instances=tuple(self.amounts),
        )

    async def allocate(self, wanted: WorkloadRequest) -> tuple[Interface, ...]:
        id_ = wanted.app_instance_id
        taken = (await self.get_capacity()).allocated.cpu_milli
        if id_ not in self.amounts and wanted.amount.cpu_milli + taken > self.total.cpu_milli:
            raise Conflict(f"CPU is short: {wanted.amount.cpu_milli} asked for.")
        self.log.append(f"allocate {id_}")
        self.images[id_] = b"".join(each.image.read_bytes() for each in wanted.containers)
        if id_ not in self.amounts:
            self.amounts[id_] = wanted.amount
            self.states[id_] = WorkloadState.ALLOCATED
        return (Interface(address=f"10.60.1.{self.next_address}/32", device=f"veth-{id_}"),)

    async def start(self, app_instance_id: AppInstanceId, environment: Mapping[str, str]) -> None:
        assert app_instance_id in self.amounts, "started before it was allocated"
        self.log.append(f"start {app_instance_id}")
        self.environments[app_instance_id] = environment
        self.states[app_instance_id] = WorkloadState.RUNNING
        if self.dies_at_start:
            self.dies_at_start -= 1
            self.die(app_instance_id, 3)

    async def stop(self, app_instance_id: AppInstanceId, grace_s: float) -> None:
        if self.fails_to_stop is not None:
            raise self.fails_to_stop
        self.log.append(f"stop {app_instance_id} {grace_s:g}")
        if self.states.get(app_instance_id) is WorkloadState.RUNNING:
            self.states[app_instance_id] = WorkloadState.EXITED

    async def release(self, app_instance_id: AppInstanceId) -> None:
        self.log.append(f"release {app_instance_id}")
        self.forget(app_instance_id)

    def state(self, app_instance_id: AppInstanceId) -> WorkloadState:
        return self.states.get(app_instance_id, WorkloadState.ABSENT)

    def watch(self, when_ended: WhenEnded) -> None:
        self.when_ended = when_ended

    def die(self, app_instance_id: str, status: int | None = 1) -> None:
        """The workload ends by itself."""
        self.states[app_instance_id] = WorkloadState.EXITED
        if self.when_ended is not None:
            self.when_ended(AppInstanceId(app_instance_id), status)

    def forget(self, app_instance_id: str) -> None:
        """Nothing of the workload is left, as after a reboot."""
        for held in (self.amounts, self.states, self.environments, self.images):
            held.pop(app_instance_id, None)

    @property
    def empty(self) -> bool:
        """Whether nothing of any workload is left."""
        return not (self.amounts or self.states or self.environments or self.images)


class HostTwin:
    """The parts of a host that are not its manager."""

    def __init__(self, clock: Clock) -> None:
        self.log: list[str] = []
        self.mep = PlatformTwin(self.log, clock)
        self.vim = VimTwin(self.log)

    @property
    def empty(self) -> bool:
        """Whether nothing of any instance is left."""
        return self.vim.empty and not self.mep.configured and not self.mep.in_force
