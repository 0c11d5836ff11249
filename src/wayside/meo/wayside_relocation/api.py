"""Relocations as operations: each a thin call. Never decides anything."""

import asyncio

from wayside.chassis.pausing import pause
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, Unprocessable
from wayside.core.tasks import Nursery
from wayside.meo.books import Books
from wayside.meo.relocating import Relocator
from wayside.refpoints import mm3
from wayside.refpoints.mm3 import (
    Relocation,
    RelocationEnd,
    RelocationRequest,
    RelocationState,
)

WAIT_S_MAX = 30


class Relocations(mm3.Relocations):
    """Served to the MEPMs."""

    def __init__(self, books: Books, relocator: Relocator, clock: Clock, nursery: Nursery) -> None:
        self._books = books
        self._relocator = relocator
        self._clock = clock
        self._nursery = nursery
        self._news = asyncio.Event()
        self._closed = False
        books.relocations.watch(self._changed)

    async def begin_relocation(self, relocation_id: str, body: RelocationRequest) -> Relocation:
        """Begin to find or to start the target."""
        held = self._books.relocations.find(relocation_id)
        if held is not None and held.value.request != body:
            raise Unprocessable(
                f"The relocation {relocation_id[:64]} is of another instance or cell; choose "
                "another identifier.",
                field="relocationId",
            )
        if held is None:
            await self._relocator.begin(relocation_id, body)
        return self._books.relocations.get(relocation_id).value

    async def get_relocation(self, relocation_id: str, *, wait_s: int = 0) -> Relocation:
        """Return a relocation, once it is decided or the wait is over."""
        deadline = self._clock.monotonic() + min(max(wait_s, 0), WAIT_S_MAX)
        while True:
            found = self._books.relocations.get(relocation_id).value
            left_s = deadline - self._clock.monotonic()
            if found.state is not RelocationState.PROCESSING or left_s <= 0 or self._closed:
                return found
            await pause(self._clock, self._nursery, left_s, until=self._news)

    async def end_relocation(self, relocation_id: str, body: RelocationEnd) -> None:
        """Take away what nobody needs any more."""
        held = self._books.relocations.get(relocation_id).value
        if held.state is RelocationState.PROCESSING:
            raise Conflict(f"The relocation {relocation_id} is PROCESSING; wait until it is READY.")
        if held.state is not RelocationState.ENDING:
            await self._relocator.end(held, body)

    def close(self) -> None:
        """Answer whoever waits, and have nobody wait any more."""
        self._closed = True
        self._news.set()

    def _changed(self, before: Relocation | None, after: Relocation | None) -> None:
        self._news.set()
        self._news = asyncio.Event()
