"""What the life cycle bench makes of its rounds, and how it tells whom a reply came from."""

import asyncio
import json
import math
from threading import Event

from bench.lifecycle import Round, first_reply, summary

WARM = [Round(0.1, 0.2, 0.9, tenths / 10, 0.5) for tenths in (3, 4, 5)]
FIRST = Round(0.1, 0.2, 0.9, 1.5, 0.5)
LOOPBACK = "127.0.0.1"


def test_the_goal_is_held_against_the_median_of_the_warm_rounds() -> None:
    half, most, *parts = summary(FIRST, WARM, by_hand_s=[0.05])
    assert (half.value, half.met) == (0.4, True)
    assert "0.05 s" in half.compared
    assert (most.value, most.met) == (0.5, None)
    assert "1.50 s" in most.compared
    assert [part.value for part in parts] == [0.2, 0.9, 0.5]


def test_slow_rounds_miss_the_goal() -> None:
    assert summary(FIRST, [FIRST], by_hand_s=[0.05])[0].met is False


class Town:
    """Answers attempts one after the other as ``replies`` say; None: closes without an answer."""

    def __init__(self, *replies: str | None) -> None:
        self.replies = list(replies)
        self.asked = 0

    async def __aenter__(self) -> tuple[str, int]:
        self._server = await asyncio.start_server(self._answer, LOOPBACK, 0)
        return LOOPBACK, self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reply = self.replies[min(self.asked, len(self.replies) - 1)]
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        if reply is not None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps({"instance": reply}).encode())
        writer.close()


def from_edge(reply: dict[str, str]) -> bool:
    return reply.get("instance") == "edge"


async def test_only_the_meant_instances_reply_counts() -> None:
    town = Town("cloud", None, "cloud", "edge")
    async with town as at:
        assert not math.isnan(await first_reply(at, from_edge, Event()))
    assert town.asked >= 4


async def test_who_is_told_to_stop_gives_no_moment() -> None:
    ended = Event()
    async with Town("cloud") as at:
        watch = asyncio.create_task(first_reply(at, from_edge, ended))
        await asyncio.sleep(0.02)
        ended.set()
        assert math.isnan(await watch)


async def test_nobody_there_is_asked_again() -> None:
    ended = Event()
    async with Town("edge") as at:
        pass
    watch = asyncio.create_task(first_reply(at, from_edge, ended))
    await asyncio.sleep(0.02)
    assert not watch.done()
    ended.set()
    await watch
