"""The work of making a context, and of ending one: the steps of the sagas.

A context whose device does not wait for it any more is undone: nobody would ever use it.
Never chooses an instance: ``serving`` does.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec

from wayside.chassis.saga import Saga, Step
from wayside.core.errors import NotFound, Problem
from wayside.core.wire import Wire

from .books import Books, ContextState, Held
from .dev_app.logic import require_same
from .packages import Packages
from .reference import reference_of
from .runs import Runs
from .serving import Serving

CREATE, LEAVE = "create_context", "leave_context"


class Work(Wire):
    """What the sagas work on."""

    context_id: str


class Waiter:
    """A device that waits for its context."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.failure: Problem | None = None


class Working:
    """The two sagas, and who waits for their end."""

    def __init__(self, books: Books, runs: Runs, serving: Serving, packages: Packages) -> None:
        self._books = books
        self._runs = runs
        self._serving = serving
        self._packages = packages
        self._waiters: dict[str, Waiter] = {}

    def sagas(self) -> tuple[Saga[Work], Saga[Work]]:
        """Return what makes a context, and what ends one."""
        making = (Step("package", self._package), Step("seat", self._seat, self._vacate))
        return (
            Saga(CREATE, Work, making, self._made),
            Saga(LEAVE, Work, (Step("vacate", self._vacate),), self._left),
        )

    @contextmanager
    def waiting(self, context_id: str) -> Iterator[Waiter]:
        """Give what tells the end; once the block ends, nobody waits any more."""
        waiter = self._waiters[context_id] = Waiter()
        try:
            yield waiter
        finally:
            del self._waiters[context_id]

    async def _package(self, work: Work) -> Work:
        """Know the application, on-boarded where the device brings it."""
        held = self._books.contexts.get(work.context_id).value
        info, app_d_id = held.context.app_info, held.app_d_id or ""
        if info.app_package_source is not None:
            app_d_id = await self._packages.ensure(info.app_package_source, info)
        app_d = (await self._runs.app(app_d_id)).app_d
        require_same(info, app_d)
        await self._books.contexts.modify(
            work.context_id,
            lambda now: msgspec.structs.replace(
                now, app_d_id=app_d_id, reference=reference_of(app_d)
            ),
        )
        return work

    async def _seat(self, work: Work) -> Work:
        await self._serving.seat(work.context_id)
        return work

    async def _vacate(self, work: Work) -> Work:
        await self._serving.vacate(work.context_id)
        return work

    async def _made(self, work: Work, problem: Problem | None) -> None:
        waiter = self._waiters.get(work.context_id)
        if problem is None and waiter is not None:
            await self._books.contexts.modify(work.context_id, _ready)
        else:
            await self._forget(work.context_id)
        if waiter is not None:
            waiter.failure = problem
            waiter.ended.set()

    async def _left(self, work: Work, problem: Problem | None) -> None:
        await self._forget(work.context_id)

    async def _forget(self, context_id: str) -> None:
        """Have a context be known no more, with all that served it alone."""
        await self._serving.vacate(context_id)
        with suppress(NotFound):
            await self._books.contexts.delete(context_id)
        await self._packages.tidy()


def _ready(held: Held) -> Held:
    return msgspec.structs.replace(held, state=ContextState.READY)
