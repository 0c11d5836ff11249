"""Sagas: broken off anywhere, they end as if they had not been."""

import asyncio
from collections.abc import Sequence

import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.collection import Collection
from wayside.chassis.saga import GoBack, Saga, SagaRunner, Step
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, Internal, NotFound, Problem, Unavailable, Unprocessable
from wayside.core.journal import Change, Damaged
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire

NAMES = ("reserve", "load", "attach")


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing after it runs."""


class Context(Wire):
    seen: tuple[str, ...] = ()


class World:
    """What the steps act upon; it outlives the process, like the kernel and the disk."""

    def __init__(self, *, fails_at: str | None = None, fault: Exception | None = None) -> None:
        self.effects: set[str] = set()
        self.log: list[str] = []
        self.fails_at = fails_at
        self.fault = fault or Unprocessable("There is no room.", field="$.memory")
        self.undo_failures = 0
        self.ended: list[tuple[tuple[str, ...], Problem | None]] = []

    def saga(self) -> Saga[Context]:
        return Saga("instantiate", Context, tuple(self.step(name) for name in NAMES), self.finished)

    def step(self, name: str) -> Step[Context]:
        async def do(context: Context) -> Context:
            await asyncio.sleep(0)
            self.log.append(name)
            self.effects.add(name)
            if name == self.fails_at:
                raise self.fault
            return Context(seen=(*context.seen, name))

        async def undo(context: Context) -> Context:
            self.log.append(f"undo {name}")
            if self.undo_failures:
                self.undo_failures -= 1
                raise Unavailable("The undoing does not work now.")
            self.effects.discard(name)
            return Context(seen=tuple(each for each in context.seen if each != name))

        return Step(name, do, undo)

    async def finished(self, context: Context, problem: Problem | None) -> None:
        self.ended.append((context.seen, problem))


class Life:
    """One life of a process on the journal; ``dies_at`` names the point where it is killed."""

    def __init__(self, journal: MemoryJournal, world: World, dies_at: str | None = None) -> None:
        self.clock = VirtualClock()
        self.store = Store(journal, new_id=CountedIds())
        self.nursery = Nursery()
        self.dies_at = dies_at
        self.runner = SagaRunner(
            self.store,
            self.nursery,
            [world.saga()],
            clock=self.clock,
            before_step=self.before_step,
        )

    def before_step(self, saga: str, id: str, step: str) -> None:
        if step == self.dies_at:
            raise Killed

    async def end(self) -> None:
        await self.nursery.close()


class DyingJournal(MemoryJournal):
    """A journal that dies with its process at the commit of the given number."""

    def __init__(self, dies_at: int, *, after: bool) -> None:
        super().__init__()
        self.count = 0
        self.dies_at = dies_at
        self.after = after

    async def commit(self, changes: Sequence[Change]) -> None:
        self.count += 1
        if self.count == self.dies_at and not self.after:
            raise Killed
        await super().commit(changes)
        if self.count == self.dies_at:
            raise Killed


async def run_out(life: Life) -> None:
    """Let the life run to its end, whatever that is."""
    await life.runner.wait("op1")
    await life.end()


async def test_a_saga_does_its_steps_in_order_and_is_then_forgotten() -> None:
    world, journal = World(), MemoryJournal()
    life = Life(journal, world)
    await life.runner.start("instantiate", "op1", Context())
    assert life.runner.running("op1")
    await run_out(life)
    assert world.log == list(NAMES)
    assert world.ended == [(NAMES, None)]
    assert not life.runner.running("op1") and list(journal.load("sagas")) == []


@pytest.mark.parametrize("at", range(len(NAMES)))
async def test_a_failed_step_unwinds_itself_and_what_was_done(at: int) -> None:
    world = World(fails_at=NAMES[at])
    life = Life(MemoryJournal(), world)
    await life.runner.start("instantiate", "op1", Context())
    await run_out(life)
    done = list(NAMES[: at + 1])
    assert world.log == done + [f"undo {name}" for name in reversed(done)]
    assert world.effects == set()
    ((seen, problem),) = world.ended
    assert seen == () and isinstance(problem, Unprocessable)
    assert problem.detail == "There is no room." and problem.field == "$.memory"


async def test_a_fault_that_is_no_problem_unwinds_as_a_fault_of_ours() -> None:
    world = World(fails_at="load", fault=KeyError("lost"))
    life = Life(MemoryJournal(), world)
    await life.runner.start("instantiate", "op1", Context())
    await run_out(life)
    ((_, problem),) = world.ended
    assert isinstance(problem, Internal) and "step load" in problem.detail
    assert world.effects == set()


async def test_an_undoing_that_fails_is_tried_again_with_growing_waits() -> None:
    world = World(fails_at="attach")
    world.undo_failures = 3
    life = Life(MemoryJournal(), world)
    await life.runner.start("instantiate", "op1", Context())
    await life.clock.advance(0.1)
    assert world.log.count("undo attach") == 1
    await life.clock.advance(0.2)
    assert world.log.count("undo attach") == 2
    await life.clock.advance(60)
    await run_out(life)
    assert world.effects == set() and world.log.count("undo attach") == 4


@pytest.mark.parametrize("point", [*NAMES, "finished"])
async def test_killed_before_any_step_it_goes_on_at_the_next_boot(point: str) -> None:
    world, journal = World(), MemoryJournal()
    first = Life(journal, world, dies_at=point)
    await first.runner.start("instantiate", "op1", Context())
    await run_out(first)
    second = Life(journal, world)
    await second.runner.resume()
    await run_out(second)
    assert world.effects == set(NAMES) and world.log == list(NAMES)
    assert world.ended == [(NAMES, None)]
    assert list(journal.load("sagas")) == []


@pytest.mark.parametrize("point", [f"undo {name}" for name in NAMES])
async def test_killed_before_any_undoing_it_goes_on_unwinding(point: str) -> None:
    world, journal = World(fails_at="attach"), MemoryJournal()
    first = Life(journal, world, dies_at=point)
    await first.runner.start("instantiate", "op1", Context())
    await run_out(first)
    second = Life(journal, world)
    await second.runner.resume()
    await run_out(second)
    assert world.effects == set()
    ((seen, problem),) = world.ended
    assert seen == () and isinstance(problem, Unprocessable)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fails_at", [None, "attach"])
@pytest.mark.parametrize("commit", range(1, 9))
async def test_killed_around_any_commit_it_converges(
    commit: int, fails_at: str | None, after: bool
) -> None:
    world, journal = World(fails_at=fails_at), DyingJournal(commit, after=after)
    first = Life(journal, world)
    try:
        await first.runner.start("instantiate", "op1", Context())
        await run_out(first)
    except Killed:
        await first.end()
    accepted = bool(world.log) or list(journal.load("sagas")) != []
    second = Life(journal, world)
    await second.runner.resume()
    await run_out(second)
    assert list(journal.load("sagas")) == []
    if not accepted:
        assert world.effects == set() and world.ended == []
        return
    assert world.effects == (set() if fails_at else set(NAMES))
    assert {problem is None for _, problem in world.ended} == {fails_at is None}
    assert all(seen == (() if fails_at else NAMES) for seen, _ in world.ended)


async def test_a_cancelled_saga_unwinds_after_the_present_step() -> None:
    world = World()
    gate = asyncio.Event()
    saga = world.saga()

    async def slow(context: Context) -> Context:
        await gate.wait()
        return await world.step("load").do(context)

    steps = (saga.steps[0], Step("load", slow, saga.steps[1].undo), saga.steps[2])
    store, nursery = Store(MemoryJournal(), new_id=CountedIds()), Nursery()
    runner = SagaRunner(
        store,
        nursery,
        [Saga("instantiate", Context, steps, world.finished)],
        clock=VirtualClock(),
    )
    await runner.start("instantiate", "op1", Context())
    await asyncio.sleep(0.01)
    await runner.cancel("op1")
    gate.set()
    await runner.wait("op1")
    assert world.log == ["reserve", "load", "undo load", "undo reserve"]
    ((_, problem),) = world.ended
    assert isinstance(problem, Conflict) and "cancelled" in problem.detail
    with pytest.raises(NotFound):
        await runner.cancel("op1")


async def test_a_cancelling_survives_the_process() -> None:
    world, journal = World(), MemoryJournal()
    first = Life(journal, world, dies_at="load")
    await first.runner.start("instantiate", "op1", Context())
    await run_out(first)
    again = Life(journal, world)
    await again.runner.cancel("op1")
    await again.end()
    last = Life(journal, world)
    await last.runner.resume()
    await run_out(last)
    assert world.effects == set() and "load" not in world.log


async def test_one_identifier_has_one_operation_at_a_time() -> None:
    life = Life(MemoryJournal(), World())
    await life.runner.start("instantiate", "op1", Context())
    with pytest.raises(Conflict):
        await life.runner.start("instantiate", "op1", Context())
    await run_out(life)


async def test_whoever_hears_of_the_end_may_begin_again_at_once() -> None:
    class Impatient(World):
        async def finished(self, context: Context, problem: Problem | None) -> None:
            await super().finished(context, problem)
            if len(self.ended) == 1:
                begin = life.runner.start("instantiate", "op1", Context())
                self.again = life.nursery.start(begin, name="again")
                await asyncio.sleep(0)

    world = Impatient()
    life = Life(MemoryJournal(), world)
    await life.runner.start("instantiate", "op1", Context())
    await life.runner.wait("op1")
    await world.again
    await life.runner.wait("op1")
    assert world.log == [*NAMES, *NAMES]
    assert not life.runner.running("op1")
    await life.end()


async def test_a_saga_begins_together_with_other_changes_or_not_at_all() -> None:
    world = World()
    life = Life(MemoryJournal(), world)
    notes: Collection[Context] = Collection(life.store, "notes", Context, what="note")
    await life.runner.start("instantiate", "op1", Context(), also=[notes.creation("n", Context())])
    await life.runner.wait("op1")
    with pytest.raises(Conflict):
        await life.runner.start(
            "instantiate", "op1", Context(), also=[notes.creation("n", Context())]
        )
    assert not life.runner.running("op1") and world.log == list(NAMES)
    await life.end()


async def test_a_full_disk_delays_a_saga_and_does_not_lose_it() -> None:
    class Filling(MemoryJournal):
        full = False

        async def commit(self, changes: Sequence[Change]) -> None:
            if self.full:
                raise Unavailable("The disk is full.")
            await super().commit(changes)

    world, journal = World(), Filling()
    life = Life(journal, world)
    await life.runner.start("instantiate", "op1", Context())
    journal.full = True
    await life.clock.advance(5)
    assert world.log == ["reserve"]
    journal.full = False
    await life.clock.advance(60)
    await run_out(life)
    assert world.log == list(NAMES) and world.ended == [(NAMES, None)]


async def test_an_operation_that_this_version_does_not_know_is_named() -> None:
    world, journal = World(), MemoryJournal()
    life = Life(journal, world, dies_at="load")
    await life.runner.start("instantiate", "op1", Context())
    await run_out(life)
    store = Store(journal, new_id=CountedIds())
    with pytest.raises(Damaged, match=r"op1 .* at step load"):
        SagaRunner(store, Nursery(), [], clock=VirtualClock())


class Detour(World):
    """A world whose last step goes back to the second, once."""

    def step(self, name: str) -> Step[Context]:
        plain = super().step(name)

        async def do(context: Context) -> Context:
            done = await plain.do(context)
            if name == "attach" and "otherwise" not in context.seen:
                raise GoBack("load", Context(seen=("reserve", "otherwise")))
            return done

        return Step(name, do, plain.undo)


ROUND = ["reserve", "load", "attach", "undo attach", "undo load", "load", "attach"]
AFTER_ROUND = ("reserve", "otherwise", "load", "attach")


async def test_a_step_may_have_the_work_done_otherwise_from_an_earlier_step_on() -> None:
    world = Detour()
    life = Life(MemoryJournal(), world)
    await life.runner.start("instantiate", "op1", Context())
    await run_out(life)
    assert world.log == ROUND and world.effects == set(NAMES)
    assert world.ended == [(AFTER_ROUND, None)]


@pytest.mark.parametrize("point", ["undo attach", "undo load"])
async def test_killed_on_its_way_back_a_saga_goes_on_there(point: str) -> None:
    world, journal = Detour(), MemoryJournal()
    first = Life(journal, world, dies_at=point)
    await first.runner.start("instantiate", "op1", Context())
    await run_out(first)
    second = Life(journal, world)
    await second.runner.resume()
    await run_out(second)
    assert world.log == ROUND and world.ended == [(AFTER_ROUND, None)]


async def test_cancelled_on_its_way_back_a_saga_unwinds_whole() -> None:
    world, journal = Detour(), MemoryJournal()
    first = Life(journal, world, dies_at="undo load")
    await first.runner.start("instantiate", "op1", Context())
    await run_out(first)
    second = Life(journal, world)
    await second.runner.cancel("op1")
    await second.runner.resume()
    await run_out(second)
    ((_, problem),) = world.ended
    assert isinstance(problem, Conflict) and world.effects == set()
