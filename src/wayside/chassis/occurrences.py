"""Operation occurrences: the public face of sagas on application instances.

One open operation per instance; every move is in the table. Never runs a saga and never knows what
an operation does. Ref: MEC 010-2 clause 5.4.5.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

import msgspec

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.replies import Entry
from wayside.core.states import StateTable
from wayside.core.wire import Wire
from wayside.model.app_lcm import (
    APP_LCM,
    AppLcmOpOcc,
    AppLcmOpOccLinks,
    CancelMode,
    LcmOperation,
    LcmOperationState,
    instance_path,
)
from wayside.model.common import LinkType, ProblemDetails, TimeStamp

CLOSED = frozenset({LcmOperationState.COMPLETED, LcmOperationState.FAILED})
"""States from which nothing moves any more."""

PASSING = frozenset({429, 500, 502, 503, 504})
"""Statuses of problems that may be gone at the next try."""


KEPT_MAX = 1_000
"""Closed operations are kept for whoever asks how they ended, the newest at least."""


class LcmEvent(StrEnum):
    """What moves an operation."""

    GRANTED = "GRANTED"
    DONE = "DONE"
    FAILED_FOR_NOW = "FAILED_FOR_NOW"
    FAILED_FOR_GOOD = "FAILED_FOR_GOOD"
    RETRY = "retry"
    FAIL = "fail"


_S = LcmOperationState
MOVES: StateTable[LcmOperationState, LcmEvent] = StateTable(
    "The operation occurrence",
    {
        (_S.STARTING, LcmEvent.GRANTED): _S.PROCESSING,
        (_S.STARTING, LcmEvent.FAILED_FOR_NOW): _S.FAILED_TEMP,
        (_S.STARTING, LcmEvent.FAILED_FOR_GOOD): _S.FAILED,
        (_S.PROCESSING, LcmEvent.DONE): _S.COMPLETED,
        (_S.PROCESSING, LcmEvent.FAILED_FOR_NOW): _S.FAILED_TEMP,
        (_S.PROCESSING, LcmEvent.FAILED_FOR_GOOD): _S.FAILED,
        (_S.FAILED_TEMP, LcmEvent.RETRY): _S.PROCESSING,
        (_S.FAILED_TEMP, LcmEvent.FAIL): _S.FAILED,
    },
)
"""Ref: MEC 010-2 figure 5.4.5-1. Ours: what failed for a reason that will not pass is FAILED at
once (nothing of it is left); what may succeed when it is tried again is FAILED_TEMP."""


class Occurrences:
    """The operation occurrences of one element."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._claims: set[str] = set()
        self.entries: Collection[AppLcmOpOcc] = Collection(
            store,
            "app_lcm_op_occs",
            AppLcmOpOcc,
            what="operation occurrence",
            indexes={"app_instance_id": lambda occ: occ.app_instance_id},
        )

    def open_on(self, app_instance_id: str) -> Entry[AppLcmOpOcc] | None:
        """Return the operation on the instance that is not closed, if any."""
        for entry in self.entries.list(app_instance_id=app_instance_id):
            if entry.value.operation_state not in CLOSED:
                return entry
        return None

    @contextmanager
    def claimed(self, app_instance_id: str) -> Iterator[None]:
        """Keep others from beginning anything on the instance; raise Conflict where one has."""
        held = self.open_on(app_instance_id)
        if held is not None:
            state = held.value.operation_state
            remedy = "retry it or fail it" if state is _S.FAILED_TEMP else "wait until it has ended"
            raise Conflict(
                f"The operation {held.id} ({held.value.lcm_operation}) on the application instance "
                f"{app_instance_id} is {state}; {remedy} before another begins."
            )
        with self.reserved(app_instance_id):
            yield

    @contextmanager
    def at_rest(self, app_instance_id: str) -> Iterator[None]:
        """Keep others from working on the instance; raise Conflict where an operation works on it.

        One that is FAILED_TEMP does not work, and does not until this is over.
        """
        held = self.open_on(app_instance_id)
        if held is not None and held.value.operation_state is not _S.FAILED_TEMP:
            raise Conflict(f"The operation {held.id} works on {app_instance_id}.")
        with self.reserved(app_instance_id):
            yield

    @contextmanager
    def reserved(self, app_instance_id: str) -> Iterator[None]:
        """Have one request on the instance at a time; raise Conflict for another."""
        if app_instance_id in self._claims:
            raise Conflict(f"Another request on {app_instance_id} is under way; send it again.")
        self._claims.add(app_instance_id)
        try:
            yield
        finally:
            self._claims.discard(app_instance_id)

    def opened(
        self,
        app_instance_id: str,
        operation: LcmOperation,
        params: Wire,
        *,
        state: LcmOperationState,
    ) -> AppLcmOpOcc:
        """Return a new operation, not kept yet: it is created together with its saga."""
        id_ = self._store.new_id()
        now = TimeStamp.of(self._clock.now())
        return AppLcmOpOcc(
            links=AppLcmOpOccLinks(
                self=LinkType(href=location_of(id_)),
                app_instance=LinkType(href=instance_path(app_instance_id)),
            ),
            id=id_,
            operation_state=state,
            state_entered_time=now,
            start_time=now,
            lcm_operation=operation,
            operation_params=msgspec.to_builtins(params),
            is_cancel_pending=False,
            app_instance_id=app_instance_id,
        )

    async def trim(self, kept_max: int = KEPT_MAX) -> None:
        """Forget the oldest closed operations beyond ``kept_max`` in all."""
        held = self.entries.list()
        surplus = len(held) - kept_max
        for entry in held if surplus > 0 else ():
            if surplus > 0 and entry.value.operation_state in CLOSED:
                surplus -= 1
                with suppress(NotFound):  # Another request may trim too.
                    await self.entries.delete(entry.id)

    def closed(self, id: str) -> bool:
        """Tell whether the operation has ended, for good or for now."""
        state = self.entries.get(id).value.operation_state
        return state not in (_S.STARTING, _S.PROCESSING)

    async def granted(self, id: str) -> None:
        """Have the operation PROCESSING, from STARTING or already."""
        if self.entries.get(id).value.operation_state is not _S.PROCESSING:
            await self.move(id, LcmEvent.GRANTED)

    def ending(self, id: str, problem: Problem | None) -> Wish[AppLcmOpOcc]:
        """Return the wish to close an operation with how it ended; ``problem`` None: it succeeded.

        Nothing changes where the operation has ended already: a saga may finish twice.
        """

        def change(occ: AppLcmOpOcc) -> AppLcmOpOcc:
            if occ.operation_state not in (_S.STARTING, _S.PROCESSING):
                return occ
            return self._after(occ, _outcome(occ, problem), problem)

        return self.entries.modification(id, change)

    def moving(self, id: str, event: LcmEvent) -> Wish[AppLcmOpOcc]:
        """Return the wish to move an operation; it raises Conflict where the table has no move."""
        return self.entries.modification(id, lambda occ: self._after(occ, event, None))

    async def move(self, id: str, event: LcmEvent) -> Entry[AppLcmOpOcc]:
        """Move an operation; raise Conflict where the table has no such move."""
        (entry,) = await self._store.commit(self.moving(id, event))
        assert entry is not None
        return entry

    async def cancel_pending(self, id: str, mode: CancelMode) -> None:
        """Note that the operation is being cancelled; raise Conflict unless it is PROCESSING."""

        def change(occ: AppLcmOpOcc) -> AppLcmOpOcc:
            if occ.operation_state is not _S.PROCESSING:
                raise Conflict(
                    f"The operation occurrence {id} is {occ.operation_state}; only PROCESSING can "
                    "be cancelled."
                )
            return msgspec.structs.replace(occ, is_cancel_pending=True, cancel_mode=mode)

        await self.entries.modify(id, change)

    def _after(self, occ: AppLcmOpOcc, event: LcmEvent, problem: Problem | None) -> AppLcmOpOcc:
        # FAIL closes what failed before: it keeps the reason. Every other move has its own or none.
        error = occ.error if event is LcmEvent.FAIL else None
        return msgspec.structs.replace(
            occ,
            operation_state=MOVES.after(occ.operation_state, event),
            state_entered_time=TimeStamp.of(self._clock.now()),
            is_cancel_pending=False,
            cancel_mode=None,
            error=error if problem is None else ProblemDetails.of(problem),
        )


def location_of(id: str) -> str:
    """Return the path of an operation occurrence."""
    return f"{APP_LCM}/app_lcm_op_occs/{id}"


def _outcome(occ: AppLcmOpOcc, problem: Problem | None) -> LcmEvent:
    if problem is None:
        return LcmEvent.DONE
    if problem.status in PASSING or occ.is_cancel_pending:
        return LcmEvent.FAILED_FOR_NOW
    return LcmEvent.FAILED_FOR_GOOD
