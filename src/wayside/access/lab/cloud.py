"""The Internet of the town: one web service and one DNS server, as a real program.

``python -m wayside.access.lab.cloud '<config>'`` runs inside the cloud's namespace until SIGTERM.
The web service answers just as the example application at the edge does, but for ``served_by``,
so that the same request can be compared. Never knows who is nearer.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sys
import time
from typing import cast
from urllib.parse import parse_qs, urlsplit

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import msgspec

HEAD_BYTES_MAX = 16_384
BODY_BYTES_MAX = 1 << 30
"""The most that ``/bytes`` gives."""
CHUNK = bytes(65_536)
TTL_S = 5


class CloudConfig(msgspec.Struct, frozen=True):
    """Where the cloud serves, and what its DNS server knows."""

    address: str
    dns_address: str
    names: dict[str, str]
    ports: tuple[int, ...] = (80, 8080)
    dns_port: int = 53
    instance: str = "cloud"


class Cloud:
    """Both servers of one cloud, in the running loop."""

    def __init__(self, config: CloudConfig) -> None:
        self._config = config
        self._servers: list[asyncio.Server] = []
        self._names: asyncio.DatagramTransport | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Serve; returns once every address listens."""
        config = self._config
        loop = asyncio.get_running_loop()
        for port in config.ports:
            server = await asyncio.start_server(
                self._converse, config.address, port, limit=HEAD_BYTES_MAX, reuse_address=True
            )
            self._servers.append(server)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Names(config.names), (config.dns_address, config.dns_port)
        )
        self._names = transport

    async def close(self) -> None:
        """Stop serving; every connection is closed on return."""
        for server in self._servers:
            server.close()
        for writer in tuple(self._writers):
            writer.close()
        for server in self._servers:
            await server.wait_closed()
        if self._names is not None:
            self._names.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._answer_one(reader, writer):
                    pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the next request; return whether the connection goes on."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, version, headers = _parse(head)
            await reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.LimitOverrunError, ValueError):
            _write(writer, 400, b'{"detail":"The request cannot be read."}', keep=False)
            return False
        keep = headers.get("connection", "").lower() != "close" and version != "HTTP/1.0"
        url = urlsplit(target)
        if method != "GET":
            _write(writer, 405, b'{"detail":"Only GET is served here."}', keep=keep)
        elif url.path == "/":
            peer: tuple[str, int] = writer.get_extra_info("peername")
            _write(writer, 200, self._greeting(peer[0]), keep=keep)
        elif url.path == "/bytes":
            await _write_bytes(writer, parse_qs(url.query).get("n", ["0"])[0], keep=keep)
        else:
            _write(writer, 404, b'{"detail":"There are / and /bytes?n= here."}', keep=keep)
        await writer.drain()
        return keep

    def _greeting(self, device: str) -> bytes:
        answer = {
            "served_by": "cloud",
            "instance": self._config.instance,
            "host": "cloud",
            "device": device,
            "time_ns": time.time_ns(),
        }
        return json.dumps(answer).encode()


def _parse(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return method, target, version, {name.lower(): value.strip() for name, _, value in pairs}


REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


def _head(status: int, length: int, kind: str, *, keep: bool) -> bytes:
    return (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    ).encode()


def _write(writer: asyncio.StreamWriter, status: int, body: bytes, *, keep: bool) -> None:
    writer.write(_head(status, len(body), "application/json", keep=keep) + body)


async def _write_bytes(writer: asyncio.StreamWriter, text: str, *, keep: bool) -> None:
    """Answer with as many zero bytes as ``text`` says."""
    if not text.isdecimal() or int(text) > BODY_BYTES_MAX:
        detail = f'{{"detail":"n: a number from 0 to {BODY_BYTES_MAX} is expected."}}'
        _write(writer, 400, detail.encode(), keep=keep)
        return
    left = int(text)
    writer.write(_head(200, left, "application/octet-stream", keep=keep))
    while left > 0:
        writer.write(CHUNK[: min(left, len(CHUNK))])
        left -= len(CHUNK)
        await writer.drain()


class _Names(asyncio.DatagramProtocol):
    """The DNS server: A records of the names it was given, and the truth about all others."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = {f"{name.lower().rstrip('.')}.": address for name, address in names.items()}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query, recursion_available=True)
        except dns.exception.DNSException:
            return  # noise is not answered
        if self._transport is not None:
            self._transport.sendto(self._fill(query, answer).to_wire(), addr)

    def _fill(self, query: dns.message.Message, answer: dns.message.Message) -> dns.message.Message:
        answer.flags |= dns.flags.AA
        for question in query.question:
            address = self._names.get(question.name.to_text().lower())
            if address is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif question.rdtype in (dns.rdatatype.A, dns.rdatatype.ANY):
                answer.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", "A", address))
        return answer


async def _serve(config: CloudConfig) -> None:
    cloud = Cloud(config)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await cloud.start()
    await ended.wait()
    await cloud.close()


if __name__ == "__main__":
    asyncio.run(_serve(msgspec.json.decode(sys.argv[1], type=CloudConfig)))
