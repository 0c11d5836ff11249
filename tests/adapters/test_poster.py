"""The poster against a raw server: the URI verbatim, no redirects, and an end to waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from wayside.adapters.poster import HttpPoster
from wayside.core.errors import Unavailable, Unprocessable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Answering:
    """Answers the same bytes to every request, and keeps what it was sent."""

    def __init__(self, answer: bytes, *, then_hang: bool = False) -> None:
        self.answer = answer
        self.then_hang = then_hang
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(length))
                writer.write(self.answer)
                await writer.drain()
                if self.then_hang:
                    await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


@asynccontextmanager
async def poster() -> AsyncIterator[HttpPoster]:
    hand = HttpPoster()
    try:
        yield hand
    finally:
        await hand.close()


NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_the_body_is_posted_as_json_and_the_status_returned() -> None:
    callback = Answering(NO_CONTENT)
    async with serving(callback) as root, poster() as hand:
        assert await hand.post(f"{root}/in", b'{"a":1}', timeout_s=5) == 204
        assert await hand.post(f"{root}/in", b"{}", timeout_s=5) == 204
    assert callback.bodies == [b'{"a":1}', b"{}"]
    assert b"content-type: application/json" in callback.heads[0].lower()


@pytest.mark.parametrize("path", ["/a%20b", "/a%2Fb/%7Ec", "/x/../y/./z", "/a;b=c,d", ""])
async def test_the_uri_is_called_as_it_was_written(path: str) -> None:
    callback = Answering(NO_CONTENT)
    async with serving(callback) as root, poster() as hand:
        await hand.post(f"{root}{path}", b"{}", timeout_s=5)
    assert callback.heads[0].startswith(f"POST {path or '/'} HTTP/1.1\r\n".encode())


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    other = Answering(NO_CONTENT)
    async with serving(other) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        async with serving(Answering(moved.encode())) as root, poster() as hand:
            assert await hand.post(root, b"{}", timeout_s=5) == 307
    assert other.heads == []


async def test_no_answer_in_time_is_unavailable() -> None:
    async with serving(Answering(b"", then_hang=True)) as root, poster() as hand:
        with pytest.raises(Unavailable, match=r"did not answer|could not be reached"):
            await hand.post(root, b"{}", timeout_s=0.1)


async def test_an_answer_that_drips_for_ever_is_unavailable() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    async with serving(drip) as root, poster() as hand:
        with pytest.raises(Unavailable, match="did not answer within"):
            await asyncio.wait_for(hand.post(root, b"{}", timeout_s=0.1), 10)


async def test_a_huge_answer_is_not_read_to_its_end() -> None:
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 200_000
    async with serving(Answering(huge, then_hang=True)) as root, poster() as hand:
        assert await hand.post(root, b"{}", timeout_s=5) == 200


async def test_nobody_there_is_unavailable() -> None:
    async with serving(Answering(NO_CONTENT)) as root:
        pass
    async with poster() as hand:
        with pytest.raises(Unavailable, match="could not be reached"):
            await hand.post(root, b"{}", timeout_s=5)


async def test_what_is_no_http_is_unavailable() -> None:
    async with serving(Answering(b"220 mail.example ESMTP\r\n")) as root, poster() as hand:
        with pytest.raises(Unavailable):
            await hand.post(root, b"{}", timeout_s=1)


async def test_a_name_is_judged_at_each_delivery_and_its_judged_address_is_called() -> None:
    judged: list[tuple[str, list[str]]] = []

    def reach(host: str, resolved: Sequence[str]) -> str:
        judged.append((host, list(resolved)))
        if len(judged) > 1:
            raise Unprocessable("The name leads elsewhere now.")
        return "127.0.0.1"

    callback = Answering(NO_CONTENT)
    hand = HttpPoster(reach=reach)
    async with serving(callback) as root:
        url = root.replace("127.0.0.1", "localhost") + "/in"
        assert await hand.post(url, b"{}", timeout_s=5) == 204
        with pytest.raises(Unprocessable, match="elsewhere"):
            await hand.post(url, b"{}", timeout_s=5)
    await hand.close()
    assert judged[0][0] == "localhost" and "127.0.0.1" in judged[0][1]
    assert len(callback.heads) == 1
    assert f"host: {url.split('/')[2]}".encode() in callback.heads[0].lower()
