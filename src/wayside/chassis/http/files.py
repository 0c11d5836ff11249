"""Files as answers: whole or a range, with an ETag, read in pieces off the loop.

Never holds a file in memory, and never makes a path out of a request.
"""

import asyncio
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from wayside.chassis.etags import matches
from wayside.core.errors import NotFound, RangeNotSatisfiable
from wayside.core.requests import FileReply

from .messages import Request, Response, respond, streamed
from .ranges import parse_range, resolve

PIECE_BYTES = 1 << 18


def answer_file(reply: FileReply, request: Request) -> Response:
    """Return 200 with the file, 206 with the range asked for, or 304; raises RangeNotSatisfiable.

    The entity tag is made of the file's size and time of change.
    """
    try:
        found = reply.path.stat()
    except OSError as fault:
        raise NotFound("The content is not there (any more).") from fault
    etag = f'"{found.st_size:x}-{found.st_mtime_ns:x}"'
    headers = [
        ("ETag", etag),
        ("Last-Modified", formatdate(found.st_mtime, usegmt=True)),
        ("Accept-Ranges", "bytes"),
    ]
    known = request.header(b"if-none-match")
    if known is not None and matches(known, etag, weak=True):
        return respond(304, headers=tuple(headers))
    headers.append(("Content-Type", reply.media_type))
    if reply.filename is not None:
        name = quote(reply.filename)
        headers.append(("Content-Disposition", f"attachment; filename*=UTF-8''{name}"))
    first, count, status = 0, found.st_size, 200
    wanted = parse_range(request.header(b"range") or "")
    if wanted is not None and request.header(b"if-range") in (None, etag):
        first, count = resolve(wanted, found.st_size)
        headers.append(("Content-Range", f"bytes {first}-{first + count - 1}/{found.st_size}"))
        status = 206
    stream = pieces_of(reply.path, first, count)
    return streamed(status, stream, length=count, headers=tuple(headers))


async def pieces_of(path: Path, first: int, count: int) -> AsyncIterator[bytes]:
    """Yield ``count`` bytes of the file from ``first``; stops short where the file was cut."""
    with await asyncio.to_thread(_open, path, first) as file:
        while count > 0:
            piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, count))
            if not piece:
                raise RangeNotSatisfiable(f"{path.name} was cut while it was sent.")
            count -= len(piece)
            yield piece


def _open(path: Path, first: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(first)
    return file
