"""Front's proxy: the element behind it is seen as if it stood there itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.chassis.http.orchard import ROOT, Gatekeeper, Stand, Tree, ask
from websockets.asyncio.client import connect

from wayside.chassis.element import Element
from wayside.chassis.http import HttpServer
from wayside.chassis.http.proxy import proxy
from wayside.chassis.http.websocket import WebSocketHub
from wayside.core.tasks import Nursery

BIG = bytes(range(256)) * 8_000


@pytest.fixture
async def front(stand: Stand, nursery: Nursery, tmp_path: Path) -> AsyncIterator[Stand]:
    """A front door to the orchard, which listens on a Unix socket."""
    path = tmp_path / "orchard.sock"
    await stand.server.listen_unix(path)
    front = Stand(stand.orchard, stand.clock, nursery)
    front.element = Element(
        title="front", apis=(), authoriser=Gatekeeper(), clock=stand.clock, new_id=lambda: "id"
    )
    front.server = HttpServer(front.element, nursery=nursery)
    front.element.mount("/mec1", proxy(path, prefix="/mec1"))
    front.element.mount("/gone", proxy(tmp_path / "nobody.sock", prefix="/gone"))
    front.element.mount("/*", proxy(path))
    await front.open()
    yield front
    await front.close()


async def test_links_lead_through_the_front_door(front: Stand) -> None:
    for prefix in ("/mec1", ""):
        made = await front.client.post(f"{prefix}{ROOT}/trees", json={"name": f"oak{prefix}x"})
        assert made.headers["location"].startswith(f"{front.url}{prefix}{ROOT}/trees/oak")
        front.orchard.plant("elm", Tree(name="elm"))
        found = await front.client.get(f"{prefix}{ROOT}/trees/elm")
        assert found.json()["_links"]["self"]["href"] == f"{front.url}{prefix}{ROOT}/trees/elm"
        assert found.headers["etag"] == front.orchard.trees["elm"].etag


async def test_queries_and_escapes_pass_unchanged(front: Stand) -> None:
    front.orchard.plant("a/b ä", Tree(name="odd"))
    assert (await front.client.get(f"/mec1{ROOT}/trees/a%2Fb%20%C3%A4")).json()["name"] == "odd"
    answer = await front.client.get(f"/mec1{ROOT}/basket?count=2&note=%26+x")
    assert answer.json()["note"] == "& x"


async def test_problems_pass_whole(front: Stand) -> None:
    answer = await front.client.post(
        f"/mec1{ROOT}/trees", content=b'{"name":7}', headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "$.name")
    refused = await front.client.get(f"/mec1{ROOT}/who")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_large_bodies_stream_both_ways(front: Stand, tmp_path: Path) -> None:
    (tmp_path / "map.png").write_bytes(BIG)
    target, png = f"/mec1{ROOT}/map", {"content-type": "image/png"}
    assert (await front.client.get(target)).content == BIG
    part = await front.client.get(target, headers={"range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, BIG[5:10])
    assert (await front.client.put(target, content=BIG, headers=png)).json()["bytes"] == len(BIG)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield BIG[:100_000]

    assert (await front.client.put(target, content=pieces(), headers=png)).json()[
        "bytes"
    ] == 400_000
    assert (await front.client.head(target)).headers["content-length"] == str(len(BIG))


async def test_an_early_refusal_passes_though_the_body_is_still_coming(front: Stand) -> None:
    headers = ("Content-Type: image/png", "Authorization: Bearer wolf", "Content-Length: 9000000")
    async with front.line() as line:
        line.say(ask(f"/mec1{ROOT}/map", *headers, method="PUT") + b"x" * 1_000)
        told = await line.hear()
        assert (told.status, told.headers["connection"]) == (403, "close")


async def test_an_element_that_is_away_is_answered_for(front: Stand) -> None:
    answer = await front.client.get(f"/gone{ROOT}/trees")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "away" in answer.json()["detail"]


async def test_an_element_that_ends_meanwhile_is_answered_for(
    front: Stand, nursery: Nursery, tmp_path: Path
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    path = tmp_path / "rude.sock"
    rude = await asyncio.start_unix_server(hang_up, str(path))
    front.element.mount("/rude", proxy(path, prefix="/rude"))
    assert (await front.client.get("/rude/x")).status_code == 503
    rude.close()


async def test_a_websocket_passes_through(front: Stand, stand: Stand, nursery: Nursery) -> None:
    hub = WebSocketHub(clock=stand.clock, nursery=nursery, new_id=lambda: "secret")
    stand.element.mount(hub.root, hub.handle)
    path = hub.open()
    async with connect(f"ws://127.0.0.1:{front.port}/mec1{path}", proxy=None) as client:
        sending = asyncio.ensure_future(hub.send(path, '{"a":1}'))
        assert str(await client.recv()).endswith('\r\n\r\n{"a":1}')
        await client.send("HTTP/1.1 204 No Content\r\n\r\n")
        assert await sending
