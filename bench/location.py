"""How fast location answers, and how soon an application hears that a device has come.

``python -m bench location``. Users at four sizes through a real server, one caller and eight, each
answer made anew, and while nothing changes; callers and server share one process, so that both are
in the figures. Then the living town with ten thousand devices and a thousand subscriptions.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from wayside.access.feed import Feed
from wayside.access.simulated.scenario import load
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.adapters.poster import HttpPoster
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.hosting import Host, Service
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.tasks import Nursery
from wayside.core.wire import decode
from wayside.model.place import Position
from wayside.refpoints.net.facts import Facts, Moved
from wayside.refpoints.net.network import Cell, Group, Network, Operator, Zone
from wayside.refpoints.net.picture import AccessNetwork
from wayside.refpoints.net.source import Serving, Snapshot
from wayside.refpoints.net.values import Origin, Technology
from wayside.security.sandbox import SandboxAuthoriser
from wayside.services.location.service import Settings, build
from wayside.services.location.v3.api import Location
from wayside.services.location.v3.subscriptions import AboutUser

from .asking import Caller, caller
from .crowd import crowd
from .figures import Figure, Note, Timings, at_least, below
from .registry import Receiver

SIZES = (10, 100, 1_000, 100_000)
REQUESTS = {10: 2_000, 100: 1_000, 1_000: 300, 100_000: 5}
IN_FLIGHT = 8
CELLS = 50
DEVICES, SUBSCRIPTIONS, TICKS, WARM_UP = 10_000, 1_000, 20, 3
USERS = "/location/v3/queries/users"
PEER_PER_S = 16.0
"""Of 1,000 users: AdvantEDGE 1.9.2, 16 connections, on the machine where it was measured."""
QUIET_S, QUIET_S_MAX = 0.15, 10.0


class Nobody:
    """Instances, where no subscription names one."""

    def addresses_of(self, app_instance_id: str) -> tuple[str, ...]:
        return ()


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    found: list[Figure] = []
    for size in SIZES:
        note(f"location: {size:,} users")
        found += asyncio.run(_asked(size))
    with tempfile.TemporaryDirectory(prefix="wb") as folder:
        waited, busy = asyncio.run(_told(Path(folder), note))
    timings = Timings(waited)
    what = f"{DEVICES:,} devices, {SUBSCRIPTIONS:,} subscriptions"
    return [
        *found,
        Figure(
            "location",
            f"{what}: told -> notified, p99",
            timings.p99_ms,
            "ms",
            below(200.0),
            f"CPU time of one core, poster and receiver counted; p50 {timings.p50_ms:.1f} ms; "
            f"{len(waited) / TICKS:.0f} notifications a second of the network",
        ),
        Figure(
            "location",
            "the same: all that a second of the network takes, p50",
            Timings(busy).p50_ms,
            "ms",
            None,
            "devices moved by the simulation, facts read, notifications posted and received",
        ),
    ]


async def _asked(size: int) -> list[Figure]:
    """Return how many answers with all users a second has: all anew, and kept for their moment."""
    feed = Feed(_snapshot(size))
    async with Nursery() as nursery:
        service = _served(Store(MemoryJournal(), new_id=CountedIds("id")), feed, nursery)
        element = Element(
            title="bench",
            apis=service.apis,
            authoriser=SandboxAuthoriser(),
            clock=SystemClock(),
            new_id=CountedIds("request"),
        )
        server = HttpServer(element, nursery=nursery)
        port = await server.listen_tcp("127.0.0.1", 0)
        one = [await caller(port)]
        anew = await _rate(one, size, feed, moving=True)
        eight = [await caller(port) for _ in range(IN_FLIGHT)]
        many = await _rate(eight, size, feed, moving=True)
        kept = await _rate(eight, size, feed, moving=False)
        for each in (*one, *eight):
            each.writer.close()
        await server.close()
    goal = at_least(PEER_PER_S) if size == 1_000 else None
    return [
        Figure(
            "location",
            f"GET users, {size:,} of them, {IN_FLIGHT} in flight",
            many,
            "/s",
            goal,
            f"every answer made anew, caller in the same process; one in flight {anew:.0f}/s; "
            f"while nothing changes {kept:.0f}/s",
        )
    ]


async def _rate(callers: Sequence[Caller], size: int, feed: Feed, *, moving: bool) -> float:
    count = max(1, REQUESTS[size] // len(callers))
    begun = time.perf_counter()
    await asyncio.gather(*(_ask(each, count, feed, moving=moving) for each in callers))
    return count * len(callers) / (time.perf_counter() - begun)


async def _ask(each: Caller, count: int, feed: Feed, *, moving: bool) -> None:
    for _ in range(count):
        if moving:
            feed.tell(_still(feed))
        await each.ask("GET", USERS)
        while each.next:
            await each.ask("GET", USERS + each.next)


def _still(feed: Feed) -> Facts:
    """Facts of one more moment, so that nothing that was answered before may be again."""
    picture = feed.picture
    return Facts(
        epoch=picture.epoch,
        sequence=picture.sequence + 1,
        time_ns=picture.time_ns + 1,
        origin=picture.origin,
    )


def _snapshot(size: int) -> Snapshot:
    """Return a town of so many devices, each served and with a place."""
    rows = np.arange(size, dtype=np.int32)
    draws = np.random.default_rng(1)
    cells = tuple(
        Cell(
            id=f"cell{number}",
            technology=Technology.NR,
            operator="north",
            zone=f"zone{number % 5}",
            position=Position(latitude=43.6, longitude=7.0),
            height_m=10,
            identity=number,
            carrier_hz=3.6e9,
            bandwidth_hz=20e6,
            power_dbm=40,
        )
        for number in range(CELLS)
    )
    group = Group(
        id="car", first=0, count=size, operator="north", address="10.64.0.1",
        supi="imsi-001010000000001", mac="02:00:00:00:01:01", radios=(Technology.NR,),
    )  # fmt: skip
    return Snapshot(
        epoch=1,
        sequence=0,
        time_ns=1_700_000_000_000_000_000,
        origin=Origin.SIMULATED,
        network=Network(
            operators=(Operator(id="north", mcc="001", mnc="01"),),
            zones=tuple(Zone(id=f"zone{number}") for number in range(5)),
            cells=cells,
            groups=(group,),
        ),
        serving=(Serving(technology=Technology.NR, devices=rows, cells=rows % CELLS),),
        moved=Moved(
            devices=rows,
            latitude=43.6 + draws.random(size) / 50,
            longitude=7.0 + draws.random(size) / 50,
            altitude_m=np.zeros(size, dtype=np.float32),
            speed_mps=np.full(size, 10, dtype=np.float32),
            heading_deg=np.full(size, 90, dtype=np.float32),
        ),
    )


async def _told(folder: Path, note: Note) -> tuple[list[float], list[float]]:
    """Return how long each notification took, and all of each tick."""
    note(f"location: a town of {DEVICES:,}")
    scenario = folder / "crowd.toml"
    scenario.write_text(crowd(DEVICES))
    network = SimulatedSource(world_of(load(scenario)), SystemClock(), epoch=1)
    receiver = Receiver(time.process_time)
    url = await receiver.listen()
    waited: list[float] = []
    busy: list[float] = []
    async with Nursery() as nursery:
        store = Store(SqliteJournal(folder / "location.db"), new_id=CountedIds("id"))
        service = _served(store, network, nursery)
        await _subscribe(cast(Location, service.apis[0]), network, url)
        note(f"location: {TICKS} seconds of it")
        for number in range(WARM_UP + TICKS):
            receiver.came.clear()
            begun = time.process_time()
            network.tick()
            told = time.process_time()
            await _quiet(receiver)
            if number >= WARM_UP:
                busy.append(time.process_time() - begun)
                waited += [came - told for came in receiver.came]
    return waited, busy


def _served(store: Store, network: AccessNetwork, nursery: Nursery) -> Service:
    clock = SystemClock()
    outlet = Outlet(Deliverer(clock, nursery), HttpPoster(), root=lambda: "http://127.0.0.1")
    host = SimpleNamespace(
        settings=Settings(), store=store, clock=clock, nursery=nursery, outlet=outlet,
        instances=Nobody(), network=network,
    )  # fmt: skip
    service = build(cast(Host[Settings], host))
    service.start()
    return service


async def _subscribe(api: Location, network: SimulatedSource, url: str) -> None:
    """Have each subscription hear of a car's comings and goings, zone by zone."""
    there = network.picture.network
    cars = next(group for group in there.groups if group.id == "car")
    for number in range(SUBSCRIPTIONS):
        address = there.device(cars.first + number % cars.count).address
        wish: dict[str, Any] = {
            "subscriptionType": "UserLocationEventSubscription",
            "callbackReference": f"{url}/{number}",
            "address": f"acr:{address}",
        }
        body = json.dumps({"userLocationEventSubscription": wish}).encode()
        await api.create_user_subscription(decode(body, AboutUser))


async def _quiet(receiver: Receiver) -> None:
    """Return when nothing has come for a while."""
    begun = last = time.perf_counter()
    count = 0
    while (now := time.perf_counter()) - last < QUIET_S and now - begun < QUIET_S_MAX:
        await asyncio.sleep(0.005)
        if len(receiver.came) != count:
            count, last = len(receiver.came), now
