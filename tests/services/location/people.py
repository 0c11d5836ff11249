"""What the tests of location share: a platform on a small network, and what it tells."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from tests.mep.world import CALLBACK, MepWorld
from tests.services.street import Street

from wayside.system.services import Said

V3, V2 = "/location/v3", "/location/v2"


class People:
    """A platform that serves location, and the street that it tells of."""

    def __init__(self, world: MepWorld, street: Street) -> None:
        self.world, self.street = world, street

    @property
    def http(self) -> httpx.AsyncClient:
        """An application's way to the platform."""
        return self.world.http

    async def address(self, device: str) -> str:
        """What the platform calls a device: as an application learns it, by its IPv4 address."""
        network = self.street.feed.picture.network
        row = network.row_of_id(device)
        assert row is not None
        found = await self.http.get(
            f"{V3}/queries/users", params={"address": network.device(row).address}
        )
        (user,) = found.json()["userList"]["user"]
        return str(user["address"])

    def ip(self, device: str) -> str:
        """A device's IPv4 address."""
        network = self.street.feed.picture.network
        row = network.row_of_id(device)
        assert row is not None
        return network.device(row).address

    async def subscribe(self, path: str, name: str, **body: Any) -> httpx.Response:
        """Ask for a subscription of V3.1.1; ``name`` is that of its wrapper."""
        wish = {"callbackReference": CALLBACK, "subscriptionType": name[0].upper() + name[1:]}
        return await self.http.post(f"{V3}/subscriptions/{path}", json={name: wish | body})

    async def told(self, to: str = CALLBACK) -> list[dict[str, Any]]:
        """What a subscriber has been told until now, and not seen yet; unwrapped."""
        await self.world.clock.advance(0.0)
        await self.settle()
        found = [body for url, body in self.world.callbacks.posted if url == to]
        self.world.callbacks.posted = [
            each for each in self.world.callbacks.posted if each[0] != to
        ]
        return [next(iter(each.values())) for each in found]

    async def settle(self) -> None:
        """Let what is under way come to rest."""
        for _ in range(5):
            await self.world.clock.advance(0.0)


@asynccontextmanager
async def people(said: Said | None = None, **street: Any) -> AsyncIterator[People]:
    """A platform, and a street that it is told of."""
    made = Street(**street)
    async with MepWorld(services=said or {}, network=made.feed) as world:
        await world.ready()
        yield People(world, made)
