"""What tunnels cost: the way through GTP-U beside the plain one, in the same town and run.

``python -m bench gtp``. Two devices, each behind a cell of its own at the foot of one host; the
packets of one cross to the host in GTP-U. Rules are changed as an application changes them, on
Mp1, and count from when the first packet comes so.
"""

import contextlib
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from wayside.cli import lifecycle
from wayside.dataplane.plane import WATCH_S
from wayside.linux import netns
from wayside.linux.gtpu.messages import PORT
from wayside.model.app_lcm import AppInstanceInfo
from wayside.model.rules import (
    DestinationInterface,
    InterfaceType,
    RuleAction,
    RuleState,
    TrafficRule,
    TunnelInfo,
    TunnelType,
)

from . import running
from .application import APP_D_ID, STEER, STREAM_PORT, write_project
from .figures import Figure, Note, Timings, below
from .flows import Ends, megabits_per_s, packets_per_s, processor_s, round_trips, sink
from .rules import Bench, connected, receiving, streaming
from .running import Wayside

SCENARIO = Path(__file__).with_name("two_cells.toml")
TUNNELLED, PLAIN = "ue1", "ue2"
ROUNDS = 7
LASTING_S = 0.5
TRIPS = 1000
SWITCHES = 100
FRESH = 10
"""Changes that need a new tunnel: the old one is gone by then."""
PORT_FREE = 7200
PAUSE_S = (0.01, 0.03)
GONE_S = 3 * WATCH_S
GOAL_P50_MS, GOAL_P99_MS = 2.0, 10.0

Rates = dict[str, list[float]]


@dataclass
class Measured:
    """By device: rates and times of its way; and of the rules of the tunnelled device."""

    packets: Rates = field(default_factory=lambda: {TUNNELLED: [], PLAIN: []})
    megabits: Rates = field(default_factory=lambda: {TUNNELLED: [], PLAIN: []})
    trips: Rates = field(default_factory=lambda: {TUNNELLED: [], PLAIN: []})
    relay_us: list[float] = field(default_factory=list)
    """What the relay's process uses for a packet."""
    wrapped: list[float] = field(default_factory=list)
    """Seconds from the PUT, where the tunnel is there from the rule before; ``fresh``: not yet."""
    fresh: list[float] = field(default_factory=list)
    unwrapped: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    """Until the answer to a PUT was read."""
    read: list[float] = field(default_factory=list)
    """A GET of the rule: the way there and back without any change."""


def figures(note: Note) -> list[Figure]:
    """Return the figures of a town made for it."""
    found = Measured()
    with running.running(str(SCENARIO)) as system, tempfile.TemporaryDirectory() as folder:
        system.onboard(write_project(Path(folder), system.town.cloud.address))
        instance = system.ask(lambda face: lifecycle.run_new(face, APP_D_ID))
        assert instance.wayside_placement is not None
        note(f"gtp: {ROUNDS} rounds of packets and streams, in GTP-U and plain")
        _ways(system, instance, found)
        note(f"gtp: {SWITCHES} changes of a rule between DECAPSULATED and ENCAPSULATED")
        with connected(system, instance) as bench:
            _switching(bench, found)
        system.ask(lambda face: lifecycle.end(face, instance, None))
    return rows(found)


def _ways(system: Wayside, instance: AppInstanceInfo, found: Measured) -> None:
    assert instance.wayside_placement is not None
    address = instance.wayside_placement.addresses[0]
    ways = {
        device: Ends(f"{system.state.prefix}-{device}", system.namespace_of(instance), address)
        for device in (TUNNELLED, PLAIN)
    }
    relay = relay_of(f"{system.state.prefix}-{system.host_of(instance)}")
    with sink(ways[PLAIN], PORT_FREE):
        for _ in range(ROUNDS):
            for device, ends in ways.items():
                used = processor_s(relay)
                rate = packets_per_s(ends, PORT_FREE, LASTING_S)
                found.packets[device].append(rate)
                if device == TUNNELLED:
                    found.relay_us.append((processor_s(relay) - used) / (rate * LASTING_S) * 1e6)
                time.sleep(LASTING_S)  # what still waits on the way
                found.megabits[device].append(megabits_per_s(ends, PORT_FREE, LASTING_S))
                found.trips[device] += round_trips(ends, PORT_FREE, TRIPS // ROUNDS)


def relay_of(namespace: str) -> int:
    """Return the process that carries packets in and out of tunnels in a host's namespace."""
    (found,) = (
        pid
        for pid in netns.pids_in(namespace)
        if b"wayside.dataplane.relay" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    return found


def _switching(bench: Bench, found: Measured) -> None:
    assert bench.instance.wayside_placement is not None
    wrapped, plain = (
        bench.mp1.request("PUT", f"traffic_rules/{STEER}", msgspec.json.encode(each))
        for each in both_ways(bench.rule, bench.instance.wayside_placement.addresses[0])
    )
    get = bench.mp1.request("GET", f"traffic_rules/{STEER}")
    with (
        streaming(bench.system),
        receiving(bench.system, bench.instance, PORT) as tunnel,
        receiving(bench.system, bench.instance, STREAM_PORT) as direct,
    ):
        for number in range(SWITCHES + FRESH):
            fresh = number < FRESH
            if fresh:
                time.sleep(GONE_S)
            times = found.fresh if fresh else found.wrapped
            times.append(_until_first(bench, wrapped, tunnel, found))
            found.unwrapped.append(_until_first(bench, plain, direct, found))
            begun = bench.mp1.send(get)
            found.read.append(bench.mp1.finish() - begun)


def _until_first(bench: Bench, put: bytes, end: socket.socket, found: Measured) -> float:
    """Return the seconds from sending ``put`` to the first packet at ``end``."""
    time.sleep(random.uniform(*PAUSE_S))
    _empty(end)
    begun = bench.mp1.send(put)
    end.recv(200)
    taken = time.perf_counter() - begun
    found.answered.append(bench.mp1.finish() - begun)
    return taken


def _empty(end: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            end.recv(200, socket.MSG_DONTWAIT)


def both_ways(rule: TrafficRule, address: str) -> tuple[TrafficRule, TrafficRule]:
    """Return the rule as it sends in GTP-U, and as it sends plain packets."""
    tunnel = TunnelInfo(tunnel_type=TunnelType.GTP_U, tunnel_dst_address=address)
    into = DestinationInterface(interface_type=InterfaceType.TUNNEL, tunnel_info=tunnel)
    plain = msgspec.structs.replace(rule, state=RuleState.ACTIVE)
    return (
        msgspec.structs.replace(
            plain, action=RuleAction.FORWARD_ENCAPSULATED, dst_interface=(into,)
        ),
        plain,
    )


def rows(found: Measured) -> list[Figure]:
    """Return the rows of the table."""
    us = statistics.median(found.relay_us)
    return [
        _ratio("datagrams of 64 octets that arrive", found.packets, "packets/s"),
        _ratio("one TCP stream", found.megabits, "Mbit/s"),
        Figure("gtp", "the relay's CPU for a packet", us, "us", None, "let out of GTP-U"),
        *_trips(found),
        *_switches(found),
    ]


def _trips(found: Measured) -> Iterator[Figure]:
    tunnelled, plain = (Timings(found.trips[device]) for device in (TUNNELLED, PLAIN))
    for share, ours, theirs in (
        ("p50", tunnelled.p50_ms, plain.p50_ms),
        ("p99", tunnelled.p99_ms, plain.p99_ms),
    ):
        name = f"round trip, base station and relay each passed twice, added, {share}"
        yield Figure("gtp", name, ours - theirs, "ms", None, f"plain {theirs:.3f} ms")


def _switches(found: Measured) -> Iterator[Figure]:
    name = "PUT FORWARD_ENCAPSULATED -> first packet in GTP-U"
    new = f"in a new tunnel {Timings(found.fresh).p50_ms:.2f} ms"
    yield from _times(name, Timings(found.wrapped), new)
    answered, read = Timings(found.answered).p50_ms, Timings(found.read).p50_ms
    name = "PUT FORWARD_DECAPSULATED -> first plain packet"
    beside = f"PUT -> 200 {answered:.2f} ms, GET {read:.2f} ms"
    yield from _times(name, Timings(found.unwrapped), beside)


def _times(name: str, taken: Timings, beside: str) -> Iterator[Figure]:
    yield Figure("gtp", f"{name}, p50", taken.p50_ms, "ms", below(GOAL_P50_MS), beside)
    yield Figure("gtp", f"{name}, p99", taken.p99_ms, "ms", below(GOAL_P99_MS))


def _ratio(what: str, rates: Rates, unit: str) -> Figure:
    ours, theirs = (statistics.median(rates[device]) for device in (TUNNELLED, PLAIN))
    beside = f"{ours:,.0f} of {theirs:,.0f} {unit} plain"
    return Figure("gtp", f"{what}, in GTP-U / plain", ours / theirs, "x", None, beside)
