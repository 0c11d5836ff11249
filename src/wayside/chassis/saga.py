"""Long operations as sagas: named steps with their undoing, journalled, taken up again at boot.

A step's context is durable before the next step begins; a failed step unwinds all that was done.
Never runs two steps of one saga at once, and never gives up an undoing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from wayside.chassis.collection import Collection
from wayside.chassis.insisting import insist
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, Internal, Problem, no_room, problem_of
from wayside.core.journal import Damaged
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire, decode, encode

log = logging.getLogger(__name__)

C = TypeVar("C")


@dataclass(frozen=True)
class Step(Generic[C]):
    """One step: ``do`` it, ``undo`` it; both idempotent, both return the context to go on with.

    ``undo`` is called for a step whose ``do`` failed or was cut short too, so it must also work
    where nothing, or only a part, was done. None: there is nothing to undo.
    """

    name: str
    do: Callable[[C], Awaitable[C]]
    undo: Callable[[C], Awaitable[C]] | None = None


@dataclass(frozen=True)
class Saga(Generic[C]):
    """A long operation: its steps in order, and what is called when all is done or unwound.

    ``finished`` gets the last context, and the problem where the saga was unwound. It may be
    called again after a crash, and is until it returns.
    """

    name: str
    context: type[C]
    steps: tuple[Step[C], ...]
    finished: Callable[[C, Problem | None], Awaitable[None]]


class GoBack(Exception):
    """Raised by a step that has to be done otherwise: undo back to ``step`` and go on from there.

    ``step`` itself is undone too, and done again with ``context``.
    """

    def __init__(self, step: str, context: Any) -> None:
        super().__init__(step)
        self.step = step
        self.context = context


class _Failure(Wire):
    """A problem as it is kept: enough to raise it again."""

    status: int
    detail: str
    field: str | None = None


class Progress(Wire):
    """Where a saga stands, as it is kept in the journal."""

    saga: str
    context: msgspec.Raw
    at: str | None
    """The step to do, or to undo, next; None when there is none left."""
    unwinding: bool = False
    back_to: str | None = None
    """While it unwinds: the step to go forward from again; None: it ends unwound."""
    cancelled: bool = False
    failure: _Failure | None = None


def _pass(saga: str, id: str, step: str) -> None:
    """The hook where nobody looks."""


class SagaRunner:
    """Runs the sagas of one element.

    ``before_step(saga, id, step)`` is called before each doing (``step`` is its name), undoing
    (``undo`` and its name) and ``finished``; a test lets it raise to break the work at any point.
    """

    def __init__(
        self,
        store: Store,
        nursery: Nursery,
        sagas: Sequence[Saga[Any]],
        *,
        clock: Clock,
        before_step: Callable[[str, str, str], None] = _pass,
    ) -> None:
        self._store = store
        self._nursery = nursery
        self._clock = clock
        self._before_step = before_step
        self._sagas = {saga.name: saga for saga in sagas}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._progress = Collection(store, "sagas", Progress, what="operation")
        for entry in self._progress.list():
            self._require_known(entry.id, entry.value)

    async def start(
        self, saga: str, id: str, context: Any, *, also: Sequence[Wish[Any]] = ()
    ) -> None:
        """Begin ``saga`` under ``id``; durable on return (with ``also``), then in the background.

        Raises Conflict where an operation of this id is under way. One whose end is being told is
        not: this waits until it is forgotten.
        """
        held = self._progress.find(id)
        if held is None or held.value.at is None:
            await self.wait(id)
        first = next((step.name for step in self._sagas[saga].steps), None)
        begun = Progress(saga=saga, context=msgspec.Raw(encode(context)), at=first)
        await self._store.commit(self._progress.creation(id, begun), *also)
        self._launch(id)

    async def resume(self) -> None:
        """Take up what the journal says is under way: forward, or further back. Called at boot."""
        for entry in self._progress.list():
            self._launch(entry.id)

    async def cancel(self, id: str) -> None:
        """Have the operation unwind after its present step; durable on return.

        Raises NotFound where none of this id is under way, Conflict where all its steps are done.
        """
        await self._progress.modify(id, _cancelled)

    def running(self, id: str) -> bool:
        """Tell whether an operation of this id is under way."""
        return self._progress.find(id) is not None

    async def wait(self, id: str) -> None:
        """Return when no operation of this id runs here."""
        task = self._running.get(id)
        if task is not None:
            await asyncio.wait({task})

    def _require_known(self, id: str, progress: Progress) -> None:
        saga = self._sagas.get(progress.saga)
        if saga is None or progress.at not in {None, *(step.name for step in saga.steps)}:
            raise Damaged(
                f"The operation {id} in {self._store.journal.where} is a {progress.saga} at step "
                f"{progress.at}, which this version does not have. Run the version that began it."
            )

    def _launch(self, id: str) -> None:
        if id not in self._running:
            name = f"saga {self._progress.get(id).value.saga} {id}"
            self._running[id] = self._nursery.start(self._run(id), name=name)

    async def _run(self, id: str) -> None:
        try:
            progress = self._progress.get(id).value
            saga = self._sagas[progress.saga]
            while progress.at is not None:
                step = next(step for step in saga.steps if step.name == progress.at)
                go = self._undo if progress.unwinding else self._do
                progress = await go(id, saga, step)
            await self._finish(id, saga, progress)
        finally:
            self._running.pop(id, None)

    async def _do(self, id: str, saga: Saga[Any], step: Step[Any]) -> Progress:
        """Do the step; return the progress as kept: at the next step, or unwinding."""
        before = self._progress.get(id).value
        if before.cancelled:
            return await self._keep(id, _back_from_cancelled)
        try:
            self._before_step(saga.name, id, step.name)
            context = msgspec.Raw(
                encode(await step.do(decode(bytes(before.context), saga.context)))
            )
        except GoBack as wish:
            return await self._keep(id, partial(_back_for, wish))
        except Exception as fault:  # noqa: BLE001 - a saga step is one of the three catching places
            failure = _failure_of(fault, f"step {step.name} of {saga.name} {id}")
            return await self._keep(id, lambda now: _back(now, failure))
        following = _neighbour(saga, step, 1)

        def onward(now: Progress) -> Progress:
            done = msgspec.structs.replace(now, context=context)
            if now.cancelled:
                return _back_from_cancelled(done)
            return msgspec.structs.replace(done, at=following)

        return await self._keep(id, onward)

    async def _undo(self, id: str, saga: Saga[Any], step: Step[Any]) -> Progress:
        """Undo the step, again and again until it succeeds; return the progress as kept."""
        context = decode(bytes(self._progress.get(id).value.context), saga.context)

        async def once() -> Any:
            self._before_step(saga.name, id, f"undo {step.name}")
            return context if step.undo is None else await step.undo(context)

        undone = await insist(self._clock, f"undoing step {step.name} of {saga.name} {id}", once)
        raw, previous = msgspec.Raw(encode(undone)), _neighbour(saga, step, -1)

        def onward(now: Progress) -> Progress:
            if now.back_to == step.name:
                return msgspec.structs.replace(now, context=raw, unwinding=False, back_to=None)
            return msgspec.structs.replace(now, context=raw, at=previous)

        return await self._keep(id, onward)

    async def _finish(self, id: str, saga: Saga[Any], progress: Progress) -> None:
        context = decode(bytes(progress.context), saga.context)
        failure = progress.failure
        problem = None if failure is None else _problem_of(failure)

        async def once() -> None:
            self._before_step(saga.name, id, "finished")
            await saga.finished(context, problem)

        await insist(self._clock, f"finishing {saga.name} {id}", once)
        await insist(self._clock, f"forgetting {saga.name} {id}", lambda: self._progress.delete(id))

    async def _keep(self, id: str, change: Callable[[Progress], Progress]) -> Progress:
        entry = await insist(
            self._clock, f"keeping the progress of {id}", lambda: self._progress.modify(id, change)
        )
        return entry.value


def _neighbour(saga: Saga[Any], step: Step[Any], offset: int) -> str | None:
    index = saga.steps.index(step) + offset
    return saga.steps[index].name if 0 <= index < len(saga.steps) else None


def _back(now: Progress, failure: _Failure) -> Progress:
    return msgspec.structs.replace(now, unwinding=True, failure=failure)


def _back_for(wish: GoBack, now: Progress) -> Progress:
    if now.cancelled:
        return _back_from_cancelled(now)
    context = msgspec.Raw(encode(wish.context))
    return msgspec.structs.replace(now, context=context, unwinding=True, back_to=wish.step)


def _back_from_cancelled(now: Progress) -> Progress:
    return _back(now, _Failure(status=Conflict.status, detail="The operation was cancelled."))


def _cancelled(now: Progress) -> Progress:
    if now.unwinding and now.back_to is None:
        return now
    if now.at is None:
        raise Conflict("All steps of the operation are done; there is nothing left to cancel.")
    return msgspec.structs.replace(now, cancelled=True)


def _failure_of(fault: Exception, where: str) -> _Failure:
    fault = no_room(fault) or fault
    if isinstance(fault, Problem):
        log.info("%s failed: %s", where, fault.detail)
        return _Failure(status=fault.status, detail=fault.detail, field=fault.field)
    log.error("%s failed", where, exc_info=fault)
    return _Failure(status=Internal.status, detail=f"A fault of ours in {where}: {fault!r}.")


def _problem_of(failure: _Failure) -> Problem:
    problem = problem_of(failure.status, failure.detail)
    problem.field = failure.field
    return problem
