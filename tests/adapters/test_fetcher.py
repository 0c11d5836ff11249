"""Files fetched from a raw server: whole or not at all, bounded, judged, and no redirects."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from wayside.adapters.fetcher import HttpFetcher
from wayside.chassis.callbacks import require_callback
from wayside.core.errors import Unavailable, Unprocessable

FILE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers the same to everybody; its URL, and the heads that it was sent."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/own.csar", heads
    finally:
        server.close()


async def fetched(url: str, folder: Path, *, bytes_max: int = 100) -> bytes:
    """What a file holds that was fetched; a Problem where it was not, and then no file is left."""
    into = folder / "it"
    try:
        await HttpFetcher(allow=require_callback).fetch(url, into, bytes_max=bytes_max)
    except (Unavailable, Unprocessable):
        assert not into.exists()
        raise
    return into.read_bytes()


async def test_a_file_is_written_whole(tmp_path: Path) -> None:
    async with serving(FILE) as (url, heads):
        assert await fetched(url, tmp_path) == b"12345"
        assert await fetched(url, tmp_path, bytes_max=5) == b"12345"
    assert heads[0].startswith(b"GET /own.csar HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (FILE, "more than the 4 bytes"),
        (b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
    ],
)
async def test_what_is_no_file_of_a_bearable_size_is_refused(
    tmp_path: Path, answer: bytes, why: str
) -> None:
    async with serving(answer) as (url, heads):
        with pytest.raises(Unprocessable, match=why):
            await fetched(url, tmp_path, bytes_max=4)
    assert len(heads) == 1, "no redirect is followed"


@pytest.mark.parametrize("answer", [b"", FILE[:-2], b"nonsense\r\n\r\n"])
async def test_what_breaks_off_is_not_taken_for_a_file(tmp_path: Path, answer: bytes) -> None:
    async with serving(answer) as (url, _):
        with pytest.raises(Unavailable, match="could not be fetched"):
            await fetched(url, tmp_path)


async def test_an_address_is_judged_before_it_is_called(tmp_path: Path) -> None:
    judged: list[tuple[str, Sequence[str]]] = []

    def closed(host: str, resolved: Sequence[str]) -> str:
        judged.append((host, resolved))
        raise Unprocessable("It is closed.")

    async with serving(FILE) as (url, heads):
        fetcher = HttpFetcher(allow=require_callback, reach=closed)
        with pytest.raises(Unprocessable, match="closed"):
            await fetcher.fetch(url, tmp_path / "it", bytes_max=100)
    assert judged == [("127.0.0.1", ["127.0.0.1"])]
    assert heads == []


def test_what_may_not_be_fetched_at_all_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(Unprocessable):
        HttpFetcher(allow=require_callback).require("ftp://10.45.1.1/own.csar")
