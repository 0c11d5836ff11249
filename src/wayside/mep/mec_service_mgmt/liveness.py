"""Who must be heard by when. Never changes a service: whoever is told of a silence does.

Ref: MEC 011 clause 8.2.10.3.3.
"""

import asyncio
from collections.abc import Awaitable, Callable

from wayside.core.clock import Clock
from wayside.core.tasks import Nursery

Silence = Callable[[str], Awaitable[None]]
"""Called once for a service that was not heard in time."""


class Liveness:
    """One timer per service that sends heartbeats."""

    def __init__(self, clock: Clock, nursery: Nursery, silence: Silence) -> None:
        self._clock = clock
        self._nursery = nursery
        self._silence = silence
        self._due: dict[str, float] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}

    def watches(self, identifier: str) -> bool:
        """Tell whether a heartbeat of this service is awaited now."""
        return identifier in self._due

    def expect(self, identifier: str, interval_s: int) -> None:
        """Await the next heartbeat within ``interval_s`` seconds from now."""
        due = self._clock.monotonic() + interval_s
        sooner = due < self._due.get(identifier, due)
        self._due[identifier] = due
        # A timer that wakes early looks again; only one that would wake late must be made anew.
        if sooner:
            self._timers.pop(identifier).cancel()
        if identifier not in self._timers:
            self._timers[identifier] = self._nursery.start(
                self._watch(identifier), name=f"liveness of {identifier}"
            )

    def forget(self, identifier: str) -> None:
        """Await nothing more of this service."""
        self._due.pop(identifier, None)
        timer = self._timers.pop(identifier, None)
        if timer is not None:
            timer.cancel()

    async def _watch(self, identifier: str) -> None:
        while (left_s := self._due[identifier] - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)
        del self._due[identifier], self._timers[identifier]
        await self._silence(identifier)
