"""The host's DNS server: its own names at once, others by way of the forwarder. UDP and TCP.

Never fails for what a stranger sends, and never decides which names are in force.
"""

import asyncio
import errno
import logging
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from wayside.core.errors import Unavailable
from wayside.core.tasks import Nursery
from wayside.refpoints.mp2 import NameRecord

from .forwarder import TIMEOUT_S, Forwarder
from .names import NameTable, table_of
from .questions import answer_of, is_query, question_of

log = logging.getLogger(__name__)

BATCH = 128
"""Datagrams taken at one wake-up before other work of the loop has its turn."""

OCTETS_MAX = 65535
RECEIVE_BUFFER_BYTES = 1 << 20
CONNECTIONS_MAX = 256
IDLE_S = 10.0

TRIES = 20
"""How many ports are tried where any will do."""

Reply = Callable[[bytes], None]


@dataclass(frozen=True)
class DnsSettings:
    """Where the server listens and whom it asks."""

    addresses: tuple[str, ...]
    """The host's device-side addresses."""
    port: int = 53
    """0 lets the kernel choose one, the same for UDP and TCP."""
    upstream: tuple[str, int] | None = None
    """Address and port of the server for all other names; None: they are refused."""
    timeout_s: float = TIMEOUT_S
    """How long that server may take; then the device is told that there is no answer."""


class DnsServer:
    """Authoritative for the active name records, a forwarder for everything else."""

    def __init__(self, settings: DnsSettings, nursery: Nursery) -> None:
        self._settings = settings
        self._nursery = nursery
        self._forwarder = Forwarder(settings.upstream, timeout_s=settings.timeout_s)
        self._names = NameTable()
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self.connections: set[Connection] = set()

    def replace(self, records: Sequence[NameRecord]) -> None:
        """Answer ``records`` and no other names from the next question on.

        Raises Unprocessable naming the DNS rule and attribute that is wrong; then nothing changes.
        """
        self._names = table_of(records)

    async def start(self) -> int:
        """Listen on every address; return the port. Raises Unavailable where that cannot be."""
        port = self._settings.port
        for address in self._settings.addresses:
            try:
                port = await self._listen(address, port)
            except OSError as fault:
                await self.close()
                raise Unavailable(
                    f"DNS cannot listen on {address} port {port}: {fault.strerror or fault}. "
                    "Give the host that address, or end what listens there."
                ) from fault
        return port

    async def close(self) -> None:
        """Stop listening; questions that are being forwarded get no answer."""
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            loop.remove_reader(each)
            each.close()
        for server in self._servers:
            server.close()
        for connection in tuple(self.connections):
            connection.close()
        self._sockets, self._servers = [], []

    def answer(self, message: bytes, reply: Reply, *, over_tcp: bool) -> None:
        """Have ``reply`` called with the answer: now for names of ours, else when it is there."""
        question = question_of(message)
        found = answer_of(message, question, self._names) if question else None
        if found is not None:
            reply(found)
        else:
            self._nursery.start(self._forward(message, reply, over_tcp), name="dns question")

    async def _forward(self, message: bytes, reply: Reply, over_tcp: bool) -> None:
        reply(await self._forwarder.ask(message, over_tcp=over_tcp))

    async def _listen(self, address: str, port: int) -> int:
        for _ in range(TRIES if port == 0 else 1):
            datagrams = _bound(address, port)
            chosen: int = datagrams.getsockname()[1]
            try:
                await self._accept(address, chosen)
            except OSError:
                datagrams.close()
                if port == 0:
                    continue  # what is free for UDP was not for TCP
                raise
            self._sockets.append(datagrams)
            asyncio.get_running_loop().add_reader(datagrams, self._read, datagrams)
            return chosen
        raise OSError(errno.EADDRINUSE, "no port is free for UDP and TCP")

    async def _accept(self, address: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: Connection(self), address, port))

    def _read(self, datagrams: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                message, peer = datagrams.recvfrom(OCTETS_MAX)
            except BlockingIOError:
                return
            except OSError as fault:  # an ICMP error for an earlier answer of ours
                log.debug("receiving a question: %s", fault)
                return
            if not is_query(message):
                continue
            self.answer(message, partial(_send, datagrams, peer), over_tcp=False)


class Connection(asyncio.Protocol):
    """One TCP connection: questions with their length in front, answered as they are ready."""

    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take part in the server's connections, unless there are too many."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if len(self._server.connections) >= CONNECTIONS_MAX:
            transport.abort()
            return
        self._server.connections.add(self)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Answer every question that is complete."""
        self._wait()
        self._held += data
        while len(self._held) >= 2:
            end = 2 + struct.unpack_from("!H", self._held)[0]
            if len(self._held) < end:
                return
            message = bytes(self._held[2:end])
            del self._held[:end]
            if not is_query(message):
                self.close()
                return
            self._server.answer(message, self._reply, over_tcp=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take no further part."""
        self._server.connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()

    def close(self) -> None:
        """Close the connection after what is being sent."""
        if self._transport is not None:
            self._transport.close()

    def _wait(self) -> None:
        """Close the connection where nothing comes for ``IDLE_S`` seconds from now."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(IDLE_S, self.close)

    def _reply(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(struct.pack("!H", len(answer)) + answer)


def _bound(address: str, port: int) -> socket.socket:
    """Return a UDP socket that is bound there."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    datagrams = socket.socket(family, socket.SOCK_DGRAM)
    try:
        datagrams.setblocking(False)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        datagrams.bind((address, port))
    except OSError:
        datagrams.close()
        raise
    return datagrams


def _send(datagrams: socket.socket, peer: tuple[str, int], answer: bytes) -> None:
    try:
        datagrams.sendto(answer, peer)
    except OSError as fault:  # closed meanwhile, or the device is gone: it asks again
        log.debug("answering %s: %s", peer, fault)
