"""Waiting for a change: one event, new after each. Never says what has changed."""

import asyncio

from wayside.chassis.pausing import pause
from wayside.core.clock import Clock
from wayside.core.tasks import Nursery


class News:
    """What whoever waits for a device or for an application is woken by."""

    def __init__(self, clock: Clock, nursery: Nursery) -> None:
        self._clock = clock
        self._nursery = nursery
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Wake whoever waits."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next change, or after ``seconds``."""
        await pause(self._clock, self._nursery, seconds, until=self._event)
