"""Long waits on an instance that something can cut short: it died, or the wait was cancelled.

Never decides what to do then: whoever waits gets the problem.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from wayside.core.errors import GatewayTimeout, Problem, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.refpoints.mm5 import Mm5
from wayside.refpoints.mm6 import Mm6, WorkloadState

R = TypeVar("R")


class Died(Unprocessable):
    """The instance ended by itself while somebody waited for it."""


class Waits:
    """One wait per instance at most; ``interrupt`` ends it with a problem."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._cut: dict[AppInstanceId, asyncio.Future[None]] = {}
        self._statuses: dict[AppInstanceId, int | None] = {}

    def ended(self, id: AppInstanceId, status: int | None) -> None:
        """Know that the instance ended by itself; its wait, if there is one, ends with that."""
        self._statuses[id] = status
        self.interrupt(id, self.end_of(id))

    def end_of(self, id: AppInstanceId) -> Problem:
        """Return the problem of an instance that ended by itself, with its status where known."""
        status = self._statuses.get(id)
        told = "" if status is None else f" with status {status}"
        return Died(f"The instance {id} ended by itself{told} before it was ready.")

    def forget(self, id: AppInstanceId) -> None:
        """Forget how the instance ended: it is started anew, or gone."""
        self._statuses.pop(id, None)

    def interrupt(self, id: AppInstanceId, problem: Problem) -> None:
        """End the wait on the instance, if there is one, with ``problem``."""
        cut = self._cut.get(id)
        if cut is not None and not cut.done():
            cut.set_exception(problem)

    async def run(self, id: AppInstanceId, work: Coroutine[Any, Any, R]) -> R:
        """Return what ``work`` returns; raise what it raises, or the interrupting problem."""
        cut: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._cut[id] = cut
        task = self._nursery.start(_outcome(work), name=f"wait on {id}")
        try:
            await asyncio.wait({task, cut}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                cut.result()
            outcome, problem = task.result()
            if problem is not None:
                raise problem
            return cast(R, outcome)
        finally:
            del self._cut[id]
            cut.cancel()
            if cut.done() and not cut.cancelled():
                cut.exception()
            task.cancel()
            await asyncio.wait({task})


async def _outcome(work: Coroutine[Any, Any, R]) -> tuple[R | None, Problem | None]:
    """Return what the work returned or its problem, which the waiter raises instead of the task."""
    try:
        return await work, None
    except Problem as problem:
        return None, problem


class Readiness:
    """Waits until an instance has confirmed that it runs."""

    def __init__(self, mep: Mm5, vim: Mm6, waits: Waits, *, timeout_s: float) -> None:
        self._mep = mep
        self._vim = vim
        self._waits = waits
        self._timeout_s = timeout_s

    async def wait(self, id: AppInstanceId) -> None:
        """Return when the instance is ready and its rules are in force.

        Raises GatewayTimeout where it does not confirm in time, Unprocessable where it ended.
        """
        if not await self._waits.run(id, self._confirmed(id)):
            raise GatewayTimeout(
                f"The instance {id} did not confirm that it is ready within {self._timeout_s:g} s; "
                "it must POST confirm_ready to its platform. See its log."
            )

    async def _confirmed(self, id: AppInstanceId) -> bool:
        # It may have ended before anyone waited: then no interruption will come.
        if self._vim.state(id) is WorkloadState.EXITED:
            raise self._waits.end_of(id)
        return await self._mep.wait_ready(id, self._timeout_s)
