"""The tasks on operations: begin, retry, fail, cancel; each operation is the face of one saga.

Never knows what an operation does. Ref: MEC 010-2 clause 5.4.5.
"""

from collections.abc import Callable
from typing import Any

from wayside.chassis.occurrences import LcmEvent, Occurrences, location_of
from wayside.chassis.saga import SagaRunner
from wayside.chassis.store import Wish
from wayside.core.errors import Conflict, NotFound
from wayside.core.replies import Entry
from wayside.core.wire import Wire
from wayside.model.app_lcm import AppLcmOpOcc, CancelMode, LcmOperation, LcmOperationState

Work = tuple[str, Wire]
"""The name of a saga and the context that it begins with."""


class OccurrenceTasks:
    """Begins sagas for operations; ``work_of`` tells which saga an operation is.

    ``hurry(app_instance_id)`` is called where a FORCED cancel shall not wait for the present step.
    """

    def __init__(
        self,
        occurrences: Occurrences,
        sagas: SagaRunner,
        work_of: Callable[[AppLcmOpOcc], Work],
        *,
        hurry: Callable[[str], None],
    ) -> None:
        self._occurrences = occurrences
        self._sagas = sagas
        self._work_of = work_of
        self._hurry = hurry

    async def begin(
        self,
        app_instance_id: str,
        operation: LcmOperation,
        params: Wire,
        *,
        state: LcmOperationState,
    ) -> str:
        """Begin an operation, durable on return; return the path of its occurrence.

        To be called with the instance claimed, so that it is the only one.
        """
        occ = self._occurrences.opened(app_instance_id, operation, params, state=state)
        await self._launch(occ, self._occurrences.entries.creation(occ.id, occ))
        await self._occurrences.trim()
        return location_of(occ.id)

    async def retry(self, id: str) -> str:
        """Begin a FAILED_TEMP operation again, PROCESSING; return the path of its occurrence."""
        occ = self._occurrences.entries.get(id).value
        with self._occurrences.reserved(occ.app_instance_id):
            await self._launch(occ, self._occurrences.moving(id, LcmEvent.RETRY))
        return location_of(id)

    async def fail(self, id: str) -> Entry[AppLcmOpOcc]:
        """Close a FAILED_TEMP operation as FAILED."""
        return await self._occurrences.move(id, LcmEvent.FAIL)

    async def cancel(self, id: str, mode: CancelMode) -> str:
        """Have a PROCESSING operation unwind; return the path of its occurrence."""
        await self._occurrences.cancel_pending(id, mode)
        try:
            await self._sagas.cancel(id)
        except NotFound as fault:
            raise Conflict(f"The operation occurrence {id} has just ended.") from fault
        if mode is not CancelMode.GRACEFUL:
            self._hurry(self._occurrences.entries.get(id).value.app_instance_id)
        return location_of(id)

    async def _launch(self, occ: AppLcmOpOcc, *also: Wish[Any]) -> None:
        saga, context = self._work_of(occ)
        await self._sagas.start(saga, occ.id, context, also=also)
