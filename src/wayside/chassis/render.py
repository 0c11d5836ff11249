"""What a handler returned, as a response: status, ETag, Location, links of the caller's view.

Never decides what is returned. Ref: MEC 009 clauses 6.2 to 6.10 (use of methods and statuses).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from wayside.core.operations import Operation
from wayside.core.replies import Accepted, Answer, Created, Entry, Page
from wayside.core.requests import FileReply
from wayside.core.wire import encode

from .etags import matches
from .http.files import answer_file
from .http.messages import STATUS_LINES, Headers, Request, Response, header_lines, respond
from .links import rewritten, view
from .lists import answer
from .paging import PAGE_SIZE, PARAMETER
from .query import NO_LIST_QUERY

JSON_TYPE = b"content-type: application/json\r\n"
OK_JSON = STATUS_LINES[200] + JSON_TYPE
CREATED_JSON = STATUS_LINES[201] + JSON_TYPE
NOT_MODIFIED = STATUS_LINES[304]
NO_CONTENT = Response(204, STATUS_LINES[204])


class Renderer:
    """Renders the replies of one operation."""

    def __init__(self, operation: Operation, type_: Any) -> None:
        self._type = type_
        self._reads = operation.method == "GET"
        self._kinds: dict[type, Callable[[Any, Request], Response]] = {
            Entry: self._entry,
            Page: self._page,
            Created: self._created,
            Accepted: self._accepted,
            FileReply: answer_file,
            Answer: self._answer,
            type(None): lambda reply, request: NO_CONTENT,
        }

    def render(self, reply: object, request: Request) -> Response:
        """Return the response for what the handler returned."""
        kind = self._kinds.get(type(reply))
        if kind is not None:
            return kind(reply, request)
        body = rewritten(encode(reply), request.base)
        return Response(200, OK_JSON + b"content-length: %d\r\n" % len(body), body)

    def _entry(self, entry: Entry[Any], request: Request) -> Response:
        tag = entry.etag.encode("latin-1")
        if self._reads:
            known = request.headers.get(b"if-none-match")
            if known is not None and matches(known.decode("latin-1"), entry.etag, weak=True):
                return Response(304, NOT_MODIFIED + b"etag: " + tag + b"\r\n")
        body = entry.views.get(request.base) or view(entry, request.base)
        head = b"%setag: %s\r\ncontent-length: %d\r\n" % (OK_JSON, tag, len(body))
        return Response(200, head, body)

    def _page(self, page: Page[Any], request: Request) -> Response:
        query = request.list_query or NO_LIST_QUERY
        base, entries = request.base, page.entries
        if query is NO_LIST_QUERY and len(entries) <= PAGE_SIZE:
            seen = [entry.views.get(base) or view(entry, base) for entry in entries]
            body = b"[%s]" % b",".join(seen)
            return Response(200, OK_JSON + b"content-length: %d\r\n" % len(body), body)
        raw, marker = answer(entries, query, self._type)
        headers: Headers = ()
        if marker is not None:
            link = f"{base}{request.path}?{_next_query(request.query, marker)}"
            headers = (("Link", f'<{link}>; rel="next"'),)
        return respond(200, rewritten(raw, base), headers=headers)

    def _created(self, reply: Created[Any], request: Request) -> Response:
        body, tag = _representation(reply.body, request)
        location = f"location: {request.base}{reply.location}\r\n".encode("latin-1")
        size = b"content-length: %d\r\n" % len(body)
        return Response(201, CREATED_JSON + location + tag + size, body)

    def _accepted(self, reply: Accepted[Any], request: Request) -> Response:
        headers: Headers = ()
        if reply.location is not None:
            headers = (("Location", f"{request.base}{reply.location}"),)
        if reply.retry_after_s is not None:
            headers = (*headers, ("Retry-After", str(reply.retry_after_s)))
        if reply.body is None:
            return respond(202, headers=headers)
        body, _ = _representation(reply.body, request)
        return respond(202, body, headers=headers)

    def _answer(self, reply: Answer[Any], request: Request) -> Response:
        body = reply.body
        if body is None:
            raw = b""
        elif isinstance(body, bytes | str):
            raw = rewritten(body.encode() if isinstance(body, str) else body, request.base)
        else:
            raw, _ = _representation(body, request)
        headers = tuple(
            (name, f"{request.base}{value}" if _is_path(name, value) else value)
            for name, value in reply.headers
        )
        return respond(reply.status, raw, media_type=reply.media_type, headers=headers)


def _is_path(name: str, value: str) -> bool:
    return name.lower() == "location" and value.startswith("/")


def _representation(body: object, request: Request) -> tuple[bytes, bytes]:
    if isinstance(body, Entry):
        seen = body.views.get(request.base) or rewritten(body.encoded, request.base)
        return seen, header_lines((("etag", body.etag),))
    return rewritten(encode(body), request.base), b""


def _next_query(query: bytes, marker: str) -> str:
    """Return the query of the next page: the same filter and selectors, another marker."""
    parts = query.decode("latin-1").split("&")
    kept = [part for part in parts if part and part.partition("=")[0] != PARAMETER]
    return "&".join([*kept, f"{PARAMETER}={quote(marker, safe='')}"])
