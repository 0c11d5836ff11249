"""The right to be told of one type of thing is had alone: refused without it, accepted with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from tests.contract.test_every_operation import served
from tests.meo.tiers import Tiers

from wayside.adapters.clocks import VirtualClock
from wayside.core.operations import operations_of
from wayside.model.app_lcm_subscriptions import AppInstanceSubscriptionType as LcmType
from wayside.model.app_pkgm_subscriptions import AppPkgSubscriptionType as PkgmType
from wayside.refpoints import mm1
from wayside.security.clients import NOBODY, Client
from wayside.security.tokens import TokenAuthoriser, TokenIssuer

KEY = ECKey.generate_key("P-256", private=True)
CLOCK = VirtualClock()


@dataclass(frozen=True)
class Subscribed:
    """Where subscriptions of several types are kept, and which right it takes to make one."""

    element: str
    api: str
    right: str
    types: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/{self.api}/v1/subscriptions"

    def scope(self, type_: str, right: str = "") -> str:
        return f"{self.api}:subscriptions:{type_}:{right or self.right}"

    def others(self, type_: str) -> list[str]:
        return [self.scope(other) for other in self.types if other != type_]


PLACES = (
    Subscribed("meo", "app_lcm", "write", tuple({*LcmType} - {LcmType.OP_OCC_STATE_CHANGE})),
    Subscribed("mec1", "app_lcm", "write", tuple({*LcmType} - {LcmType.STATE_CHANGE})),
    Subscribed("meo", "app_pkgm", "read", tuple(PkgmType)),
)
each_type = pytest.mark.parametrize(
    ("at", "type_"),
    [
        pytest.param(at, type_, id=f"{at.element}-{type_}")
        for at in PLACES
        for type_ in sorted(at.types)
    ],
)


class Oss:
    """One and the same client at every element, with a token of the scopes that each call says."""

    def __init__(self, elements: dict[str, httpx.AsyncClient]) -> None:
        self._elements = elements

    async def __call__(
        self, method: str, at: Subscribed, path: str = "", *, scopes: list[str], **more: Any
    ) -> httpx.Response:
        client = Client(client_id="oss", secret_hash=NOBODY, scopes=tuple(scopes))
        token = TokenIssuer(KEY, CLOCK).issue(client, frozenset(scopes))
        headers = {"authorization": f"Bearer {token}"}
        http = self._elements[at.element]
        return await http.request(method, path or at.path, headers=headers, **more)

    async def subscribes(self, at: Subscribed, type_: str, *scopes: str) -> httpx.Response:
        wish = {"subscriptionType": type_, "callbackUri": "http://oss.example/told"}
        return await self("POST", at, scopes=list(scopes), json=wish)

    async def subscribed(self, at: Subscribed, type_: str) -> str:
        made = await self.subscribes(at, type_, "all")
        assert made.status_code == 201, made.text
        return f"{at.path}/{made.json()['id']}"


@pytest.fixture
async def oss(tmp_path: Path) -> AsyncIterator[Oss]:
    async with Tiers(tmp_path) as tiers, AsyncExitStack() as stack:
        apis = {"meo": tiers.meo.apis, "mec1": tiers.mepms["mec1"].apis}
        guarded = {
            name: await stack.enter_async_context(served(each, TokenAuthoriser(KEY, CLOCK)))
            for name, each in apis.items()
        }
        yield Oss(guarded)


@each_type
async def test_a_type_is_subscribed_to_with_its_own_scope(
    oss: Oss, at: Subscribed, type_: str
) -> None:
    made = await oss.subscribes(at, type_, at.scope(type_))
    assert made.status_code == 201, made.text


@each_type
async def test_the_scopes_of_all_other_types_do_not_do(
    oss: Oss, at: Subscribed, type_: str
) -> None:
    refused = await oss.subscribes(at, type_, *at.others(type_))
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert f'error="insufficient_scope", scope="{at.scope(type_)}"' in challenge
    assert at.scope(type_) in refused.json()["detail"]


@each_type
async def test_what_is_read_with_the_scope_of_one_type_is_of_that_type(
    oss: Oss, at: Subscribed, type_: str
) -> None:
    links = {other: await oss.subscribed(at, other) for other in at.types}
    reading = [at.scope(type_, "read")]
    listed = (await oss("GET", at, scopes=reading)).json()["_links"]["subscriptions"]
    assert [each["subscriptionType"] for each in listed] == [type_]
    for other, link in links.items():
        answer = await oss("GET", at, link, scopes=reading)
        assert answer.status_code == (200 if other == type_ else 403), other


@each_type
async def test_a_subscription_is_ended_with_the_scope_of_its_type(
    oss: Oss, at: Subscribed, type_: str
) -> None:
    link = await oss.subscribed(at, type_)
    refused = await oss("DELETE", at, link, scopes=at.others(type_))
    assert refused.status_code == 403
    assert (await oss("GET", at, link, scopes=["all"])).status_code == 200
    ended = await oss("DELETE", at, link, scopes=[at.scope(type_)])
    assert ended.status_code == 204


Wide = Callable[[Subscribed], str]


@pytest.mark.parametrize(
    "wide",
    [
        lambda at: f"{at.api}:{at.right}",
        lambda at: f"{at.api}:subscriptions:{at.right}",
        lambda at: "all",
    ],
)
@pytest.mark.parametrize("at", PLACES, ids=lambda at: f"{at.element}-{at.api}")
async def test_a_wider_scope_grants_every_type(oss: Oss, at: Subscribed, wide: Wide) -> None:
    for type_ in at.types:
        made = await oss.subscribes(at, type_, wide(at))
        assert made.status_code == 201, made.text


@pytest.mark.parametrize("api", [mm1.AppLcm, mm1.AppPkgm])
def test_every_operation_on_subscriptions_of_several_types_declares_them(
    api: type[mm1.AppLcm | mm1.AppPkgm],
) -> None:
    for operation in operations_of(api):
        assert bool(operation.types) is operation.path.startswith("/subscriptions")
