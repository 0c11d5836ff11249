"""Requests and responses as the server and its handlers see them.

Never reads a socket and never decides a status: handlers and problems do.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Protocol

from wayside.core.authorisation import Caller, Credentials
from wayside.core.clock import Clock
from wayside.core.requests import ListQuery

from .bodies import BodyStream


class Takes(Enum):
    """How a handler wants the request's body."""

    NONE = "none"
    WHOLE = "whole"
    STREAM = "stream"


@dataclass(frozen=True)
class Peer:
    """The other end of a connection, as far as the connection itself knows it."""

    scheme: str
    """``http`` or ``https``."""
    address: str
    """Its address, or ``unix``."""
    forwards: bool = False
    """True on a Unix socket: the peer is an element of ours, its X-Forwarded-* are believed."""
    certificate: bytes | None = None
    """The client certificate, DER, verified by TLS."""


class Request:
    """One request, its head parsed; ``body`` is whole, or arrives through ``upload``."""

    __slots__ = (
        "base", "body", "caller", "credentials", "handler", "headers", "list_query", "method",
        "path", "peer", "query", "target", "upload", "values", "version",
    )  # fmt: skip

    def __init__(
        self, method: str, target: bytes, *, headers: dict[bytes, bytes], peer: Peer
    ) -> None:
        self.method = method
        """As sent: ``GET``, ``HEAD``, …"""
        self.target = target
        """The request target as it stood in the request line."""
        self.headers = headers
        """By lower-case name; repeated headers are joined with a comma."""
        self.peer = peer
        self.version = "1.1"
        self.path = ""
        """The target's path, not yet percent-decoded, without the element's own prefix."""
        self.query = b""
        """The target's query, not yet decoded."""
        self.base = ""
        """The caller's view of the API root (``http://host:port/prefix``), without last slash."""
        self.credentials: Credentials | None = None
        self.values: dict[str, str] = {}
        """The path's parameters, percent-decoded, by the names in the route."""
        self.caller: Caller | None = None
        self.handler: Handler | None = None
        """The operation that it is for, known also where its caller is refused."""
        self.list_query: ListQuery | None = None
        """The list parameters, once a handler that takes them has been bound to them."""
        self.body = b""
        self.upload: BodyStream | None = None

    def header(self, name: bytes) -> str | None:
        """Return the header ``name`` (lower case) as text, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Response:
    """One answer: ``head`` is rendered from the status line on, without Date and last blank line.

    ``stream`` is sent after ``body``; its length stands in the head, or the head says chunked.
    ``upgrade`` takes the connection over once the head is sent.
    """

    __slots__ = ("body", "chunked", "head", "status", "stream", "upgrade")

    def __init__(
        self, status: int, head: bytes, body: bytes = b"", *, chunked: bool = False
    ) -> None:
        self.status = status
        self.head = head
        self.body = body
        self.chunked = chunked
        self.stream: AsyncIterator[bytes] | None = None
        self.upgrade: Upgrade | None = None


class TakenOver(Protocol):
    """What speaks on a connection after an upgrade; told of bytes and of the end."""

    def received(self, data: bytes) -> None:
        """Take bytes that the peer sent."""
        ...

    def lost(self) -> None:
        """Know that the connection is gone."""
        ...

    def pause(self, full: bool) -> None:
        """Know whether the way out is full."""
        ...

    def leave(self) -> None:
        """End politely: the server closes."""
        ...


class Outlet(Protocol):
    """The way out of a connection that was taken over."""

    def write(self, data: bytes) -> None:
        """Send ``data`` in order; bytes after the end are dropped."""
        ...

    def close(self) -> None:
        """Send what was written and end the connection."""
        ...


Upgrade = Callable[[Outlet], TakenOver]
RawHandler = Callable[[Request], Awaitable[Response]]
"""Serves a mounted path; the request's body comes through ``upload``."""


class Handler(Protocol):
    """What answers a request: a compiled operation or a mounted path."""

    name: str
    takes: Takes
    inline: bool
    """True where the answer needs no waiting, so that no task is made for it."""

    def now(self, request: Request) -> Response:
        """Answer at once; called only where ``inline``."""
        ...

    async def later(self, request: Request) -> Response:
        """Answer, waiting for others if need be."""
        ...


class Dispatcher(Protocol):
    """What the server serves: the Element."""

    @property
    def clock(self) -> Clock:
        """The element's clock, by which the server's time-outs go."""
        ...

    def prepare(self, request: Request) -> Handler:
        """Return the handler for the request's head; raise a Problem where there is none.

        The caller is authorised when this returns.
        """
        ...

    def date(self) -> bytes:
        """Return the Date header line and the blank line after it."""
        ...


REASONS = {status.value: status.phrase for status in HTTPStatus}
STATUS_LINES = {
    status: f"HTTP/1.1 {status} {phrase}\r\n".encode() for status, phrase in REASONS.items()
}
Headers = tuple[tuple[str, str], ...]


def status_line(status: int) -> bytes:
    """Return the status line, also for a status that has no phrase."""
    return STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n".encode()


def header_lines(headers: Headers) -> bytes:
    """Return header lines; a value that would break out of its line is refused."""
    lines = []
    for name, value in headers:
        if "\r" in value or "\n" in value or "\0" in value:
            raise ValueError(f"the header {name} would break out of its line")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1", "replace")


def respond(
    status: int, body: bytes = b"", *, media_type: str = "application/json", headers: Headers = ()
) -> Response:
    """Return a response with its length; no body and no length with 1xx, 204 and 304."""
    head = status_line(status) + header_lines(headers)
    if status in (204, 304) or status < 200:
        return Response(status, head)
    if body or media_type != "application/json":
        head += header_lines((("content-type", media_type),))
    return Response(status, head + b"content-length: %d\r\n" % len(body), body)


def streamed(
    status: int, stream: AsyncIterator[bytes], *, length: int | None, headers: Headers = ()
) -> Response:
    """Return a response whose body comes in pieces; ``length`` None sends it in chunks."""
    size = b"transfer-encoding: chunked\r\n"
    if length is not None:
        size = b"content-length: %d\r\n" % length
    head = status_line(status) + header_lines(headers) + size
    response = Response(status, head, chunked=length is None)
    response.stream = stream
    return response
