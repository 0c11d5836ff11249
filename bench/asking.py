"""The least HTTP client that there is, so that what is timed is the server. Never measures.

One request at a time on one kept connection; only answers with a Content-Length are understood.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from .figures import Timings

NEXT = re.compile(rb"[Ll]ink: <(?:http://[^/>]+)?([^>]+)>; *rel=\"?next")
JSON = "Content-Type: application/json\r\n"


@dataclass
class Caller:
    """A connection to a server on loopback."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    next: str = ""
    """The path of the next page, where the last answer was not the last one."""

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the body of a good answer; raise RuntimeError for any other."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(f"{head}{JSON if body else ''}\r\n".encode() + body)
        whole = await self.reader.readuntil(b"\r\n\r\n")
        told, link = whole.lower(), NEXT.search(whole)
        self.next = link[1].decode() if link else ""
        length = told.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        content = await self.reader.readexactly(int(length or b"0"))
        if not told.startswith(b"http/1.1 2"):
            raise RuntimeError(f"{method} {path}: {told[:40]!r} {content[:300]!r}")
        return content

    async def pages(self, path: str) -> None:
        """Return when a list was read to its last page."""
        await self.ask("GET", path)
        while self.next:
            await self.ask("GET", self.next)

    async def page_times(self, count: int, path: str) -> Timings:
        """Return how long a list took to its last page, ``count`` times."""
        found = []
        for _ in range(count):
            begun = time.perf_counter()
            await self.pages(path)
            found.append(time.perf_counter() - begun)
        return Timings(found)

    async def times(
        self, count: int, method: str, path: str, body: Callable[[int], bytes] | None = None
    ) -> Timings:
        """Return how long ``count`` requests took, one after the other."""
        found = []
        for number in range(count):
            content = body(number) if body is not None else b""
            begun = time.perf_counter()
            await self.ask(method, path, content)
            found.append(time.perf_counter() - begun)
        return Timings(found)


async def caller(port: int) -> Caller:
    """Return a new connection."""
    return Caller(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))
