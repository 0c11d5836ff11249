"""Seeded worlds with faults: what subscribers were told, added up, is what is so.

A street lives by its own simulation; cells fall silent, the network's process is begun anew on
another day, the platform is killed. After every second the sum of what a subscriber was told since
it asked is what a query answers.
"""

import random
from typing import Any

import pytest
from tests.access.simulated.networks import street
from tests.mep.world import CALLBACK, MepWorld

from wayside.access.feed import Feed
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import VirtualClock

LOCATION = "/location/v3"
ZONES = ("west", "east")
SECONDS = 60
SILENCE = """
[[network.events]]
at_s = 12
do = "switch-off"
cell = "left"

[[network.events]]
at_s = 25
do = "switch-on"
cell = "left"
"""
AREA = {"shape": 1, "points": [{"latitude": 43.6, "longitude": 7.0025}], "radius": 80}


def a_network(seed: int, clock: VirtualClock) -> SimulatedSource:
    world, pace = world_of(street(SILENCE, seed=seed)), Pace(speed=0.0)
    return SimulatedSource(world, clock, epoch=clock.now(), pace=pace)


class Subscriber:
    """Knows what it was told, and what was so when it asked."""

    def __init__(self, world: MepWorld) -> None:
        self.world = world
        self.inside: dict[str, set[str]] = {zone: set() for zone in ZONES}
        self.last = (0, 0)

    async def subscribe(self) -> None:
        """Ask for the comings and goings in each zone."""
        for zone in ZONES:
            wish = {
                "subscriptionType": "ZoneLocationEventSubscription",
                "callbackReference": f"{CALLBACK}/{zone}",
                "zoneId": zone,
            }
            answer = await self.world.http.post(
                f"{LOCATION}/subscriptions/zones", json={"zoneLocationEventSubscription": wish}
            )
            assert answer.status_code == 201, answer.text
            self.inside[zone] = await self.asked(zone)

    async def asked(self, zone: str) -> set[str]:
        """Return who is in the zone by a query."""
        answer = await self.world.http.get(f"{LOCATION}/queries/users", params={"zoneId": zone})
        return {user["address"] for user in answer.json()["userList"].get("user", ())}

    def hear(self) -> int:
        """Take what was told since the last time; return how much that was."""
        told, self.world.callbacks.posted = self.world.callbacks.posted, []
        for url, body in told:
            self._take(url.rpartition("/")[2], body["zoneLocationEventNotification"])
        return len(told)

    def _take(self, zone: str, event: dict[str, Any]) -> None:
        assert event["waysideOrigin"] == "SIMULATED"
        stamp = (event["timeStamp"]["seconds"], event["timeStamp"]["nanoSeconds"])
        assert stamp >= self.last, "told of the past"
        self.last = stamp
        address, here = event["address"], self.inside[zone]
        if event["userLocationEvent"] == "ENTERING_AREA_EVENT":
            assert address not in here, "entered twice"
            here.add(address)
        else:
            assert address in here, "left without having entered"
            here.remove(address)


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_told_adds_up_to_what_is_so(seed: int) -> None:
    chance, clock = random.Random(seed), VirtualClock()
    source = a_network(seed, clock)
    feed = Feed(source.picture.snapshot())
    async with MepWorld(services={}, clock=clock, network=feed) as world:
        await world.ready()
        subscriber = Subscriber(world)
        await subscriber.subscribe()
        heard = 0
        for second in range(SECONDS):
            if chance.random() < 0.06:
                await world.restart()
                await world.clock.advance(0.0)
            if chance.random() < 0.04:
                source = a_network(seed + 100 + second, clock)
                feed.begin_again(source.picture.snapshot())
            else:
                feed.tell(source.tick())
            await world.clock.advance(1.0)
            heard += subscriber.hear()
            here = {zone: await subscriber.asked(zone) for zone in ZONES}
            assert subscriber.inside == here, second
            assert not here["west"] & here["east"], "in two zones at once"
        assert heard > SECONDS
