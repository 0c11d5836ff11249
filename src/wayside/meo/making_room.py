"""Ends the instances that were selected, each by an operation of its own, and waits for it.

Never selects any. Ref: MEC 010-2 clause 5.3.1, note 1.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from wayside.core.clock import Clock
from wayside.core.errors import Conflict
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    CancelMode,
    InstantiationState,
    LcmOperation,
    LcmOperationState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.coordination import TerminateApp

from .books import Books
from .follow import pause_s

Terminate = Callable[[AppInstanceId, TerminateAppRequest], Awaitable[str]]
"""Begins a termination as the OSS would; returns the path of the operation."""


class RoomMaker:
    """Ends instances for the operation of another."""

    def __init__(
        self, books: Books, clock: Clock, *, terminate: Terminate, graceful_timeout_s: int
    ) -> None:
        self._books = books
        self._clock = clock
        self._terminate = terminate
        self._graceful_timeout_s = graceful_timeout_s

    async def end(self, apps: Sequence[TerminateApp], *, for_op_occ_id: str) -> None:
        """Return when none of them is INSTANTIATED any more.

        Raises Conflict where one does not end, or the operation that needs it is cancelled FORCED.
        What was begun goes on in any case.
        """
        begun: dict[str, str] = {}
        since = self._clock.monotonic()
        while left := [app for app in apps if self._there(app)]:
            for app in left:
                await self._push(app, begun)
            self._require_wanted(for_op_occ_id)
            await self._clock.sleep(pause_s(self._clock.monotonic() - since))

    def _there(self, app: TerminateApp) -> bool:
        found = self._books.instances.find(app.app_instance_id)
        return (
            found is not None and found.value.instantiation_state is InstantiationState.INSTANTIATED
        )

    async def _push(self, app: TerminateApp, begun: dict[str, str]) -> None:
        """Begin the termination unless it is under way; raise Conflict where it has failed."""
        id_ = app.app_instance_id
        held = self._books.occurrences.open_on(id_)
        if held is not None:
            occ = held.value
            if occ.operation_state is LcmOperationState.FAILED_TEMP:
                raise Conflict(
                    f"The instance {id_} cannot be ended: the operation {occ.id} "
                    f"({occ.lcm_operation}) on it is FAILED_TEMP; retry it or fail it."
                )
            if occ.lcm_operation is LcmOperation.TERMINATE:
                begun.setdefault(id_, occ.id)
        elif id_ in begun:
            error = self._books.occurrences.entries.get(begun[id_]).value.error
            why = "it gives no reason" if error is None else error.detail
            raise Conflict(f"The instance {id_} did not end: {why}")
        else:
            with suppress(Conflict):  # Somebody else begins one in this moment: it is seen next.
                location = await self._terminate(AppInstanceId(id_), self._request(app))
                begun[id_] = location.rpartition("/")[2]

    def _request(self, app: TerminateApp) -> TerminateAppRequest:
        if app.termination_type is StopType.FORCEFUL:
            return TerminateAppRequest(termination_type=StopType.FORCEFUL)
        timeout = app.graceful_termination_timeout or self._graceful_timeout_s
        return TerminateAppRequest(
            termination_type=StopType.GRACEFUL, graceful_termination_timeout=timeout
        )

    def _require_wanted(self, op_occ_id: str) -> None:
        occ = self._books.occurrences.entries.get(op_occ_id).value
        if occ.is_cancel_pending and occ.cancel_mode is not CancelMode.GRACEFUL:
            raise Conflict("The operation was cancelled.")
