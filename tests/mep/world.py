"""A platform served over a real socket, with a data plane and callbacks that only remember."""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from wayside.access.feed import Feed
from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.hosting import Host, ServiceSettings
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.errors import Problem, Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.journal import Change
from wayside.core.tasks import Nursery
from wayside.dataplane.accesses import SimulatedAccesses
from wayside.dataplane.metering import SimulatedMeter
from wayside.dataplane.shaper import SimulatedShaper
from wayside.mep.build import Mep, MepSettings, Ports
from wayside.mep.moves import NoManager
from wayside.model.accesses import AccessPath, AccessType, Figures
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    FilterType,
    InterfaceType,
    IpAddressType,
    RuleAction,
    RuleState,
    TrafficFilter,
    TrafficRule,
)
from wayside.refpoints.mm5 import Attachment, PlatformConfiguration, Relocating
from wayside.refpoints.mp2 import AccessState, Allocation, Mp2, NameRecord, RuleKey, SteeringRule
from wayside.refpoints.net.source import nothing_known
from wayside.security.sandbox import SandboxAuthoriser
from wayside.system import services

SUPPORT, SERVICES = "/mec_app_support/v2", "/mec_service_mgmt/v1"
ROOT = "http://10.60.1.1:8080"
APP = AppInstanceId("app1")
CALLBACK = "http://10.60.1.2:9000/told"


class RecordingPlane:
    """A data plane that holds what it is asked for, and refuses what it is told to refuse."""

    simulated = True

    def __init__(self) -> None:
        self.rules: dict[RuleKey, SteeringRule] = {}
        self.tags: dict[str, list[str]] = {}
        self.names: list[NameRecord] = []
        self.refuses: dict[str, Problem] = {}
        """Keys of rules, domain names, or ``names`` for all of these."""
        self.calls = 0

    @property
    def active(self) -> list[str]:
        """The keys of the rules in force."""
        return sorted(self.rules)

    @property
    def answers(self) -> dict[str, str]:
        """Names and the addresses that the host's DNS answers."""
        return {record.domain_name: record.address for record in self.names}

    async def replace(
        self, rules: Sequence[SteeringRule], tags: Mapping[str, Sequence[str]] | None = None
    ) -> int:
        self._check([each.key for each in rules])
        self.rules = {each.key: each for each in rules}
        self.tags = {tag: list(devices) for tag, devices in (tags or {}).items()}
        return self._count()

    async def change(
        self,
        *,
        put: Sequence[SteeringRule] = (),
        remove: Sequence[RuleKey] = (),
        tags: Mapping[str, Sequence[str] | None] | None = None,
    ) -> int:
        await asyncio.sleep(0)
        self._check([*(each.key for each in put), *(tags or ())])
        for tag, devices in (tags or {}).items():
            self.tags.pop(tag, None)
            if devices is not None:
                self.tags[tag] = list(devices)
        for key in remove:
            self.rules.pop(key, None)
        self.rules |= {each.key: each for each in put}
        return self._count()

    async def name(self, records: Sequence[NameRecord]) -> None:
        await asyncio.sleep(0)
        if records:
            self._check(["names", *(record.domain_name for record in records)])
        self.names = list(records)
        self._count()

    def _check(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key in self.refuses:
                raise self.refuses[key]

    def _count(self) -> int:
        self.calls += 1
        return self.calls


class RecordingShaper(SimulatedShaper):
    """Keeps what it is asked for, and refuses all of it when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: Problem | None = None
        self.calls = 0

    async def shape(self, allocations: Sequence[Allocation]) -> None:
        self.calls += 1
        if self.refuses is not None:
            raise self.refuses
        await super().shape(allocations)

    @property
    def rates(self) -> dict[tuple[str, str], int]:
        """What is held, bits per second by allocation or device, and direction."""
        found = {}
        for (device, way), tree in self.trees.items():
            if tree.rate_bps is not None:
                found[(device, way.value)] = tree.rate_bps
            for lane in tree.lanes:
                found[(lane.key.partition("/")[0], way.value)] = lane.rate_bps
        return found


class RecordingMeter(SimulatedMeter):
    """Says that instances and devices exchanged what it is told."""

    def __init__(self) -> None:
        self.octets: dict[tuple[str, str], int] = {}
        self.asked: list[str] = []

    async def exchanged(self, devices: Sequence[str]) -> Mapping[tuple[str, str], int]:
        self.asked = list(devices)
        return {pair: count for pair, count in self.octets.items() if pair[0] in devices}


UE1, UE2 = "10.45.1.1", "10.45.1.2"
"""Devices that have both access networks."""

CELL, WLAN = 1, 3
ACCESSES = (
    AccessPath(
        id=CELL,
        kind=AccessType.NR,
        metered=True,
        interface="cell1",
        gateway="10.46.0.1",
        devices=(UE1, UE2),
        figures=Figures(delay_ns=2_000_000, rate_bps=100_000_000),
    ),
    AccessPath(
        id=WLAN,
        kind=AccessType.WLAN_AX,
        metered=False,
        interface="wlan1",
        gateway="10.46.1.1",
        devices=(UE1, UE2),
        figures=Figures(delay_ns=6_000_000, rate_bps=300_000_000),
    ),
)


class RecordingAccesses(SimulatedAccesses):
    """A cell that is fast to answer, a WLAN that is wide and free; both are as a test says."""

    def __init__(self) -> None:
        super().__init__(ACCESSES)
        self.found: dict[int, AccessState] = {}

    def states(self) -> Mapping[int, AccessState]:
        return self.found

    def lose(self, path: int) -> None:
        """Have an access network be down."""
        self.found[path] = AccessState(is_up=False, figures=Figures())

    @property
    def ways(self) -> dict[str, tuple[int, ...]]:
        """Which access networks each session's packets take, by its id."""
        return {each.key: each.paths for each in self.choices}


class Callbacks:
    """Takes notifications; a URL in ``dead`` never answers."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.dead: set[str] = set()
        self.statuses: dict[str, int] = {}

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        if url in self.dead:
            await asyncio.Event().wait()
        if url.startswith("http://nobody"):
            raise Unavailable("Nobody listens.")
        self.posted.append((url, json.loads(body)))
        return self.statuses.get(url, 204)

    def to(self, url: str) -> list[dict[str, Any]]:
        """The notifications that a URL has got, oldest first."""
        return [body for to, body in self.posted if to == url]


class Watch:
    """What is known of the clock."""

    locked = True

    def traceable(self) -> bool:
        return self.locked


class MortalJournal(MemoryJournal):
    """A journal whose process dies at a write: before it reaches the disk, or just after it.

    Or whose disk is full from a write on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dies_at: int | None = None
        """How many more writes go well; None: all."""
        self.dies_after_writing = False
        self.full = False
        self.gate: asyncio.Event | None = None
        """Writes wait until it is set."""

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.dies_at is not None:
            if self.dies_at == 0 and self.full:
                raise Unavailable("The disk is full.")
            if self.dies_at == 0:
                if self.dies_after_writing:
                    await super().commit(changes)
                await asyncio.Event().wait()
            self.dies_at -= 1
        await super().commit(changes)


class MepWorld:
    """One platform; ``restart`` is a kill -9 and a new process on the same state."""

    def __init__(
        self,
        settings: MepSettings | None = None,
        *,
        clock: VirtualClock | None = None,
        prefix: str = "id",
        prefixes: Sequence[str] = (),
        services: services.Said | None = None,
        network: Feed | None = None,
        manager: Relocating | None = None,
    ) -> None:
        self.journal = MortalJournal()
        self.journals: dict[str, MortalJournal] = {}
        """Of the platform's MEC services, by name."""
        self._services = services
        self.clock = clock or VirtualClock()
        self.network = network or Feed(nothing_known())
        """What the platform's MEC services are told of the access network: ``tell`` it."""
        self.manager: Relocating = manager or NoManager()
        """Who is asked when a device of an instance goes to another host."""
        self.ids = CountedIds(prefix)
        self.callbacks = Callbacks()
        self.watch = Watch()
        self.shaper = RecordingShaper()
        self.meter = RecordingMeter()
        self.accesses = RecordingAccesses()
        self._settings = settings
        self._prefixes = prefixes
        self._folder = tempfile.TemporaryDirectory()
        self._running = 0

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._end()
        self._folder.cleanup()

    async def restart(self, plane: Mp2 | None = None) -> None:
        """Lose everything but the journal: tasks, connections, what the kernel held."""
        self.journal.dies_at = None
        await self._end()
        await self._begin(plane)

    async def _begin(self, plane: Mp2 | None = None) -> None:
        if plane is None or isinstance(plane, RecordingPlane):
            self.plane = plane = plane or RecordingPlane()
        self.nursery = Nursery()
        deliverer = Deliverer(self.clock, self.nursery)
        self.outlet = Outlet(deliverer, self.callbacks, root=lambda: ROOT)
        self.mep = Mep(
            Ports(
                store=Store(self.journal, new_id=self.ids),
                mp2=plane,
                shaper=self.shaper,
                meter=self.meter,
                accesses=self.accesses,
                clock=self.clock,
                clock_state=self.watch,
                nursery=self.nursery,
                outlet=self.outlet,
                manager=self.manager,
            ),
            self._settings,
        )
        self.joined = self._join() if self._services is not None else services.Services()
        await self.mep.start()
        element = Element(
            title="MEP",
            apis=[*self.mep.apis, self.mep.mp3, *self.joined.apis, *self.joined.management],
            authoriser=SandboxAuthoriser(),
            clock=self.clock,
            prefixes=self._prefixes,
            new_id=self.ids,
        )
        self._server = HttpServer(element, nursery=self.nursery)
        self._running += 1
        path = Path(self._folder.name) / f"mep{self._running}"
        await self._server.listen_unix(path)
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://mep.example")

    def change_services(self, said: services.Said) -> None:
        """Have the platform's settings say this of its services from the next restart on."""
        self._services = said

    def _join(self) -> services.Services:
        """Build the platform's MEC services as a host does, and join them."""
        joined = services.build(self._services or {}, self._host_of)
        self.mep.join(joined.offered(ROOT, tokens=False), joined.let_go)
        joined.start()
        return joined

    def _host_of(self, name: str, said: ServiceSettings) -> Host[Any]:
        return Host(
            settings=said,
            store=Store(self.journals.setdefault(name, MortalJournal()), new_id=self.ids),
            clock=self.clock,
            nursery=self.nursery,
            outlet=self.outlet,
            instances=self.mep.hosting.instances,
            tags=self.mep.hosting.tags,
            bandwidth=self.mep.hosting.bandwidth,
            neighbours=self.mep.hosting.neighbours,
            accesses=self.mep.hosting.accesses,
            relocations=self.mep.hosting.relocations,
            network=self.network,
        )

    async def _end(self) -> None:
        await self.http.aclose()
        await self._server.close()
        await self.nursery.close()

    async def ready(self, wanted: PlatformConfiguration | None = None) -> None:
        """Configure an instance and have it confirm that it runs."""
        wanted = wanted or configuration()
        await self.mep.platform.configure(wanted)
        answer = await self.http.post(
            f"{SUPPORT}/applications/{wanted.app_instance_id}/confirm_ready",
            json={"indication": "READY"},
        )
        assert answer.status_code == 204, answer.text

    async def subscribe(self, api: str, app: str = APP, **more: object) -> httpx.Response:
        """Subscribe an instance at one of the two APIs."""
        types = {
            SUPPORT: {
                "subscriptionType": "AppTerminationNotificationSubscription",
                "appInstanceId": app,
            },
            SERVICES: {"subscriptionType": "SerAvailabilityNotificationSubscription"},
        }
        body = types[api] | {"callbackReference": CALLBACK} | more
        return await self.http.post(f"{api}/applications/{app}/subscriptions", json=body)

    async def offer(self, app: str = APP, **more: object) -> dict[str, Any]:
        """Register a service; return its representation."""
        answer = await self.http.post(
            f"{SERVICES}/applications/{app}/services", json=service(**more)
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def service(**more: object) -> dict[str, Any]:
    """The body that offers a service."""
    return {
        "serName": "faces",
        "serCategory": {"href": "https://cat.example/1", "id": "c1", "name": "V", "version": "1"},
        "version": "1.0",
        "state": "ACTIVE",
        "transportInfo": {
            "id": "t1",
            "name": "REST",
            "type": "REST_HTTP",
            "protocol": "HTTP",
            "version": "2.0",
            "endpoint": {"uris": ["http://10.60.1.2:8000/"]},
            "security": {},
        },
        "serializer": "JSON",
    } | more


def published(**more: object) -> dict[str, Any]:
    """The body that offers the same on CAPIF's face."""
    return {
        "apiName": "faces",
        "aefProfiles": [
            {
                "aefId": "t1",
                "versions": [{"apiVersion": "v1"}],
                "protocol": "HTTP_1_1",
                "dataFormat": "JSON",
                "interfaceDescriptions": [{"ipv4Addr": "10.60.1.2", "port": 8000}],
            }
        ],
        "supportedFeatures": "100",
    } | more


def traffic_rule(identifier: str = "web", **changes: Any) -> TrafficRule:
    """A rule that steers the cloud service's web traffic to the instance."""
    fields: dict[str, Any] = {
        "traffic_rule_id": identifier,
        "filter_type": FilterType.FLOW,
        "priority": 1,
        "traffic_filter": (TrafficFilter(dst_address=("203.0.113.10",), dst_port=("80",)),),
        "action": RuleAction.FORWARD_DECAPSULATED,
        "dst_interface": DestinationInterface(
            interface_type=InterfaceType.IP, dst_ip_address="10.60.1.2"
        ),
        "state": RuleState.INACTIVE,
    }
    return TrafficRule(**(fields | changes))


def dns_rule(identifier: str = "name", domain: str = "hello.edge.example") -> DnsRule:
    """A rule that gives the instance a name."""
    return DnsRule(
        dns_rule_id=identifier,
        domain_name=domain,
        ip_address_type=IpAddressType.IP_V4,
        ip_address="10.60.1.2",
        state=RuleState.INACTIVE,
    )


def configuration(app: str = APP, **changes: Any) -> PlatformConfiguration:
    """What a manager says of an instance with one rule of each kind."""
    fields: dict[str, Any] = {
        "app_instance_id": app,
        "app_d_id": "d1",
        "app_name": "hello",
        "app_provider": "acme",
        "traffic_rules": (traffic_rule(),),
        "dns_rules": (dns_rule(),),
        "attachments": (Attachment(address="10.60.1.2", device="veth2"),),
    }
    return PlatformConfiguration(**(fields | changes))


def refusal(field: str = "$.trafficFilter[0]") -> Unprocessable:
    """What a data plane says to a rule that it cannot plan."""
    return Unprocessable(f"{field}: this host cannot do that.", field=field)
