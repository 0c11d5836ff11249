"""Measures on a real town: echoes over its links, requests from its devices, bytes on its backhaul.

Each measurement of a device is a process of its own inside the device's namespace, so that
nothing of ours runs beside what is timed. Never changes the town.
"""

import asyncio
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from wayside.core.errors import GatewayTimeout, Internal
from wayside.linux import netns

from .device import Outcome, Task
from .echo import round_trips
from .figures import LinkDelay
from .model import Device, LinkKind
from .plan import DelayedLink, TownPlan
from .player import Played, PlayTask

SPARE_S = 10.0
"""How much longer than its own time-outs a device's process may take."""


class NamespaceInstruments:
    """The instruments of a town in this kernel. Port: ``service.Instruments``."""

    simulated = False

    def __init__(self, plan: TownPlan) -> None:
        self._plan = plan

    async def measure_delays(self, count: int) -> tuple[LinkDelay, ...]:
        """Measure all links at the same time: none shares anything with another but the CPU."""
        found = await asyncio.gather(
            *(asyncio.to_thread(_measure, link, count) for link in self._plan.delayed)
        )
        return tuple(found)

    async def perform(self, device: Device, task: Task) -> tuple[Outcome, int]:
        """Run ``device`` in the device's namespace; count what crossed the backhaul meanwhile."""
        before = await asyncio.to_thread(self._backhaul_bytes)
        outcome = await self._run(self._plan.namespace(device.id), task)
        after = await asyncio.to_thread(self._backhaul_bytes)
        return outcome, after - before

    async def play(self, device: Device, task: PlayTask) -> Played:
        """Run ``player`` in the device's namespace."""
        namespace, longest_s = self._plan.namespace(device.id), task.seconds + SPARE_S
        said = await _said_by("player", task, namespace, longest_s)
        return msgspec.json.decode(said, type=Played)

    async def _run(self, namespace: str, task: Task) -> Outcome:
        longest_s = task.timeout_s * (task.count + 1) + SPARE_S
        said = await _said_by("device", task, namespace, longest_s)
        return msgspec.json.decode(said, type=Outcome)

    def _backhaul_bytes(self) -> int:
        """Return the bytes that ever crossed the backhaul links, counted at their first ends."""
        return sum(
            _interface_bytes(self._plan.namespace(link.ends[0]), link.ends[1])
            for link in self._plan.scenario.links
            if link.kind is LinkKind.BACKHAUL
        )


async def _said_by(module: str, task: Task | PlayTask, namespace: str, longest_s: float) -> bytes:
    """Run a program of the lab's in a namespace; return what it printed."""
    text = msgspec.json.encode(task).decode()
    argv = [sys.executable, "-m", f"wayside.access.lab.{module}", text]
    process = await asyncio.create_subprocess_exec(
        *netns.command_in(namespace, argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complaint = await asyncio.wait_for(process.communicate(), longest_s)
    except TimeoutError as fault:
        raise GatewayTimeout(f"The device did not finish within {longest_s:.0f} s.") from fault
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        words = complaint.decode(errors="replace").strip().splitlines()
        raise Internal(f"The device's program failed: {words[-1] if words else 'no word'}.")
    return said


def _measure(link: DelayedLink, count: int) -> LinkDelay:
    trips = round_trips(link.near_namespace, link.far_address, count=count)
    return link_delay(link.name, link.delay_ms, trips, count=count)


def link_delay(name: str, configured_ms: float, trips: Sequence[float], *, count: int) -> LinkDelay:
    """Return the figures of one link from its round trips in seconds; 0 where none came back."""
    one_way_ms = sorted(trip * 500 for trip in trips)
    return LinkDelay(
        link=name,
        configured_ms=configured_ms,
        p50_ms=round(quantile(one_way_ms, 0.50), 3),
        p95_ms=round(quantile(one_way_ms, 0.95), 3),
        samples=len(one_way_ms),
        lost=count - len(one_way_ms),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` of the ordered values do not exceed; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[math.ceil(share * len(ordered)) - 1]


def _interface_bytes(namespace: str, interface: str) -> int:
    """Return the bytes received and sent by an interface. Ref: proc_net_dev."""
    lines = netns.inside(
        namespace, lambda: Path("/proc/thread-self/net/dev").read_text().splitlines()
    )
    for line in lines:
        name, _, figures = line.partition(":")
        if name.strip() == interface:
            columns = figures.split()
            return int(columns[0]) + int(columns[8])
    raise Internal(f"There is no interface {interface} in {namespace}.")
