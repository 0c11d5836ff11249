"""How soon an application hears of what happened in the radio network.

``python -m bench rni``. The living town with ten thousand devices, and radio network information
with a thousand subscriptions, in this process; notifications are posted over loopback. Measured
from the moment when facts are told to the moment when a notification has arrived, in CPU time of
one core: what others do on the machine is not counted, whoever posts and receives is.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from wayside.access.simulated.scenario import load
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.poster import HttpPoster
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.hosting import Host
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.tasks import Nursery
from wayside.core.wire import decode
from wayside.services.rni.api import RadioNetworkInformation
from wayside.services.rni.service import Settings, build
from wayside.services.rni.wishes import CellChangeSubscription, MeasRepUeSubscription

from .crowd import crowd
from .figures import Figure, Note, Timings, below
from .registry import Receiver

DEVICES, SUBSCRIPTIONS, TICKS = 10_000, 1_000, 20
WARM_UP = 3
QUIET_S, QUIET_S_MAX = 0.15, 10.0
"""Nothing has come for so long: all has."""


class Nobody:
    """Instances, where no subscription names one."""

    def addresses_of(self, app_instance_id: str) -> tuple[str, ...]:
        return ()


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory(prefix="wb") as folder:
        waited, busy = asyncio.run(_measure(Path(folder), note))
    timings = Timings(waited)
    return [
        Figure(
            "rni",
            f"{DEVICES:,} devices, {SUBSCRIPTIONS:,} subscriptions: told -> notified, p99",
            timings.p99_ms,
            "ms",
            below(200.0),
            f"CPU time of one core; p50 {timings.p50_ms:.1f} ms; "
            f"{len(waited) / TICKS:.0f} notifications a second of the network",
        ),
        Figure(
            "rni",
            "the same: all that a second of the network takes, p50",
            Timings(busy).p50_ms,
            "ms",
            None,
            "facts read, conditions of all devices, notifications posted and received",
        ),
    ]


async def _measure(folder: Path, note: Note) -> tuple[list[float], list[float]]:
    """Return how long each notification took, and all of each tick."""
    note(f"rni: a town of {DEVICES:,}")
    clock = SystemClock()
    scenario = folder / "crowd.toml"
    scenario.write_text(crowd(DEVICES))
    network = SimulatedSource(world_of(load(scenario)), clock, epoch=1)
    receiver = Receiver(time.process_time)
    url = await receiver.listen()
    waited: list[float] = []
    busy: list[float] = []
    async with Nursery() as nursery:
        await _subscribe(_served(folder, network, nursery), network, url)
        note(f"rni: {TICKS} seconds of it")
        for number in range(WARM_UP + TICKS):
            receiver.came.clear()
            network.tick()
            told = time.process_time()
            await _quiet(receiver)
            if number >= WARM_UP:
                busy.append(time.process_time() - told)
                waited += [came - told for came in receiver.came]
    return waited, busy


def _served(folder: Path, network: SimulatedSource, nursery: Nursery) -> RadioNetworkInformation:
    clock = SystemClock()
    outlet = Outlet(Deliverer(clock, nursery), HttpPoster(), root=lambda: "http://127.0.0.1")
    host = SimpleNamespace(
        settings=Settings(),
        store=Store(SqliteJournal(folder / "rni.db"), new_id=CountedIds("id")),
        clock=clock,
        nursery=nursery,
        outlet=outlet,
        instances=Nobody(),
        network=network,
    )
    service = build(cast(Host[Settings], host))
    service.start()
    (api,) = service.apis
    return cast(RadioNetworkInformation, api)


async def _subscribe(api: RadioNetworkInformation, network: SimulatedSource, url: str) -> None:
    """Have half of the subscriptions hear of a car's handovers, half of when it should be one."""
    there = network.picture.network
    cars = next(group for group in there.groups if group.id == "car")
    for number in range(SUBSCRIPTIONS):
        address = there.device(cars.first + number % cars.count).address
        whom = [{"type": 1, "value": address}]
        body: dict[str, Any] = {"callbackReference": f"{url}/{number}"}
        kind: type[Any] = MeasRepUeSubscription
        if number % 2:
            kind = CellChangeSubscription
            body["filterCriteriaAssocHo"] = {"associateId": whom, "hoStatus": [1, 3]}
        else:
            body["filterCriteriaAssocTri"] = {"associateId": whom, "trigger": [12, 20]}
        wish = decode(json.dumps(body | {"subscriptionType": kind.__name__}).encode(), kind)
        await api.create_subscription(wish)


async def _quiet(receiver: Receiver) -> None:
    """Return when nothing has come for a while."""
    begun = last = time.perf_counter()
    count = 0
    while (now := time.perf_counter()) - last < QUIET_S and now - begun < QUIET_S_MAX:
        await asyncio.sleep(0.005)
        if len(receiver.came) != count:
            count, last = len(receiver.came), now
