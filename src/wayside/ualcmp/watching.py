"""Hears from the MEO what changes, and has the contexts that it concerns seen to.

Now and then it looks by itself: for places that contexts wait for, and for what nobody needs.
Never changes anything itself: ``serving`` and ``packages`` do.
"""

import logging

from wayside.chassis.reconcile import Reconciler
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.core.tasks import Nursery
from wayside.refpoints import mm9

from .books import Books, Held
from .packages import Packages
from .runs import Runs
from .serving import Serving

log = logging.getLogger(__name__)

WAIT_S = 5
"""How long a request waits at the MEO; less than what clients allow an answer to take."""
RESTLESS_S = 0.2
"""How often the MEO is asked that answers at once though it has nothing to tell."""
TIDY_EVERY_S = 10.0


class Watch:
    """The eye on the MEO."""

    def __init__(
        self, books: Books, changes: mm9.Changes, runs: Runs, *, serving: Serving,
        packages: Packages, clock: Clock, nursery: Nursery,
    ) -> None:  # fmt: skip
        self._books = books
        self._changes = changes
        self._runs = runs
        self._serving = serving
        self._packages = packages
        self._clock = clock
        self._mark: str | None = None
        self._ears = Reconciler(
            clock, nursery, every_s=WAIT_S, work=self._listen, name="news of the MEO"
        )
        self._broom = Reconciler(
            clock, nursery, every_s=TIDY_EVERY_S, work=self.look, name="contexts that wait"
        )

    def start(self) -> None:
        """Begin to listen, and to look now and then."""
        self._ears.start()
        self._broom.start()

    async def look(self) -> None:
        """See to contexts that wait or wish for another place, and to what nobody needs."""
        for entry in self._books.contexts.list():
            try:
                await self._look_at(entry.id, entry.value)
            except Problem as problem:
                log.info("the context %s is looked at later: %s", entry.id, problem.detail)
        await self._serving.sweep()
        await self._packages.tidy()

    async def _look_at(self, context_id: str, held: Held) -> None:
        if held.unsettled or (held.waits and held.context.app_auto_instantiation):
            await self._serving.settle(context_id)
        elif held.waits:
            await self._serving.tell_of_places(context_id)

    async def _listen(self) -> float:
        """Wait for news and see to it; return the seconds until the next look."""
        began = self._clock.monotonic()
        told = await self._changes.get_changes(after=self._mark, wait_s=WAIT_S)
        self._runs.tell()
        concerned = (
            {id_ for each in told.app_instances for id_ in self._books.served_by(each)}
            if told.complete
            else {entry.id for entry in self._books.contexts.list()}
        )
        for context_id in sorted(concerned):
            await self._serving.settle(context_id)
        self._mark = told.mark
        waited = self._clock.monotonic() - began >= WAIT_S / 2
        return 0.0 if waited or concerned else RESTLESS_S
