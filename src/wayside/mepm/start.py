"""The saga that starts an instance again after a stop. Ref: MEC 010-2 clause 5.3.3.

Unwound, the instance is stopped as before.
"""

from wayside.chassis.saga import Saga, Step
from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.app_lcm import OperationalState
from wayside.refpoints.mm5 import OperationAction

from .books import Books
from .hands import Hands
from .runs import Runs
from .supervise import Supervisor
from .waiting import Readiness


class Starting(Wire):
    """What the saga knows."""

    op_occ_id: str
    app_instance_id: AppInstanceId


class Start:
    """The steps of starting again after a stop."""

    def __init__(
        self, books: Books, hands: Hands, *, runs: Runs, ready: Readiness, supervisor: Supervisor
    ) -> None:
        self._books = books
        self._hands = hands
        self._runs = runs
        self._ready = ready
        self._supervisor = supervisor

    def saga(self) -> Saga[Starting]:
        """Return the saga."""
        steps = (
            Step("start", self._start, self._stop),
            Step("wait_ready", self._wait_ready, self._end),
        )
        return Saga("start", Starting, steps, self._finished)

    async def _start(self, at: Starting) -> Starting:
        await self._runs.start(at.app_instance_id)
        return at

    async def _stop(self, at: Starting) -> Starting:
        await self._hands.vim.stop(at.app_instance_id, 0.0)
        return at

    async def _wait_ready(self, at: Starting) -> Starting:
        await self._ready.wait(at.app_instance_id)
        return at

    async def _end(self, at: Starting) -> Starting:
        await self._hands.mep.end(at.app_instance_id, OperationAction.STOPPING, None)
        return at

    async def _finished(self, at: Starting, problem: Problem | None) -> None:
        if self._books.occurrences.closed(at.op_occ_id):
            return
        good = problem is None
        workload = self._books.workloads.get(at.app_instance_id).value.to_run(good)
        state = OperationalState.STARTED if good else OperationalState.STOPPED
        await self._books.end(at.op_occ_id, problem, state=state, workload=workload)
        if good:
            self._supervisor.keep(at.app_instance_id)
