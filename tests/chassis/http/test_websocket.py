"""WebSockets for notifications: a POST in a message, an answer that confirms it."""

import asyncio
from itertools import count

import pytest
from tests.chassis.http.orchard import Stand
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from wayside.chassis.http.websocket import HubSettings, WebSocketHub
from wayside.core.tasks import Nursery

OK = "HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture
def hub(stand: Stand, nursery: Nursery) -> WebSocketHub:
    """A hub on the stand's element; a client has 0.2 s to confirm."""
    numbers = count()
    hub = WebSocketHub(
        clock=stand.clock,
        nursery=nursery,
        new_id=lambda: f"path{next(numbers)}",
        settings=HubSettings(confirm_s_max=0.2),
    )
    stand.element.mount(hub.root, hub.handle)
    return hub


def joined(stand: Stand, path: str) -> connect:
    """Return a client's way to a path."""
    return connect(f"ws://127.0.0.1:{stand.port}{path}", proxy=None)


async def confirm(client: ClientConnection, answer: str = OK) -> str:
    """Answer the next notification; return its body."""
    head, _, body = str(await client.recv()).partition("\r\n\r\n")
    assert head.startswith("POST ")
    assert f"Content-Length: {len(body.encode())}" in head
    await client.send(answer)
    return body


async def test_notifications_arrive_in_their_order(stand: Stand, hub: WebSocketHub) -> None:
    path = hub.open()
    async with joined(stand, path) as client:
        sent = [asyncio.ensure_future(hub.send(path, f'{{"n":"ä{n}"}}')) for n in range(3)]
        assert [await confirm(client) for _ in sent] == [f'{{"n":"ä{n}"}}' for n in range(3)]
        assert all(await asyncio.gather(*sent))


async def test_what_is_not_confirmed_was_not_delivered(stand: Stand, hub: WebSocketHub) -> None:
    path = hub.open()
    assert not await hub.send(path, "{}")
    async with joined(stand, path) as client:
        sending = asyncio.ensure_future(hub.send(path, "{}"))
        await confirm(client, "HTTP/1.1 500 Oh\r\n\r\n")
        assert not await sending
        assert not await hub.send(path, "{}")
        with pytest.raises(ConnectionClosed):
            await client.recv()
            await client.recv()


async def test_a_client_that_leaves_is_known_to_be_away(stand: Stand, hub: WebSocketHub) -> None:
    path = hub.open()
    async with joined(stand, path) as client:
        sending = asyncio.ensure_future(hub.send(path, "{}"))
        await client.recv()
    assert not await sending
    async with joined(stand, path) as client:
        sending = asyncio.ensure_future(hub.send(path, "{}"))
        await confirm(client)
        assert await sending


async def test_nobody_gets_in_where_no_path_was_opened(stand: Stand, hub: WebSocketHub) -> None:
    with pytest.raises(InvalidStatus, match="404"):
        async with joined(stand, f"{hub.root}/guess"):
            pass
    path = hub.open()
    assert (await stand.client.get(path)).status_code == 400
    async with joined(stand, path):
        with pytest.raises(InvalidStatus, match="409"):
            async with joined(stand, path):
                pass


async def test_a_closed_path_ends_its_client(stand: Stand, hub: WebSocketHub) -> None:
    path = hub.open()
    async with joined(stand, path) as client:
        hub.close(path)
        with pytest.raises(ConnectionClosed):
            await client.recv()
    hub.close(path)
    assert hub.open(path) == path
    async with joined(stand, path):
        pass


async def test_a_path_that_nobody_uses_expires(stand: Stand, hub: WebSocketHub) -> None:
    unused, used = hub.open(), hub.open()
    async with joined(stand, used):
        for _ in range(4):
            await stand.clock.advance(1_000)
            await asyncio.sleep(0.02)
        with pytest.raises(InvalidStatus, match="404"):
            async with joined(stand, unused):
                pass
        sending = asyncio.ensure_future(hub.send(used, "{}"))
        await asyncio.sleep(0)
        sending.cancel()


async def test_closing_the_server_ends_its_clients(stand: Stand, hub: WebSocketHub) -> None:
    async with joined(stand, hub.open()) as client:
        await stand.server.close()
        with pytest.raises(ConnectionClosed):
            await client.recv()
