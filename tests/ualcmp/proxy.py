"""A real UALCMP beside both tiers, over HTTP on Unix sockets; it can be killed like them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import msgspec
from tests.meo.tiers import Reply, Tiers
from tests.mep.world import CALLBACK
from tests.mepm.twins import TOTAL
from tests.model.descriptors import a_traffic_rule, an_appd

from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.callbacks import require_callback
from wayside.chassis.client import connect
from wayside.chassis.store import Store
from wayside.core.errors import Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.requests import ListQuery
from wayside.core.tasks import Nursery
from wayside.core.wire import encode
from wayside.meo.site import HostSite
from wayside.model.app_lcm import AppInstanceInfo, StopType, TerminateAppRequest
from wayside.model.appd import AppD, TrafficFilter
from wayside.model.place import Position
from wayside.refpoints import mm9
from wayside.ualcmp.build import Ualcmp
from wayside.ualcmp.policy import EVERYTHING, Policy
from wayside.ualcmp.runs import Orchestrator

UALCMP = "ualcmp"
CONTEXTS = "/dev_app/v1/app_contexts"
APP_LIST = "/dev_app/v1/app_list"
LISTED = "/wayside_contexts/v1/contexts"
AVAILABILITY = "/dev_app/v1/obtain_app_loc_availability"
SOURCE = "http://10.45.1.1:9000/own.csar"
DEVICE, DEVICE_OF_CELL_2 = "127.45.1.1", "127.45.2.1"
CELL_NETWORKS = {"127.45.1.0/24": "mec1-cell", "127.45.2.0/24": "mec2-cell"}


class Shelf:
    """Files by URL. Port: ``packages.Fetcher``."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.refuses: str | None = None

    def require(self, url: str) -> None:
        require_callback(url)
        if self.refuses is not None:
            raise Unprocessable(self.refuses)

    async def fetch(self, url: str, into: Path, *, bytes_max: int) -> None:
        self.fetched.append(url)
        if url not in self.files:
            raise Unavailable(f"{url} did not answer.")
        if len(self.files[url]) > bytes_max:
            raise Unprocessable(f"{url} holds more than {bytes_max} bytes.")
        into.write_bytes(self.files[url])


def web_app(**changes: Any) -> AppD:
    """An application that devices reach on port 8080, from anywhere."""
    filters = (
        TrafficFilter(dst_address=("203.0.113.10/32",), protocol=("TCP",), dst_port=("8080",)),
    )
    rule = a_traffic_rule(traffic_filter=filters)
    return an_appd(**({"app_traffic_rule": (rule,), "app_latency": None} | changes))


class Proxies(Tiers):
    """The system process with its proxy, and two hosts in two towns, a cell at each."""

    def __init__(self, folder: Path, *, policy: Policy = EVERYTHING, **more: Any) -> None:
        super().__init__(folder, "mec1", "mec2", **more)
        self.shelf = Shelf()
        cells = {ip_network(network): cell for network, cell in CELL_NETWORKS.items()}
        self.policy = replace(policy, cells=cells)
        self.sites = {"mec1": site("mec1", 7.04, "Valbonne"), "mec2": site("mec2", 7.01, "Cannes")}
        self.journals[UALCMP] = MemoryJournal()
        self.ids[UALCMP] = CountedIds("context")
        self.proxy: Ualcmp

    async def boot(self, name: str) -> None:
        """Start a process on what its predecessor left."""
        if name != UALCMP:
            await super().boot(name)
            return
        self.nurseries[name] = Nursery()
        url = self.url("meo")
        meo = Orchestrator(
            packages=connect(mm9.AppPkgm, url, self.http),
            instances=connect(mm9.AppLcm, url, self.http),
            changes=connect(mm9.Changes, url, self.http),
            apps=connect(mm9.UserApps, url, self.http),
        )
        self.proxy = Ualcmp(
            meo,
            store=Store(self.journals[name], new_id=self.ids[name]),
            clock=self.clock,
            nursery=self.nurseries[name],
            outlet=self._outlet(name),
            fetcher=self.shelf,
            folder=self.folder / "fetched",
            policy=self.policy,
            before_step=self.looks.get(name, lambda saga, id, step: None),
        )
        await self._serve(name, (*self.proxy.apis, *self.proxy.management))
        self.port = await self.servers[name].listen_tcp("127.0.0.1", 0)
        await self.proxy.start()

    async def ask(
        self, method: str, path: str, body: object = None, *, address: str = DEVICE
    ) -> Reply:
        """Ask the proxy as the device with this address."""
        async with asking(self, address) as http:
            content = None if body is None else msgspec.json.encode(body)
            headers = {} if body is None else {"content-type": "application/json"}
            answer = await http.request(method, path, content=content, headers=headers)
            return Reply(answer.status_code, answer.headers, answer.content)

    async def context(self, **changes: Any) -> dict[str, Any]:
        """Make a context; return it as it was answered."""
        return await self.context_from(DEVICE, **changes)

    async def context_from(self, address: str, **changes: Any) -> dict[str, Any]:
        """Make a context as a device with this address."""
        made = await self.ask("POST", CONTEXTS, wish(**changes), address=address)
        assert made.status == 201, made.content
        found: dict[str, Any] = made.json
        assert made.headers["location"].endswith(f"{CONTEXTS}/{found['contextId']}")
        return found

    async def instances(self) -> dict[str, AppInstanceInfo]:
        """The instances that the MEO has, by their identifiers."""
        page = await self.lcm.list_app_instances(ListQuery(all_fields=True))
        return {entry.id: entry.value for entry in page.entries}

    async def until(self, what: Any) -> Any:
        """Return what ``what`` returns, or resolves to, once it is true."""
        async with asyncio.timeout(20):
            while True:
                found = what()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.005)

    async def told(self, kind: str, *, at: str = CALLBACK) -> dict[str, Any]:
        """Return the first notification of a kind, once the device has got it."""
        found: dict[str, Any] = await self.until(
            lambda: next((n for n in self.callbacks.to(at) if n["notificationType"] == kind), None)
        )
        return found

    async def idle(self) -> None:
        """Return when no context is being made or ended."""
        await self.until(lambda: not list(self.journals[UALCMP].load("sagas")))

    async def look(self) -> None:
        """Have it done now what the proxy does now and then."""
        await self.proxy._watch.look()

    async def terminate(self, id: str) -> None:
        """End an instance, as the OSS would."""
        request = TerminateAppRequest(termination_type=StopType.FORCEFUL)
        begun = await self.lcm.terminate_app_instance(AppInstanceId(id), request)
        await self.ended(begun.location)

    async def uri_of(self, id: str) -> str:
        """Where a device reaches an instance."""
        placement = (await self.instances())[id].wayside_placement
        assert placement is not None
        return f"http://{placement.addresses[0]}:8080/"

    def fill(self, *host_ids: str) -> None:
        """Have hosts be full of somebody else's workloads."""
        for host_id in host_ids or self.hosts:
            self.hosts[host_id].vim.amounts["somebody else's"] = TOTAL

    def empty(self, *host_ids: str) -> None:
        """Have the same hosts have room again."""
        for host_id in host_ids or self.hosts:
            self.hosts[host_id].vim.amounts.pop("somebody else's")

    def bring(self, app_d: AppD) -> str:
        """Put a package where a device says that it is; return the URL."""
        self.shelf.files[SOURCE] = encode(app_d)
        return SOURCE


def seats(context: dict[str, Any]) -> list[str]:
    """The instances that serve a context."""
    infos = context["appInfo"]["userAppInstanceInfo"]
    return [each["appInstanceId"] for each in infos if "appInstanceId" in each]


def place(context: dict[str, Any]) -> dict[str, Any]:
    """Where the one instance of a context is."""
    (info,) = context["appInfo"]["userAppInstanceInfo"]
    found: dict[str, Any] = info["appLocation"]
    return found


def path_of(context: dict[str, Any]) -> str:
    """The path of a context."""
    return f"{CONTEXTS}/{context['contextId']}"


@asynccontextmanager
async def asking(proxies: Proxies, address: str = DEVICE) -> AsyncIterator[httpx.AsyncClient]:
    """A plain client of the proxy with this address."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    base = f"http://127.0.0.1:{proxies.port}"
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=20) as client:
        yield client


def site(host_id: str, longitude: float, city: str) -> HostSite:
    """A host in a city of France, near to the cell that it serves."""
    return HostSite(
        host_id,
        host_id.upper(),
        position=Position(latitude=43.6, longitude=longitude),
        country="FR",
        civic_address={3: city},
        latency_ns={f"{host_id}-cell": 2_000_000},
    )


def in_city(city: str) -> dict[str, Any]:
    """Where a host stands, as MEC 016 says it."""
    return {"countryCode": "FR", "civicAddressElement": [{"caType": 3, "caValue": city}]}


def wish(**changes: Any) -> dict[str, Any]:
    """The body of a POST, with ``changes`` to the context or, where they are its, to appInfo."""
    info: dict[str, Any] = {
        "appDId": "app-1.0",
        "appName": "app",
        "appProvider": "Example",
        "appSoftVersion": "1.0",
        "appDVersion": "1.0",
        "userAppInstanceInfo": [{}],
    }
    body: dict[str, Any] = {"associateDevAppId": "phone-1", "callbackReference": CALLBACK}
    for name, value in changes.items():
        to = info if name in {*info, "appPackageSource", "appDescription"} else body
        to[name] = value
    given = body | {"appInfo": info}
    found: dict[str, Any] = _without_none(given)
    return found


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return value
