"""The machine's clock, and a virtual one that a test or a simulation moves by hand.

The only module that reads the machine's time. Never schedules work: ``core.tasks`` does.
"""

import asyncio
import heapq
import itertools
import time

from wayside.core.clock import Nanoseconds

SETTLING_PASSES = 40
"""How often a virtual clock lets ready tasks run before it moves: more than any chain of awaits
between two waits of ours."""


class SystemClock:
    """The machine's own time. Port: ``Clock``."""

    def now(self) -> Nanoseconds:
        """Return the wall time, ns since 1970-01-01 UTC."""
        return Nanoseconds(time.time_ns())

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of real time."""
        await asyncio.sleep(seconds)


class VirtualClock:
    """A clock that stands still until ``advance``. Port: ``Clock``.

    What would take hours passes at once, in the order in which it would have happened.
    """

    def __init__(self, start: Nanoseconds = Nanoseconds(1_700_000_000_000_000_000)) -> None:  # noqa: B008 - a constant of a NewType
        self._start = start
        self._passed_ns = 0
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> Nanoseconds:
        """Return the virtual wall time, ns since 1970-01-01 UTC."""
        return Nanoseconds(self._start + self._passed_ns)

    def monotonic(self) -> float:
        """Return the virtual seconds since this clock was made."""
        return self._passed_ns / 1e9

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was moved by ``seconds``; at once where that is not positive."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._passed_ns + round(seconds * 1e9)
        heapq.heappush(self._sleepers, (due, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move time by ``seconds``, waking each sleeper at its moment and letting it run."""
        target = self._passed_ns + round(seconds * 1e9)
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, woken = heapq.heappop(self._sleepers)
            self._passed_ns = max(self._passed_ns, due)
            if not woken.done():
                woken.set_result(None)
                await self.settle()
        self._passed_ns = target

    def step(self, seconds: float) -> None:
        """Set the wall time forward or back, as whoever corrects a clock; nothing else passes."""
        self._start = Nanoseconds(self._start + round(seconds * 1e9))

    async def settle(self) -> None:
        """Let every task that is ready run until it waits; time stands still meanwhile."""
        for _ in range(SETTLING_PASSES):
            await asyncio.sleep(0)
