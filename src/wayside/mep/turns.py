"""Turns: work on one thing happens one after the other, and is finished once begun.

Never times out: the work itself knows how long it may take.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


class Turns:
    """One line per key. A caller that goes away does not leave its work half done."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    async def take(self, key: str, work: Coroutine[Any, Any, R]) -> R:
        """Run ``work`` when its turn at ``key`` has come; return or raise what it does."""
        return await asyncio.shield(self._in_turn(key, work))

    async def _in_turn(self, key: str, work: Coroutine[Any, Any, R]) -> R:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            async with lock:
                return await work
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]
