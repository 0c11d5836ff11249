"""Steering by the kernel: how soon a rule or a name holds, and what ten thousand rules cost.

``python -m bench steering``, as root. Device, host, applications and cloud
are namespaces of this machine; configurations are measured in turns and compared by medians.
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.dataplane.rules import APP1, CLOUD, DROP, FORWARD, UE, rule
from tests.dataplane.worlds import KernelWorld, Lab

from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.linux import netns, probe
from wayside.model.rules import IpAddressType
from wayside.refpoints.mp2 import NameRecord, RuleKey, SteeringRule

from .figures import Figure, Goal, Note, at_least

ROUNDS = 9
RULES = 10_000
CHANGES = 300
QUESTIONS = 500
PACKETS = 6_000
SETTLE_S = 0.15
PORT = 7100
SENDER = """
import socket, sys, time
device = socket.socket(fileno=int(sys.argv[1]))
while True:
    device.send(b"x" * 64)
    time.sleep(50e-6)
"""
"""A packet about every 100 us, the sleep's own delay included."""


def missing() -> str | None:
    """Return why this cannot be measured here, or None."""
    return probe.missing("nftables", "policy routing")


def figures(note: Note, rounds: int = ROUNDS) -> list[Figure]:
    """Return what ten thousand rules cost: packets that no rule means, and a change among them."""
    note(f"steering: beside {RULES:,} rules and without, {rounds} rounds")
    found = asyncio.run(measure(rounds))
    alone = f"{found['forwarding with no rules, packets/s']:,.0f} packets/s with no rules"
    plain = f"no rules / plain routing {found['forwarding with no rules / plain routing']} x"

    def row(key: str, unit: str, goal: Goal | None, compared: str) -> Figure:
        name = key.removesuffix(f" {unit}").replace(" / none", ", rate beside none")
        return Figure("steering", name, found[key], unit, goal, compared)

    def change(share: str) -> Figure:
        key = "change() to first steered packet beside {} rules, " + share + " ms"
        before = f"beside 0 rules {found[key.format(0)]:.2f} ms"
        return row(key.format(RULES), "ms", None, before)

    return [
        row(f"forwarding with {RULES} rules / none", "x", at_least(0.95), alone),
        row(f"forwarding with {RULES} range rules / none", "x", at_least(0.95), plain),
        change("p50"),
        change("p99"),
    ]


async def measure(rounds: int) -> dict[str, float]:
    """Return every figure by its name; leaves no namespace behind."""
    lab = Lab()
    async with Nursery() as nursery:
        names = DnsServer(DnsSettings(("127.0.0.1",), port=0), nursery)
        try:
            lab.realise()
            world = KernelWorld(lab, names)
            figures = await activation(world, lab, standing=0)
            figures |= await activation(world, lab, standing=RULES)
            figures |= await naming(names)
            figures |= await forwarding(world, lab, rounds)
            world.close()
        finally:
            lab.release()
    return figures


async def activation(world: KernelWorld, lab: Lab, *, standing: int) -> dict[str, float]:
    """Time from ``change`` to the first packet of a running flow at its new end, on and off."""
    await world.plane.replace(exact(standing))
    ends = {where: sink(lab, where) for where in ("app1", "cloud")}
    device = source(lab)
    sender = start_sender(device)
    steer = rule("bench/1", FORWARD, APP1, dst_address=CLOUD, dst_port=str(PORT), protocol="UDP")
    on, call = [], []
    try:
        ends["cloud"].recv(100)
        for _ in range(CHANGES):
            began = time.perf_counter()
            await world.plane.change(put=[steer])
            call.append(time.perf_counter() - began)
            ends["app1"].recv(100)
            on.append(time.perf_counter() - began)
            await world.plane.change(remove=[RuleKey("bench/1")])
            await asyncio.sleep(0.002)
            for end in ends.values():
                drain(end)
    finally:
        sender.kill()
        sender.wait()
        for each in (device, *ends.values()):
            each.close()
    label = f"beside {standing} rules"
    return {
        f"change() {label}, p50 ms": ms(on=call, at=50),
        f"change() to first steered packet {label}, p50 ms": ms(on=on, at=50),
        f"change() to first steered packet {label}, p99 ms": ms(on=on, at=99),
    }


def start_sender(device: socket.socket) -> "subprocess.Popen[bytes]":
    """Start a process that sends to where ``device`` is connected, until it is killed."""
    command = [sys.executable, "-c", SENDER, str(device.fileno())]
    return subprocess.Popen(command, pass_fds=[device.fileno()])


async def naming(names: DnsServer) -> dict[str, float]:
    """Time from a new record to its answer at a device, over loopback."""
    port = await names.start()
    loop = asyncio.get_running_loop()
    taken = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.setblocking(False)
        device.connect(("127.0.0.1", port))
        question = b"\0\7\1\0\0\1\0\0\0\0\0\0\5hello\4edge\0\0\1\0\1"
        for n in range(QUESTIONS):
            address = f"10.60.{n >> 8}.{n & 255}"
            record = NameRecord(
                AppInstanceId("bench"), "1", "hello.edge", IpAddressType.IP_V4, address
            )
            began = time.perf_counter()
            names.replace([record])
            await loop.sock_sendall(device, question)
            answer = await loop.sock_recv(device, 512)
            taken.append(time.perf_counter() - began)
            assert answer.endswith(socket.inet_aton(address))
    await names.close()
    return {
        "DNS record to its answer, p50 ms": ms(on=taken, at=50),
        "DNS record to its answer, p99 ms": ms(on=taken, at=99),
    }


async def forwarding(world: KernelWorld, lab: Lab, rounds: int) -> dict[str, float]:
    """Packets per second from device to cloud: with rules, with none, and without our tables."""
    device, end = source(lab), sink(lab, "cloud")
    ways = {"tables": None, "none": [], "exact": exact(RULES), "ranges": ranges(RULES)}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, rules in ways.items():
            if rules is None:
                world.plane.remove()
            else:
                await world.plane.replace(rules)
            # The kernel frees what was there before in the background.
            await asyncio.sleep(SETTLE_S)
            rates[name].append(rate(device))
            drain(end)
    device.close()
    end.close()
    median = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "forwarding with no rules, packets/s": round(median["none"]),
        f"forwarding with {RULES} rules / none": round(median["exact"] / median["none"], 3),
        f"forwarding with {RULES} range rules / none": round(median["ranges"] / median["none"], 3),
        "forwarding with no rules / plain routing": round(median["none"] / median["tables"], 3),
    }


def rate(device: socket.socket) -> float:
    """Return packets per second of one sender; the way to the cloud runs in its system call."""
    for _ in range(200):
        device.send(b"x" * 64)
    began = time.perf_counter()
    for _ in range(PACKETS):
        device.send(b"x" * 64)
    return PACKETS / (time.perf_counter() - began)


def exact(count: int) -> list[SteeringRule]:
    """Return rules that name single values; none means the measured flow."""
    return [
        rule(f"m/{n}", DROP, src_address=f"10.{n >> 8}.{n & 255}.7", dst_port="9", protocol="UDP")
        for n in range(count)
    ]


def ranges(count: int) -> list[SteeringRule]:
    """Return rules that name prefixes; none means the measured flow."""
    return [
        rule(
            f"m/{n}",
            DROP,
            src_address=f"10.{n >> 8 | 64}.{n & 255}.0/24",
            dst_port="9",
            protocol="UDP",
        )
        for n in range(count)
    ]


def source(lab: Lab) -> socket.socket:
    """Return the device's socket, connected to the cloud."""
    device = netns.socket_in(lab.names["ue"], socket.AF_INET, socket.SOCK_DGRAM)
    device.bind((UE, 0))
    device.connect((CLOUD, PORT))
    return device


def sink(lab: Lab, where: str) -> socket.socket:
    """Return a socket that packets end at; it waits for one at most 2 s."""
    end = netns.socket_in(lab.names[where], socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("0.0.0.0", PORT))
    end.settimeout(2)
    return end


def drain(end: socket.socket) -> None:
    """Take everything out that has arrived."""
    end.setblocking(False)
    try:
        while True:
            end.recv(100)
    except BlockingIOError:
        end.settimeout(2)


def ms(*, on: Sequence[float], at: int) -> float:
    """Return the percentile ``at`` of times in seconds, as milliseconds."""
    return round(statistics.quantiles(on, n=100)[at - 1] * 1000, 3)
