"""The laws that hold for every operation of the catalogue, whoever declares it.

Who declares an operation gets these tests without a line; where it takes a body or If-Match, one
line here.
"""

import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from tests.contract.bodies import BODIES, body_of
from tests.mep.world import APP, MepWorld, configuration
from tests.ualcmp.proxy import Proxies
from tests.vim.workshop import PaperDriver, pool

from wayside.access.view.api import NetworkView
from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.element import Element
from wayside.chassis.http.server import HttpServer
from wayside.chassis.signatures import PARAMETER, signature_of
from wayside.chassis.store import Store
from wayside.core.authorisation import Authoriser, Caller, Credentials
from wayside.core.errors import Forbidden
from wayside.core.operations import Api, Operation, operations_of
from wayside.core.tasks import Nursery
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin
from wayside.security.application_api import ApplicationClients, ApplicationSecrets
from wayside.security.clients import Client, hash_secret
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.scopes import PUBLIC
from wayside.security.tokens import TokenAuthoriser, TokenIssuer
from wayside.system.catalogue import Listed, catalogue
from wayside.vim.api import VimView
from wayside.vim.vim import Vim, VimSettings

PROBLEM = "application/problem+json"
JSON = {"content-type": "application/json"}
KNOWN = {
    "appInstanceId": APP,
    "app_ins_id": APP,
    "trafficRuleId": "web",
    "dnsRuleId": "name",
    "tag": "vip",
    "ueIdentityTag": "vip",
}
every_api = pytest.mark.parametrize("listed", catalogue(), ids=lambda listed: listed.name)


class Refuser:
    """An authoriser that lets nobody do anything, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def authorise(
        self, operation: Operation, credentials: Credentials, path: Mapping[str, str]
    ) -> Caller:
        self.asked.append(operation.name)
        raise Forbidden("Nobody may.")


@asynccontextmanager
async def served(apis: Sequence[Api], authoriser: Authoriser) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an element that serves these APIs."""
    ids, clock = CountedIds("request"), VirtualClock()
    element = Element(title="it", apis=apis, authoriser=authoriser, clock=clock, new_id=ids)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        nursery = await stack.enter_async_context(Nursery())
        server = HttpServer(element, nursery=nursery)
        stack.push_async_callback(server.close)
        await server.listen_unix(Path(folder) / "it")
        transport = httpx.AsyncHTTPTransport(uds=f"{folder}/it")
        client = httpx.AsyncClient(transport=transport, base_url="http://it.example")
        yield await stack.enter_async_context(client)


def headless(listed: Listed) -> Api:
    """An API with nothing behind it: a handler that is reached answers 500."""
    made: Api = object.__new__(listed.api)
    return made


def path_of(listed: Listed, operation: Operation, **known: str) -> str:
    """The operation's path, with unknown identifiers but for those given."""
    filled = PARAMETER.sub(lambda found: known.get(found[1], "unknown"), operation.path)
    return listed.api.info.root + filled


async def asked(
    client: httpx.AsyncClient,
    listed: Listed,
    operation: Operation,
    of: str | None = None,
    **known: str,
) -> httpx.Response:
    """What an operation answers to a good request; ``of``: the type of subscription it is about."""
    signature = signature_of(operation)
    content, headers = b"", {}
    if signature.uploads:
        content, headers = b"content", {"content-type": operation.consumes[0]}
    elif signature.body is not None:
        content, headers = (
            body_of(listed.element, signature.body, of),
            {"content-type": "application/json"},
        )
    path = path_of(listed, operation, **known)
    needed = params_of(operation)
    return await client.request(
        operation.method, path, content=content, headers=headers, params=needed
    )


def params_of(operation: Operation) -> dict[str, str]:
    """The query parameters that an operation cannot do without, as far as they are known here."""
    query = signature_of(operation).query
    return {name: KNOWN[name] for name, each in query.items() if each.required and name in KNOWN}


@every_api
def test_each_names_a_clause_and_a_scope_of_its_api(listed: Listed) -> None:
    for operation in operations_of(listed.api):
        standard = re.fullmatch(r"(MEC \d{3} clause )?\d+(\.\d+[a-z]?)+", operation.clause)
        assert standard or operation.clause.startswith("Ours: "), operation
        if operation.scope != PUBLIC:
            api, _, right = operation.scope.partition(":")
            assert listed.api.info.name.removeprefix("wayside_") == api.removeprefix("wayside_")
            assert right in {"read", "write", "measure"}
            assert right == "read" or operation.method != "GET"


@every_api
async def test_each_passes_the_authoriser_before_anything_else(listed: Listed) -> None:
    refuser = Refuser()
    async with served([headless(listed)], refuser) as client:
        for operation in operations_of(listed.api):
            answer = await client.request(
                operation.method,
                path_of(listed, operation),
                content=b"{",
                headers={"content-type": "text/strange", "accept": "text/strange"},
            )
            assert (operation.name, answer.status_code) == (operation.name, 403)
            assert answer.headers["content-type"] == PROBLEM
    assert refuser.asked == [operation.name for operation in operations_of(listed.api)]


@every_api
async def test_each_needs_a_token_with_its_scope_unless_it_is_public(listed: Listed) -> None:
    key, clock = ECKey.generate_key("P-256", private=True), VirtualClock()
    oss = Client(client_id="oss", secret_hash=hash_secret("x"), scopes=("all",))
    other = TokenIssuer(key, clock).issue(oss, frozenset({"other:read"}))
    async with served([headless(listed)], TokenAuthoriser(key, clock)) as client:
        for operation in operations_of(listed.api):
            for token, status in ((None, 401), (other, 403)):
                client.headers = {} if token is None else {"authorization": f"Bearer {token}"}
                answer = await asked(client, listed, operation)
                refused = answer.status_code == status
                assert refused is (operation.scope != PUBLIC), (operation.name, answer.text)
                assert refused is ("Bearer" in answer.headers.get("www-authenticate", ""))


REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "another representation": (406, {"headers": {"accept": "image/png"}}),
    "an unknown parameter": (400, {"params": {"no_such_parameter": "1"}}),
    "a list parameter twice": (400, {"params": [("filter", "(eq,id,1)"), ("filter", "x")]}),
    "another type of body": (415, {"content": b"x", "headers": {"content-type": "text/strange"}}),
    "a body that is no JSON": (400, {"content": b"{", "headers": JSON}),
    "a body of another form": (422, {"content": b"17", "headers": JSON}),
    "no body": (400, {"content": b"", "headers": JSON}),
}
"""What is wrong with a request, and how every operation that can be asked so refuses it."""


def asked_so(operation: Operation, wrong: str) -> bool:
    """Tell whether a request to an operation can be wrong in this way."""
    signature = signature_of(operation)
    if "list" in wrong:
        return "list_query" in signature.injected.values()
    if wrong == "another type of body":
        return signature.body is not None or signature.uploads
    if "body" in wrong:
        optional = signature.body_optional and wrong == "no body"
        return signature.body is not None and not signature.uploads and not optional
    if wrong == "another representation":
        return operation.method == "GET"
    return True


@pytest.mark.parametrize("wrong", REFUSALS)
@every_api
async def test_each_refuses_what_is_wrong_before_it_does_anything(
    listed: Listed, wrong: str
) -> None:
    status, request = REFUSALS[wrong]
    async with served([headless(listed)], SandboxAuthoriser()) as client:
        for operation in operations_of(listed.api):
            if asked_so(operation, wrong):
                path = path_of(listed, operation)
                answer = await client.request(operation.method, path, **request)
                assert (operation.name, answer.status_code) == (operation.name, status)
                assert answer.headers["content-type"] == PROBLEM
                assert len(answer.json()["detail"]) > 10


@every_api
async def test_each_resource_names_its_methods_where_another_is_asked_for(listed: Listed) -> None:
    async with served([headless(listed)], SandboxAuthoriser()) as client:
        for operation in operations_of(listed.api):
            same = {o.method for o in operations_of(listed.api) if o.path == operation.path}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - same:
                answer = await client.request(method, path_of(listed, operation))
                assert answer.status_code == 405, (method, operation.path)
                assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == same


@asynccontextmanager
async def elements(folder: Path) -> AsyncIterator[dict[str, Sequence[Api]]]:
    """Real elements in this process, by name; the platform knows one instance with two rules."""
    async with Proxies(folder) as tiers, MepWorld(services={}) as world, Nursery() as nursery:
        await world.ready(configuration())
        settings = VimSettings(Amount(cpu_milli=1000), pool(), folder / "vim")
        store, clock = Store(MemoryJournal(), new_id=CountedIds()), VirtualClock()
        vim = Vim(settings, PaperDriver(), store=store, nursery=nursery, clock=clock)
        yield {
            "meo": tiers.meo.apis,
            "ualcmp": [*tiers.proxy.apis, *tiers.proxy.management],
            "mepm": tiers.mepms["mec1"].apis,
            "mep": [*world.mep.apis, world.mep.mp3],
            "services": [*world.joined.apis, *world.joined.management],
            "vim": [VimView(vim)],
            "network": [NetworkView(lambda: Picture(_dark()))],
            "security": [ApplicationSecrets(ApplicationClients(store, tiers.meo.application))],
        }


def _dark() -> Snapshot:
    """A network without a cell or a device."""
    network = Network(operators=(), zones=(), cells=())
    return Snapshot(epoch=1, sequence=0, time_ns=0, origin=Origin.STATIC, network=network)


NAMING = [
    listed
    for listed in catalogue()
    if any("{" in operation.path for operation in operations_of(listed.api))
]
"""The APIs whose resources have identifiers."""


@pytest.mark.parametrize("listed", NAMING, ids=lambda listed: listed.name)
async def test_each_answers_404_to_an_unknown_identifier(listed: Listed, tmp_path: Path) -> None:
    async with (
        elements(tmp_path) as running,
        served(running[listed.element], SandboxAuthoriser()) as client,
    ):
        for operation in operations_of(listed.api):
            names = PARAMETER.findall(operation.path)
            for known in ({}, {"appInstanceId": APP})[: len(names)]:
                answer = await asked(client, listed, operation, **known)
                told = (operation.name, known, answer.status_code)
                assert told == (operation.name, known, 404), answer.text
                assert answer.headers["content-type"] == PROBLEM
                assert answer.json()["status"] == 404
                assert answer.json()["detail"].endswith(".")


FILTERS = ("(what", "(eq,no/such,1)", "(about,id,1)", "(eq,id)", "eq,id,1")
LISTING = [
    pytest.param(listed, operation, id=f"{listed.name} {operation.name}")
    for listed in catalogue()
    for operation in operations_of(listed.api)
    if "list_query" in signature_of(operation).injected.values()
]


@pytest.mark.parametrize(("listed", "operation"), LISTING)
async def test_each_list_refuses_a_filter_that_it_cannot_mean(
    listed: Listed, operation: Operation, tmp_path: Path
) -> None:
    async with (
        elements(tmp_path) as running,
        served(running[listed.element], SandboxAuthoriser()) as client,
    ):
        path = path_of(listed, operation, appInstanceId=APP)
        for text in FILTERS:
            answer = await client.get(path, params={"filter": text})
            assert (text, answer.status_code) == (text, 400)
            assert answer.headers["content-type"] == PROBLEM
            assert "filter" in answer.json()["detail"]


CONDITIONAL = [
    pytest.param(listed, operation, id=f"{listed.name} {operation.name}")
    for listed in catalogue()
    for operation in operations_of(listed.api)
    if "if_match" in signature_of(operation).injected.values()
]


def test_whatever_takes_if_match_declares_412_and_nothing_else_does() -> None:
    for listed in catalogue():
        for operation in operations_of(listed.api):
            takes = "if_match" in signature_of(operation).injected.values()
            assert (412 in operation.errors) is takes, operation


@pytest.mark.parametrize(("listed", "operation"), CONDITIONAL)
async def test_each_that_takes_if_match_changes_the_version_it_names_alone(
    listed: Listed, operation: Operation
) -> None:
    async with MepWorld(services={}) as world:
        await world.ready()
        await _tag(world)
        offered = (await world.offer())["serInstanceId"]
        known = KNOWN | {"serviceId": offered, "apfId": APP, "serviceApiId": offered}
        known |= await _of_service(world, listed.api.info.root)
        known |= await _of_list(world, listed.api.info.root, operation.path)
        if "registrations" in operation.path:
            known["appInstanceId"] = await _registered(world, listed)
        path = path_of(listed, operation, **known)
        read = await world.http.get(path, params=_read_by(listed, operation))
        for tag in ('"stale"', f"W/{read.headers['etag']}"):
            refused = await _change(world.http, operation, path, tag, read.json())
            assert (tag, refused.status_code) == (tag, 412)
            assert refused.headers["content-type"] == PROBLEM
        for tag in (read.headers["etag"], "*"):
            assert (await _change(world.http, operation, path, tag, read.json())).is_success


def _read_by(listed: Listed, operation: Operation) -> dict[str, str]:
    """The query parameters that a GET of the same resource cannot do without."""
    same = [each for each in operations_of(listed.api) if each.path == operation.path]
    return params_of(next(each for each in same if each.method == "GET"))


async def _tag(world: MepWorld) -> None:
    """Have a tag known and registered."""
    await world.http.post("/wayside_tags/v1/tags", json={"tag": "vip", "devices": []})
    states = {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": 1}]}
    answer = await world.http.put(f"/ui/v1/{APP}/ue_identity_tag_info", json=states)
    assert answer.status_code == 200


MADE = {
    "/bwm/v1": {
        "allocationId": ("bw_allocations", "BwInfo"),
        "subscriptionId": ("subscriptions", "BwChgEventSubscription"),
    },
    "/mts/v1": {"sessionId": ("mts_sessions", "MtsSessionInfo")},
    "/amsi/v1": {
        "appMobilityServiceId": ("app_mobility_services", "RegistrationInfo"),
        "subscriptionId": ("subscriptions", "MobilityProcedureSubscription"),
    },
    "/rni/v2": {"subscriptionId": ("subscriptions", "CellChangeSubscription")},
    "/wai/v2": {
        "measurementConfigId": ("measurements", "MeasurementConfig"),
        "subscriptionId": ("subscriptions", "AssocStaSubscription"),
    },
}
"""What a MEC service has to be given first: by API, then parameter, the list and its body."""


async def _of_service(world: MepWorld, root: str) -> dict[str, str]:
    """Have one of each resource that a service is given; return their identifiers."""
    found = {}
    for name, (path, type_) in MADE.get(root, {}).items():
        made = await world.http.post(f"{root}/{path}", content=BODIES[type_], headers=JSON)
        found[name] = made.headers["location"].rpartition("/")[2]
    return found


LISTS = {
    "/location/v3/subscriptions/users": "AboutUser",
    "/location/v3/subscriptions/zones": "AboutZone",
    "/location/v3/subscriptions/area": "AboutArea",
    "/location/v3/subscriptions/distance": "AboutDistance",
    "/location/v2/subscriptions/userTracking": "TrackingBody",
    "/location/v2/subscriptions/zonalTraffic": "TrafficBody",
    "/location/v2/subscriptions/zoneStatus": "StatusBody",
    "/location/v2/subscriptions/area/circle": "CircleBody",
    "/location/v2/subscriptions/periodic": "PeriodicBody",
    "/location/v2/subscriptions/distance": "DistanceBody",
}
"""What a list of a service that has several lists of subscriptions is given first."""


async def _of_list(world: MepWorld, root: str, path: str) -> dict[str, str]:
    """Have one subscription in the list that a path leads into; return its identifier."""
    where = f"{root}{path}".rpartition("/")[0]
    if where not in LISTS:
        return {}
    made = await world.http.post(where, content=BODIES[LISTS[where]], headers=JSON)
    return {"subscriptionId": made.headers["location"].rpartition("/")[2]}


async def _change(
    client: httpx.AsyncClient, operation: Operation, path: str, tag: str, body: Any
) -> httpx.Response:
    return await client.request(operation.method, path, json=body, headers={"if-match": tag})


async def _registered(world: MepWorld, listed: Listed) -> str:
    body = {"appName": "own", "endpoint": {"uris": ["http://192.0.2.7/"]}}
    made = await world.http.post(f"{listed.api.info.root}/registrations", json=body)
    return made.headers["location"].rpartition("/")[2]
