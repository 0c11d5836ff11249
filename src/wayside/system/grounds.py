"""The ground that elements stand on: real namespaces, or loopback addresses that say *simulated*.

Two twins with one face. Never starts an element.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from wayside.access.lab.api import Lab
from wayside.access.lab.facts import HostFacts
from wayside.access.lab.instruments import NamespaceInstruments
from wayside.access.lab.loopback import LoopbackInstruments, LoopbackTown
from wayside.access.lab.model import Scenario
from wayside.access.lab.moving import handed_over
from wayside.access.lab.plan import DelayBy, plan_town
from wayside.access.lab.service import LabService
from wayside.access.lab.town import Town
from wayside.chassis.client import HttpClient, connect
from wayside.dataplane.actions import FORWARDS
from wayside.dataplane.api import DataPlaneView
from wayside.dataplane.model import WalkAnswer, WalkRequest
from wayside.linux import cgroups, netns, probe, volumes
from wayside.linux.probe import Way
from wayside.model.rules import RuleAction

from .launch import Launch
from .process import Hands


class Ground(Protocol):
    """What the world needs of the town."""

    simulated: bool

    async def realise(self) -> bool:
        """Make it, or adopt what a former world made; return whether it was adopted."""
        ...

    async def watch(self) -> None:
        """Keep its own programs running; returns only when cancelled."""
        ...

    @property
    def scenario(self) -> Scenario:
        """The town as it is: each device at the cell that it was handed over to."""
        ...

    async def hand_over(self, device: str, cell: str) -> None:
        """Move a device's link to a cell; its address stays, and all of the town reaches it.

        Raises Unprocessable naming what is in the way.
        """
        ...

    async def release(self) -> None:
        """Take it away, and everything that lives in it."""
        ...

    def namespace(self, node: str) -> str | None:
        """Return the namespace in which a node's process lives; None: the world's own."""
        ...

    def command_in(self, namespace: str, argv: Sequence[str]) -> list[str]:
        """Return what runs ``argv`` inside a namespace."""
        ...

    def facts(self, host_id: str) -> HostFacts:
        """Return what a host's process must know of the network around it."""
        ...

    def lab(self) -> Lab:
        """Return the API that measures on this ground."""
        ...


class Namespaces:
    """A real town in this kernel."""

    simulated = False

    def __init__(self, wanted: Launch, scenario: Scenario) -> None:
        self._state = wanted.state
        netem = probe.finding("netem").available
        self._plan = plan_town(
            scenario,
            prefix=wanted.state.prefix,
            delay_by=DelayBy.NETEM if netem else DelayBy.LINE,
            joined=probe.available("vxlan"),
        )
        self._town = Town(self._plan, logs=wanted.state.logs)
        instruments = NamespaceInstruments(self._plan)
        self._lab = LabService(self._plan.scenario, self._plan.hosts, instruments)

    async def realise(self) -> bool:
        """Make the namespaces and what is in them, or adopt them."""
        adopted = await self._town.realise()
        if adopted:
            self._lab.scenario = await self._town.attached()
        return adopted

    @property
    def scenario(self) -> Scenario:
        """The town as it is."""
        return self._lab.scenario

    async def hand_over(self, device: str, cell: str) -> None:
        """Make a link to the cell, turn the routes to it, and take the old link away."""
        after = handed_over(self.scenario, device, cell)
        await self._town.hand_over(after, device)
        self._lab.scenario = after

    async def watch(self) -> None:
        """Keep the delay line and the cloud running."""
        await self._town.watch()

    async def release(self) -> None:
        """Delete every namespace and control group of this town, the instances' too.

        What instances have written stays, in files that nothing holds open any more.
        """
        await self._town.release()
        await asyncio.to_thread(cgroups.find().remove_all, f"wayside-{self._plan.prefix}-")
        await asyncio.to_thread(volumes.let_go_below, self._state.root)

    def namespace(self, node: str) -> str | None:
        """Return the node's namespace."""
        return self._plan.namespace(node)

    def command_in(self, namespace: str, argv: Sequence[str]) -> list[str]:
        """Return what runs ``argv`` inside a namespace."""
        return netns.command_in(namespace, argv)

    def facts(self, host_id: str) -> HostFacts:
        """Return the facts that the plan gave this host."""
        return next(facts for facts in self._plan.hosts if facts.host_id == host_id)

    def lab(self) -> Lab:
        """Return the API that measures real packets."""
        return self._lab


class Loopback:
    """The simulated twin: loopback addresses, delays as sleeps, a packet walk."""

    simulated = True

    def __init__(self, wanted: Launch, scenario: Scenario, http: HttpClient, hands: Hands) -> None:
        self._prefix = wanted.state.prefix
        self._town = LoopbackTown(scenario)
        walk = _HostWalk(
            {
                host.id: connect(DataPlaneView, f"unix:{wanted.state.socket(host.id)}", http)
                for host in scenario.hosts
            }
        )
        self._instruments = LoopbackInstruments(scenario, walk, hands.clock)
        self._lab = LabService(scenario, self._town.hosts, self._instruments)

    async def realise(self) -> bool:
        """Start the cloud on its loopback address."""
        return await self._town.realise()

    @property
    def scenario(self) -> Scenario:
        """The town as it is."""
        return self._lab.scenario

    async def hand_over(self, device: str, cell: str) -> None:
        """Have the device's packets walk from the cell, and take the delays of the way there."""
        self._lab.scenario = self._instruments.scenario = handed_over(self.scenario, device, cell)

    async def watch(self) -> None:
        """Return only when cancelled."""
        await self._town.watch()

    async def release(self) -> None:
        """Stop the cloud, and what is left of the instances."""
        await self._town.release()
        await asyncio.to_thread(cgroups.find().remove_all, f"wayside-{self._prefix}-")

    def namespace(self, node: str) -> str | None:
        """Return None: every process lives where the world does."""
        return None

    def command_in(self, namespace: str, argv: Sequence[str]) -> list[str]:
        """Return ``argv``: there is no namespace to enter."""
        return list(argv)

    def facts(self, host_id: str) -> HostFacts:
        """Return the host's facts on loopback."""
        return next(facts for facts in self._town.hosts if facts.host_id == host_id)

    def lab(self) -> Lab:
        """Return the API that simulates, and says so."""
        return self._lab


class _HostWalk:
    """Asks a host's simulated data plane where a packet goes. Port: ``loopback.Walk``."""

    def __init__(self, views: Mapping[str, DataPlaneView]) -> None:
        self._views = views

    async def walk(
        self, host_id: str, *, src: str, dst: str, protocol: str, dst_port: int
    ) -> str | None:
        """Return where the packet ends; None where it is dropped."""
        walked = await self._views[host_id].create_walk(
            WalkRequest(src_address=src, dst_address=dst, protocol=protocol, dst_port=dst_port)
        )
        return end_of(walked, dst)


def end_of(walked: WalkAnswer, dst: str) -> str | None:
    """Return the address at which a walked packet to ``dst`` ends; None where it is dropped.

    Ours: what goes to an instance in a tunnel ends there plain, as nothing here is wrapped.
    """
    if walked.action is RuleAction.DROP:
        return None
    if walked.action in FORWARDS and walked.address is not None:
        return walked.address
    return dst


def ground_for(wanted: Launch, scenario: Scenario, http: HttpClient, hands: Hands) -> Ground:
    """Return the ground for the way that was chosen."""
    if wanted.way == Way.SIMULATED:
        return Loopback(wanted, scenario, http, hands)
    return Namespaces(wanted, scenario)
