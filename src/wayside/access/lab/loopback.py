"""The simulated twin of the town: no namespaces, devices and hosts on 127.x, delays as sleeps.

Programs and sockets are real; where a packet goes is asked of a packet walk, and what a link
would have added is added. Whatever it measures says *simulated*. Never decides about a flow.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import msgspec

from wayside.core.clock import Clock
from wayside.core.errors import Conflict

from .cloud import Cloud, CloudConfig
from .device import Outcome, Task, perform
from .figures import LinkDelay
from .instruments import link_delay
from .loopback_addresses import host_number_of, loopback_facts, loopback_of, loopback_port
from .model import Device, LinkKind, Scenario
from .paths import Way, serving_host, way
from .player import Played, PlayTask

ECHOES_MAX = 5
"""A sleep differs less from the next than an echo does; more would only take longer."""


class Walk(Protocol):
    """The port to the hosts' simulated data planes."""

    async def walk(
        self, host_id: str, *, src: str, dst: str, protocol: str, dst_port: int
    ) -> str | None:
        """Return the address that a packet entering ``host_id`` ends at, or None if dropped.

        ``protocol`` is ``TCP`` or ``UDP``. A packet that no rule concerns ends at ``dst``.
        """
        ...


class LoopbackTown:
    """The town's own programs on loopback. Twin of ``town.Town``."""

    def __init__(self, scenario: Scenario) -> None:
        cloud = scenario.cloud
        self.hosts = loopback_facts(scenario)
        config = CloudConfig(
            loopback_of(cloud.address),
            loopback_of(cloud.dns_address),
            cloud.names,
            ports=(loopback_port(80),),
            dns_port=loopback_port(53),
        )
        self._cloud = Cloud(config)

    async def realise(self) -> bool:
        """Start the cloud; nothing is ever adopted, as nothing outlives this process."""
        await self._cloud.start()
        return False

    async def watch(self) -> None:
        """Return only when cancelled: what runs here cannot end by itself."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Stop the cloud."""
        await self._cloud.close()


@dataclass(frozen=True)
class Destination:
    """Where a packet ends: the loopback address to talk to and the way that leads there."""

    address: str
    way: Way

    @property
    def delay_s(self) -> float:
        """One way."""
        return self.way.delay_ms / 1000

    @property
    def backhaul_links(self) -> int:
        """How many backhaul links are crossed."""
        return sum(link.kind is LinkKind.BACKHAUL for link in self.way.links)

    def transfer_s(self, count: int) -> float:
        """Return how long ``count`` bytes take over the slowest link on the way."""
        rates = [link.rate_mbps * 1e6 for link in self.way.links if link.rate_mbps]
        return count * 8 / min(rates) if rates else 0.0


class LoopbackInstruments:
    """The instruments of the simulated town. Port: ``service.Instruments``."""

    simulated = True

    def __init__(self, scenario: Scenario, walk: Walk, clock: Clock) -> None:
        self.scenario = scenario
        """The town as it is: whoever hands a device over puts it here."""
        self._walk = walk
        self._clock = clock

    async def measure_delays(self, count: int) -> tuple[LinkDelay, ...]:
        """Measure the sleeps that stand for the links: the figures of this clock, no network's."""
        links = [link for link in self.scenario.links if link.delay_ms > 0]
        taken = min(count, ECHOES_MAX)

        async def measure(name: str, delay_ms: float) -> LinkDelay:
            trips = []
            for _ in range(taken):
                started = self._clock.monotonic()
                await self._clock.sleep(2 * delay_ms / 1000)
                trips.append(self._clock.monotonic() - started)
            return link_delay(name, delay_ms, trips, count=taken)

        found = await asyncio.gather(*(measure(link.name, link.delay_ms) for link in links))
        return tuple(found)

    async def perform(self, device: Device, task: Task) -> tuple[Outcome, int]:
        """Do the task over loopback, one request at a time, and add what the way would add."""
        address = task.address
        resolve_s = None
        crossed = 0
        if address is None:
            resolved, crossed = await self._resolve(device, task)
            if resolved.failures:
                return resolved, crossed
            address, resolve_s = resolved.address, resolved.resolve_s
        total = Outcome(address=address, source=device.address, resolve_s=resolve_s)
        for number in range(task.count):
            first = number == 0 or not task.keep_alive
            one, more = await self._request(device, task, address, new_connection=first)
            total, crossed = _joined(total, one), crossed + more
        return total, crossed

    async def play(self, device: Device, task: PlayTask) -> Played:
        """Raise Conflict: packets of a play are real or none."""
        raise _unreal("A play")

    async def _resolve(self, device: Device, task: Task) -> tuple[Outcome, int]:
        server = task.dns or self.scenario.cloud.dns_address
        end = await self._destination(device, server, "UDP", task.dns_port)
        if end is None:
            return await self._unanswered(f"{task.name}: {server} did not answer.", task), 0
        question = msgspec.structs.replace(
            task, dns=end.address, source=loopback_of(device.address)
        )
        question = msgspec.structs.replace(question, dns_port=loopback_port(task.dns_port), count=0)
        found = await asyncio.to_thread(perform, question)
        await self._clock.sleep(2 * end.delay_s)
        seconds = (found.resolve_s or 0.0) + 2 * end.delay_s
        return msgspec.structs.replace(found, resolve_s=seconds), found.octets * end.backhaul_links

    async def _request(
        self, device: Device, task: Task, address: str, *, new_connection: bool
    ) -> tuple[Outcome, int]:
        end = await self._destination(device, address, "TCP", task.port)
        if end is None:
            return await self._unanswered(f"{address} port {task.port}: timed out", task), 0
        single = msgspec.structs.replace(
            task,
            name=None,
            address=end.address,
            port=loopback_port(task.port),
            count=1,
            keep_alive=False,
            source=loopback_of(device.address),
        )
        found = await asyncio.to_thread(perform, single)
        round_trips = 2 if new_connection else 1
        added = round_trips * 2 * end.delay_s + end.transfer_s(found.bytes)
        await self._clock.sleep(added)
        timings = tuple(seconds + added for seconds in found.timings_s)
        failures = tuple(sentence.replace(end.address, address) for sentence in found.failures)
        seen = msgspec.structs.replace(found, timings_s=timings, failures=failures)
        return seen, found.octets * end.backhaul_links

    async def _unanswered(self, sentence: str, task: Task) -> Outcome:
        await self._clock.sleep(task.timeout_s)
        return Outcome(failures=(sentence,))

    async def _destination(
        self, device: Device, address: str, protocol: str, port: int
    ) -> Destination | None:
        """Return where a packet from ``device`` ends, or None where a host drops it."""
        host = serving_host(self.scenario, device.id)
        end: str | None = address
        own_dns = [facts.dns_address for facts in loopback_facts(self.scenario)]
        if host is not None and loopback_of(address) not in own_dns:
            end = await self._walk.walk(
                host, src=device.address, dst=address, protocol=protocol, dst_port=port
            )
        if end is None:
            return None
        number = host_number_of(end)
        hosts = {known.number: known.id for known in self.scenario.hosts}
        node = hosts.get(number, self.scenario.cloud.id) if number else self.scenario.cloud.id
        return Destination(loopback_of(end), way(self.scenario, device.id, node))


def _unreal(what: str) -> Conflict:
    return Conflict(
        f"{what} needs a town of namespaces, and this one is simulated; `wayside doctor` says what "
        "is missing here."
    )


def _joined(total: Outcome, one: Outcome) -> Outcome:
    """Return the outcome of all requests so far and one more."""
    served = {(by, instance): count for by, instance, count in total.served}
    for by, instance, count in one.served:
        served[by, instance] = served.get((by, instance), 0) + count
    return msgspec.structs.replace(
        total,
        timings_s=total.timings_s + one.timings_s,
        failures=total.failures + one.failures,
        served=tuple((by, instance, count) for (by, instance), count in served.items()),
        bytes=total.bytes + one.bytes,
        octets=total.octets + one.octets,
    )
