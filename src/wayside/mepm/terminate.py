"""The sagas that end: terminate, which gives everything back, and stop, which keeps resources.

They only go forward: what has ended is not begun again, but a retry takes up the rest.
Ref: MEC 010-2 clauses 5.3.2, 5.3.3; MEC 011 clause 5.2.3.
"""

from wayside.chassis.saga import Saga, Step
from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.app_lcm import OperationalState
from wayside.refpoints.mm5 import OperationAction
from wayside.refpoints.mm6 import WorkloadState

from .books import Books
from .hands import Hands, ManagerSettings
from .supervise import Supervisor
from .waiting import Died, Waits


class Ending(Wire):
    """What the saga knows. ``grace_s`` None: the application is not told."""

    op_occ_id: str
    app_instance_id: AppInstanceId
    grace_s: float | None = None


class Ends:
    """The steps of termination and of stopping."""

    def __init__(
        self, books: Books, hands: Hands, *, settings: ManagerSettings, waits: Waits,
        supervisor: Supervisor,
    ) -> None:  # fmt: skip
        self._books = books
        self._hands = hands
        self._settings = settings
        self._waits = waits
        self._supervisor = supervisor

    def terminate(self) -> Saga[Ending]:
        """Return the saga that leaves nothing."""
        steps = (
            Step("leave", self._leave),
            Step("end", self._end_terminating),
            Step("stop", self._stop),
            Step("remove", self._remove),
            Step("release", self._release),
        )
        return Saga("terminate", Ending, steps, self._terminated)

    def stop(self) -> Saga[Ending]:
        """Return the saga that keeps the instance's resources."""
        steps = (
            Step("leave", self._leave),
            Step("end", self._end_stopping),
            Step("stop", self._stop),
        )
        return Saga("stop", Ending, steps, self._stopped)

    async def _leave(self, at: Ending) -> Ending:
        """From here on nobody starts the instance again."""
        await self._books.workloads.modify(at.app_instance_id, lambda held: held.to_run(False))
        await self._supervisor.leave(at.app_instance_id)
        return at

    async def _end_terminating(self, at: Ending) -> Ending:
        return await self._end(at, OperationAction.TERMINATING)

    async def _end_stopping(self, at: Ending) -> Ending:
        return await self._end(at, OperationAction.STOPPING)

    async def _end(self, at: Ending, action: OperationAction) -> Ending:
        id_ = at.app_instance_id
        runs = self._hands.vim.state(id_) is WorkloadState.RUNNING
        grace_s = at.grace_s if runs else None
        try:
            await self._waits.run(id_, self._hands.mep.end(id_, action, grace_s))
        except Died:  # as it was told to, while the platform still withdrew it: nobody to wait for
            await self._hands.mep.end(id_, action, None)
        return at

    async def _stop(self, at: Ending) -> Ending:
        grace_s = 0.0 if at.grace_s is None else self._settings.stop_grace_s
        await self._hands.vim.stop(at.app_instance_id, grace_s)
        return at

    async def _remove(self, at: Ending) -> Ending:
        await self._hands.mep.remove(at.app_instance_id)
        return at

    async def _release(self, at: Ending) -> Ending:
        await self._hands.vim.release(at.app_instance_id)
        return at

    async def _terminated(self, at: Ending, problem: Problem | None) -> None:
        if problem is not None:
            await self._broken_off(at, problem)
            return
        await self._books.end(at.op_occ_id, None, state=None, workload=None)

    async def _stopped(self, at: Ending, problem: Problem | None) -> None:
        if problem is not None:
            await self._broken_off(at, problem)
            return
        workload = self._books.workloads.get(at.app_instance_id).value
        await self._books.end(at.op_occ_id, None, state=OperationalState.STOPPED, workload=workload)

    async def _broken_off(self, at: Ending, problem: Problem) -> None:
        """Show the instance as it really is now; a retry, or another operation, goes on."""
        if self._books.occurrences.closed(at.op_occ_id):
            return
        runs = self._hands.vim.state(at.app_instance_id) is WorkloadState.RUNNING
        state = OperationalState.STARTED if runs else OperationalState.STOPPED
        workload = self._books.workloads.get(at.app_instance_id).value
        await self._books.end(at.op_occ_id, problem, state=state, workload=workload)
