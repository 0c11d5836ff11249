"""Typed clients made from the declarations: the same methods as the trait, over HTTP.

Never knows an API. An error answer raises the same Problem as the element did; no answer raises
Unavailable.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from wayside.core.operations import Api, Operation, operations_of
from wayside.core.replies import Entry, Page
from wayside.core.requests import ByteRange, FileReply, ListQuery
from wayside.core.wire import encode

from .answers import Reader, next_query
from .http.pool import Ask, HttpClient, split_url
from .query import FLAGS, LIST_NAMES, is_document
from .signatures import Signature, signature_of

A = TypeVar("A", bound=Api)
PIECE_BYTES = 1 << 18
PAGES_MAX = 100_000

__all__ = ["FileUpload", "HttpClient", "connect"]


@dataclass
class FileUpload:
    """A file to be sent as an ``Upload``."""

    path: Path
    content_type: str
    content_range: str | None = None
    sent: Callable[[int], object] = lambda count: None
    """Is told of each piece's bytes when they are on their way, to show how far it is."""

    @property
    def length(self) -> int:
        """The bytes of the file; raises OSError where it is not there."""
        return self.path.stat().st_size

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the file; raises OSError where it cannot be read."""
        with self.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
                self.sent(len(piece))


def connect(trait: type[A], url: str, http: HttpClient) -> A:
    """Return a client of ``trait`` at ``url``; nothing is sent before the first call.

    ``url`` is ``http://host:port[/prefix]``, ``https://…`` or ``unix:/path.sock[:/prefix]``.
    Parameters that only a server can fill (``Caller``, ``Credentials``) are left out.
    """
    methods: dict[str, Any] = {
        operation.name: _method(trait.info.root, operation) for operation in operations_of(trait)
    }
    kind = type(f"{trait.__name__}Client", (trait,), methods)
    client: A = object.__new__(kind)
    client.__dict__.update(_remote=_Remote(url, http, urlsplit(split_url(url)[0]).path))
    return client


@dataclass(frozen=True)
class _Remote:
    url: str
    http: HttpClient
    prefix: str
    """The path in ``url``, in front of the API's own."""


def _method(root: str, operation: Operation) -> Callable[..., Coroutine[Any, Any, Any]]:
    signature = signature_of(operation)
    python_signature = inspect.signature(operation.handler)
    reader = Reader(operation, signature.reply)
    form = _Form(root, operation, signature)

    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        remote: _Remote = self._remote
        given = python_signature.bind_partial(self, *args, **kwargs).arguments
        ask = form.filled(given)
        if reader.kind is Page:
            return Page([e async for e in _pages(remote, ask, reader)])
        answer = await remote.http.send(remote.url, ask)
        folder = remote.http.folder if reader.kind is FileReply else Path()
        return await reader.read(answer, folder=folder, prefix=remote.prefix)

    call.__name__ = operation.name
    call.__doc__ = operation.handler.__doc__
    return call


async def _pages(remote: _Remote, ask: Ask, reader: Reader) -> AsyncIterator[Entry[Any]]:
    """Yield the entries of a list, page after page by rel=next."""
    for _ in range(PAGES_MAX):
        answer = await remote.http.send(remote.url, ask)
        for entry in await reader.read_page(answer):
            yield entry
        query = next_query(answer.headers.get("link", ""))
        if query is None:
            return
        ask = Ask(ask.method, ask.path, query, ask.headers)


class _Form:
    """How the arguments of one operation become a request."""

    def __init__(self, root: str, operation: Operation, signature: Signature) -> None:
        self._operation = operation
        self._signature = signature
        self._path = root + operation.path
        self._accept = ", ".join((*operation.produces, "application/problem+json"))

    def filled(self, given: dict[str, Any]) -> Ask:
        """Return the request for these arguments; raise TypeError where one is missing."""
        signature, name = self._signature, self._operation.name
        path = self._path
        for route_name, (parameter, _) in signature.path.items():
            if given.get(parameter) is None:
                raise TypeError(f"{name}() needs {parameter}")
            path = path.replace(f"{{{route_name}}}", _segment(str(given[parameter])))
        query = [
            f"{shown}={_query_text(given[parameter.name])}"
            for shown, parameter in signature.query.items()
            if given.get(parameter.name) is not None and given[parameter.name] != ()
        ]
        ask = Ask(self._operation.method, path, "", {"accept": self._accept})
        self._inject(ask, query, given)
        if signature.body is not None and not signature.uploads and given.get("body") is not None:
            ask.content = encode(given["body"])
            ask.headers["content-type"] = self._operation.consumes[0]
        ask.query = "&".join(query)
        return ask

    def _inject(self, ask: Ask, query: list[str], given: dict[str, Any]) -> None:
        for parameter, kind in self._signature.injected.items():
            value = given.get(parameter)
            if value is None:
                continue
            if kind == "accept":
                ask.headers["accept"] = value
            elif kind == "if_match":
                ask.headers["if-match"] = value
            elif kind == "byte_range":
                ask.headers["range"] = _range_text(value)
            elif kind == "list_query":
                query += _list_query_texts(value)
            elif kind == "upload":
                ask.upload = value
                ask.headers["content-type"] = value.content_type
                if value.content_range is not None:
                    ask.headers["content-range"] = value.content_range
                if value.length is not None:
                    ask.headers["content-length"] = str(value.length)


def _segment(value: str) -> str:
    """Return a path segment; one of dots is written so that nobody takes it for a way up."""
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, safe="")


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list | set | frozenset):
        return ",".join(quote(str(item), safe="") for item in value)
    if is_document(type(value)):
        return quote(encode(value), safe="")
    return quote(str(value), safe="")


def _list_query_texts(query: ListQuery) -> list[str]:
    texts = []
    for name in LIST_NAMES:
        value = getattr(query, name)
        if name in FLAGS:
            texts += [name] if value else []
        elif value is not None:
            texts.append(f"{name}={quote(value, safe='')}")
    return texts


def _range_text(wanted: ByteRange) -> str:
    first = "" if wanted.first is None else wanted.first
    last = "" if wanted.last is None else wanted.last
    return f"bytes={first}-{last}"
