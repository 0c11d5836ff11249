"""The sagas that terminate and operate: the host's operation begun, followed, and written down.

They only go forward: what a host has ended is not begun again, but a retry takes up the rest.
Ref: MEC 010-2 clauses 5.3.2, 5.3.3.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec

from wayside.chassis.saga import Saga, Step
from wayside.core.errors import NotFound, Problem
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Accepted
from wayside.core.wire import Wire
from wayside.model.app_lcm import (
    LcmOperation,
    OperateAppRequest,
    OperationalState,
    TerminateAppRequest,
)

from .books import Books
from .follow import Follower
from .placing import Placer
from .topology import Host, Topology


class Ending(Wire):
    """What the saga knows so far; one of the requests is given."""

    op_occ_id: str
    app_instance_id: str
    terminate: TerminateAppRequest | None = None
    operate: OperateAppRequest | None = None
    host_op_occ_id: AppLcmOpOccId | None = None
    """None also where the host has nothing of the instance any more."""


class Ends:
    """The steps of termination and of operating."""

    def __init__(
        self, books: Books, topology: Topology, *, placer: Placer, follower: Follower
    ) -> None:
        self._books = books
        self._topology = topology
        self._placer = placer
        self._follower = follower

    def terminate(self) -> Saga[Ending]:
        """Return the saga that leaves nothing on the host."""
        steps = (
            Step("terminate", self._terminate),
            Step("follow", self._follow_out),
            Step("delete", self._delete),
            Step("release", self._release),
        )
        return Saga("terminate", Ending, steps, self._terminated)

    def operate(self) -> Saga[Ending]:
        """Return the saga that starts or stops."""
        steps = (Step("operate", self._operate), Step("follow", self._follow))
        return Saga("operate", Ending, steps, self._operated)

    async def _terminate(self, at: Ending) -> Ending:
        if not self._placed(at):  # A retry: the host was done before it was given up.
            return at
        request = at.terminate
        assert request is not None
        with suppress(NotFound):  # The host, or what it had, is gone: there is nothing to end.
            host, id_ = self._where(at)
            return await self._begin(
                at,
                LcmOperation.TERMINATE,
                lambda: host.mm3.terminate_app_instance(id_, request),
            )
        return at

    async def _operate(self, at: Ending) -> Ending:
        host, id_ = self._where(at)
        request = at.operate
        assert request is not None
        return await self._begin(
            at, LcmOperation.OPERATE, lambda: host.mm3.operate_app_instance(id_, request)
        )

    async def _begin(
        self, at: Ending, operation: LcmOperation, begin: Callable[[], Awaitable[Accepted[Any]]]
    ) -> Ending:
        host, id_ = self._where(at)
        op_occ_id = await self._follower.begin(host, id_, operation, begin)
        return msgspec.structs.replace(at, host_op_occ_id=op_occ_id)

    async def _follow(self, at: Ending) -> Ending:
        if at.host_op_occ_id is not None:
            host, id_ = self._where(at)
            await self._follower.end_of(host, id_, at.host_op_occ_id)
        return at

    async def _follow_out(self, at: Ending) -> Ending:
        with suppress(NotFound):  # As above: it went meanwhile.
            await self._follow(at)
        return at

    async def _delete(self, at: Ending) -> Ending:
        with suppress(NotFound):
            host, id_ = self._where(at)
            await host.mm3.delete_app_instance(id_)
        return at

    async def _release(self, at: Ending) -> Ending:
        await self._placer.release(at.app_instance_id)
        return at

    async def _terminated(self, at: Ending, problem: Problem | None) -> None:
        state = None if problem is None else await self._shown(at)
        if state is None and problem is not None:
            with suppress(Problem):  # What is left is a name without resources.
                await self._delete(at)
        await self._books.end(at.op_occ_id, problem, state=state)

    async def _operated(self, at: Ending, problem: Problem | None) -> None:
        assert at.operate is not None
        state = at.operate.change_state_to if problem is None else await self._shown(at)
        await self._books.end(at.op_occ_id, problem, state=state)

    async def _shown(self, at: Ending) -> OperationalState | None:
        """Return the state that the host shows; as it was known, where the host does not say."""
        known = self._books.instances.get(at.app_instance_id).value.operational_state
        with suppress(Problem):
            host, id_ = self._where(at)
            with suppress(NotFound):
                return (await host.mm3.get_app_instance(id_)).value.operational_state
            return None
        return known

    def _placed(self, at: Ending) -> bool:
        return self._books.placements.find(at.app_instance_id) is not None

    def _where(self, at: Ending) -> tuple[Host, AppInstanceId]:
        placed = self._books.placements.get(at.app_instance_id).value
        return self._topology.get(placed.host_id), AppInstanceId(placed.host_instance_id)
