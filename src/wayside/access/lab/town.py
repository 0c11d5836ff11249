"""The hands of the lab: makes a planned town in the kernel, keeps its helpers running, removes it.

A town outlives the process that made it: whoever comes next adopts it, if it is of the same plan.
Never decides what a town looks like: ``plan`` does.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from wayside.core.errors import Problem, Unavailable
from wayside.linux import netns, probe, processes
from wayside.linux.commands import run
from wayside.linux.processes import Process

from .cloud import CloudConfig
from .delay import LineConfig, LineLink
from .model import Scenario
from .moving import Handover, handed_over, handover
from .plan import LINKS, DelayBy, NodePlan, TownPlan
from .sessions import sides_of

log = logging.getLogger(__name__)

READY_S_MAX = 10.0
GRACE_S = 2.0
LEAVE_S = 0.05
"""How long a device keeps its old link after the last route was turned to the new one."""
RESTART_S = 0.2
"""How long a helper that ended stays down before it is started again."""


@dataclass(frozen=True)
class Helper:
    """A program of the lab's own that runs in one node."""

    module: str
    node: str
    config: str
    is_ready: Callable[[], bool] = field(compare=False)


class Town:
    """One town in this kernel. ``logs`` is the folder for the helpers' output."""

    def __init__(self, plan: TownPlan, *, logs: Path) -> None:
        self.plan = plan
        self._logs = logs
        self._running: dict[Helper, Process] = {}

    async def realise(self) -> bool:
        """Make the town, or adopt the one that a former process made of the same plan.

        On return every address answers. Returns True where it was adopted. What another plan or
        a crash has left under the same prefix is removed first.
        """
        adopted = await asyncio.to_thread(_is_whole, self.plan)
        if not adopted:
            await release(self.plan.prefix)
            await asyncio.to_thread(_build, self.plan)
        helpers = _helpers(self.plan)
        await asyncio.gather(*(asyncio.to_thread(self._start, helper) for helper in helpers))
        return adopted

    async def hand_over(self, scenario: Scenario, device: str) -> None:
        """Make the device's link to its cell in ``scenario`` its only one; its address stays.

        Packets on their way on the old link have ``LEAVE_S`` to arrive.
        """
        steps = handover(scenario, device, prefix=self.plan.prefix)
        await asyncio.to_thread(_join, self.plan, steps)
        await asyncio.sleep(LEAVE_S)
        await asyncio.to_thread(_leave, self.plan, steps)

    async def attached(self) -> Scenario:
        """Return the town as it is, with each device at the cell that it sends by.

        A handover that was begun and not ended, as its process was killed, is ended here.
        """
        scenario = self.plan.scenario
        turned = await asyncio.to_thread(_turned, self.plan)
        for device in scenario.devices:
            cell = await asyncio.to_thread(_sends_by, self.plan, device.id)
            if cell is None or (cell in device.cells and device.address not in turned):
                continue
            scenario = handed_over(scenario, device.id, cell)
            steps = handover(scenario, device.id, prefix=self.plan.prefix)
            await asyncio.to_thread(_turn, self.plan, steps)
            await asyncio.to_thread(_leave, self.plan, steps)
        return scenario

    async def watch(self) -> None:
        """Start again every helper that ends; returns only when cancelled."""
        async with asyncio.TaskGroup() as group:
            for helper in _helpers(self.plan):
                group.create_task(self._keep(helper))

    async def _keep(self, helper: Helper) -> None:
        while True:
            if (process := self._running.get(helper)) is not None:
                await processes.wait(process)
                processes.reap(process)
            log.warning("%s ended; it is started again", helper.module)
            await asyncio.sleep(RESTART_S)
            try:
                await asyncio.to_thread(self._start, helper)
            except Problem as problem:  # the town may be going away; the next turn tries again
                log.warning("%s", problem.detail)

    async def release(self) -> None:
        """Remove the town and everything in it."""
        await release(self.plan.prefix)

    def _start(self, helper: Helper) -> None:
        """Start a helper where it does not run, and wait until it is ready."""
        namespace = self.plan.namespace(helper.node)
        output = self._logs / f"lab-{helper.node}.log"
        process = _find(namespace, helper.module)
        if process is None:
            output.parent.mkdir(parents=True, exist_ok=True)
            argv = [sys.executable, "-m", helper.module, helper.config]
            process = processes.identify(netns.start_in(namespace, argv, log=output))
        if process is None:
            raise Unavailable(f"{helper.module} ended at once; see {output}.")
        self._running[helper] = process
        _wait_ready(helper, process, output)


async def release(prefix: str) -> None:
    """Remove every namespace called ``<prefix>-…`` with all that runs in it.

    Processes get SIGTERM, and SIGKILL after ``GRACE_S`` seconds. Nothing to do where there is
    none.
    """
    names = await asyncio.to_thread(netns.names, f"{prefix}-")
    pids = await asyncio.to_thread(netns.pids_in, *names)
    found = [processes.identify(pid) for pid in pids if pid != os.getpid()]
    await asyncio.gather(*(processes.terminate(p, grace_s=GRACE_S) for p in found if p is not None))
    await asyncio.to_thread(netns.delete, *names)


def _join(plan: TownPlan, steps: Handover) -> None:
    netns.batch(None, [steps.cable])
    for node, lines in steps.near:
        netns.batch(plan.namespace(node), lines)
    _turn(plan, steps)


def _turn(plan: TownPlan, steps: Handover) -> None:
    for node, lines in steps.routes:
        netns.batch(plan.namespace(node), lines)


def _leave(plan: TownPlan, steps: Handover) -> None:
    namespace = plan.namespace(steps.device)
    there = {each["ifname"] for each in json.loads(netns.run_in(namespace, ["ip", "-j", "link"]))}
    netns.batch(namespace, [f"link delete {cell}" for cell in steps.cells if cell in there])


def _turned(plan: TownPlan) -> set[str]:
    """Return the addresses that the core has a route of their own to."""
    core = plan.namespace(plan.scenario.core.id)
    return {each["dst"] for each in json.loads(netns.run_in(core, ["ip", "-j", "route"]))}


def _sends_by(plan: TownPlan, device: str) -> str | None:
    """Return the interface of a device's default route: the cell that it is joined to."""
    found = netns.run_in(plan.namespace(device), ["ip", "-j", "route", "show", "default"])
    return next((str(route["dev"]) for route in json.loads(found)), None)


def _mark(plan: TownPlan) -> str:
    return f"wayside:{plan.digest}"


def _is_whole(plan: TownPlan) -> bool:
    """Tell whether a town of this very plan stands; the mark is set when all else is done."""
    if not all(netns.exists(node.namespace) for node in plan.nodes):
        return False
    last = plan.nodes[-1].namespace
    return _mark(plan) in run(["ip", "-n", last, "-json", "link", "show", "lo"])


def _build(plan: TownPlan) -> None:
    netns.create(*(node.namespace for node in plan.nodes))
    # A kernel without IPv6 needs not be told to leave it alone.
    known = ("net.ipv4.", "net.ipv6.") if Path("/proc/sys/net/ipv6").is_dir() else ("net.ipv4.",)
    for node in plan.nodes:
        settings = [setting for setting in node.sysctls if setting[0].startswith(known)]
        netns.set_sysctls(node.namespace, settings)
    netns.batch(None, plan.cables)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_furnish, plan.nodes))
    netns.batch(plan.nodes[-1].namespace, [f"link set lo alias {_mark(plan)}"])


def _furnish(node: NodePlan) -> None:
    netns.batch(node.namespace, node.ip_lines)
    lines = [line for line in node.tc_lines if " tbf " not in line or probe.available("tbf")]
    if len(lines) < len(node.tc_lines):
        log.warning("%s: rates are not limited, the kernel has no tbf", node.node)
    if lines:
        run(["tc", "-n", node.namespace, "-batch", "-"], stdin="\n".join(lines) + "\n")
    if node.nft:
        netns.run_in(node.namespace, ["nft", "-f", "-"], stdin=node.nft)


def _helpers(plan: TownPlan) -> list[Helper]:
    cloud = plan.scenario.cloud
    service = CloudConfig(cloud.address, cloud.dns_address, cloud.names)
    helpers = [
        Helper(
            "wayside.access.lab.cloud",
            cloud.id,
            msgspec.json.encode(service).decode(),
            partial(_is_listening, plan.namespace(cloud.id)),
        )
    ]
    if plan.delay_by is DelayBy.LINE and plan.delayed:
        links = tuple(LineLink(link.near, link.far, link.delay_ms) for link in plan.delayed)
        config = msgspec.json.encode(LineConfig(links)).decode()
        ready = 2 * len(links)
        helpers.append(
            Helper(
                "wayside.access.lab.delay",
                LINKS,
                config,
                lambda: _sockets(plan.namespace(LINKS), "packet") >= ready,
            )
        )
    return helpers + list(_base_stations(plan))


def _base_stations(plan: TownPlan) -> Iterator[Helper]:
    """Yield the program of every cell whose packets travel in GTP-U."""
    for cell in plan.scenario.cells:
        if (sides := sides_of(plan.scenario, cell)) is not None:
            yield Helper(
                "wayside.access.lab.gnb",
                cell.id,
                msgspec.json.encode(sides[0]).decode(),
                partial(_is_listening, plan.namespace(cell.id)),
            )


def _is_listening(namespace: str) -> bool:
    """Tell whether a program has opened its UDP socket, which is the last that it opens."""
    return _sockets(namespace, "udp") > 0


def _sockets(namespace: str, kind: str) -> int:
    """Return how many sockets of a kind (a file of /proc/net) are open in a namespace."""
    lines = netns.inside(
        namespace, lambda: Path("/proc/thread-self/net", kind).read_text().splitlines()
    )
    return len(lines) - 1


def _find(namespace: str, module: str) -> Process | None:
    """Return the running process of a helper's module in a namespace."""
    for pid in netns.pids_in(namespace):
        process = processes.identify(pid)
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if process is not None and module.encode() in words and processes.is_running(process):
            return process
    return None


def _wait_ready(helper: Helper, process: Process, output: Path) -> None:
    deadline = time.monotonic() + READY_S_MAX
    while not helper.is_ready():
        if not processes.is_running(process) or time.monotonic() > deadline:
            processes.send(process, signal.SIGKILL)
            raise Unavailable(f"{helper.module} did not become ready; see {output}.")
        time.sleep(0.01)
