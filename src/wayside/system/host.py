"""The process of one MEC host: its manager, platform, VIM and data plane, each with its own store.

Killed at any moment it comes back with what it had: applications go on running meanwhile, and
rules stay in the kernel. Never decides anything: it only joins.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from wayside.access.carrying import RemoteSource
from wayside.access.feed import Feed
from wayside.adapters.kernel_clock import KernelClockState
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.client import HttpClient, connect
from wayside.chassis.hosting import Host, ServiceSettings
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.http.websocket import WebSocketHub
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.ids import HostId
from wayside.core.operations import Api
from wayside.dataplane.accesses import KernelAccesses
from wayside.dataplane.api import DataPlaneView
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.plane import KernelDataPlane
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.linux import commands, podman
from wayside.mep.build import Mep, MepSettings, Ports
from wayside.mep.wayside_mp3.holding import Way
from wayside.mep.wayside_mp3.peers import Here
from wayside.mepm.build import Mepm, Neighbours
from wayside.mepm.hands import ManagerSettings
from wayside.mepm.relocating import Relocator
from wayside.refpoints import mm3
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mp2 import Mp2
from wayside.refpoints.mp3 import Mp3, Site
from wayside.refpoints.net.picture import AccessNetwork
from wayside.refpoints.net.source import nothing_known
from wayside.vim.api import VimView
from wayside.vim.drivers.driver import Driver
from wayside.vim.drivers.loopback import LoopbackDriver
from wayside.vim.drivers.podman import PodmanDriver
from wayside.vim.drivers.process import ProcessDriver
from wayside.vim.networks import Pool
from wayside.vim.vim import Vim, VimSettings

from .callbacks import relay_of
from .faults import fault_point
from .guard import (
    Guard,
    PlatformGuard,
    callback_fence,
    guard,
    mp1_root,
    oss_fence,
    peer_clients,
    platform_guard,
    token_endpoint,
)
from .notifying import outlet, root_of
from .outward import outward, require_https
from .planes import accesses_of, meter_of, plane_of, shaper_of
from .process import Hands, run
from .services import Services
from .services import build as services_of
from .serving import listen, listen_at
from .settings import HostSettings, ListenSettings, NetworkSettings
from .state import StateFolder

HALT_GRACE_S = 3.0
"""What applications have between SIGTERM and SIGKILL when the whole Wayside ends."""


@dataclass(frozen=True)
class HostElements:
    """The elements of one host, joined at Mp2, Mm5 and Mm6."""

    plane: KernelDataPlane | SimulatedDataPlane
    names: DnsServer
    vim: Vim
    mep: Mep
    mepm: Mepm
    hub: WebSocketHub
    stores: tuple[Store, ...]
    protection: PlatformGuard
    services: Services
    prefixes: tuple[str, ...] = ()
    """Of older clients."""

    @property
    def mp1(self) -> tuple[Api, ...]:
        """What applications may speak to: the platform alone, never its management."""
        return (*self.mep.apis, *self.services.apis, *self.protection.apis)

    @property
    def apis(self) -> tuple[Api, ...]:
        """Everything, for the orchestrator, the other platforms and the front door."""
        return (
            *self.mp1,
            *self.services.management,
            self.mep.mp3,
            *self.mepm.apis,
            VimView(self.vim),
            DataPlaneView(self.plane),
        )

    async def start(self) -> None:
        """Take up what was in force before: names, workloads, rules, operations."""
        await self.names.start()
        await self.vim.open()
        self.services.start()
        await self.mep.start()
        await self.mepm.start()

    async def close(self) -> None:
        """Finish what was acknowledged; applications and rules stay."""
        await self.names.close()
        for store in self.stores:
            await store.close()


async def serve(settings: HostSettings, hands: Hands, ended: asyncio.Event) -> None:
    """Serve the host until ``ended`` is set."""
    require_https(settings.guard, [settings.meo, *(each.mp3 for each in settings.platform.peers)])
    protection = guard(settings.guard, hands.clock)
    incoming = StateFolder(settings.state).element(settings.host_id) / "incoming"
    async with outward(settings.guard, protection, hands.clock, folder=incoming) as http:
        elements = build(settings, hands, http, protection)
        try:
            platform = _server(f"MEC platform {settings.name}", elements.mp1, elements, hands)
            management = _server(f"MEC host {settings.name}", elements.apis, elements, hands)
            await elements.start()
            await listen_at(platform, [_mp1(settings)], settings, protection)
            await listen(management, settings, protection)
            await ended.wait()
            elements.mepm.part()
            await management.close()
            await platform.close()
            if StateFolder(settings.state).ending.exists():
                await elements.vim.halt(HALT_GRACE_S)
        finally:
            await elements.close()


def build(
    settings: HostSettings, hands: Hands, http: HttpClient, protection: Guard
) -> HostElements:
    """Return the host's elements on what their stores remember; nothing runs yet."""
    folder = StateFolder(settings.state).element(settings.host_id)
    names = DnsServer(_dns(settings.network), hands.nursery)
    plane = plane_of(settings, names)
    if isinstance(plane, KernelDataPlane):
        hands.nursery.start(plane.watch(), name="tunnel relay")
    stores = {name: _store(folder / f"{name}.db", hands) for name in ("vim", "mep", "mepm")}
    vim = _vim(settings, folder / "vim", stores["vim"], hands)
    hub = WebSocketHub(clock=hands.clock, nursery=hands.nursery, new_id=hands.new_id)
    way_out = outlet(hands, lambda: mp1_root(settings), hub=hub, fence=callback_fence(settings))
    ports = _ports(settings, hands, stores["mep"], plane=plane, way_out=way_out, http=http)
    mep = Mep(ports, _platform(settings, http))
    services, hosts = _services(settings, hands, mep, way_out, _network(settings, hands))
    neighbours = Neighbours(
        mep=mep.platform,
        vim=vim,
        grants=connect(mm3.Granting, settings.meo, http),
        packages=connect(mm3.AppPkgm, settings.meo, http),
    )
    applications = platform_guard(settings, protection, mep, hands.clock)
    manager = ManagerSettings(
        host_id=settings.host_id,
        host_name=settings.name,
        mp1_url=mp1_root(settings),
        ready_timeout_s=settings.ready_timeout_s,
        credentials=applications.credentials,
    )
    mepm = _mepm(settings, hands, neighbours, manager=manager, store=stores["mepm"])
    kept = (*stores.values(), *(each.store for each in hosts))
    return HostElements(
        plane, names, vim, mep, mepm, hub, kept, applications, services, settings.prefixes
    )


def _server(title: str, apis: Sequence[Api], elements: HostElements, hands: Hands) -> HttpServer:
    element = Element(
        title=title,
        apis=apis,
        authoriser=elements.protection.authoriser,
        clock=hands.clock,
        prefixes=elements.prefixes,
        new_id=hands.new_id,
        doors=elements.protection.doors,
    )
    element.mount(elements.hub.root, elements.hub.handle)
    return HttpServer(element, nursery=hands.nursery)


def _ports(
    settings: HostSettings,
    hands: Hands,
    store: Store,
    *,
    plane: Mp2,
    way_out: Outlet,
    http: HttpClient,
) -> Ports:
    accesses = accesses_of(settings)
    if isinstance(accesses, KernelAccesses):
        hands.nursery.start(accesses.watch(), name="access networks")
    return Ports(
        store=store,
        mp2=plane,
        shaper=shaper_of(settings),
        meter=meter_of(settings),
        accesses=accesses,
        clock=hands.clock,
        clock_state=KernelClockState(),
        nursery=hands.nursery,
        outlet=way_out,
        manager=Relocator(
            settings.host_id, connect(mm3.Relocations, settings.meo, http), hands.clock
        ),
    )


def _network(settings: HostSettings, hands: Hands) -> AccessNetwork:
    """Return what is known of the access network, which is heard from now on."""
    if settings.facts is None:
        return Feed(nothing_known(hands.clock.now()))
    network = RemoteSource(settings.facts, hands.clock)
    hands.nursery.start(network.run(), name="facts of the access network")
    return network


def _services(
    settings: HostSettings, hands: Hands, mep: Mep, way_out: Outlet, network: AccessNetwork
) -> tuple[Services, list[Host[Any]]]:
    """Return the platform's MEC services, joined to it, and what they stand on."""
    folder = StateFolder(settings.state).element(settings.host_id) / "services"
    hosts: list[Host[Any]] = []

    def host_of(name: str, said: ServiceSettings) -> Host[Any]:
        hosts.append(
            Host(
                settings=said,
                store=_store(folder / f"{name}.db", hands),
                clock=hands.clock,
                nursery=hands.nursery,
                outlet=way_out,
                instances=mep.hosting.instances,
                tags=mep.hosting.tags,
                bandwidth=mep.hosting.bandwidth,
                neighbours=mep.hosting.neighbours,
                accesses=mep.hosting.accesses,
                relocations=mep.hosting.relocations,
                network=network,
            )
        )
        return hosts[-1]

    services = services_of(settings.services, host_of)
    tokens = token_endpoint(settings) is not None
    mep.join(services.offered(mp1_root(settings), tokens=tokens), services.let_go)
    return services, hosts


def _platform(settings: HostSettings, http: HttpClient) -> MepSettings:
    wanted, site = settings.platform, settings.platform.site
    return MepSettings(
        transports=wanted.transports,
        ntp_servers=wanted.ntp_servers,
        ptp_masters=wanted.ptp_masters,
        networks=(settings.network.pool,),
        token_endpoint=token_endpoint(settings),
        here=Here(
            HostId(settings.host_id),
            Site(nfvi_pop=site.nfvi_pop, zone=site.zone, zone_group=site.zone_group),
            {HostId(each.host_id): connect(Mp3, each.mp3, http) for each in wanted.peers},
            ways={
                HostId(each.host_id): Way(each.next_hop, each.device)
                for each in wanted.peers
                if each.next_hop is not None and each.device is not None
            },
            areas={each.host_id: each.cells for each in wanted.peers}
            | {settings.host_id: settings.cells},
            clients=peer_clients(settings),
        ),
    )


def _mepm(
    settings: HostSettings, hands: Hands, neighbours: Neighbours, *, manager: ManagerSettings,
    store: Store,
) -> Mepm:  # fmt: skip
    folder = StateFolder(settings.state).element(settings.host_id)
    return Mepm(
        manager,
        neighbours,
        store=store,
        clock=hands.clock,
        nursery=hands.nursery,
        outlet=outlet(
            hands, lambda: root_of(settings), fence=oss_fence(settings), relay=relay_of(settings)
        ),
        files=folder / "packages",
        before_step=fault_point(folder),
    )


def _mp1(settings: HostSettings) -> ListenSettings:
    return ListenSettings(host=settings.network.gateway, port=settings.mp1_port)


def _dns(network: NetworkSettings) -> DnsSettings:
    upstream = (network.dns_upstream, network.dns_upstream_port) if network.dns_upstream else None
    return DnsSettings(addresses=network.dns_listen, port=network.dns_port, upstream=upstream)


def _vim(settings: HostSettings, folder: Path, store: Store, hands: Hands) -> Vim:
    capacity = settings.capacity
    pool = Pool(IPv4Network(settings.network.pool), IPv4Address(settings.network.gateway))
    wanted = VimSettings(
        total=Amount(
            cpu_milli=capacity.cpu_milli,
            memory_bytes=capacity.memory_bytes,
            storage_bytes=capacity.storage_bytes,
        ),
        pool=pool,
        folder=folder,
    )
    driver = _driver(settings, folder, pool)
    return Vim(wanted, driver, store=store, nursery=hands.nursery, clock=hands.clock)


def _driver(settings: HostSettings, folder: Path, pool: Pool) -> Driver:
    """Return what runs applications; raise Unavailable where podman is asked for and cannot."""
    prefix = settings.namespace_prefix
    if settings.simulated:
        return LoopbackDriver(prefix=prefix)
    if settings.driver == "podman":
        return PodmanDriver(podman.engine(folder / "podman"), prefix=prefix, pool=pool)
    return ProcessDriver(prefix=prefix, pool=pool, bubblewrap=commands.find("bwrap"))


def _store(path: Path, hands: Hands) -> Store:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Store(SqliteJournal(path), new_id=hands.new_id)


def main() -> None:
    """Run the host of a settings file until it is told to end."""
    settings_file = Path(sys.argv[1])
    run(lambda hands, ended: serve(HostSettings.load(settings_file), hands, ended))


if __name__ == "__main__":
    main()
