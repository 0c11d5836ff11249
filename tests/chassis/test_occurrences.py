"""Operation occurrences: one open per instance, every move by the table, endings told once."""

import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.chassis.occurrences import MOVES, LcmEvent, Occurrences
from wayside.chassis.saga import Saga, SagaRunner
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, Problem, Unavailable, Unprocessable
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    CancelMode,
    InstantiateAppRequest,
    LcmOperation,
    LcmOperationState,
)

STARTING, PROCESSING = LcmOperationState.STARTING, LcmOperationState.PROCESSING
COMPLETED, FAILED = LcmOperationState.COMPLETED, LcmOperationState.FAILED
FAILED_TEMP = LcmOperationState.FAILED_TEMP


class Book:
    """Occurrences on a store of their own."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = Store(MemoryJournal(), new_id=CountedIds("occ"))
        self.occurrences = Occurrences(self.store, self.clock)
        self.nursery = Nursery()
        nothing = Saga("nothing", InstantiateAppRequest, (), self.finished)
        self.sagas = SagaRunner(self.store, self.nursery, (nothing,), clock=self.clock)

    async def finished(self, request: InstantiateAppRequest, problem: Problem | None) -> None:
        """Leave the operation as it is."""

    def look_at(self, instance: str) -> None:
        """Look at an instance while nothing works on it."""
        with self.occurrences.at_rest(instance):
            pass

    async def open(
        self, instance: str = "app", state: LcmOperationState = PROCESSING
    ) -> AppLcmOpOcc:
        """Open an operation."""
        request = InstantiateAppRequest()
        opened = self.occurrences.opened(instance, LcmOperation.INSTANTIATE, request, state=state)
        await self.occurrences.entries.create(opened.id, opened)
        return opened

    async def end(self, id: str, problem: Problem | None) -> AppLcmOpOcc:
        """End an operation."""
        await self.store.commit(self.occurrences.ending(id, problem))
        return self.occurrences.entries.get(id).value


async def test_an_operation_says_when_it_began_and_when_it_came_to_its_state() -> None:
    book = Book()
    opened = await book.open()
    await book.clock.advance(2.5)
    ended = await book.end(opened.id, None)
    assert ended.operation_state is COMPLETED
    assert ended.start_time == opened.start_time
    passed = ended.state_entered_time.seconds - ended.start_time.seconds
    assert passed + ended.state_entered_time.nano_seconds / 1e9 == 2.5


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (Unavailable("Away."), FAILED_TEMP),
        (Unprocessable("Never."), FAILED),
        (Conflict("No room."), FAILED),
    ],
)
async def test_what_may_pass_fails_for_now_and_the_rest_for_good(
    problem: Problem, state: LcmOperationState
) -> None:
    book = Book()
    ended = await book.end((await book.open()).id, problem)
    assert ended.operation_state is state
    assert ended.error is not None
    assert (ended.error.status, ended.error.detail) == (problem.status, problem.detail)


async def test_what_was_cancelled_failed_for_now_whatever_the_problem() -> None:
    book = Book()
    opened = await book.open()
    await book.occurrences.cancel_pending(opened.id, CancelMode.GRACEFUL)
    pending = book.occurrences.entries.get(opened.id).value
    assert (pending.is_cancel_pending, pending.cancel_mode) == (True, CancelMode.GRACEFUL)
    ended = await book.end(opened.id, Conflict("The operation was cancelled."))
    assert (ended.operation_state, ended.is_cancel_pending, ended.cancel_mode) == (
        FAILED_TEMP,
        False,
        None,
    )


async def test_only_what_is_processing_can_be_cancelled() -> None:
    book = Book()
    opened = await book.open(state=STARTING)
    with pytest.raises(Conflict, match="only PROCESSING can be cancelled"):
        await book.occurrences.cancel_pending(opened.id, CancelMode.FORCED)


async def test_an_operation_ends_once() -> None:
    book = Book()
    opened = await book.open()
    first = await book.end(opened.id, None)
    assert await book.end(opened.id, Unavailable("Too late.")) == first


async def test_a_grant_may_be_told_twice() -> None:
    book = Book()
    opened = await book.open(state=STARTING)
    await book.occurrences.granted(opened.id)
    await book.occurrences.granted(opened.id)
    assert book.occurrences.entries.get(opened.id).value.operation_state is PROCESSING


async def test_an_instance_has_one_open_operation_and_others_are_free() -> None:
    book = Book()
    opened = await book.open("one")
    with pytest.raises(Conflict, match="wait until it has ended"), book.occurrences.claimed("one"):
        pass
    claimed = book.occurrences.claimed
    with claimed("two"), pytest.raises(Conflict, match="under way"), claimed("two"):
        pass
    await book.end(opened.id, Unavailable("Away."))
    with pytest.raises(Conflict, match="retry it or fail it"), book.occurrences.claimed("one"):
        pass
    await book.occurrences.move(opened.id, LcmEvent.FAIL)
    with book.occurrences.claimed("one"):
        pass


async def test_the_oldest_closed_operations_are_forgotten_and_no_open_one() -> None:
    book = Book()
    still = await book.open("busy")
    done = [await book.open(f"app-{number}") for number in range(3)]
    for each in done:
        await book.end(each.id, None)
    await book.occurrences.trim(kept_max=2)
    left = [entry.id for entry in book.occurrences.entries.list()]
    assert left == [still.id, done[-1].id]


@pytest.mark.parametrize("state", [COMPLETED, FAILED])
@pytest.mark.parametrize("event", list(LcmEvent))
def test_from_an_end_nothing_moves(state: LcmOperationState, event: LcmEvent) -> None:
    assert not MOVES.allows(state, event)


async def test_what_failed_for_now_is_at_rest_and_no_retry_begins_while_it_is_looked_at() -> None:
    book = Book()
    tasks = OccurrenceTasks(
        book.occurrences, book.sagas, lambda occ: ("nothing", InstantiateAppRequest()), hurry=str
    )
    opened = await book.open()
    with pytest.raises(Conflict, match=f"operation {opened.id} works on app"):
        book.look_at("app")
    await book.end(opened.id, Unavailable("Away."))
    with book.occurrences.at_rest("app"):
        with pytest.raises(Conflict, match="under way; send it again"):
            await tasks.retry(opened.id)
        with pytest.raises(Conflict, match="under way; send it again"):
            book.look_at("app")
    assert book.occurrences.entries.get(opened.id).value.operation_state is FAILED_TEMP
    await tasks.retry(opened.id)
    assert book.occurrences.entries.get(opened.id).value.operation_state is PROCESSING
    await book.nursery.close()
