"""A request body on its way in: pieces as they arrive, with back-pressure and a limit.

Never holds more than a few pieces: the connection stops reading while the reader is slow.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from wayside.core.errors import BadRequest, Problem, TooLarge

HIGH_WATER_BYTES = 1 << 18


class BodyStream:
    """The ``Upload`` that handlers read; fed by the connection."""

    def __init__(self, *, content_type: str, content_range: str | None, bytes_max: int) -> None:
        self.content_type = content_type
        self.content_range = content_range
        self.length: int | None = None
        """What Content-Length said, where it said anything."""
        self.flow: Callable[[bool], None] = lambda wanted: None
        """Tells the connection whether more is wanted."""
        self._bytes_max = bytes_max
        self._held: deque[bytes] = deque()
        self._held_bytes = 0
        self._seen_bytes = 0
        self._ended = False
        self._fault: Problem | None = None
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece from the connection."""
        self._seen_bytes += len(data)
        if self._seen_bytes > self._bytes_max:
            self._held.clear()
            self.fail(TooLarge(f"The body is larger than {self._bytes_max} bytes."))
            return
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > HIGH_WATER_BYTES:
            self.flow(False)
        self._wake()

    def end(self) -> None:
        """Know that the body is complete."""
        self._ended = True
        self._wake()

    def fail(self, fault: Problem) -> None:
        """Know that no more will come, and why; the reader gets ``fault``."""
        if not self._ended and self._fault is None:
            self._fault = fault
            self._wake()

    def lost(self) -> None:
        """Know that the connection ended before the body did."""
        self.fail(BadRequest("The connection ended before the body was complete. Send it again."))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raises TooLarge beyond the element's limit."""
        while True:
            while self._held:
                piece = self._held.popleft()
                self._held_bytes -= len(piece)
                if self._held_bytes <= HIGH_WATER_BYTES // 2:
                    self.flow(True)
                yield piece
            if self._fault is not None:
                raise self._fault
            if self._ended:
                return
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
