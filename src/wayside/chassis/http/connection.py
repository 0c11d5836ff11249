"""One HTTP/1.1 connection: requests in, answers out, in the order of asking.

Never knows an API: the dispatcher names the handler. One write per answer where it is whole; a
handler without ``await`` is answered without a task. Ref: RFC 9112.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from wayside.chassis.problems import answer_fault, answer_problem
from wayside.core.errors import BadRequest, Problem, TooManyRequests, UriTooLong

from .exchange import DRAIN_BYTES_MAX, Exchange
from .messages import Peer, Request, Response, TakenOver, Takes
from .outflow import Outflow
from .refusals import HeadTooLarge, RequestTimeout

if TYPE_CHECKING:
    from .server import Serving

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"connection: close\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
LINGER_S = 2
"""How long a refused body is still dropped, so that the peer reads the answer before a reset."""


class Connection(asyncio.Protocol):
    """Parses with httptools, keeps pipelined requests in line, answers the first of them."""

    def __init__(self, serving: "Serving", *, forwards: bool) -> None:
        self._serving = serving
        self._limits = serving.limits
        self._forwards = forwards
        self._parser = httptools.HttpRequestParser(self)
        self._line: deque[Exchange] = deque()
        self._reading: Exchange | None = None
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._in_head = False
        self._head_bytes = 0
        self._chunk_bytes = 0
        self._deaf = False
        self._half_closed = False
        self._lingering = False
        self._early = b""
        self._taken_over: TakenOver | None = None
        self._transport: asyncio.Transport
        self._out: Outflow
        self._peer: Peer
        self._since = serving.tick

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; refuse where the server has its fill of connections."""
        self._transport = cast(asyncio.Transport, transport)
        self._out = Outflow(self._transport)
        self._peer = _peer_of(self._transport, self._forwards)
        refusal = self._serving.admit(self)
        if refusal is not None:
            self._refuse(refusal)

    def data_received(self, data: bytes) -> None:
        """Take bytes; every whole request among them is answered or put in line."""
        if self._taken_over is not None:
            self._taken_over.received(data)
            return
        if self._deaf:
            return
        if self._reading is not None:
            self._since = self._serving.tick
        elif not self._in_head:
            self._since = self._serving.tick
            self._in_head = True
        self._chunk_bytes = len(data)
        self._head_bytes += self._chunk_bytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._hold_for_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as fault:
            self._refuse(BadRequest(f"This is not HTTP/1.1: {fault}."))
        if self._in_head and self._head_bytes > self._limits.head_bytes_max:
            self._refuse(self._head_refusal(len(self._target)))

    def eof_received(self) -> bool:
        """Know that the peer sends no more; answers under way are still sent."""
        self._half_closed = True
        if self._reading is not None and self._reading.upload is not None:
            self._reading.upload.lost()
        return bool(self._line) and self._peer.scheme == "http"

    def connection_lost(self, fault: Exception | None) -> None:
        """End: wake who waits for the body or for room to write."""
        self._deaf = True
        self._out.lose()
        if self._taken_over is not None:
            self._taken_over.lost()
        for exchange in self._line:
            if exchange.upload is not None:
                exchange.upload.lost()
        self._serving.dismiss(self)

    def pause_writing(self) -> None:
        """Hold streams: the peer is slow."""
        self._out.pause()
        self._since = self._serving.tick
        if self._taken_over is not None:
            self._taken_over.pause(True)

    def resume_writing(self) -> None:
        """Let streams go on."""
        self._out.resume()
        if self._taken_over is not None:
            self._taken_over.pause(False)

    # ---- httptools' side

    def on_url(self, part: bytes) -> None:
        """Take a part of the request target."""
        self._in_head = True
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; repeated ones are joined."""
        name = name.lower()
        headers = self._headers
        if name in headers:
            value = headers[name] + b", " + value
        headers[name] = value

    def on_headers_complete(self) -> None:
        """Authorise and find the handler, before the body is read."""
        parser, headers = self._parser, self._headers
        request = Request(
            parser.get_method().decode("ascii"), self._target, headers=headers, peer=self._peer
        )
        keep_alive = parser.should_keep_alive()
        if not keep_alive or b"connection" in headers:
            request.version = parser.get_http_version()
            keep_alive = keep_alive and request.version == "1.1"
        self._reading = exchange = Exchange(request, keep_alive)
        self._in_head = False
        self._target, self._headers = b"", {}
        try:
            if max(self._chunk_bytes, self._head_bytes) > self._limits.target_bytes_max:
                self._measure(request)
            exchange.handler = self._serving.dispatcher.prepare(request)
            if b"content-length" in headers or b"transfer-encoding" in headers:
                exchange.expect_body(self._limits)
            elif exchange.handler.takes is Takes.STREAM:
                exchange.expect_body(self._limits)
            if exchange.upload is not None:
                exchange.upload.flow = self._flow
        except Exception as fault:
            exchange.response = answer_fault(fault, f"{request.method} {request.path}")
        self._line.append(exchange)
        if exchange.ready or b"expect" in headers:
            self._advance()

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body that is being read."""
        exchange = self._reading
        if exchange is None:
            return
        try:
            exchange.take(data, self._limits)
        except Problem as refusal:
            exchange.response = answer_problem(refusal)
            exchange.keep_alive = False
            self._advance()
        if exchange.dropped_bytes > DRAIN_BYTES_MAX and exchange.answered and not self._deaf:
            self._linger()

    def on_message_complete(self) -> None:
        """Answer the request that is now whole, or leave it in line."""
        exchange, self._reading = self._reading, None
        self._head_bytes = 0
        if exchange is not None:
            exchange.finish()
            if not exchange.answered:
                self._advance()

    # ---- answering

    def _advance(self) -> None:
        """Answer from the front of the line as long as that needs no waiting."""
        while self._line:
            exchange = self._line[0]
            if exchange.running:
                break
            if not exchange.complete:
                self._welcome(exchange)
                if not exchange.ready:
                    break
            self._answer(exchange)
            if exchange.running:
                break
        if len(self._line) > 1:
            self._out.hold_reading("line")

    def _welcome(self, exchange: Exchange) -> None:
        """Tell a peer that waits for it that its body is welcome."""
        if exchange.response is None and not exchange.welcomed and exchange.waits_for_welcome:
            exchange.welcomed = True
            self._out.write(CONTINUE)

    def _answer(self, exchange: Exchange) -> None:
        handler, response = exchange.handler, exchange.response
        if response is None and handler is not None:
            if not handler.inline:
                self._start(exchange)
                return
            try:
                response = handler.now(exchange.request)
            except Exception as fault:
                response = answer_fault(fault, handler.name)
        if response is not None:
            if response.stream is None and response.upgrade is None:
                self._send(exchange, response)
            else:
                exchange.response = response
                self._start(exchange)

    def _start(self, exchange: Exchange) -> None:
        serving = self._serving
        if exchange.response is None and serving.in_flight >= self._limits.in_flight_max:
            busy = TooManyRequests(
                "This element answers as many requests as it can; come again in a second.",
                headers={"Retry-After": "1"},
            )
            self._send(exchange, answer_problem(busy))
            return
        exchange.running = True
        serving.in_flight += 1
        name = exchange.handler.name if exchange.handler is not None else "refusal"
        serving.nursery.start(self._work(exchange), name=name)

    async def _work(self, exchange: Exchange) -> None:
        handler, response = exchange.handler, exchange.response
        try:
            if response is None and handler is not None:
                try:
                    response = await handler.later(exchange.request)
                except Exception as fault:
                    response = answer_fault(fault, handler.name)
            if response is not None:
                await self._send_any(exchange, response)
        finally:
            self._serving.in_flight -= 1
            exchange.running = False
        self._advance()

    async def _send_any(self, exchange: Exchange, response: Response) -> None:
        if response.upgrade is not None:
            self._take_over(exchange, response)
        elif response.stream is None or exchange.request.method == "HEAD":
            self._send(exchange, response)
        else:
            self._write(exchange, response)
            chunked = response.chunked and exchange.request.version != "1.0"
            if await self._out.pour(response.stream, chunked=chunked):
                self._sent(exchange, response)
            else:
                self._transport.abort()

    def _send(self, exchange: Exchange, response: Response) -> None:
        self._write(exchange, response)
        self._sent(exchange, response)

    def _write(self, exchange: Exchange, response: Response) -> None:
        head = response.head
        if not exchange.complete and exchange.rest_is_long:
            exchange.keep_alive = False
        if not exchange.keep_alive or self._serving.closing:
            exchange.keep_alive = False
            head += CLOSE
            if response.chunked and exchange.request.version == "1.0":
                head = head.replace(CHUNKED, b"")
        head += self._serving.dispatcher.date()
        self._out.write(head if exchange.request.method == "HEAD" else head + response.body)

    def _sent(self, exchange: Exchange, response: Response) -> None:
        exchange.answered = True
        line = self._line
        line.popleft()
        self._serving.note(exchange.request, response)
        if not exchange.keep_alive:
            line.clear()
            self._linger() if not exchange.complete else self._close()
        elif not line:
            self._since = self._serving.tick
            if self._half_closed:
                self._close()
        if self._out.held and len(line) <= 1:
            self._out.free_reading("line")
            if not exchange.complete:
                self._out.free_reading("body")

    def _flow(self, wanted: bool) -> None:
        if wanted:
            self._since = self._serving.tick
            self._out.free_reading("body")
        else:
            self._out.hold_reading("body")

    # ---- refusing and ending

    def _refuse(self, problem: Problem) -> None:
        """Answer ``problem`` in its turn, and end the connection after it."""
        self._deaf = True
        exchange = self._reading
        if exchange is not None and exchange.upload is not None:
            exchange.upload.fail(problem)
            exchange.keep_alive = False
        elif exchange is not None and not exchange.answered:
            exchange.response, exchange.keep_alive = answer_problem(problem), False
        elif exchange is None:
            exchange = Exchange(Request("", b"", headers={}, peer=self._peer), False)
            exchange.response = answer_problem(problem)
            self._line.append(exchange)
        self._advance()

    def _measure(self, request: Request) -> None:
        headers = request.headers
        size = len(request.target) + sum(
            len(name) + len(value) + 4 for name, value in headers.items()
        )
        if (
            len(request.target) > self._limits.target_bytes_max
            or size > self._limits.head_bytes_max
        ):
            raise self._head_refusal(len(request.target))

    def _head_refusal(self, target_bytes: int) -> Problem:
        if target_bytes > self._limits.target_bytes_max:
            return UriTooLong(f"The target is longer than {self._limits.target_bytes_max} bytes.")
        return HeadTooLarge(f"The head is larger than {self._limits.head_bytes_max} bytes.")

    def _linger(self) -> None:
        """End after an answer to a request that is still arriving: drop the rest for a moment."""
        self._deaf = True
        self._lingering = True
        self._since = self._serving.tick
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._close()

    def _close(self) -> None:
        self._deaf = True
        self._out.close()

    def leave(self) -> None:
        """End as soon as nothing is under way; the answers under way say so."""
        if not self._line and self._taken_over is None:
            self._close()
        elif self._taken_over is not None:
            self._transport.abort()

    def cut(self) -> None:
        """End now."""
        self._transport.abort()

    def sweep(self, tick: int) -> None:
        """Once a second: end what has waited too long for its peer."""
        waited, limits = tick - self._since, self._limits
        if self._taken_over is not None:
            return
        if self._lingering:
            if waited > LINGER_S:
                self.cut()
        elif self._out.full:
            if waited > limits.write_pause_s_max:
                self.cut()
        elif self._in_head:
            if waited > limits.head_s_max:
                self._in_head = False
                self._refuse(RequestTimeout("The request's head did not arrive in time."))
        elif self._reading is not None and not self._out.held:
            if waited > limits.body_pause_s_max:
                self._refuse(RequestTimeout("The request's body did not arrive in time."))
        elif not self._line and waited > limits.idle_s_max:
            self._close()

    # ---- upgrades

    def _hold_for_upgrade(self, rest: bytes) -> None:
        """Keep what follows an upgrade request; go on as HTTP where the answer is no upgrade."""
        self._early = rest
        if not self._line:
            self._go_on_as_http()

    def _go_on_as_http(self) -> None:
        rest, self._early = self._early, b""
        self._parser = httptools.HttpRequestParser(self)
        if rest:
            self.data_received(rest)

    def _take_over(self, exchange: Exchange, response: Response) -> None:
        self._out.write(response.head + self._serving.dispatcher.date())
        self._line.popleft()
        exchange.answered = True
        self._serving.note(exchange.request, response)
        if response.upgrade is not None and not self._out.lost:
            self._taken_over = response.upgrade(self._out)
            early, self._early = self._early, b""
            if early:
                self._taken_over.received(early)


def _peer_of(transport: asyncio.Transport, forwards: bool) -> Peer:
    tls = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(True) if tls is not None else None
    name = transport.get_extra_info("peername")
    address = str(name[0]) if isinstance(name, tuple) else "unix"
    return Peer("https" if tls is not None else "http", address, forwards, certificate)
