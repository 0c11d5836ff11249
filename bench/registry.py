"""What a platform does all day: services listed, found, offered, subscribed to, and told of.

``python -m bench registry``. A real platform in a process of its own, its journal on disk, asked
over loopback by one caller. Growth is the exponent of a time over the number of services or
subscribers; one list of n is as long as n, and n log n from 100 to 1,000 is 1.18.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .asking import Caller, caller
from .figures import Figure, Goal, Note, Timings, below, growth, percentile
from .platform_server import APP

SERVICES = "/mec_service_mgmt/v1"
OWN = f"{SERVICES}/applications/{APP}"
SIZES = (1, 20, 100, 1000)
ROUNDS = 100
N_LOG_N = 1.25
"""What growth must stay below: n log n, and the noise of a busy machine."""
FILTERS = {
    "ser_name": "ser_name=service-50",
    "ser_instance_id": "ser_instance_id={id}",
    "ser_category_id": "ser_category_id=category-50",
    "scope_of_locality": "scope_of_locality=ZONE",
    "consumed_local_only": "consumed_local_only=false",
    "is_local": "is_local=false",
    "filter": "filter=(eq,serName,service-50)",
}
QUIET = 0.1
"""The share of the timings whose slowest counts for growth: what the work itself takes."""
SUBSCRIBERS = (100, 1000)
TELLINGS = 3
"""The best counts: what else the machine does is not the platform's growth."""
WAIT_S_MAX = 60.0


@dataclass
class Platform:
    """The process that is measured."""

    process: subprocess.Popen[str]
    port: int

    def memory_bytes(self) -> int:
        """Return what it holds of the machine's memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running() -> Iterator[Platform]:
    """Yield a platform on a journal of its own; end it with the block."""
    with tempfile.TemporaryDirectory(prefix="wb") as folder:
        command = [sys.executable, "-m", "bench.platform_server", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            yield Platform(process, int(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait()


class Receiver:
    """Answers every notification 204 at once, and remembers when each came."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.came: list[float] = []
        self._clock = clock
        self._wanted, self._all = 0, asyncio.Event()

    async def listen(self) -> str:
        """Return the URL to be called at."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self._server = server
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def have(self, count: int) -> None:
        """Return when so many have come, or the patience is at its end."""
        self._wanted, self._all = count, asyncio.Event()
        if len(self.came) < count:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all.wait(), WAIT_S_MAX)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.came.append(self._clock())
                if len(self.came) == self._wanted:
                    self._all.set()
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


def offer(number: int) -> bytes:
    """Return the body that offers a service."""
    return json.dumps(
        {
            "serName": f"service-{number}",
            "serCategory": {
                "href": "/catalogue",
                "id": f"category-{number}",
                "name": "c",
                "version": "1",
            },
            "version": "1.0",
            "state": "ACTIVE",
            "transportInfo": {
                "id": "t",
                "name": "REST",
                "type": "REST_HTTP",
                "protocol": "HTTP",
                "version": "2.0",
                "endpoint": {"uris": ["http://10.60.1.2:8000/"]},
                "security": {},
            },
            "serializer": "JSON",
        }
    ).encode()


def subscription(callback: str, name: str) -> bytes:
    """Return the body that subscribes to one service by its name."""
    return json.dumps(
        {
            "subscriptionType": "SerAvailabilityNotificationSubscription",
            "callbackReference": callback,
            "filteringCriteria": {"serNames": [name]},
        }
    ).encode()


def figures(note: Note) -> list[Figure]:
    """Return the figures of one platform, filled up step by step."""
    with running() as platform:
        return asyncio.run(_measure(platform, note))


async def _measure(platform: Platform, note: Note) -> list[Figure]:
    connection = await caller(platform.port)
    floor = await connection.times(ROUNDS, "GET", "/mec_app_support/v2/timing/current_time")
    compared = f"GET current_time by the same caller: p50 {floor.p50_ms:.2f} ms"
    services = await _services(connection, platform, note, compared)
    fan_out = await _fan_out(connection, note)
    return [*services, *fan_out]


async def _services(
    connection: Caller, platform: Platform, note: Note, compared: str
) -> list[Figure]:
    lists: dict[int, Timings] = {}
    offers: dict[int, Timings] = {}
    found: dict[str, dict[int, Timings]] = {name: {} for name in FILTERS}
    begun, held = platform.memory_bytes(), 0
    last = b""
    for size in SIZES:
        note(f"registry: {size} services")
        for number in range(held, size - 1):
            await connection.ask("POST", f"{OWN}/services", offer(number))
        last = await connection.ask("POST", f"{OWN}/services", offer(size - 1))
        held = size
        lists[size] = await connection.page_times(ROUNDS, f"{SERVICES}/services")
        if size >= SIZES[-2]:
            id_ = json.loads(last)["serInstanceId"]
            for name, query in FILTERS.items():
                path = f"{SERVICES}/services?{query.format(id=id_)}"
                found[name][size] = await connection.page_times(ROUNDS, path)
            offers[size] = await connection.times(
                ROUNDS // 4, "POST", f"{OWN}/services", lambda n, s=size: offer(10_000 * s + n)
            )
    each = (platform.memory_bytes() - begun) / (held + ROUNDS // 2) / 1024
    one = await connection.times(ROUNDS, "GET", f"{SERVICES}/services/{id_}")
    rows = [_time(f"GET services ({size})", lists[size], compared) for size in SIZES]
    rows.append(_time("GET a service by id, of 1,000", one, compared))
    rows.append(_time("register a service, of 1,000", offers[SIZES[-1]], "durable when answered"))
    rows.append(Figure("registry", "memory per service", each, "KiB", below(64.0)))
    rows.append(_growth("GET services", lists, 20))
    rows.append(_growth("registering one more", offers))
    for name, timings in found.items():
        rows.append(_time(f"discovery by {name}, of 1,000", timings[SIZES[-1]], compared))
        rows.append(_growth(f"discovery by {name}", timings))
    return rows


async def _fan_out(connection: Caller, note: Note) -> list[Figure]:
    receiver = Receiver()
    url = await receiver.listen()
    path, spans, made = f"{OWN}/subscriptions", {}, []
    rows = []
    for size in SUBSCRIBERS:
        count = size - len(made)
        note(f"registry: {size} subscribers to one service")
        taken = await connection.times(
            count, "POST", path, lambda n: subscription(f"{url}/{n}", "told")
        )
        made += list(taken.seconds)
        told = min([await _told(connection, receiver, size) for _ in range(TELLINGS)], key=_last)
        spans[size] = Timings([_last(told)])
    rows.append(_time("POST a subscription, of 1,000", Timings(made[-100:]), "durable"))
    beside = "one caller, all callbacks on one origin"
    rows.append(Figure("registry", "told, of 1,000 subscribers, p50", told.p50_ms, "ms", None, ""))
    rows.append(
        Figure(
            "registry", "told, of 1,000 subscribers, p99", told.p99_ms, "ms", below(5000), beside
        )
    )
    rows.append(_growth("telling all subscribers", spans))
    return rows


async def _told(connection: Caller, receiver: Receiver, size: int) -> Timings:
    """Return when each subscriber was told that a service is offered."""
    receiver.came.clear()
    begun = time.perf_counter()
    await connection.ask("POST", f"{OWN}/services", offer(0).replace(b"service-0", b"told"))
    await receiver.have(size)
    if len(receiver.came) < size:
        raise RuntimeError(f"{size - len(receiver.came)} of {size} subscribers were not told")
    return Timings([moment - begun for moment in receiver.came])


def _last(told: Timings) -> float:
    return max(told.seconds)


def _time(what: str, timings: Timings, compared: str) -> Figure:
    p99 = f"p99 {timings.p99_ms:.2f} ms"
    together = f"{p99}; {compared}" if compared else p99
    return Figure("registry", f"{what}, p50", timings.p50_ms, "ms", None, together)


def _growth(what: str, timings: dict[int, Timings], least: int = 0) -> Figure:
    sizes = [size for size in timings if size >= least]
    goal: Goal = below(N_LOG_N)
    value = growth({size: percentile(timings[size].seconds, QUIET) for size in sizes})
    return Figure("registry", f"growth of {what}", value, "exponent", goal, f"n = {sizes}")
