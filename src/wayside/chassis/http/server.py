"""The server: listeners over TCP, TLS and Unix sockets, and the connections they took.

Never parses and never answers: connections do. Ours: see docs/decisions/0001.
"""

import asyncio
import socket
import ssl
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.core.tasks import Nursery

from .connection import Connection
from .limits import Limits
from .messages import Dispatcher
from .serving import Serving

BACKLOG = 1_024
SWEEP_S = 1.0


class HttpServer:
    """Serves one element on any number of addresses."""

    def __init__(
        self, element: Dispatcher, *, limits: Limits | None = None, nursery: Nursery
    ) -> None:
        self._element = element
        self._nursery = nursery
        self._serving = Serving(element, limits or Limits(), nursery)
        self._listeners: list[asyncio.AbstractServer] = []
        self._paths: list[Path] = []
        self._sweep: asyncio.Task[None] | None = None

    async def listen_tcp(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> int:
        """Serve on an address; return the port, also where 0 asked for any.

        With ``tls`` a client certificate that the context verified reaches the authoriser.
        Raises Unavailable where the address cannot be had.
        """
        try:
            listener = await asyncio.get_running_loop().create_server(
                lambda: Connection(self._serving, forwards=False),
                host, port, ssl=tls, backlog=BACKLOG, reuse_address=True,
                ssl_handshake_timeout=self._serving.limits.head_s_max if tls else None,
            )  # fmt: skip
        except OSError as fault:
            raise Unavailable(f"Cannot listen on {host} port {port}: {fault}.") from fault
        self._keep(listener)
        return int(listener.sockets[0].getsockname()[1])

    async def listen_unix(self, path: Path) -> None:
        """Serve on a Unix socket that only its owner may open; a dead one is replaced.

        X-Forwarded-* headers of its peers are believed. Raises Unavailable where it cannot be had.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_socket() and _alive(path):
                # The loop would take the path from its present owner without a word.
                raise Unavailable(f"Cannot listen on {path}: another process listens there.")
            listener = await asyncio.get_running_loop().create_unix_server(
                lambda: Connection(self._serving, forwards=True), str(path), backlog=BACKLOG
            )
            path.chmod(0o600)
        except OSError as fault:
            raise Unavailable(f"Cannot listen on {path}: {fault}.") from fault
        self._paths.append(path)
        self._keep(listener)

    async def close(self) -> None:
        """Take nothing new, finish what is under way (at most ``close_s_max``), end the rest."""
        serving = self._serving
        serving.closing = True
        for listener in self._listeners:
            listener.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
        for connection in list(serving.connections):
            connection.leave()
        if serving.connections:
            serving.emptied.clear()
            try:
                await asyncio.wait_for(serving.emptied.wait(), serving.limits.close_s_max)
            except TimeoutError:
                for connection in list(serving.connections):
                    connection.cut()
        if self._sweep is not None:
            self._sweep.cancel()
        self._listeners.clear()
        self._paths.clear()

    def _keep(self, listener: asyncio.AbstractServer) -> None:
        self._listeners.append(listener)
        if self._sweep is None:
            self._sweep = self._nursery.start(self._sweep_forever(), name="http sweep")

    async def _sweep_forever(self) -> None:
        while True:
            await self._element.clock.sleep(SWEEP_S)
            self._serving.tick += 1
            for connection in list(self._serving.connections):
                connection.sweep(self._serving.tick)


def _alive(path: Path) -> bool:
    """Tell whether someone listens on the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
