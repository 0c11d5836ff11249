"""Answers of another element, read back into what its handler returned.

Never sends. What cannot be understood is BadGateway: the fault is theirs or the path's.
"""

import re
import tempfile
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from wayside.core.errors import BadGateway, Problem, Unavailable, problem_of
from wayside.core.operations import Operation
from wayside.core.replies import Accepted, Answer, Created, Entry, Page
from wayside.core.requests import FileReply
from wayside.model.common import ProblemDetails

NEXT_LINK = re.compile(r'<([^>]*)>\s*;[^,]*rel="?next"?')
ERROR_BYTES_MAX = 65_536
RETRY_AFTER_DIGITS = 10


class _SelfHref(msgspec.Struct):
    href: str = ""


class _SelfLinks(msgspec.Struct):
    self: _SelfHref = msgspec.field(default_factory=_SelfHref)


class _Linked(msgspec.Struct):
    links: _SelfLinks = msgspec.field(name="_links", default_factory=_SelfLinks)


def next_query(link: str) -> str | None:
    """Return the query of the next page that a Link header names, or None."""
    found = NEXT_LINK.search(link)
    return urlsplit(found[1]).query if found else None


class Reader:
    """Reads the answers of one operation."""

    def __init__(self, operation: Operation, reply: tuple[Any, Any]) -> None:
        self.kind, self._type = reply
        self._name = operation.name
        type_ = Any if self._type is None else self._type
        self._decoder = msgspec.json.Decoder(type_)
        self._items = msgspec.json.Decoder(list[msgspec.Raw])

    async def read(self, answer: httpx.Response, *, folder: Path, prefix: str = "") -> Any:
        """Return what the handler returned; raise the Problem that it raised.

        A file is kept in ``folder``; ``prefix`` is taken from the front of a Location.
        """
        try:
            if answer.status_code >= 400 and self.kind is not Answer:
                raise await _problem(answer)
            if self.kind is FileReply:
                return await _file(answer, folder)
            content = await answer.aread()
        except httpx.TransportError as fault:
            raise Unavailable(f"The answer to {self._name} was cut short.") from fault
        finally:
            await answer.aclose()
        return self._reply(answer, content, prefix)

    async def read_page(self, answer: httpx.Response) -> list[Entry[Any]]:
        """Return the entries of one page of a list."""
        content = await self.read(answer, folder=Path())
        try:
            return [self._item(bytes(raw)) for raw in self._items.decode(content)]
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise self._odd(fault) from fault

    def _reply(self, answer: httpx.Response, content: bytes, prefix: str) -> Any:
        kind = self.kind
        if kind is Page:
            return content
        if kind is None or (answer.status_code == 204 and kind is not Answer):
            return None
        if kind is Answer:
            headers = tuple((name, value) for name, value in answer.headers.multi_items())
            media_type = answer.headers.get("content-type", "").partition(";")[0]
            return Answer(answer.status_code, content, headers, media_type)
        location = _location(answer, prefix)
        if kind is Accepted or answer.status_code == 202:
            body = self._decoded(content) if content else None
            return Accepted(location, body, seconds_of(answer.headers.get("retry-after")))
        value = self._decoded(content)
        if kind is Created:
            return Created(location or "", value)
        if kind is Entry:
            return Entry(_last_segment(answer), value, content, answer.headers.get("etag", ""))
        return value

    def _item(self, raw: bytes) -> Entry[Any]:
        try:
            href = msgspec.json.decode(raw, type=_Linked).links.self.href
        except msgspec.ValidationError:
            href = ""
        id_ = unquote(urlsplit(href).path.rpartition("/")[2])
        return Entry(id_, self._decoded(raw), raw, "")

    def _decoded(self, content: bytes) -> Any:
        try:
            return self._decoder.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise self._odd(fault) from fault

    def _odd(self, fault: Exception) -> Problem:
        return BadGateway(f"The answer to {self._name} cannot be understood: {fault}.")


async def _problem(answer: httpx.Response) -> Problem:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > ERROR_BYTES_MAX:
            break
    headers = {
        name: answer.headers[name]
        for name in ("Retry-After", "WWW-Authenticate", "Allow")
        if name in answer.headers
    }
    try:
        details = msgspec.json.decode(bytes(content), type=ProblemDetails)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        asked = f"{answer.request.method} {answer.request.url.path}"
        return problem_of(answer.status_code, f"{asked} was answered {answer.status_code}.")
    problem = problem_of(answer.status_code, details.detail)
    problem.field = details.field
    problem.headers = headers
    return problem


async def _file(answer: httpx.Response, folder: Path) -> FileReply:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        async for piece in answer.aiter_bytes():
            file.write(piece)
    message = Message()
    message["content-disposition"] = answer.headers.get("content-disposition", "")
    media_type = answer.headers.get("content-type", "application/octet-stream")
    return FileReply(Path(file.name), media_type, message.get_filename())


def _location(answer: httpx.Response, prefix: str) -> str | None:
    """Return the path of the Location as the handler said it, before it became a URI."""
    value = answer.headers.get("location")
    return None if value is None else urlsplit(value).path.removeprefix(prefix)


def seconds_of(retry_after: str | None) -> int | None:
    """Return the seconds of a Retry-After; None where it has none, a date too. Ref: RFC 9110."""
    said = (retry_after or "").strip()
    return int(said) if said.isdecimal() and len(said) < RETRY_AFTER_DIGITS else None


def _last_segment(answer: httpx.Response) -> str:
    raw = answer.request.url.raw_path.partition(b"?")[0].rpartition(b"/")[2]
    return unquote(raw.decode("ascii"))
