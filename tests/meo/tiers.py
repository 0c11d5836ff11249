"""Both tiers in one process: a real MEO and real MEPMs, HTTP between them on Unix sockets.

What lies around them (journals, files, platforms, VIMs) outlives them: ``restart`` is a kill.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tests.mep.world import Callbacks
from tests.mepm.twins import HostTwin
from tests.model.descriptors import an_appd

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.client import FileUpload, HttpClient, connect
from wayside.chassis.delivery import Deliverer
from wayside.chassis.element import Element
from wayside.chassis.http.limits import Limits
from wayside.chassis.http.pool import Ask
from wayside.chassis.http.server import HttpServer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, AppPkgId
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.core.wire import decode, encode
from wayside.csar.policy import Policy
from wayside.meo.build import Look, Meo
from wayside.meo.catalogue import Content
from wayside.meo.opening import opener_of
from wayside.meo.site import HostSite
from wayside.meo.topology import Host, Topology
from wayside.meo.wayside_coordination.asking import BY_HAND
from wayside.mepm.build import Mepm, Neighbours
from wayside.mepm.hands import ManagerSettings
from wayside.mepm.unpacking import unpacker_of
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperationState,
)
from wayside.model.app_pkgm import AppPkgInfo, CreateAppPkg, OnboardingState
from wayside.model.appd import AppD
from wayside.model.images import ChecksumData
from wayside.refpoints import mm1, mm3
from wayside.security.sandbox import SandboxAuthoriser

PACKAGE_BYTES_MAX = 1 << 20
WORKING = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)


def opener(package: Path, descriptor: Path) -> Content:
    """Take a file that is an AppD and nothing else for a package."""
    app_d = decode(package.read_bytes(), AppD)
    descriptor.write_text("tosca_definitions_version: tosca_simple_yaml_1_3\n")
    return Content(app_d)


def unpacker(package: Path, images: Path) -> AppD:
    """Take the same file for the image too."""
    (images / "0").write_bytes(package.read_bytes())
    return decode(package.read_bytes(), AppD)


class Tiers:
    """The system process and one or more hosts, as processes that can be killed."""

    def __init__(
        self, folder: Path, *hosts: str, patience_s: float = 60.0, policy: Policy | None = None
    ) -> None:
        self.folder = folder
        self.patience_s = patience_s
        self.ready_timeout_s = 5.0
        self.clock = SystemClock()
        self.opener = opener if policy is None else opener_of(policy, self.clock)
        self.unpacker = unpacker if policy is None else unpacker_of(self.clock)
        self.hosts = {host_id: HostTwin(self.clock) for host_id in hosts or ("mec1",)}
        self.sites = {
            host_id: HostSite(host_id, host_id.upper(), latency_ns={"cell1": number * 1_000_000})
            for number, host_id in enumerate(self.hosts, 1)
        }
        self.journals = {name: MemoryJournal() for name in ("meo", *self.hosts)}
        self.ids = {name: CountedIds(name) for name in self.journals}
        self.callbacks = Callbacks()
        self.looks: dict[str, Look] = {}
        self.tell = True
        """Whether managers tell what changes; those of another make do not."""
        self.coordination = BY_HAND
        self.nurseries: dict[str, Nursery] = {}
        self.servers: dict[str, HttpServer] = {}
        self.mepms: dict[str, Mepm] = {}
        self.meo: Meo

    async def __aenter__(self) -> "Tiers":
        self.http = self.client()
        for name in self.journals:
            await self.boot(name)
        self.packages = connect(mm1.AppPkgm, self.url("meo"), self.http)
        self.lcm = connect(mm1.AppLcm, self.url("meo"), self.http)
        self.grants = connect(mm3.Granting, self.url("meo"), self.http)
        self.questions = connect(mm1.Coordinations, self.url("meo"), self.http)
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in list(self.servers):
            await self.kill(name)
        await self.http.close()

    def client(self) -> HttpClient:
        """What every element and the test itself speak through."""
        return HttpClient(timeout_s=5.0)

    def url(self, name: str) -> str:
        """Where an element serves."""
        return f"unix:{self.folder / name}.sock"

    def host(self, host_id: str = "mec1") -> mm3.AppLcm:
        """A host's manager over Mm3."""
        return connect(mm3.AppLcm, self.url(host_id), self.http)

    async def boot(self, name: str) -> None:
        """Start a process on what its predecessor left."""
        self.nurseries[name] = Nursery()
        store = Store(self.journals[name], new_id=self.ids[name])
        if name == "meo":
            self.meo = self._meo(store)
            await self._serve(name, self.meo.apis)
            await self.meo.start()
        else:
            self.mepms[name] = mepm = self._mepm(name, store)
            told = [api for api in mepm.apis if self.tell or not isinstance(api, mm3.Changes)]
            await self._serve(name, told)
            await mepm.start()

    async def kill(self, name: str) -> None:
        """End a process without a word."""
        await self.nurseries[name].close()
        await self.servers.pop(name).close()

    async def restart(self, *names: str) -> None:
        """Kill and start again, without whatever broke it before."""
        for name in names:
            self.looks.pop(name, None)
            await self.kill(name)
            await self.boot(name)

    def _meo(self, store: Store) -> Meo:
        topology = Topology(
            Host(
                self.sites[host_id],
                mm3=self.host(host_id),
                changes=connect(mm3.Changes, self.url(host_id), self.http),
                mm4=twin.vim,
            )
            for host_id, twin in self.hosts.items()
        )
        return Meo(
            topology,
            store=store,
            clock=self.clock,
            nursery=self.nurseries["meo"],
            outlet=self._outlet("meo"),
            files=self.folder / "packages",
            opener=self.opener,
            package_bytes_max=PACKAGE_BYTES_MAX,
            patience_s=self.patience_s,
            before_step=self.looks.get("meo"),
            coordination=self.coordination,
        )

    def _mepm(self, name: str, store: Store) -> Mepm:
        twin = self.hosts[name]
        url = self.url("meo")
        return Mepm(
            ManagerSettings(name, name.upper(), "http://10.60.1.1:8080", self.ready_timeout_s),
            Neighbours(
                twin.mep,
                twin.vim,
                connect(mm3.Granting, url, self.http),
                connect(mm3.AppPkgm, url, self.http),
            ),
            store=store,
            clock=self.clock,
            nursery=self.nurseries[name],
            outlet=self._outlet(name),
            files=self.folder / f"{name}-packages",
            unpacker=self.unpacker,
            before_step=self.looks.get(name),
        )

    def _outlet(self, name: str) -> Outlet:
        deliverer = Deliverer(self.clock, self.nurseries[name])
        return Outlet(deliverer, self.callbacks, root=lambda: f"http://{name}.example")

    async def _serve(self, name: str, apis: Sequence[Api]) -> None:
        element = Element(
            title=name,
            apis=apis,
            authoriser=SandboxAuthoriser(),
            clock=self.clock,
            new_id=CountedIds("request"),
        )
        cut = Limits(close_s_max=0)  # a kill waits for no request under way
        self.servers[name] = HttpServer(element, limits=cut, nursery=self.nurseries[name])
        await self.servers[name].listen_unix(self.folder / f"{name}.sock")

    async def create_package(self, content: bytes) -> AppPkgId:
        """Make a package resource for this content."""
        request = CreateAppPkg(
            app_pkg_name="app",
            app_pkg_version="1.0",
            checksum=ChecksumData(algorithm="SHA-256", hash=hashlib.sha256(content).hexdigest()),
        )
        return AppPkgId((await self.packages.create_app_package(request)).location.split("/")[-1])

    async def upload(self, id: AppPkgId, content: bytes) -> AppPkgInfo:
        """Upload the content; return the package when it is ONBOARDED or refused."""
        path = self.folder / "upload.csar"
        path.write_bytes(content)
        await self.packages.replace_package_content(id, FileUpload(path, "application/zip"))
        while True:
            info = (await self.packages.get_app_package(id)).value
            if info.onboarding_state is not OnboardingState.PROCESSING:
                return info
            await asyncio.sleep(0.002)

    async def onboard(self, app_d: AppD | None = None) -> AppPkgInfo:
        """On-board a package of this AppD."""
        content = encode(app_d or an_appd())
        info = await self.upload(await self.create_package(content), content)
        assert info.onboarding_state is OnboardingState.ONBOARDED, info.onboarding_failure_details
        return info

    async def create(self, app_d_id: str = "app-1.0") -> AppInstanceId:
        """Make an instance."""
        made = await self.lcm.create_app_instance(CreateAppInstanceRequest(app_d_id=app_d_id))
        return AppInstanceId(made.location.rpartition("/")[2])

    async def instantiate(self, id: AppInstanceId) -> AppLcmOpOcc:
        """Instantiate, and return the operation when it has ended."""
        begun = await self.lcm.instantiate_app_instance(id, InstantiateAppRequest())
        return await self.ended(begun.location)

    async def running(self) -> AppInstanceId:
        """On-board, make and instantiate; return the instance."""
        await self.onboard()
        id_ = await self.create()
        occ = await self.instantiate(id_)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        return id_

    async def instance(self, id: AppInstanceId) -> AppInstanceInfo:
        """The instance as Mm1 shows it."""
        return (await self.lcm.get_app_instance(id)).value

    def lose(self, name: str) -> None:
        """Have the element's journal, which is killed, hold nothing."""
        self.journals[name] = MemoryJournal()

    async def ended(self, location: str | None, *, of: str = "meo") -> AppLcmOpOcc:
        """Return the operation at ``location`` when it has ended, for good or for now."""
        assert location is not None
        lcm = self.lcm if of == "meo" else self.host(of)
        id_ = AppLcmOpOccId(location.rpartition("/")[2])
        async with asyncio.timeout(20):
            while True:
                occ = (await lcm.get_app_lcm_op_occ(id_)).value
                if occ.operation_state not in WORKING:
                    return occ
                await asyncio.sleep(0.002)


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.content)

    @property
    def detail(self) -> str:
        """The sentence of a problem; it must be one."""
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json
        assert problem["status"] == self.status
        return str(problem["detail"])


async def ask(
    tiers: Tiers, method: str, path: str, body: object = None, *, of: str = "meo", **headers: str
) -> Reply:
    """Send a request as it is, to the MEO or another element."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
    if content is not None:
        given.setdefault("content-type", "application/json")
    path, _, query = path.partition("?")
    answer = await tiers.http.send(tiers.url(of), Ask(method, path, query, given, content))
    return Reply(answer.status_code, answer.headers, await answer.aread())
