"""One HTTP/1.1 connection: bytes in, requests into the line, time-outs, and the end.

Never knows an API: the dispatcher names the handler. Never answers: the line does. Ref: RFC 9112.
"""

import asyncio
from typing import cast

import httptools

from wayside.core.errors import BadRequest, Problem, UriTooLong

from .answering import AnswerLine
from .exchange import DRAIN_BYTES_MAX, Exchange
from .messages import Peer, Request, Response, TakenOver, Takes
from .outflow import Outflow
from .problems import answer_fault, answer_problem
from .refusals import HeadTooLarge, RequestTimeout
from .serving import Serving

LINGER_S = 2
"""How long a refused body is still dropped, so that the peer reads the answer before a reset."""


class Connection(asyncio.Protocol):
    """Parses with httptools, asks for each request's handler, and puts it in line."""

    def __init__(self, serving: Serving, *, forwards: bool) -> None:
        self._serving = serving
        self._limits = serving.limits
        self._forwards = forwards
        self._parser = httptools.HttpRequestParser(self)
        self._reading: Exchange | None = None
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._in_head = False
        self._head_bytes = 0
        self._chunk_bytes = 0
        self._deaf = False
        self._lingering = False
        self._early = b""
        self._taken_over: TakenOver | None = None
        self._since = serving.tick
        self._transport: asyncio.Transport
        self._out: Outflow
        self._answers: AnswerLine
        self._peer: Peer

    @property
    def address(self) -> str:
        """Where the peer is; ``unix`` on a Unix socket."""
        return self._peer.address

    @property
    def forwards(self) -> bool:
        """Whether the peer is an element of ours."""
        return self._forwards

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; refuse where the server has its fill of connections."""
        self._transport = cast(asyncio.Transport, transport)
        self._out = Outflow(self._transport)
        self._answers = AnswerLine(
            self._serving, self._out, ended=self._end, upgraded=self._take_over
        )
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
            self._after_upgrade_request(data[upgrade.args[0] :])
        except httptools.HttpParserError as fault:
            self._refuse(BadRequest(f"This is not HTTP/1.1: {fault}."))
        if self._in_head and self._head_bytes > self._limits.head_bytes_max:
            self._refuse(self._head_refusal(len(self._target)))

    def eof_received(self) -> bool:
        """Know that the peer sends no more; answers under way are still sent."""
        self._answers.last = True
        if self._reading is not None and self._reading.upload is not None:
            self._reading.upload.lost()
        if self._taken_over is not None or self._peer.scheme == "https":
            return False
        return any(exchange.ready for exchange in self._answers.line)

    def connection_lost(self, fault: Exception | None) -> None:
        """End: wake who waits for the body or for room to write."""
        self._deaf = True
        self._out.lose()
        if self._taken_over is not None:
            self._taken_over.lost()
        for exchange in self._answers.line:
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
        self._since = self._serving.tick
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
        headers = self._headers
        exchange = self._reading = self._begin(headers)
        request = exchange.request
        try:
            if max(self._chunk_bytes, self._head_bytes) > self._limits.target_bytes_max:
                self._measure(request)
            exchange.handler = self._serving.dispatcher.prepare(request)
            if (
                b"content-length" in headers
                or b"transfer-encoding" in headers
                or exchange.handler.takes is Takes.STREAM
            ):
                exchange.expect_body(self._limits)
            if exchange.upload is not None:
                exchange.upload.flow = self._flow
        except Exception as fault:  # noqa: BLE001  # the HTTP edge
            exchange.response = answer_fault(fault, f"{request.method} {request.path}")
        self._answers.line.append(exchange)
        if exchange.response is not None or exchange.upload is not None or b"expect" in headers:
            self._answers.advance()

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
            self._answers.advance()
        if exchange.dropped_bytes > DRAIN_BYTES_MAX and exchange.answered and not self._deaf:
            self._end(False)

    def on_message_complete(self) -> None:
        """Answer the request that is now whole, or leave it in line."""
        exchange, self._reading = self._reading, None
        self._head_bytes = 0
        if exchange is not None:
            exchange.finish()
            if not exchange.answered:
                self._answers.advance()

    def _begin(self, headers: dict[bytes, bytes]) -> Exchange:
        parser = self._parser
        method = parser.get_method().decode("ascii")
        request = Request(method, self._target, headers=headers, peer=self._peer)
        keep_alive = parser.should_keep_alive()
        if not keep_alive or b"connection" in headers:
            request.version = parser.get_http_version()
            # After a refused WebSocket the peer may send frames: they must not read as requests.
            upgrades = headers.get(b"upgrade", b"").lower() == b"websocket"
            keep_alive = keep_alive and request.version == "1.1" and not upgrades
        self._in_head = False
        self._target, self._headers = b"", {}
        return Exchange(request, keep_alive)

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
        if exchange is None:
            exchange = Exchange(Request("", b"", headers={}, peer=self._peer), False)
            exchange.response = answer_problem(problem)
            self._answers.line.append(exchange)
        elif exchange.answered:
            self._end(False)
            return
        else:
            exchange.keep_alive = False
            if exchange.upload is not None:
                exchange.upload.fail(problem)
            else:
                exchange.response = answer_problem(problem)
        self._answers.advance()

    def _measure(self, request: Request) -> None:
        target_bytes, limits = len(request.target), self._limits
        size = target_bytes + sum(len(n) + len(v) + 4 for n, v in request.headers.items())
        if target_bytes > limits.target_bytes_max or size > limits.head_bytes_max:
            raise self._head_refusal(target_bytes)

    def _head_refusal(self, target_bytes: int) -> Problem:
        if target_bytes > self._limits.target_bytes_max:
            return UriTooLong(f"The target is longer than {self._limits.target_bytes_max} bytes.")
        return HeadTooLarge(f"The head is larger than {self._limits.head_bytes_max} bytes.")

    def _end(self, whole: bool) -> None:
        """End after the last answer; drop for a moment what is still arriving."""
        self._deaf = True
        if whole or not self._transport.can_write_eof():
            self._out.close()
            return
        self._lingering = True
        self._since = self._serving.tick
        self._out.finish()

    def leave(self) -> None:
        """End as soon as nothing is under way; the answers under way say so."""
        if self._taken_over is not None:
            self._taken_over.leave()
        elif not self._answers.line:
            self._end(True)

    def cut(self) -> None:
        """End now."""
        self._out.abort()

    def sweep(self, tick: int) -> None:
        """Once a second: end what has waited too long for its peer."""
        limits, out = self._limits, self._out
        waited = tick - max(self._since, self._answers.answered_tick)
        if self._taken_over is not None:
            return
        if self._lingering:
            if waited > LINGER_S:
                self.cut()
        elif out.full:
            if waited > limits.write_pause_s_max:
                self.cut()
        elif self._in_head and not self._deaf:
            if waited > limits.head_s_max:
                self._refuse(RequestTimeout("The request's head did not arrive in time."))
        elif self._reading is not None and not out.held:
            if waited > limits.body_pause_s_max:
                self._refuse(RequestTimeout("The request's body did not arrive in time."))
        elif not self._answers.line and waited > limits.idle_s_max:
            self._end(True)

    # ---- upgrades

    def _after_upgrade_request(self, rest: bytes) -> None:
        """Keep what follows a WebSocket request; other upgrades are not taken, HTTP goes on."""
        line = self._answers.line
        if line and not line[-1].keep_alive:
            self._early = rest
            return
        self._parser = httptools.HttpRequestParser(self)
        if rest:
            self.data_received(rest)

    def _take_over(self, response: Response) -> None:
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
