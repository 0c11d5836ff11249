"""A platform with radio network information, and the street that it hears of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.mep.world import CALLBACK, MepWorld
from tests.services.rni.events import radio_street
from tests.services.rni.wishes import wish
from tests.services.street import Street

QUERIES, SUBSCRIPTIONS = "/rni/v2/queries", "/rni/v2/subscriptions"


@dataclass
class Radio:
    """What a test asks and hears."""

    street: Street
    world: MepWorld

    async def query(self, name: str, **params: Any) -> Any:
        """The answer of a query that goes well."""
        answer = await self.world.http.get(f"{QUERIES}/{name}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, name: str, **params: Any) -> tuple[int, str]:
        """The status and the field of a query that does not."""
        answer = await self.world.http.get(f"{QUERIES}/{name}", params=params)
        return answer.status_code, answer.json()["field"]

    async def subscribe(self, type_: str, **changes: Any) -> str:
        """Subscribe; return the subscription's path."""
        answer = await self.world.http.post(SUBSCRIPTIONS, json=wish(type_, **changes))
        assert answer.status_code == 201, answer.text
        return f"{SUBSCRIPTIONS}/{answer.headers['location'].rpartition('/')[2]}"

    async def heard(self, url: str = CALLBACK) -> list[dict[str, Any]]:
        """All that a callback was told, when all of it has arrived."""
        await self.world.clock.advance(0.1)
        return self.world.callbacks.to(url)


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    """The platform has one instance that runs; nothing has happened in the street."""
    street = radio_street()
    async with MepWorld(services={}, network=street.feed) as world:
        await world.ready()
        await world.clock.advance(0.1)
        yield Radio(street, world)
