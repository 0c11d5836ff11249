"""The simulated twin asks a packet walk where things go, and adds what the way would add."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest

from wayside.access.lab.cloud import Cloud, CloudConfig
from wayside.access.lab.device import Outcome, Task
from wayside.access.lab.loopback import LoopbackInstruments, LoopbackTown
from wayside.access.lab.loopback_addresses import (
    host_number_of,
    loopback_facts,
    loopback_of,
    loopback_port,
)
from wayside.access.lab.model import Device, Scenario
from wayside.core.clock import Nanoseconds


@dataclass
class Rules:
    """Steers what is addressed to a key to its value; remembers what it was asked."""

    steered: dict[str, str | None] = field(default_factory=dict)
    asked: list[tuple[str, str, str, str, int]] = field(default_factory=list)

    async def walk(
        self, host_id: str, *, src: str, dst: str, protocol: str, dst_port: int
    ) -> str | None:
        self.asked.append((host_id, src, dst, protocol, dst_port))
        return self.steered.get(dst, dst)


@dataclass
class CountingClock:
    """Sleeps take no time and are added up."""

    slept_s: float = 0.0

    def now(self) -> Nanoseconds:
        return Nanoseconds(round(self.slept_s * 1e9))

    def monotonic(self) -> float:
        return self.slept_s

    async def sleep(self, seconds: float) -> None:
        self.slept_s += seconds


@dataclass
class Bench:
    scenario: Scenario
    rules: Rules
    clock: CountingClock

    def device(self, name: str) -> Device:
        return next(device for device in self.scenario.devices if device.id == name)

    async def perform(self, device: str, **wanted: object) -> tuple[Outcome, int]:
        instruments = LoopbackInstruments(self.scenario, self.rules, self.clock)
        task = msgspec.structs.replace(Task(), **wanted)
        return await instruments.perform(self.device(device), task)


@pytest.fixture
async def bench(scenario: Scenario, loopback: None) -> AsyncIterator[Bench]:
    """The simulated town with an application at mec1 that answers as the edge."""
    town = LoopbackTown(scenario)
    await town.realise()
    edge = Cloud(CloudConfig("127.60.1.2", "127.60.1.2", {}, (8080,), 8053, instance="edge-1"))
    await edge.start()
    yield Bench(scenario, Rules(), CountingClock())
    await edge.close()
    await town.release()


async def test_without_a_rule_requests_reach_the_cloud_over_the_backhaul(bench: Bench) -> None:
    seen, crossed = await bench.perform("ue1", address="203.0.113.10")
    assert seen.served == (("cloud", "cloud", 1),)
    assert bench.clock.slept_s == pytest.approx(4 * 0.012, rel=0.01)
    assert crossed == seen.octets


async def test_a_steered_request_stays_at_the_host_and_off_the_backhaul(bench: Bench) -> None:
    bench.rules.steered = {"203.0.113.10": "127.60.1.2"}
    seen, crossed = await bench.perform("ue1", address="203.0.113.10")
    assert seen.served == (("cloud", "edge-1", 1),)
    assert bench.clock.slept_s == 0
    assert crossed == 0


async def test_a_rule_that_changes_moves_the_next_request(bench: Bench) -> None:
    class Changing(Rules):
        async def walk(
            self, host_id: str, *, src: str, dst: str, protocol: str, dst_port: int
        ) -> str | None:
            self.asked.append((host_id, src, dst, protocol, dst_port))
            return "10.60.1.2" if len(self.asked) > 2 else dst

    bench.rules = Changing()
    seen, _ = await bench.perform("ue1", address="203.0.113.10", count=5, keep_alive=True)
    assert seen.served == (("cloud", "cloud", 2), ("cloud", "edge-1", 3))


async def test_the_walk_is_asked_with_the_towns_own_addresses(bench: Bench) -> None:
    await bench.perform("ue3", address="203.0.113.10", port=80)
    assert bench.rules.asked == [("mec2", "10.45.2.1", "203.0.113.10", "TCP", 80)]


async def test_a_dropped_packet_is_waited_for_in_vain(bench: Bench) -> None:
    bench.rules.steered = {"203.0.113.10": None}
    seen, crossed = await bench.perform("ue1", address="203.0.113.10", count=2, timeout_s=3.0)
    assert seen.failures == ("203.0.113.10 port 80: timed out",) * 2
    assert bench.clock.slept_s == 6.0
    assert crossed == 0


async def test_a_name_asked_of_the_internet_takes_the_backhaul(bench: Bench) -> None:
    seen, _ = await bench.perform("ue1", name="hello.example", dns="203.0.113.53")
    assert bench.rules.asked[0] == ("mec1", "10.45.1.1", "203.0.113.53", "UDP", 53)
    assert seen.resolve_s is not None
    assert seen.resolve_s >= 0.024


async def test_large_bodies_take_the_time_of_the_slowest_link(bench: Bench) -> None:
    await bench.perform("ue1", address="203.0.113.10", path="/bytes?n=5000000")
    assert bench.clock.slept_s == pytest.approx(4 * 0.012 + 5_000_000 * 8 / 200e6, rel=0.01)


async def test_another_hosts_application_lies_across_both_backhauls(bench: Bench) -> None:
    seen, crossed = await bench.perform("ue3", address="10.60.1.2")
    assert seen.served == (("cloud", "edge-1", 1),)
    assert bench.clock.slept_s == pytest.approx(4 * 0.026, rel=0.01)
    assert crossed == 2 * seen.octets


def test_addresses_move_to_loopback_and_stay_apart() -> None:
    assert loopback_of("10.45.1.2") == "127.45.1.2"
    assert loopback_of("203.0.113.10") == "127.203.113.10"
    assert loopback_of("127.60.1.2") == "127.60.1.2"
    assert (loopback_port(80), loopback_port(53), loopback_port(8081)) == (8080, 8053, 8081)
    assert [host_number_of(a) for a in ("10.60.2.9", "127.50.1.1", "10.45.1.1")] == [2, 1, None]


def test_a_simulated_host_is_told_loopback_addresses(scenario: Scenario) -> None:
    facts = loopback_facts(scenario)[0]
    assert facts.namespace is None
    assert (facts.dns_address, facts.dns_port) == ("127.50.1.1", 8053)
    assert (facts.mp1_address, facts.app_pool) == ("127.60.1.1", "127.60.1.0/24")
    assert (facts.oam_address, facts.system_address) == ("127.255.0.11", "127.255.0.1")
