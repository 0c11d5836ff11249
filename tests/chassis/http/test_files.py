"""Bodies of any size, both ways."""

import asyncio
from pathlib import Path

import pytest
from tests.chassis.http.orchard import ROOT, Orchard, Stand, ask

from wayside.chassis.http import Limits, Request, Response, respond
from wayside.chassis.http.messages import streamed
from wayside.core.requests import ByteRange
from wayside.core.tasks import Nursery

MAP = bytes(range(256)) * 4_000
TARGET = f"{ROOT}/map"


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """The map, on disk."""
    path = tmp_path / "map.png"
    path.write_bytes(MAP)
    return path


async def test_a_file_comes_whole(stand: Stand, drawn: Path) -> None:
    answer = await stand.client.get(TARGET)
    assert answer.content == MAP
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "map%20%C3%A4.png" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=1000-", 1_000, len(MAP) - 1),
        ("bytes=-5", len(MAP) - 5, len(MAP) - 1),
        ("bytes=10-99999999", 10, len(MAP) - 1),
        (f"bytes=-{10**9}", 0, len(MAP) - 1),
    ],
)
async def test_a_range_of_a_file(
    stand: Stand, drawn: Path, wanted: str, first: int, last: int
) -> None:
    answer = await stand.client.get(TARGET, headers={"range": wanted})
    assert answer.status_code == 206
    assert answer.content == MAP[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(MAP)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "lines=1-2", "bytes=9-2", "bytes=-", "x"])
async def test_a_range_that_is_not_one_gets_the_whole(
    stand: Stand, drawn: Path, wanted: str
) -> None:
    answer = await stand.client.get(TARGET, headers={"range": wanted})
    assert (answer.status_code, len(answer.content)) == (200, len(MAP))


@pytest.mark.parametrize("wanted", [f"bytes={len(MAP)}-", "bytes=-0"])
async def test_a_range_outside_is_refused(stand: Stand, drawn: Path, wanted: str) -> None:
    answer = await stand.client.get(TARGET, headers={"range": wanted})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(MAP)}"


async def test_a_file_that_is_known_is_not_sent_again(stand: Stand, drawn: Path) -> None:
    etag = (await stand.client.head(TARGET)).headers["etag"]
    known = await stand.client.get(TARGET, headers={"if-none-match": etag})
    assert (known.status_code, known.content) == (304, b"")
    drawn.write_bytes(b"new")
    assert (await stand.client.get(TARGET, headers={"if-none-match": etag})).content == b"new"
    stale = {"range": "bytes=0-1", "if-range": etag}
    assert (await stand.client.get(TARGET, headers=stale)).status_code == 200


async def test_a_handler_sees_the_range(stand: Stand, drawn: Path) -> None:
    await stand.client.get(TARGET, headers={"range": "bytes=3-"})
    await stand.client.get(TARGET)
    assert stand.orchard.seen == [ByteRange(3, None), None]


async def test_a_missing_file_is_not_found(stand: Stand) -> None:
    assert (await stand.client.get(TARGET)).status_code == 404


async def test_a_slow_reader_is_waited_for(stand: Stand, drawn: Path) -> None:
    drawn.write_bytes(MAP * 8)
    async with stand.line() as line:
        line.say(ask(TARGET))
        await asyncio.sleep(0.05)
        told = await line.hear()
        assert told.body == MAP * 8
        line.say(ask(f"{ROOT}/trees"))
        assert (await line.hear()).status == 200


async def test_a_reader_that_takes_nothing_is_cut_off(stand: Stand, drawn: Path) -> None:
    drawn.write_bytes(MAP * 32)
    async with stand.line() as line:
        line.say(ask(TARGET))
        await asyncio.sleep(0.1)
        await stand.clock.advance(70)
        await asyncio.sleep(0.02)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await line.hear()


async def test_an_upload_arrives_in_pieces(stand: Stand) -> None:
    png = {"content-type": "image/png"}
    answer = await stand.client.put(TARGET, content=MAP * 4, headers=png)
    assert answer.json() == {"bytes": len(MAP) * 4}

    async def pieces():
        for _ in range(10):
            yield MAP[:50_000]

    answer = await stand.client.put(TARGET, content=pieces(), headers=png)
    assert answer.json() == {"bytes": 500_000}


async def test_an_upload_of_another_type_is_refused(stand: Stand) -> None:
    answer = await stand.client.put(TARGET, content=b"x", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_upload_is_bounded(
    stand: Stand, nursery: Nursery, tmp_path: Path, chunked: bool
) -> None:
    small = Stand(Orchard(tmp_path), stand.clock, nursery, limits=Limits(upload_bytes_max=100_000))
    await small.open()
    head = ("Content-Type: image/png",)
    async with small.line() as line:
        if chunked:
            line.say(ask(TARGET, *head, "Transfer-Encoding: chunked", method="PUT"))
            for _ in range(3):
                line.say(b"c350\r\n" + b"x" * 50_000 + b"\r\n")
        else:
            line.say(ask(TARGET, *head, method="PUT", body=b"x" * 150_000))
        assert (await line.hear()).status == 413
    await small.close()


async def test_an_upload_that_breaks_off_ends_its_handler(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(TARGET, "Content-Type: image/png", method="PUT", body=b"x" * 1_000)[:-1])
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.02)
    assert (await stand.client.get(f"{ROOT}/trees")).status_code == 200
    await asyncio.wait_for(stand.server.close(), 2)


async def test_a_small_upload_that_nobody_reads_does_not_hurt_the_next_request(
    stand: Stand,
) -> None:
    wolf = ("Content-Type: image/png", "Authorization: Bearer wolf")
    async with stand.line() as line:
        line.say(ask(TARGET, *wolf, method="PUT", body=b"x" * 1_000) + ask(f"{ROOT}/trees"))
        assert ((await line.hear()).status, (await line.hear()).status) == (403, 200)


async def test_a_sender_is_held_while_its_reader_is_slow(stand: Stand) -> None:
    got = 0

    async def read(request: Request) -> Response:
        nonlocal got
        assert request.upload is not None
        async for piece in request.upload.pieces():
            await stand.orchard.gate.wait()
            got += len(piece)
        return respond(204)

    stand.element.mount("/slow", read)
    async with stand.line() as line:
        line.say(ask("/slow", method="PUT", body=MAP * 20))
        await asyncio.sleep(0.2)
        assert line.writer.transport.get_write_buffer_size() > len(MAP) * 5
        stand.orchard.gate.set()
        assert (await line.hear()).status == 204
    assert got == len(MAP) * 20


async def test_a_stream_is_held_while_its_receiver_is_slow(stand: Stand) -> None:
    made = 0

    async def pieces():
        nonlocal made
        for _ in range(1_000):
            made += 1
            yield bytes(100_000)

    async def write(request: Request) -> Response:
        return streamed(200, pieces(), length=100_000_000)

    stand.element.mount("/stream", write)
    async with stand.line() as line:
        line.say(ask("/stream"))
        await asyncio.sleep(0.3)
        assert 0 < made < 500
