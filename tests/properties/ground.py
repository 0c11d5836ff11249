"""Real elements in this process, served on loopback from a thread, to be asked anything.

The application instances, packages, services and rules that a ground has are real resources of
these elements; what lies below (drivers, data plane, instruments) are twins. Never knows a fuzzer.
"""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from joserfc.jwk import ECKey
from tests.access.simulated.networks import street
from tests.mep.world import APP, MepWorld, configuration
from tests.services.rni.events import every_event, radio_street
from tests.services.rni.wishes import wish
from tests.ualcmp.proxy import Proxies
from tests.vim.workshop import PaperDriver, pool

from wayside.access.lab import scenario as scenarios
from wayside.access.lab.device import Outcome, Task
from wayside.access.lab.figures import LinkDelay
from wayside.access.lab.loopback import LoopbackTown
from wayside.access.lab.model import Device
from wayside.access.lab.player import Played, PlayTask
from wayside.access.lab.service import LabService
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.view.api import NetworkView
from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.core.authorisation import Authoriser
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.dataplane.api import DataPlaneView
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.refpoints.mm4 import Amount
from wayside.security.application_api import ApplicationClients, ApplicationSecrets
from wayside.security.clients import Client, ClientBook, hash_secret
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.token_api import Tokens
from wayside.security.tokens import TokenAuthoriser, TokenIssuer
from wayside.system.status import SystemStatus, WaysideStatus
from wayside.vim.api import VimView
from wayside.vim.vim import Vim, VimSettings

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "town.toml"
OSS = Client(client_id="oss", secret_hash=hash_secret("sesame"), scopes=("all",))
PROFILES = ("sandbox", "operator")


class PaperInstruments:
    """Measures nothing, and says what a town could have said."""

    simulated = True

    async def measure_delays(self, count: int) -> tuple[LinkDelay, ...]:
        return ()

    async def perform(self, device: Device, task: Task) -> tuple[Outcome, int]:
        return Outcome(address="192.0.2.1", source="192.0.2.2"), 0

    async def play(self, device: Device, task: PlayTask) -> Played:
        return Played(started_ns=1)


class Ground:
    """Every element of the catalogue in one profile, until the block ends."""

    def __init__(self, profile: str) -> None:
        self._clock = VirtualClock()
        self._issuer = TokenIssuer(ECKey.generate_key("P-256", private=True), self._clock)
        self._operator = profile == "operator"
        self._stood = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._stand()), daemon=True)
        self._fault: BaseException | None = None
        self.urls: dict[str, str] = {}
        """Where each element is found, by its name in the catalogue."""
        self.known: dict[str, Sequence[str]] = {}
        """Identifiers of what exists, by the name of the path's parameter."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What a caller with every right sends."""
        if not self._operator:
            return {}
        return {"authorization": f"Bearer {self._issuer.issue(OSS, frozenset({'all'}))}"}

    def __enter__(self) -> Self:
        self._thread.start()
        self._stood.wait()
        if self._fault is not None:
            raise self._fault
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _stand(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                running = await stack.enter_async_context(self._elements(folder))
                for name, apis in running.items():
                    self.urls[name] = await self._serve(name, apis, stack)
                self._stood.set()
                await self._ended.wait()
        except BaseException as fault:
            self._fault = fault
            raise
        finally:
            self._stood.set()

    async def _serve(self, name: str, apis: Sequence[Api], stack: AsyncExitStack) -> str:
        authoriser: Authoriser = SandboxAuthoriser()
        if self._operator:
            authoriser = TokenAuthoriser(self._issuer.key, self._clock)
        element = Element(
            title=name,
            apis=apis,
            authoriser=authoriser,
            clock=self._clock,
            new_id=CountedIds("request"),
        )
        nursery = await stack.enter_async_context(Nursery())
        server = HttpServer(element, nursery=nursery)
        stack.push_async_callback(server.close)
        return f"http://127.0.0.1:{await server.listen_tcp('127.0.0.1', 0)}"

    @asynccontextmanager
    async def _elements(self, folder: Path) -> AsyncIterator[dict[str, Sequence[Api]]]:
        async with Proxies(folder) as tiers, _platform() as world, Nursery() as nursery:
            await world.ready(configuration())
            heard = wish("CellChangeSubscription")
            radio = await world.http.post("/rni/v2/subscriptions", json=heard)
            service = await world.offer()
            subscribed = await world.subscribe("/mec_service_mgmt/v1")
            await world.http.post("/wayside_tags/v1/tags", json={"tag": "vip", "devices": []})
            package, running, idle = await tiers.onboard(), *[await tiers.create() for _ in "ab"]
            await tiers.instantiate(running)
            context = await tiers.context()
            store = Store(MemoryJournal(), new_id=CountedIds())
            settings = VimSettings(Amount(cpu_milli=1000), pool(), folder / "vim")
            vim = Vim(settings, PaperDriver(), store=store, nursery=nursery, clock=self._clock)
            secrets = ApplicationClients(store, tiers.meo.application)
            plane = SimulatedDataPlane(DnsServer(DnsSettings(()), nursery))
            scenario = scenarios.load(TOWN)
            town = LoopbackTown(scenario)
            network = SimulatedSource(world_of(street()), self._clock, epoch=1)
            status = SystemStatus(
                mode="simulated", simulated=True, reason="it is a test", scenario="town",
                profile="sandbox", ready=True, processes=(), hosts=(),
            )  # fmt: skip
            self.known = {
                "appInstanceId": [APP, running, idle],
                "appPkgId": [package.id],
                "appDId": ["app-1.0"],
                "serviceId": [service["serInstanceId"]],
                "serviceApiId": [service["serInstanceId"]],
                "apfId": [APP],
                "subscriberId": [APP],
                "contextId": [context["contextId"]],
                "subscriptionId": [
                    made.headers["location"].rpartition("/")[2] for made in (subscribed, radio)
                ],
                "trafficRuleId": ["web"],
                "dnsRuleId": ["name"],
                "tag": ["vip"],
                "zoneId": ["west"],
                "accessPointId": ["left"],
                "deviceId": [network.picture.network.device(0).id],
            }
            yield {
                "meo": tiers.meo.apis,
                "ualcmp": [*tiers.proxy.apis, *tiers.proxy.management],
                "mepm": tiers.mepms["mec1"].apis,
                "mep": [*world.mep.apis, world.mep.mp3],
                "services": [*world.joined.apis, *world.joined.management],
                "vim": [VimView(vim)],
                "dataplane": [DataPlaneView(plane)],
                "lab": [LabService(scenario, town.hosts, PaperInstruments())],
                "network": [NetworkView(lambda: network.picture, network.put)],
                "security": [
                    Tokens(ClientBook({"oss": OSS}), self._issuer),
                    ApplicationSecrets(secrets),
                ],
                "wayside": [WaysideStatus(lambda: status)],
            }


def _platform() -> MepWorld:
    """A platform that is told of a small access network, in which much has happened."""
    made = radio_street()
    made.attach("car-1", "left")
    every_event(made)
    return MepWorld(services={}, network=made.feed)
