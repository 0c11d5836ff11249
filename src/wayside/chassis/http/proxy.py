"""Front's way to an element: a request goes on over the element's Unix socket, the answer back.

Never changes a body and never holds one: both ways are streams. Adds X-Forwarded-* so that the
element's links are those of the caller's view.
"""

from pathlib import Path

from .messages import RawHandler, Request, Response, status_line
from .upstream import AnswerHead, Upstream, reach

HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade",
        b"transfer-encoding", b"date", b"expect", b"host", b"content-length",
    )
)  # fmt: skip
FORWARDED = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host",
                       b"x-forwarded-prefix"))  # fmt: skip


def proxy(socket: Path, prefix: str = "") -> RawHandler:
    """Return a handler that forwards to the element on ``socket``.

    ``prefix`` is taken from the front of the path and told as X-Forwarded-Prefix. An element that
    is away is answered for with 503.
    """

    async def forward(request: Request) -> Response:
        upstream = await reach(socket, request.method)
        body = None if request.upload is None else request.upload.pieces()
        try:
            await upstream.answer(_head(request, prefix), body, _is_chunked(request))
        except BaseException:
            upstream.close()
            raise
        return _response(upstream.head.result(), upstream)

    return forward


def _head(request: Request, prefix: str) -> bytes:
    path = request.path.removeprefix(prefix) or "/"
    target = path.encode("latin-1") + (b"?" + request.query if request.query else b"")
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), target), *_forwarded(request, prefix)]
    for name, value in request.headers.items():
        if name not in HOP_BY_HOP and name not in FORWARDED:
            lines.append(name + b": " + value)
    if b"upgrade" in request.headers:
        lines += [b"connection: upgrade", b"upgrade: " + request.headers[b"upgrade"]]
    else:
        lines.append(b"connection: close")
    length = request.headers.get(b"content-length")
    if _is_chunked(request):
        lines.append(b"transfer-encoding: chunked")
    elif length is not None:
        lines.append(b"content-length: " + length)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _forwarded(request: Request, prefix: str) -> list[bytes]:
    scheme, found, rest = request.base.partition("://")
    host, slash, above = rest.partition("/")
    lines = [b"host: " + request.headers.get(b"host", b"localhost")]
    if found:
        lines.append(f"x-forwarded-proto: {scheme}".encode("latin-1"))
        lines.append(f"x-forwarded-host: {host}".encode("latin-1"))
    lines.append(f"x-forwarded-prefix: {slash}{above}{prefix}".encode("latin-1"))
    lines.append(f"x-forwarded-for: {request.peer.address}".encode("latin-1"))
    return lines


def _is_chunked(request: Request) -> bool:
    return b"transfer-encoding" in request.headers


def _response(answer: AnswerHead, upstream: Upstream) -> Response:
    kept = [
        name + b": " + value + b"\r\n"
        for name, value in answer.headers
        if name not in HOP_BY_HOP or name == b"content-length"
    ]
    head = status_line(answer.status) + b"".join(kept)
    if answer.status == 101:
        head += b"connection: upgrade\r\nupgrade: websocket\r\n"
        response = Response(101, head)
        response.upgrade = upstream.splice
        return response
    chunked = not answer.has_length and answer.has_body
    response = Response(answer.status, head + b"transfer-encoding: chunked\r\n" * chunked)
    response.chunked = chunked
    if answer.has_body:
        response.stream = upstream.pieces()
    else:
        upstream.close()
    return response
