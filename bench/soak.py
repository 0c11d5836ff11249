"""Half an hour of 10,000 devices and 1,000 subscriptions: what is told, how soon, and what is held.

``python -m bench soak``; ``WAYSIDE_SOAK_MINUTES`` makes it shorter. Runs only when it is named. A
whole system: the network lives in its own process, a host hears of it and tells the subscribers,
all by the machine's clock. Who and where devices are is simulated in every mode.
"""

import asyncio
import json
import os
import random
import re
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wayside.linux import netns
from wayside.system.state import NETWORK

from .asking import Caller, caller
from .crowd import crowd
from .figures import Figure, Note, Timings, below
from .running import Wayside, ask, missing, running

DEVICES = 10_000
HOST = "mec1"
LOCATION, RADIO = f"/{HOST}/location/v3", f"/{HOST}/rni/v2"
MINUTES = float(os.environ.get("WAYSIDE_SOAK_MINUTES", "30"))
WARM_SHARE = 1 / 3
"""Of the time, until which caches and lists of late subscribers may fill."""
SAMPLE_S = 5.0
STAMP = re.compile(rb'"timeStamp":\{"seconds":(\d+),"nanoSeconds":(\d+)\}')
PERIODIC = b"Periodic"
ZONES = ("hill", "harbour", "coast")
MIDDLE = {"latitude": 43.6226, "longitude": 7.0443}


@dataclass
class Subscriber:
    """Answers every notification 204 at once; knows how old what it tells of was."""

    ages_s: list[float] = field(default_factory=list)
    told: int = 0

    async def listen(self, place: socket.socket) -> str:
        """Return the URL to be called at."""
        place.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._take, sock=place)
        return f"http://127.0.0.1:{place.getsockname()[1]}"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                body = await reader.readexactly(int(length))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                self.told += 1
                if (found := STAMP.search(body)) and PERIODIC not in body:
                    self.ages_s.append(time.time() - int(found[1]) - int(found[2]) / 1e9)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    is_real = missing() is None
    with tempfile.TemporaryDirectory(prefix="wb") as folder:
        scenario = Path(folder) / "crowd.toml"
        scenario.write_text(crowd(DEVICES))
        with running(str(scenario), mode="root" if is_real else "simulated") as system:
            namespace = f"{system.state.prefix}-{HOST}"
            stream = (socket.AF_INET, socket.SOCK_STREAM)
            place = netns.socket_in(namespace, *stream) if is_real else socket.socket(*stream)
            return asyncio.run(_soak(system, place, note))


async def _soak(system: Wayside, place: socket.socket, note: Note) -> list[Figure]:
    connection = await caller(int(system.url.rpartition(":")[2]))
    subscriber = Subscriber()
    count = await _subscribe(connection, await subscriber.listen(place))
    note(f"soak: {count:,} subscriptions, {MINUTES:g} minutes")
    pids = await _pids(system)
    held: dict[str, list[float]] = {name: [] for name in pids}
    begun, worked = time.monotonic(), {name: _worked_s(pid) for name, pid in pids.items()}
    while (passed := time.monotonic() - begun) < MINUTES * 60:
        await asyncio.sleep(SAMPLE_S)
        if passed < MINUTES * 60 * WARM_SHARE:
            subscriber.ages_s.clear()  # who joins a network at once is told of all at once
        for name, pid in pids.items():
            held[name].append(_resident_bytes(pid))
        if len(held[HOST]) % 12 == 0:
            note(f"soak: {passed / 60:.0f} min, {subscriber.told:,} told, {_last(held)}")
    if await _pids(system) != pids:
        raise RuntimeError("a process was started anew while it was measured")
    busy = {name: (_worked_s(pid) - worked[name]) / passed for name, pid in pids.items()}
    return [*_rows(subscriber, held, count), *_busy(busy)]


async def _pids(system: Wayside) -> dict[str, int]:
    """Return the processes that are looked at."""
    found = await ask(system.url, lambda face: face.wayside.get_status())
    pids = {each.name: each.pid for each in found.processes}
    return {name: pid for name in (HOST, NETWORK) if (pid := pids[name]) is not None}


def _rows(subscriber: Subscriber, held: Mapping[str, list[float]], count: int) -> list[Figure]:
    ages = Timings(subscriber.ages_s)
    where = f"{DEVICES:,} devices at 1 Hz, {count:,} subscriptions, {MINUTES:g} min"
    rows = [
        Figure("soak", "notifications", float(subscriber.told), "", None, where),
        Figure("soak", "from the event's time to its notification, p50", ages.p50_ms, "ms"),
        Figure("soak", "from the event's time to its notification, p99", ages.p99_ms, "ms"),
    ]
    for name, sizes in held.items():
        third = max(len(sizes) // 3, 1)
        middle, last = _mean(sizes[third : 2 * third]), _mean(sizes[-third:])
        rows.append(
            Figure(
                "soak",
                f"memory of {name}, last third ÷ the one before",
                last / middle,
                "x",
                below(1.03),
                f"{last / 2**20:.0f} MiB",
            )
        )
    return rows


def _busy(shares: Mapping[str, float]) -> Iterator[Figure]:
    for name, share in shares.items():
        yield Figure("soak", f"share of a core that {name} took", share, "x")


def _worked_s(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)


def _last(held: Mapping[str, list[float]]) -> str:
    return ", ".join(f"{name} {sizes[-1] / 2**20:.0f} MiB" for name, sizes in held.items())


def _resident_bytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


async def _subscribe(connection: Caller, callback: str) -> int:
    """Subscribe to everything that there is to subscribe to; return how many that are."""
    listed = json.loads(await connection.ask("GET", f"{LOCATION}/queries/users"))
    users = [each["address"] for each in listed["userList"]["user"]]
    wishes = list(_wishes(users, callback))
    for path, body in wishes:
        await connection.ask("POST", path, json.dumps(body).encode())
    return len(wishes)


def _wishes(users: list[str], callback: str) -> Iterator[tuple[str, dict[str, Any]]]:
    chance = random.Random(7)
    drawn = chance.sample(users, 800)

    def location(kind: str, type_: str, **more: Any) -> tuple[str, dict[str, Any]]:
        said = {"subscriptionType": type_, "callbackReference": f"{callback}/{type_}", **more}
        return f"{LOCATION}/subscriptions/{kind}", {type_[0].lower() + type_[1:]: said}

    for user in drawn[:600]:
        yield location("users", "UserLocationEventSubscription", address=user)
    every = {"reportingAmount": 100_000, "reportingInterval": 10}
    for user in drawn[600:700]:
        yield location(
            "users", "UserLocationPeriodicSubscription", address=user, periodicEventInfo=every
        )
    for number in range(100):
        few = chance.sample(users, 10)
        yield location(
            "zones", "ZoneLocationEventSubscription", zoneId=ZONES[number % 3], addressList=few
        )
        area = {"shape": 1, "points": [MIDDLE], "radius": 50 + 5 * number}
        yield location(
            "area",
            "UserAreaSubscription",
            addressList=few,
            areaDefine=area,
            trackingAccuracy=10,
        )
    for number in range(50):
        yield location(
            "zones",
            "ZoneStatusSubscription",
            zoneId=ZONES[number % 3],
            upperNumberOfUsersZoneThreshold=3000 + 20 * number,
        )
        yield location(
            "distance",
            "UserDistanceSubscription",
            monitoredAddress=drawn[700 + number : 702 + number],
            distance=100,
            trackingAccuracy=10,
            criteria="AnyWithinDistance",
            checkImmediate=False,
        )
