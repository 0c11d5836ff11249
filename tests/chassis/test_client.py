"""The typed client: what the handler returned, or the problem that it raised."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.chassis.http.orchard import ROOT, Fruit, Orchard, Stand, Tree

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.answers import seconds_of
from wayside.chassis.client import FileUpload, HttpClient, connect
from wayside.core.errors import (
    BadGateway,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    Unauthorised,
    Unavailable,
    Unprocessable,
)
from wayside.core.replies import Accepted, Answer, Created
from wayside.core.requests import ByteRange, IfMatch, ListQuery
from wayside.core.tasks import Nursery


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """An orchard that is served under a prefix, too."""
    async with Nursery() as nursery:
        stand = Stand(Orchard(tmp_path), VirtualClock(), nursery, prefixes=("/mec1",))
        await stand.open()
        yield stand
        await stand.close()


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """Connections that end with the test."""
    async with HttpClient(timeout_s=2) as http:
        yield http


@pytest.fixture(params=["tcp", "prefix", "unix", "unix prefix"])
async def orchard(request: pytest.FixtureRequest, stand: Stand, http: HttpClient) -> Orchard:
    """A client of the orchard, over each way that there is."""
    path = stand.orchard.folder / "o.sock"
    await stand.server.listen_unix(path)
    urls = {
        "tcp": stand.url,
        "prefix": f"{stand.url}/mec1/",
        "unix": f"unix:{path}",
        "unix prefix": f"unix:{path}:/mec1",
    }
    return connect(Orchard, urls[request.param], http)


async def test_the_client_is_the_trait(orchard: Orchard) -> None:
    assert isinstance(orchard, Orchard)
    made = await orchard.create_tree(Tree(name="oak", fruit=Fruit.PEAR))
    assert isinstance(made, Created)
    assert (made.location, made.body.name) == (f"{ROOT}/trees/oak", "oak")
    entry = await orchard.get_tree("oak")
    assert (entry.id, entry.value.fruit) == ("oak", Fruit.PEAR)
    changed = await orchard.replace_tree("oak", Tree(name="elder"), IfMatch(entry.etag))
    assert changed.etag != entry.etag
    with pytest.raises(PreconditionFailed):
        await orchard.replace_tree("oak", Tree(name="elder"), if_match=IfMatch(entry.etag))
    assert (await orchard.modify_tree("oak", {"name": "young"})).name == "young"
    assert await orchard.delete_tree("oak") is None
    with pytest.raises(NotFound, match="There is no tree oak"):
        await orchard.get_tree("oak")


async def test_ids_may_hold_anything(stand: Stand, http: HttpClient) -> None:
    orchard = connect(Orchard, stand.url, http)
    for id_ in ("a/b", "ä ö", "100%", "?x=1#y", ".", "..", "../trees", "%2e%2e", "a;b,c"):
        stand.orchard.plant(id_, Tree(name=f"odd {id_}"))
        found = await orchard.get_tree(id_)
        assert (found.id, found.value.name) == (id_, f"odd {id_}")
    with pytest.raises(BadRequest, match="cannot be asked for"):
        await orchard.get_tree("a" * 100_000)


async def test_queries_arrive_as_given(stand: Stand, http: HttpClient) -> None:
    orchard = connect(Orchard, stand.url, http)
    picked = await orchard.pick(count=2, fruit=(Fruit.APPLE, Fruit.PEAR), ripe=False, note="a&b ä")
    assert picked == {"count": 2, "fruit": ["APPLE", "PEAR"], "ripe": False, "note": "a&b ä"}
    with pytest.raises(TypeError, match="tree_id"):
        await orchard.get_tree()  # type: ignore[call-arg]  # what is checked


async def test_a_long_list_comes_whole(stand: Stand, http: HttpClient) -> None:
    for number in range(230):
        stand.orchard.plant(f"tree {number:03}", Tree(name="elm"))
    orchard = connect(Orchard, f"{stand.url}/mec1", http)
    everything = await orchard.list_trees(ListQuery())
    assert [entry.id for entry in everything.entries] == sorted(stand.orchard.trees)
    some = await orchard.list_trees(ListQuery(filter="(eq,name,oak)", all_fields=True))
    assert some.entries == []


async def test_problems_are_raised_again(stand: Stand, http: HttpClient) -> None:
    orchard = connect(Orchard, stand.url, http)
    await orchard.create_tree(Tree(name="oak"))
    with pytest.raises(Conflict, match="oak already") as conflict:
        await orchard.create_tree(Tree(name="oak"))
    assert conflict.value.field == "$.name"
    with pytest.raises(Unprocessable):
        await orchard.create_tree(Tree(name=7))  # type: ignore[arg-type]  # what is checked
    with pytest.raises(Unauthorised) as refused:
        await orchard.who(None, None)  # type: ignore[arg-type]  # a server fills these
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


async def test_a_token_is_sent_with_each_request(stand: Stand) -> None:
    names = ["eve", "wolf"]

    async def token() -> str:
        return names.pop(0)

    async with HttpClient(token=token) as http:
        orchard = connect(Orchard, stand.url, http)
        assert (await orchard.who(None, None))["subject"] == "eve"  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            await orchard.list_trees(ListQuery())


async def test_files_go_both_ways(stand: Stand, http: HttpClient, tmp_path: Path) -> None:
    drawn = stand.orchard.folder / "map.png"
    drawn.write_bytes(bytes(range(256)) * 4_000)
    orchard = connect(Orchard, stand.url, http)
    sent = await orchard.replace_map(FileUpload(drawn, "image/png"))
    assert sent == {"bytes": drawn.stat().st_size}
    got = await orchard.get_map(None)
    assert got.path.read_bytes() == drawn.read_bytes()
    assert (got.media_type, got.filename) == ("image/png", "map ä.png")
    part = await orchard.get_map(ByteRange(256, 511))
    assert part.path.read_bytes() == bytes(range(256))
    await http.close()
    assert not got.path.exists()


async def test_other_answers_come_as_they_are(stand: Stand, http: HttpClient) -> None:
    orchard = connect(Orchard, stand.url, http)
    begun = await orchard.prune("oak", Tree(name="oak"))
    assert isinstance(begun, Accepted)
    assert (begun.location, begun.body) == (f"{ROOT}/trees/oak", Tree(name="oak"))
    assert (await orchard.prune("oak")).body is None
    teapot = await orchard.teapot()
    assert isinstance(teapot, Answer)
    assert (teapot.status, teapot.body, teapot.media_type) == (
        418, b"short and stout", "text/plain",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3", 3), (" 0 ", 0), (None, None), ("", None), ("-1", None), ("1.5", None),
        ("9" * 20, None), ("Wed, 21 Oct 2015 07:28:00 GMT", None),
    ],
)  # fmt: skip
def test_when_to_come_again_is_read_where_it_is_in_seconds(
    said: str | None, seconds: int | None
) -> None:
    assert seconds_of(said) == seconds


async def test_no_answer_is_unavailable(stand: Stand, http: HttpClient, tmp_path: Path) -> None:
    await stand.server.close()
    for url in (stand.url, f"unix:{tmp_path}/nobody.sock"):
        with pytest.raises(Unavailable, match="did not answer"):
            await connect(Orchard, url, http).get_tree("oak")
    with pytest.raises(BadRequest, match="starts with"):
        await connect(Orchard, "ftp://x", http).get_tree("oak")


async def test_an_answer_that_takes_too_long_is_unavailable(stand: Stand) -> None:
    async with HttpClient(timeout_s=0.05) as http:
        with pytest.raises(Unavailable):
            await connect(Orchard, stand.url, http).wait()


async def test_reading_is_tried_again_and_changing_is_not(http: HttpClient) -> None:
    heard: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    rude = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{rude.sockets[0].getsockname()[1]}"
    with pytest.raises(Unavailable):
        await connect(Orchard, url, http).get_tree("oak")
    with pytest.raises(Unavailable):
        await connect(Orchard, url, http).create_tree(Tree(name="oak"))
    rude.close()
    assert [line.split()[0] for line in heard] == [b"GET", b"GET", b"GET", b"POST"]


async def test_nonsense_is_a_bad_gateway(http: HttpClient) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{x}")
        writer.close()

    babbler = await asyncio.start_server(babble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{babbler.sockets[0].getsockname()[1]}"
    with pytest.raises(BadGateway, match="get_tree"):
        await connect(Orchard, url, http).get_tree("oak")
    babbler.close()
