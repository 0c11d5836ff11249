"""The requests of one connection in line, and the answer to the first of them.

Never parses. One write per answer where it is whole; a handler without ``await`` is answered
without a task. Ref: RFC 9112 clause 9.3.2 (pipelining).
"""

from collections import deque
from collections.abc import Callable

from wayside.core.errors import TooManyRequests

from .exchange import Exchange
from .messages import Response
from .outflow import Outflow
from .problems import answer_fault, answer_problem
from .serving import Serving

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"connection: close\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"


class AnswerLine:
    """Answers in the order of asking; ``ended`` is called after the last answer there will be.

    Its argument tells whether the request was whole: otherwise the peer may still be sending.
    """

    def __init__(
        self,
        serving: Serving,
        out: Outflow,
        *,
        ended: Callable[[bool], None],
        upgraded: Callable[[Response], None],
    ) -> None:
        self._serving = serving
        self._out = out
        self._ended = ended
        self._upgraded = upgraded
        self.line: deque[Exchange] = deque()
        self.answered_tick = serving.tick
        self.last = False
        """Set when the peer sends no more: the connection ends when the line is empty."""

    def advance(self) -> None:
        """Answer from the front of the line as long as that needs no waiting."""
        line = self.line
        while line:
            exchange = line[0]
            if exchange.running:
                break
            if not exchange.complete:
                self._welcome(exchange)
                if not exchange.ready:
                    break
            self._answer(exchange)
            if exchange.running:
                break
        if len(line) > 1:
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
            except Exception as fault:  # noqa: BLE001  # the HTTP edge
                response = answer_fault(fault, handler.name)
        if response is not None:
            if response.stream is None and response.upgrade is None:
                self._send(exchange, response)
            else:
                exchange.response = response
                self._start(exchange)

    def _start(self, exchange: Exchange) -> None:
        serving = self._serving
        if exchange.response is None and serving.in_flight >= serving.limits.in_flight_max:
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
                except Exception as fault:  # noqa: BLE001  # the HTTP edge
                    response = answer_fault(fault, handler.name)
            if response is not None:
                await self._send_any(exchange, response)
        finally:
            self._serving.in_flight -= 1
            exchange.running = False
        self.advance()

    async def _send_any(self, exchange: Exchange, response: Response) -> None:
        if response.upgrade is not None:
            self._out.write(response.head + self._serving.dispatcher.date())
            exchange.answered = True
            self.line.popleft()
            self._serving.note(exchange.request, response)
            self._upgraded(response)
        elif response.stream is None or exchange.request.method == "HEAD":
            self._send(exchange, response)
        else:
            self._write(exchange, response)
            chunked = response.chunked and exchange.request.version != "1.0"
            if await self._out.pour(response.stream, chunked=chunked):
                self._sent(exchange, response)
            else:
                self._out.abort()

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
        line = self.line
        line.popleft()
        self._serving.note(exchange.request, response)
        if not exchange.keep_alive:
            line.clear()
            self._ended(exchange.complete)
            return
        self.answered_tick = self._serving.tick
        if self.last and not line:
            self._ended(True)
        elif self._out.held and len(line) <= 1:
            self._out.free_reading("line")
            if not exchange.complete:
                self._out.free_reading("body")
