"""One request to an element of ours over its Unix socket, streamed both ways.

Never retries, and never reads more than its reader takes: a connection serves one request.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httptools

from wayside.core.errors import BadGateway, GatewayTimeout, Unavailable

from .bodies import BodyStream
from .messages import Outlet
from .outflow import Outflow

ANSWER_S_MAX = 120.0
"""How long an element may take to begin its answer."""
NO_LIMIT_BYTES = 1 << 62


@dataclass(frozen=True)
class AnswerHead:
    """The head of an element's answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    has_body: bool

    @property
    def has_length(self) -> bool:
        """Tell whether Content-Length is said."""
        return any(name == b"content-length" for name, _ in self.headers)


class Upstream(asyncio.Protocol):
    """A connection to an element, for one request of ``method``."""

    def __init__(self, method: str) -> None:
        self.head: asyncio.Future[AnswerHead] = asyncio.get_running_loop().create_future()
        self.out: Outflow
        self._method = method
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = BodyStream(content_type="", content_range=None, bytes_max=NO_LIMIT_BYTES)
        self._body.flow = self._flow
        self._taker: Outlet | None = None
        self._early = bytearray()
        self._upgraded = False

    async def answer(self, head: bytes, body: AsyncIterator[bytes] | None, chunked: bool) -> None:
        """Send the request and return when the head of its answer is there.

        The rest of a body is not sent once the answer has begun: the element has refused it.
        Raises Unavailable or GatewayTimeout where no answer comes.
        """
        self.out.write(head)
        try:
            async with asyncio.timeout(ANSWER_S_MAX), asyncio.TaskGroup() as group:
                sending = group.create_task(self._send(body, chunked))
                await asyncio.wait([self.head])
                sending.cancel()
        except TimeoutError as fault:
            raise GatewayTimeout("The element that serves this took too long.") from fault
        self.head.result()

    async def _send(self, body: AsyncIterator[bytes] | None, chunked: bool) -> None:
        if body is not None and not await self.out.pour(body, chunked=chunked):
            self.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the answer's body as it arrives; the connection ends with it."""
        try:
            async for piece in self._body.pieces():
                yield piece
        finally:
            self.close()

    def splice(self, out: Outlet) -> "Spliced":
        """Hand all further bytes to ``out``, and return what takes those of the other way."""
        self._taker = out
        if self._early:
            out.write(bytes(self._early))
            self._early.clear()
        if self.out.lost:
            out.close()
        return Spliced(self)

    def close(self) -> None:
        """End the connection."""
        self.out.close()

    def _flow(self, wanted: bool) -> None:
        if wanted:
            self.out.free_reading("body")
        else:
            self.out.hold_reading("body")

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self.out = Outflow(self._transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the answer, or of what follows an upgrade."""
        if self._taker is not None:
            self._taker.write(data)
        elif self._upgraded:
            self._early += data
        else:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._upgraded = True
                self._early += data[upgrade.args[0] :]
            except httptools.HttpParserError as fault:
                self._fail(BadGateway(f"The element's answer is not HTTP: {fault}."))

    def connection_lost(self, fault: Exception | None) -> None:
        """End: whoever waits for the answer or its body gets a problem."""
        self.out.lose()
        if self._taker is not None:
            self._taker.close()
        self._fail(Unavailable("The element that serves this ended before its answer did."))

    def pause_writing(self) -> None:
        """Hold the request's body: the element is slow."""
        self.out.pause()

    def resume_writing(self) -> None:
        """Let the request's body go on."""
        self.out.resume()

    # ---- httptools' side

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Know the head."""
        status = self._parser.get_status_code()
        if status == 100:
            self._headers.clear()
            return
        has_body = self._method != "HEAD" and status >= 200 and status not in (204, 304)
        if not self.head.done():
            self.head.set_result(AnswerHead(status, self._headers, has_body))

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        self._body.feed(data)

    def on_message_complete(self) -> None:
        """Know that the answer is whole."""
        self._body.end()

    def _fail(self, problem: BadGateway | Unavailable) -> None:
        if not self.head.done():
            self.head.set_exception(problem)
            self.head.exception()
        self._body.fail(problem)


class Spliced:
    """The caller's side of a connection that was taken over: its bytes go to the element."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._upstream.out.write(data)

    def lost(self) -> None:
        """End the other side too."""
        self._upstream.close()

    def pause(self, full: bool) -> None:
        """Hold the element while the caller is slow."""
        if full:
            self._upstream.out.hold_reading("caller")
        else:
            self._upstream.out.free_reading("caller")

    def leave(self) -> None:
        """End both sides."""
        self._upstream.close()


async def reach(socket: Path, method: str) -> Upstream:
    """Return a connection to the element on ``socket``; raise Unavailable where it is away."""
    try:
        loop = asyncio.get_running_loop()
        _, upstream = await loop.create_unix_connection(lambda: Upstream(method), str(socket))
    except OSError as fault:
        raise Unavailable(
            "The element that serves this is away. Look at its state with 'wayside status', or "
            "try again in a moment.",
            headers={"Retry-After": "1"},
        ) from fault
    return upstream
