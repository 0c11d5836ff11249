"""Ends instances for whoever does not need them any more, and waits for operations on them.

Never decides who is not needed.
"""

from contextlib import suppress

from wayside.chassis.occurrences import LcmEvent
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound, Problem, problem_of
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    InstantiationState,
    LcmOperationState,
    StopType,
    TerminateAppRequest,
)

from .app_lcm.instances import Instances
from .books import Books
from .follow import pause_s

BEGUN = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)


class Clearer:
    """Terminates instances by operations of their own, as the OSS would."""

    instances: Instances
    """Set once it is made: it needs the sagas that need this one."""

    def __init__(self, books: Books, clock: Clock, *, graceful_timeout_s: int) -> None:
        self._books = books
        self._clock = clock
        self._graceful_timeout_s = graceful_timeout_s

    async def terminate(self, id_: AppInstanceId, *, graceful: bool) -> None:
        """Return when the instance is NOT_INSTANTIATED, whatever was under way on it before."""
        await self.rest(id_)
        info = self._books.instances.get(id_).value
        if info.instantiation_state is InstantiationState.NOT_INSTANTIATED:
            return
        request = TerminateAppRequest(termination_type=StopType.FORCEFUL)
        if graceful:
            request = TerminateAppRequest(
                termination_type=StopType.GRACEFUL,
                graceful_termination_timeout=self._graceful_timeout_s,
            )
        await self.instances.terminate(id_, request)
        problem = failure_of(await self.rest(id_))
        if problem is not None:
            raise problem

    async def rest(self, id_: AppInstanceId) -> AppLcmOpOcc | None:
        """Return the last operation once it is closed; one that is FAILED_TEMP is failed."""
        since, last = self._clock.monotonic(), None
        while (held := self._books.occurrences.open_on(id_)) is not None:
            last = held.value
            if last.operation_state not in BEGUN:
                await self._books.occurrences.move(last.id, LcmEvent.FAIL)
                break
            await self._clock.sleep(pause_s(self._clock.monotonic() - since))
        return None if last is None else self._books.occurrences.entries.get(last.id).value

    async def forget(self, id_: str) -> None:
        """Forget an instance that was made for a relocation; nothing to do where it is gone."""
        with suppress(NotFound):
            await self.instances.delete(AppInstanceId(id_))
        with suppress(NotFound):
            await self._books.relocated.delete(id_)


def failure_of(occ: AppLcmOpOcc | None) -> Problem | None:
    """Return why an operation did not complete; None where it did, or where there was none."""
    if occ is None or occ.operation_state is LcmOperationState.COMPLETED:
        return None
    error = occ.error
    if error is None:
        return Conflict(f"The operation {occ.id} ended {occ.operation_state}.")
    return problem_of(error.status, error.detail)
