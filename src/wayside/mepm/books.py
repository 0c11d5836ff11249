"""What a manager remembers: instances, their workloads and the operations on them.

Never runs anything: sagas and the supervisor do.
"""

from typing import Any

from wayside.chassis.collection import Collection
from wayside.chassis.occurrences import Occurrences
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.model.app_lcm import AppInstanceInfo, OperationalState

from .packages import PackageCache
from .workload import Workload


class Books:
    """The manager's state, all in one store so that what belongs together changes together."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.occurrences = Occurrences(store, clock)
        self.instances = Collection(
            store, "app_instances", AppInstanceInfo, what="application instance"
        )
        self.workloads = Collection(store, "workloads", Workload, what="workload")

    async def end(
        self,
        op_occ_id: str,
        problem: Problem | None,
        *,
        state: OperationalState | None,
        workload: Workload | None,
    ) -> None:
        """Close the operation; the instance is then in ``state`` and has ``workload``, or none.

        All of it is durable together. Nothing changes where the operation is closed already.
        """
        if self.occurrences.closed(op_occ_id):
            return
        id_ = self.occurrences.entries.get(op_occ_id).value.app_instance_id
        await self.store.commit(
            self.occurrences.ending(op_occ_id, problem),
            self.instances.modification(id_, lambda held: _placed(held, state, workload)),
            *self._workload(id_, workload),
        )

    async def keep(self, workload: Workload) -> None:
        """Keep a workload that came to other addresses, and show its instance there."""
        id_ = workload.app_instance_id
        await self.store.commit(
            self.workloads.replacement(id_, workload),
            self.instances.modification(id_, lambda held: held.reached_at(workload.addresses)),
        )

    def prune(self, packages: PackageCache) -> None:
        """Have the cache forget packages that no instance is made of, unless one is being made."""
        open_ones = [e for e in self.instances.list() if self.occurrences.open_on(e.id)]
        if not open_ones:
            packages.prune({entry.value.digest for entry in self.workloads.list()})

    def _workload(self, id: str, workload: Workload | None) -> list[Wish[Any]]:
        held = self.workloads.find(id)
        if workload is not None:
            wish = self.workloads.replacement if held else self.workloads.creation
            return [wish(id, workload)]
        return [self.workloads.deletion(id)] if held else []


def _placed(
    info: AppInstanceInfo, state: OperationalState | None, workload: Workload | None
) -> AppInstanceInfo:
    addresses = () if workload is None else workload.addresses
    return info.moved(state).reached_at(addresses)
