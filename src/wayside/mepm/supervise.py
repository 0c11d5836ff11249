"""Keeps running what should run: an instance that died by itself is started again.

Never touches an instance that an operation works on, and never gives up: it waits longer.
"""

import asyncio
import logging

from wayside.chassis.backoff import Backoff
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.refpoints.mm6 import WorkloadState

from .books import Books
from .hands import Hands
from .runs import Runs
from .waiting import Readiness, Waits

log = logging.getLogger(__name__)

STEADY_S = 60.0
"""What ran this long without dying starts again at once when it dies."""


class Supervisor:
    """Watches the VIM's workloads."""

    def __init__(
        self, books: Books, hands: Hands, *, runs: Runs, ready: Readiness, waits: Waits,
        clock: Clock, nursery: Nursery,
    ) -> None:  # fmt: skip
        self._books = books
        self._hands = hands
        self._runs = runs
        self._ready = ready
        self._waits = waits
        self._clock = clock
        self._nursery = nursery
        self._backoff = Backoff(first_s=0.5)
        self._revivals: dict[AppInstanceId, asyncio.Task[None]] = {}
        self._deaths: dict[AppInstanceId, int] = {}
        self._ready_at: dict[AppInstanceId, float] = {}

    def start(self) -> None:
        """Watch from now on, and start what should run and does not."""
        self._hands.vim.watch(self._when_ended)
        for entry in self._books.workloads.list():
            self.keep(entry.value.app_instance_id)

    def keep(self, id: AppInstanceId) -> None:
        """See that the instance runs, unless it should not or an operation works on it."""
        if not self._wanted(id) or id in self._revivals:
            return
        if self._hands.vim.state(id) is not WorkloadState.RUNNING:
            revival = self._nursery.start(self._revive(id), name=f"revive {id}")
            self._revivals[id] = revival

    async def leave(self, id: AppInstanceId) -> None:
        """Do nothing with the instance from now on; on return nothing is being done."""
        revival = self._revivals.pop(id, None)
        if revival is not None:
            revival.cancel()
            await asyncio.wait({revival})
        self._deaths.pop(id, None)
        self._ready_at.pop(id, None)
        self._waits.forget(id)

    def _wanted(self, id: AppInstanceId) -> bool:
        held = self._books.workloads.find(id)
        return (
            held is not None
            and held.value.should_run
            and self._books.occurrences.open_on(id) is None
        )

    def _when_ended(self, id: AppInstanceId, status: int | None) -> None:
        log.warning("instance %s ended by itself, status %s", id, status)
        self._waits.ended(id, status)
        self.keep(id)

    async def _revive(self, id: AppInstanceId) -> None:
        try:
            while self._wanted(id):
                await self._hands.mep.suspend(id)
                await self._clock.sleep(self._pause_s(id))
                if await self._tried(id):
                    self._ready_at[id] = self._clock.monotonic()
                    if self._hands.vim.state(id) is WorkloadState.RUNNING:
                        return
        finally:
            if self._revivals.get(id) is asyncio.current_task():
                del self._revivals[id]

    def _pause_s(self, id: AppInstanceId) -> float:
        """Return how long to wait before this start: none after a steady run, else ever longer."""
        since = self._ready_at.get(id)
        steady = since is not None and self._clock.monotonic() - since > STEADY_S
        deaths = 0 if steady else self._deaths.get(id, 0)
        self._deaths[id] = deaths + 1
        return self._backoff.wait_s(deaths) if deaths else 0.0

    async def _tried(self, id: AppInstanceId) -> bool:
        """Start the instance; tell whether it got ready."""
        try:
            await self._runs.start(id)
            await self._ready.wait(id)
        except Problem as problem:
            log.warning("instance %s could not be started again: %s", id, problem.detail)
            if self._hands.vim.state(id) is WorkloadState.RUNNING:
                await self._hands.vim.stop(id, 0.0)
            return False
        log.info("instance %s runs again", id)
        return True
