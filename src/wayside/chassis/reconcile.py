"""A loop that brings what is nearer to what is wished: at once when kicked, and every so often.

Never knows what it brings nearer: the work does. Never runs the work twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from wayside.chassis.backoff import Backoff
from wayside.core.clock import Clock
from wayside.core.tasks import Nursery

from .pausing import pause

log = logging.getLogger(__name__)


class Reconciler:
    """Runs ``work`` at the start, after each ``kick`` and every ``every_s``.

    Work may return the seconds until it wants to run again, where that is sooner. Work that fails
    is tried again with growing waits, or at once when kicked.
    """

    def __init__(
        self,
        clock: Clock,
        nursery: Nursery,
        *,
        every_s: float,
        work: Callable[[], Awaitable[float | None]],
        name: str = "reconciler",
    ) -> None:
        self._clock = clock
        self._nursery = nursery
        self._every_s = every_s
        self._work = work
        self._name = name
        self._kicked = asyncio.Event()
        self._backoff = Backoff(longest_s=every_s)
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background; again does nothing."""
        if self._loop is None:
            self._loop = self._nursery.start(self._run(), name=self._name)

    def kick(self) -> None:
        """Have the work run soon; kicks while it runs make it run once more afterwards."""
        self._kicked.set()

    async def _run(self) -> None:
        failures = 0
        while True:
            self._kicked.clear()
            wait_s = self._every_s
            try:
                wanted_s = await self._work()
                failures = 0
                if wanted_s is not None:
                    wait_s = min(wait_s, max(0.0, wanted_s))
            except Exception as fault:  # noqa: BLE001 - a background loop outlives its work's faults
                failures += 1
                log.warning("%s failed (%d in a row): %s", self._name, failures, fault)
                wait_s = self._backoff.wait_s(failures)
            await pause(self._clock, self._nursery, wait_s, until=self._kicked)
