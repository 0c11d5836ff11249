"""The world: the town, and the elements in it, made from a scenario and kept running.

It outlives nothing and loses nothing: killed and started again, it adopts the town and the
processes that it finds. Never serves an API of the standard.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wayside.access.carrying import RemoteSource
from wayside.access.lab.model import Scenario
from wayside.access.lab.scenario import load
from wayside.chassis.client import HttpClient
from wayside.linux import processes
from wayside.security.files import secret_in
from wayside.security.token_api import Tokens
from wayside.security.token_source import TokenEndpoint, TokenSource

from . import elements, launch
from .developer import developer_identity
from .following import follow
from .grounds import Ground, ground_for
from .launch import Launch, arguments_of
from .papers import Papers
from .process import Hands, run
from .serving import inner_server
from .settings import GuardSettings, Profile, Settings
from .sources import chosen
from .state import FACTS, FRONT, NETWORK, SYSTEM, UALCMP, WORLD, StateFolder
from .status import ProcessStatus, SystemStatus, WaysideStatus
from .supervise import ChildSpec, Kept, Supervisor, recorded

log = logging.getLogger(__name__)

STOP_S_MAX = 8.0


@dataclass
class World:
    """Everything behind the front door."""

    wanted: Launch
    scenario: Scenario
    ground: Ground
    supervisor: Supervisor
    hands: Hands

    async def start(self) -> None:
        """Make the ground and start what stands on it; ready is for the status to say."""
        self.wanted.state.ending.unlink(missing_ok=True)
        developer_identity(self.wanted.state, self.hands.clock)
        adopted = await self.ground.realise()
        log.info("the town is %s", "adopted" if adopted else "made")
        self.hands.nursery.start(self.ground.watch(), name="town")
        wanted, ground, hosts = self.wanted, self.ground, self.scenario.hosts
        living = chosen(Path(wanted.scenario)) is not None
        system = elements.system_settings(
            wanted, ground, hosts, guard=self._guard(SYSTEM), ualcmp_guard=self._guard(UALCMP)
        )
        self._element(SYSTEM, system)
        for host in hosts:
            guard = self._guard(host.id)
            settings = elements.host_settings(
                wanted, ground, host, others=hosts, guard=guard, living=living
            )
            self._element(host.id, settings)
        if living:
            self._network()
            if self.scenario.town.follows:
                self.hands.nursery.start(self._follow(), name="links of devices")

    def _guard(self, name: str) -> GuardSettings:
        """Return how an element protects itself, with a fresh certificate where it has one."""
        if self.wanted.profile is Profile.SANDBOX:
            return elements.OPEN
        hosts = self.scenario.hosts
        papers = Papers(self.wanted.state, self.hands.clock)
        addresses = elements.addresses_of(name, self.ground, hosts)
        if name == SYSTEM:
            return papers.issuer(addresses)
        facts = self.ground.facts(hosts[0].id if name == UALCMP else name)
        issuer = elements.system_url(self.wanted, facts)
        return papers.checker(name, addresses, issuer=issuer)

    def _element(self, name: str, settings: Settings) -> None:
        state = self.wanted.state
        settings.save(state.settings(name))
        kind = "orchestrator" if name == SYSTEM else "host"
        argv = [sys.executable, "-m", f"wayside.system.{kind}", str(state.settings(name))]
        namespace = self.ground.namespace(name)
        self.supervisor.start(
            ChildSpec(
                name,
                self.ground.command_in(namespace, argv) if namespace else argv,
                state.log(name),
                ready=state.socket(name),
            )
        )

    def _network(self) -> None:
        """Start what tells facts about the access network; it needs no namespace."""
        state = self.wanted.state
        argv = [sys.executable, "-m", "wayside.system.network", *self.wanted.arguments]
        self.supervisor.start(
            ChildSpec(NETWORK, argv, state.log(NETWORK), ready=state.socket(NETWORK))
        )

    async def _follow(self) -> None:
        """Have devices' links follow the access network until cancelled."""
        network = RemoteSource(self.wanted.state.socket(FACTS), self.hands.clock)
        hearing = self.hands.nursery.start(network.run(), name="facts of the access network")
        try:
            await follow(network, self.ground)
        finally:
            hearing.cancel()

    def status(self) -> SystemStatus:
        """Return what runs now."""
        return SystemStatus(
            mode=self.wanted.way,
            simulated=self.ground.simulated,
            reason=self.wanted.reason,
            scenario=self.scenario.town.title or self.scenario.town.name,
            profile=self.wanted.profile,
            ready=self.supervisor.ready,
            processes=(*self._above(), *self.supervisor.statuses()),
            hosts=tuple(host.id for host in self.scenario.hosts),
        )

    def _above(self) -> tuple[ProcessStatus, ...]:
        """Return how the front door and this very process are, pids as seen by the front door."""
        state = self.wanted.state
        front, world = launch.written(state), recorded(state.world_record).get(WORLD)
        return (
            ProcessStatus(name=FRONT, state="RUNNING", pid=_pid(front)),
            ProcessStatus(
                name=WORLD,
                state="RUNNING",
                pid=_pid(world),
                restarts=world.restarts if world else 0,
            ),
        )

    async def stop(self) -> None:
        """End the elements, the applications and the town; only the state folder is left."""
        with suppress(OSError):  # also where somebody has deleted the state folder meanwhile
            self.wanted.state.ending.touch()
        await self.supervisor.stop(grace_s=STOP_S_MAX)
        await self.ground.release()


def _pid(record: launch.FrontRecord | Kept | None) -> int | None:
    return processes.parse(record.process).pid if record is not None else None


async def serve(wanted: Launch, hands: Hands, ended: asyncio.Event) -> None:
    """Make the world, serve its status and its lab, and end it once ``ended`` is set."""
    scenario = load(Path(wanted.scenario))
    async with _inside(wanted, hands) as http:
        ground = ground_for(wanted, scenario, http, hands)
        supervisor = Supervisor(wanted.state.children_record, hands.clock, hands.nursery)
        world = World(wanted, scenario, ground, supervisor, hands)
        server = inner_server(
            "Wayside's world", [WaysideStatus(world.status), ground.lab()], wanted, hands
        )
        await server.listen_unix(wanted.state.socket(WORLD))
        try:
            await world.start()
            await ended.wait()
        finally:
            await world.stop()
            await server.close()
            _forget_run_files(wanted.state)


@asynccontextmanager
async def _inside(wanted: Launch, hands: Hands) -> AsyncIterator[HttpClient]:
    """Yield connections to the elements' Unix sockets, with a token where they ask for one."""
    async with HttpClient() as http:
        if wanted.profile is Profile.SANDBOX:
            yield http
            return
        secret = secret_in(wanted.state.secret(WORLD), field="keys")
        url = f"unix:{wanted.state.socket(SYSTEM)}:{Tokens.info.root}/token"
        source = TokenSource(TokenEndpoint(url, WORLD, secret, http).ask, hands.clock)
        async with HttpClient(token=source.token) as known:
            yield known


def _forget_run_files(state: StateFolder) -> None:
    """Take away the sockets and settings that ended elements leave."""
    for path in [*state.run.glob("*.sock"), *state.run.glob("*.toml"), state.ending]:
        path.unlink(missing_ok=True)


def main() -> None:
    """Run the world of a state folder until it is told to end."""
    wanted = arguments_of(sys.argv[1:], __doc__)
    run(lambda hands, ended: serve(wanted, hands, ended))


if __name__ == "__main__":
    main()
