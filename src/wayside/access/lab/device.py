"""The measuring client of a device: resolves a name, makes requests, and says what it saw.

``python -m wayside.access.lab.device '<task>'`` runs inside a device's namespace and prints one
JSON document. Plain sockets, so that what is timed is the network and not a library. Never
retries: a failure is a figure too.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import msgspec

RECEIVE_BYTES = 262_144


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: ``count`` GETs, one after the other, of ``path`` at a name or an address."""

    name: str | None = None
    address: str | None = None
    port: int = 80
    path: str = "/"
    count: int = 1
    keep_alive: bool = False
    dns: str | None = None
    dns_port: int = 53
    timeout_s: float = 5.0
    source: str | None = None
    """The device's own address to send from; the namespace's by default."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen; ``served`` counts answers by (served_by, instance)."""

    address: str = ""
    source: str = ""
    resolve_s: float | None = None
    timings_s: tuple[float, ...] = ()
    served: tuple[tuple[str, str, int], ...] = ()
    failures: tuple[str, ...] = ()
    bytes: int = 0
    """Of all bodies."""
    octets: int = 0
    """Of everything sent and received over UDP and TCP, without their headers."""


class Failure(Exception):
    """One request that came to nothing; the sentence says why."""


@dataclass
class Browser:
    """Makes requests to one address, over one connection or a new one each."""

    task: Task
    address: str
    source: str = ""
    octets: int = 0
    """Everything sent and received so far."""
    _open: socket.socket | None = None
    _rest: bytearray = field(default_factory=bytearray)

    def get(self) -> tuple[int, bytes, int]:
        """Return status, the first bytes of the body, and the body's length."""
        try:
            connection = self._connection()
            request = self._request()
            connection.sendall(request)
            self.octets += len(request)
            return self._answer(connection)
        except OSError as fault:
            self.close()
            raise Failure(f"{self.address} port {self.task.port}: {fault}") from fault
        except Failure:
            self.close()
            raise
        finally:
            if not self.task.keep_alive:
                self.close()

    def close(self) -> None:
        """Close the connection, if one is open."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self._rest.clear()

    def _connection(self) -> socket.socket:
        if self._open is None:
            source = (self.task.source, 0) if self.task.source else None
            self._open = socket.create_connection(
                (self.address, self.task.port), self.task.timeout_s, source_address=source
            )
            self._open.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.source = self._open.getsockname()[0]
        return self._open

    def _request(self) -> bytes:
        host = self.task.name or self.address
        keep = "keep-alive" if self.task.keep_alive else "close"
        return (
            f"GET {self.task.path} HTTP/1.1\r\nHost: {host}\r\nConnection: {keep}\r\n\r\n"
        ).encode()

    def _answer(self, connection: socket.socket) -> tuple[int, bytes, int]:
        head = self._head(connection)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        try:
            status = int(status_line.split(" ", 2)[1])
            length = int(headers["content-length"])
        except (ValueError, IndexError, KeyError):
            raise Failure(f"{self.address}: the answer's head cannot be read.") from None
        start = bytes(self._rest[: min(length, 4096)])
        got = min(len(self._rest), length)
        del self._rest[:got]
        buffer = bytearray(RECEIVE_BYTES)
        while got < length:
            count = connection.recv_into(buffer, min(len(buffer), length - got))
            if count == 0:
                raise Failure(f"{self.address}: closed after {got} of {length} bytes.")
            if len(start) < 4096:
                start += bytes(buffer[: min(count, 4096 - len(start))])
            got += count
            self.octets += count
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, start, length

    def _head(self, connection: socket.socket) -> bytes:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            piece = connection.recv(65_536)
            if not piece:
                raise Failure(f"{self.address}: closed before it answered.")
            self._rest += piece
            self.octets += len(piece)
        head = bytes(self._rest[:end])
        del self._rest[: end + 4]
        return head


def resolve(task: Task) -> tuple[str, float, int]:
    """Return the address of the task's name, the seconds and the octets; raises Failure."""
    query = dns.message.make_query(task.name or "", dns.rdatatype.A)
    started = time.perf_counter()
    try:
        answer = dns.query.udp(
            query,
            task.dns or "",
            timeout=task.timeout_s,
            port=task.dns_port,
            source=task.source,
        )
    except (dns.exception.DNSException, OSError) as fault:
        said = str(fault) or type(fault).__name__
        raise Failure(f"{task.name}: {task.dns} did not answer: {said}") from fault
    took = time.perf_counter() - started
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.A:
            return str(next(iter(rrset))), took, len(query.to_wire()) + len(answer.to_wire())
    raise Failure(f"{task.name}: {task.dns} knows no address of it.")


def perform(task: Task) -> Outcome:
    """Do the whole task and return what was seen."""
    resolve_s, octets = None, 0
    address = task.address or ""
    if task.name is not None and task.address is None:
        try:
            address, resolve_s, octets = resolve(task)
        except Failure as failure:
            return Outcome(failures=(str(failure),))
    browser = Browser(task, address)
    timings: list[float] = []
    failures: list[str] = []
    served: dict[tuple[str, str], int] = {}
    total = 0
    for seconds, status, body, length in _requests(browser, failures):
        total += length
        if status >= 400:
            failures.append(f"{address}: status {status}.")
            continue
        timings.append(seconds)
        who = _served(body)
        served[who] = served.get(who, 0) + 1
    browser.close()
    return Outcome(
        address=address,
        source=browser.source,
        resolve_s=resolve_s,
        timings_s=tuple(timings),
        served=tuple((by, instance, count) for (by, instance), count in served.items()),
        failures=tuple(failures),
        bytes=total,
        octets=octets + browser.octets,
    )


def _requests(browser: Browser, failures: list[str]) -> Iterator[tuple[float, int, bytes, int]]:
    """Yield seconds, status, start of the body and its length, for each answered request."""
    for _ in range(browser.task.count):
        started = time.perf_counter()
        try:
            status, body, length = browser.get()
        except Failure as failure:
            failures.append(str(failure))
            continue
        yield time.perf_counter() - started, status, body, length


def _served(body: bytes) -> tuple[str, str]:
    """Return who says to have served: ``served_by`` and ``instance`` of a JSON answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        return "", ""
    if not isinstance(answer, dict):
        return "", ""
    return str(answer.get("served_by", "")), str(answer.get("instance", ""))


if __name__ == "__main__":
    outcome = perform(msgspec.json.decode(sys.argv[1], type=Task))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
