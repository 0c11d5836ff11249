"""HTTP/1.1 as bytes: order, limits, time-outs, and ends."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chassis.http.orchard import ROOT, Orchard, Stand, Tree, ask

from wayside.chassis.http import Limits
from wayside.core.tasks import Nursery

TREE = b'{"name":"oak"}'
JSON = "Content-Type: application/json"
CHUNKED_POST = (
    ask(f"{ROOT}/trees", JSON, "Transfer-Encoding: chunked", method="POST")
    + b"5\r\n"
    + TREE[:5]
    + b"\r\n9;note=1\r\n"
    + TREE[5:]
    + b"\r\n0\r\n\r\n"
)


@pytest.fixture
async def narrow(stand: Stand, nursery: Nursery):
    """A second server for the same orchard, with little room."""
    limits = Limits(
        head_bytes_max=2_000, target_bytes_max=500, body_bytes_max=1_000, upload_bytes_max=200_000,
        connections_max=2, in_flight_max=1, close_s_max=1,
    )  # fmt: skip
    narrow = Stand(stand.orchard, stand.clock, nursery, limits=limits)
    await narrow.open()
    yield narrow
    await narrow.close()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(1, 400), max_size=12, unique=True))
def test_it_does_not_matter_where_the_bytes_are_cut(cuts: list[int], tmp_path) -> None:
    raw = ask(f"{ROOT}/basket?count=1&note=%C3%A4", "X-Long: " + "y" * 40) + CHUNKED_POST
    raw += ask(f"{ROOT}/trees/oak") + ask("/nothing")

    async def talk() -> list[tuple[int, bytes]]:
        async with Nursery() as nursery:
            stand = Stand(Orchard(tmp_path), _clock(), nursery)
            await stand.open()
            async with stand.line() as line:
                edges = [0, *sorted(cut for cut in cuts if cut < len(raw)), len(raw)]
                for first, last in pairwise(edges):
                    line.say(raw[first:last])
                    await asyncio.sleep(0)
                told = [await line.hear() for _ in range(4)]
            await stand.close()
            return [(one.status, one.body) for one in told]

    statuses = [status for status, _ in asyncio.run(talk())]
    assert statuses == [200, 201, 200, 404]


def _clock():
    from wayside.adapters.clocks import VirtualClock

    return VirtualClock()


async def test_pipelined_requests_are_answered_in_their_order(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/slow") + ask(f"{ROOT}/trees/oak") + ask("/nothing") * 50)
        await asyncio.sleep(0.02)
        stand.orchard.gate.set()
        first, second = await line.hear(), await line.hear()
        assert (first.body, second.status) == (b'"through"', 200)
        assert [(await line.hear()).status for _ in range(50)] == [404] * 50


async def test_a_connection_is_kept_until_its_peer_says_close(stand: Stand) -> None:
    async with stand.line() as line:
        for _ in range(3):
            line.say(ask(f"{ROOT}/trees"))
            assert (await line.hear()).status == 200
        line.say(ask(f"{ROOT}/trees", "Connection: close"))
        assert (await line.hear()).headers["connection"] == "close"
        assert await line.rest() == b""


async def test_http_1_0_gets_one_answer_and_needs_no_host(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    async with stand.line() as line:
        line.say(f"GET {ROOT}/trees/oak HTTP/1.0\r\n\r\n".encode())
        assert b'"href":"/orchard/v1/trees/oak"' in await line.rest()


async def test_a_body_waits_until_it_is_welcome(stand: Stand) -> None:
    head = ask(f"{ROOT}/trees", JSON, "Expect: 100-continue", method="POST", body=TREE)
    async with stand.line() as line:
        line.say(head[: -len(TREE)])
        assert (await line.hear()).status == 100
        line.say(TREE)
        assert (await line.hear()).status == 201


async def test_an_unwelcome_body_is_refused_before_it_is_sent(stand: Stand) -> None:
    head = ask(f"{ROOT}/nothing", JSON, "Expect: 100-continue", method="POST", body=TREE)
    async with stand.line() as line:
        line.say(head[: -len(TREE)])
        refused = await line.hear()
        assert (refused.status, refused.headers["connection"]) == (404, "close")


async def test_after_a_refused_small_body_the_connection_lives(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/nothing", JSON, method="POST", body=TREE) + ask(f"{ROOT}/trees"))
        assert ((await line.hear()).status, (await line.hear()).status) == (404, 200)


async def test_the_authoriser_is_asked_before_the_body_is_there(stand: Stand) -> None:
    whole = ask(f"{ROOT}/trees", JSON, "Authorization: Bearer wolf", method="POST", body=TREE)
    async with stand.line() as line:
        line.say(whole[: -len(TREE)])
        assert (await line.hear()).status == 403


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: evil/path\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (ask("/", "X : 1"), 400),
        (ask("/", "Content-Length: 3", "Content-Length: 4", method="POST"), 400),
        (ask("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST"), 400),
        (ask(f"{ROOT}/trees", JSON, "Transfer-Encoding: chunked", method="POST") + b"zz\r\n", 400),
        (ask(f"{ROOT}/trees/" + "x" * 600), 414),
        (ask(f"{ROOT}/trees/" + "x" * 3_000), 414),
        (ask(f"{ROOT}/trees", "X-Big: " + "x" * 2_500), 431),
        (ask(f"{ROOT}/trees", "X-Big: " + "x" * 300_000)[:-4], 431),
        (ask(f"{ROOT}/trees", JSON, method="POST", body=b" " * 1_001), 413),
        (ask(f"{ROOT}/trees", JSON, "Content-Length: 99999999", method="POST"), 413),
    ],
)
async def test_what_is_no_good_request_is_refused_in_a_sentence(
    narrow: Stand, raw: bytes, status: int
) -> None:
    async with narrow.line() as line:
        line.say(raw)
        told = await line.hear()
        assert told.status == status
        assert told.headers["content-type"] == "application/problem+json"
        assert b'"detail":"' in told.body


async def test_a_chunked_body_is_bounded_too(narrow: Stand) -> None:
    async with narrow.line() as line:
        line.say(ask(f"{ROOT}/trees", JSON, "Transfer-Encoding: chunked", method="POST"))
        line.say(b"300\r\n" + b" " * 0x300 + b"\r\n")
        line.say(b"300\r\n" + b" " * 0x300 + b"\r\n")
        told = await line.hear()
        assert (told.status, told.headers["connection"]) == (413, "close")


async def test_a_host_that_would_break_out_of_a_link_is_refused(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(f'GET {ROOT}/trees HTTP/1.1\r\nHost: a"b\r\n\r\n'.encode())
        assert (await line.hear()).status == 400


async def test_links_follow_the_host_that_the_caller_used(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    for host in ("edge.example:8080", "[::1]:80", "10.0.0.1", "edge.example:8080"):
        answer = await stand.client.get(f"{ROOT}/trees/oak", headers={"host": host})
        assert answer.json()["_links"]["self"]["href"] == f"http://{host}{ROOT}/trees/oak"


async def test_forwarding_headers_of_strangers_are_not_believed(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    lies = {"x-forwarded-host": "evil.example", "x-forwarded-prefix": "/x", "host": "good.example"}
    answer = await stand.client.get(f"{ROOT}/trees/oak", headers=lies)
    assert answer.json()["_links"]["self"]["href"] == f"http://good.example{ROOT}/trees/oak"


async def test_the_element_answers_so_many_at_once_and_no_more(narrow: Stand) -> None:
    async with narrow.line() as first, narrow.line() as second:
        first.say(ask(f"{ROOT}/slow"))
        await asyncio.sleep(0.02)
        second.say(ask(f"{ROOT}/slow") + ask(f"{ROOT}/trees"))
        busy = await second.hear()
        assert (busy.status, busy.headers["retry-after"]) == (429, "1")
        assert (await second.hear()).status == 200
        narrow.orchard.gate.set()
        assert (await first.hear()).status == 200


async def test_the_element_holds_so_many_connections_and_no_more(narrow: Stand) -> None:
    async with narrow.line(), narrow.line():
        await asyncio.sleep(0.02)
        async with narrow.line() as third:
            told = await third.hear()
            assert (told.status, await third.rest()) == (503, b"")
    await asyncio.sleep(0.02)
    async with narrow.line() as again:
        again.say(ask(f"{ROOT}/trees"))
        assert (await again.hear()).status == 200


async def test_a_head_that_drips_is_given_up(stand: Stand) -> None:
    async with stand.line() as line:
        for byte in ask(f"{ROOT}/trees")[:11]:
            line.say(bytes([byte]))
            await asyncio.sleep(0.001)
            await stand.clock.advance(1)
        told = await line.hear()
        assert told.status == 408
        assert await line.rest() == b""


async def test_a_body_that_stops_is_given_up(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/trees", JSON, method="POST", body=TREE)[:-3])
        await asyncio.sleep(0.02)
        await stand.clock.advance(29)
        line.say(TREE[-3:-2])
        await asyncio.sleep(0.02)
        await stand.clock.advance(32)
        assert (await line.hear()).status == 408


async def test_an_idle_connection_is_closed_without_a_word(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/trees"))
        await line.hear()
        await stand.clock.advance(70)
        line.say(ask(f"{ROOT}/trees"))
        await line.hear()
        await stand.clock.advance(80)
        assert await line.rest() == b""


async def test_a_slow_handler_is_not_taken_for_an_idle_peer(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/slow"))
        await asyncio.sleep(0.02)
        await stand.clock.advance(500)
        stand.orchard.gate.set()
        assert (await line.hear()).status == 200


async def test_closing_lets_what_is_under_way_end(stand: Stand) -> None:
    async with stand.line() as idle, stand.line() as busy:
        busy.say(ask(f"{ROOT}/slow"))
        await asyncio.sleep(0.02)
        closing = asyncio.ensure_future(stand.server.close())
        assert await idle.rest() == b""
        stand.orchard.gate.set()
        told = await busy.hear()
        assert (told.status, told.headers["connection"]) == (200, "close")
        await closing
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", stand.port)


async def test_closing_does_not_wait_for_ever(narrow: Stand) -> None:
    async with narrow.line() as busy:
        busy.say(ask(f"{ROOT}/slow"))
        await asyncio.sleep(0.02)
        await narrow.server.close()
        assert await busy.rest() == b""


async def test_a_peer_that_has_said_all_still_gets_its_answers(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/slow") + ask("/nothing"))
        line.writer.write_eof()
        await asyncio.sleep(0.02)
        stand.orchard.gate.set()
        assert ((await line.hear()).status, (await line.hear()).status) == (200, 404)
        assert await line.rest() == b""


async def test_a_peer_that_half_closes_after_one_request_is_let_go(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/slow"))
        line.writer.write_eof()
        await asyncio.sleep(0.02)
        stand.orchard.gate.set()
        assert (await line.hear()).status == 200
        assert await line.rest() == b""


async def test_what_follows_a_refused_websocket_is_not_read_as_requests(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask("/nothing", "Connection: Upgrade", "Upgrade: websocket"))
        line.say(ask(f"{ROOT}/trees"))
        told = await line.hear()
        assert (told.status, told.headers["connection"]) == (404, "close")
        assert await line.rest() == b""


async def test_a_peer_that_pipelines_more_than_is_answered_is_held(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/slow"))
        for _ in range(200):
            line.say(ask(f"{ROOT}/trees", "X-Pad: " + "y" * 30_000) * 2)
        await asyncio.sleep(0.2)
        assert line.writer.transport.get_write_buffer_size() > 1_000_000
        stand.orchard.gate.set()
        assert [(await line.hear()).status for _ in range(401)] == [200] * 401


async def test_an_upgrade_that_is_not_taken_goes_on_as_http(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/trees", "Connection: Upgrade", "Upgrade: h2c") + ask("/nothing"))
        assert ((await line.hear()).status, (await line.hear()).status) == (200, 404)


async def test_the_absolute_form_of_a_target_is_taken(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"http://orchard.example{ROOT}/trees"))
        assert (await line.hear()).status == 200
        line.say(ask("*", method="OPTIONS"))
        assert (await line.hear()).status == 400


async def test_every_answer_has_a_date(stand: Stand) -> None:
    async with stand.line() as line:
        line.say(ask(f"{ROOT}/trees"))
        assert (await line.hear()).headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
