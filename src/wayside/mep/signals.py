"""Signals that somebody waits for, each with a limit on the platform's clock.

Never remembers a signal that nobody waited for: what must last is in the store.
"""

import asyncio
from typing import Generic, TypeVar

from wayside.core.clock import Clock
from wayside.core.tasks import Nursery

T = TypeVar("T")


class Signals(Generic[T]):
    """Values by key, from whoever sends to all who wait."""

    def __init__(self, clock: Clock, nursery: Nursery) -> None:
        self._clock = clock
        self._nursery = nursery
        self._waiting: dict[str, set[asyncio.Future[T | None]]] = {}

    def send(self, key: str, value: T) -> None:
        """Wake all who wait for ``key`` now."""
        for future in self._waiting.pop(key, set()):
            if not future.done():
                future.set_result(value)

    async def wait(self, key: str, timeout_s: float | None) -> T | None:
        """Return the value sent to ``key``, or None after ``timeout_s`` seconds (None: never)."""
        future: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, set()).add(future)
        timer = None
        if timeout_s is not None:
            timer = self._nursery.start(self._expire(future, timeout_s), name=f"limit of {key}")
        try:
            return await future
        finally:
            if timer is not None:
                timer.cancel()
            self._let_go(key, future)

    async def _expire(self, future: asyncio.Future[T | None], timeout_s: float) -> None:
        await self._clock.sleep(timeout_s)
        if not future.done():
            future.set_result(None)

    def _let_go(self, key: str, future: asyncio.Future[T | None]) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.discard(future)
            if not waiting:
                del self._waiting[key]
