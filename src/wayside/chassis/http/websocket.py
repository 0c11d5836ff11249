"""WebSockets that subscribers open towards us, for notifications that cannot reach a callback.

Each notification is an HTTP POST written into one text message, and the client's HTTP answer in
another confirms it. Never keeps a notification: the deliverer does, and tries again.
Ref: MEC 009 clause 6.12a, TS 29.122 clause 5.2.5.4, RFC 6455.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

from wayside.core.clock import Clock
from wayside.core.errors import BadRequest, Conflict, NotFound
from wayside.core.ids import NewId
from wayside.core.tasks import Nursery

from .messages import Outlet, Request, Response, status_line

ANSWER_BYTES_MAX = 65_536


@dataclass(frozen=True)
class HubSettings:
    """Bounds of a hub."""

    unused_s_max: float = 3_600.0
    """A path on which no client has been for so long is closed."""
    confirm_s_max: float = 10.0
    """What a client may take to confirm a notification."""
    sweep_s: float = 30.0
    """Between two looks for unused paths and dead clients, each of which gets a ping."""


class WebSocketHub:
    """Paths that clients connect to; one client per path. Mount ``handle`` at ``root``."""

    def __init__(
        self,
        *,
        clock: Clock,
        nursery: Nursery,
        new_id: NewId,
        root: str = "/websocket",
        settings: HubSettings | None = None,
    ) -> None:
        self.root = root
        self._clock = clock
        self._new_id = new_id
        self._settings = settings or HubSettings()
        self._used: dict[str, float] = {}
        self._clients: dict[str, _Client] = {}
        self._nursery = nursery
        self._sweeping = False

    def open(self, path: str | None = None) -> str:
        """Accept clients on a new path that nobody can guess, or again on ``path``; return it."""
        if path is None:
            path = f"{self.root}/{self._new_id()}"
        self._used[path] = self._clock.monotonic()
        if not self._sweeping:
            self._sweeping = True
            self._nursery.start(self._sweep(), name="websocket sweep")
        return path

    def close(self, path: str) -> None:
        """Accept no client on ``path`` any more; not an error where there is none."""
        self._used.pop(path, None)
        client = self._clients.pop(path, None)
        if client is not None:
            client.leave()

    async def send(self, path: str, text: str) -> bool:
        """Return whether the client on ``path`` confirmed the notification ``text`` with a 2xx."""
        client = self._clients.get(path)
        if client is None:
            return False
        self._used[path] = self._clock.monotonic()
        return await client.notify(path, text, self._settings.confirm_s_max)

    async def handle(self, request: Request) -> Response:
        """Take a client's handshake; raise NotFound, Conflict, BadRequest where it cannot be."""
        path = request.path
        if path not in self._used:
            raise NotFound("There is no such WebSocket. Ask for one with requestWebsocketUri.")
        if path in self._clients:
            raise Conflict("A client is connected to this WebSocket already. Close that one first.")
        protocol = ServerProtocol(max_size=ANSWER_BYTES_MAX)
        protocol.receive_data(_handshake(request))
        found = protocol.events_received()
        if not found or not isinstance(found[0], Handshake):
            raise BadRequest("This is a WebSocket; open it with a WebSocket handshake.")
        accepted = protocol.accept(found[0])
        if accepted.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            raise BadRequest("This is a WebSocket; open it with a WebSocket handshake.")
        # The answer is sent by the connection: the protocol only has to know that it was.
        protocol.send_response(accepted)
        protocol.data_to_send()
        lines = b"".join(
            f"{k}: {v}\r\n".encode() for k, v in accepted.headers.raw_items() if k.lower() != "date"
        )
        response = Response(101, status_line(101) + lines)
        response.upgrade = lambda out: self._join(path, _Client(protocol, out, self._left))
        return response

    def _join(self, path: str, client: "_Client") -> "_Client":
        self._used[path] = self._clock.monotonic()
        earlier = self._clients.get(path)
        if earlier is not None:
            earlier.leave()
        self._clients[path] = client
        return client

    def _left(self, client: "_Client") -> None:
        for path, present in list(self._clients.items()):
            if present is client:
                del self._clients[path]
                self._used[path] = self._clock.monotonic()

    async def _sweep(self) -> None:
        while True:
            await self._clock.sleep(self._settings.sweep_s)
            for client in list(self._clients.values()):
                client.ping()
            oldest = self._clock.monotonic() - self._settings.unused_s_max
            for path, used in list(self._used.items()):
                if path not in self._clients and used < oldest:
                    self.close(path)


class _Client:
    """One connected client; what the connection calls once it was taken over."""

    def __init__(
        self, protocol: ServerProtocol, out: Outlet, left: Callable[["_Client"], None]
    ) -> None:
        self._protocol = protocol
        self._out = out
        self._left = left
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[str] | None = None
        self._parts = bytearray()
        self._pinged = False

    async def notify(self, path: str, text: str, confirm_s_max: float) -> bool:
        """Send one notification when those before it are answered; return whether it was 2xx."""
        async with self._turn:
            if self._protocol.state is not State.OPEN:
                return False
            self._answer = asyncio.get_running_loop().create_future()
            self._protocol.send_text(_posted(path, text).encode())
            self._flush()
            try:
                answer = await asyncio.wait_for(self._answer, confirm_s_max)
            except TimeoutError:
                # A late answer would be taken for the next notification's: begin anew.
                self.leave()
                return False
            finally:
                self._answer = None
            return answer.startswith("HTTP/1.1 2")

    def ping(self) -> None:
        """End a client that did not answer the last ping; send another."""
        if self._pinged:
            self._out.close()
        elif self._protocol.state is State.OPEN:
            self._pinged = True
            self._protocol.send_ping(b"")
            self._flush()

    def received(self, data: bytes) -> None:
        """Take bytes that the client sent."""
        self._pinged = False
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
        if self._protocol.close_expected():
            self._out.close()

    def lost(self) -> None:
        """Know that the connection is gone."""
        self._end("")
        self._left(self)

    def pause(self, full: bool) -> None:
        """Need nothing: one notification is under way at a time."""

    def leave(self) -> None:
        """End politely."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1001)
            self._flush()
        self._out.close()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._parts.clear()
        self._parts += frame.data
        if frame.fin:
            self._end(self._parts.decode("utf-8", "replace"))

    def _end(self, answer: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._out.write(data)
            else:
                self._out.close()


def _posted(path: str, text: str) -> str:
    size = len(text.encode())
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {size}\r\n\r\n{text}"
    )


def _handshake(request: Request) -> bytes:
    """Return the request's head as it came: the protocol parses its connection from the start."""
    lines = [f"GET {request.path} HTTP/1.1\r\n".encode("latin-1")]
    lines += [name + b": " + value + b"\r\n" for name, value in request.headers.items()]
    return b"".join(lines) + b"\r\n"
