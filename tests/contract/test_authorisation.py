"""Every operation, asked with every kind of token; and the page that says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from joserfc.jwk import ECKey
from tests.contract.authorisation import BY_BODY, PAGE, is_bound, page
from tests.contract.test_every_operation import asked, headless, served

from wayside.adapters.clocks import VirtualClock
from wayside.core.operations import Operation, operations_of
from wayside.security.clients import NOBODY, Client
from wayside.security.scopes import PUBLIC, narrow_scope, type_scope
from wayside.security.tokens import (
    INSTANCE_PARAMETERS,
    PlatformTokens,
    TokenAuthoriser,
    TokenIssuer,
)
from wayside.system.catalogue import Listed, catalogue

every_api = pytest.mark.parametrize("listed", catalogue(), ids=lambda listed: listed.name)
OWN, OTHER, GONE = "own", "other", "gone"
SYSTEM, PLATFORM = (ECKey.generate_key("P-256", private=True) for _ in range(2))
CLOCK = VirtualClock()


def token(scope: str, instance: str | None) -> str:
    """A token of the system, or one that the platform gave to an instance."""
    client = Client(client_id="it", secret_hash=NOBODY, scopes=(scope,), app_instance_id=instance)
    key, name = (SYSTEM, "wayside") if instance is None else (PLATFORM, "wayside/mec1")
    return TokenIssuer(key, CLOCK, name=name).issue(client, frozenset({scope}))


class Asking:
    """Asks the operations of one API, behind an operator's authoriser."""

    def __init__(self, listed: Listed, http: httpx.AsyncClient) -> None:
        self.listed, self.http = listed, http
        self.guarded = [each for each in operations_of(listed.api) if each.scope != PUBLIC]

    async def __call__(
        self, operation: Operation, given: str | None, of: str | None = None
    ) -> httpx.Response:
        self.http.headers = {} if given is None else {"authorization": f"Bearer {given}"}
        own = dict.fromkeys(INSTANCE_PARAMETERS, OWN)
        return await asked(self.http, self.listed, operation, of, **own)


@asynccontextmanager
async def asking(listed: Listed) -> AsyncIterator[Asking]:
    """The API of a platform on which the instances ``own`` and ``other`` live."""
    platform = PlatformTokens("wayside/mec1", PLATFORM, {OWN, OTHER}.__contains__)
    authoriser = TokenAuthoriser(SYSTEM, CLOCK, platform)
    async with served([headless(listed)], authoriser) as http:
        yield Asking(listed, http)


@every_api
async def test_without_a_token(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            answer = await ask(operation, None)
            assert (operation.name, answer.status_code) == (operation.name, 401)
            assert answer.headers["www-authenticate"] == 'Bearer realm="wayside"'


@every_api
async def test_with_another_scope(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            for instance in (None, OWN):
                answer = await ask(operation, token("other:read", instance))
                assert (operation.name, answer.status_code) == (operation.name, 403)
                challenge = answer.headers["www-authenticate"]
                assert 'error="insufficient_scope"' in challenge
                assert f'scope="{operation.scope}"' in challenge


@every_api
async def test_with_the_scope_of_another_kind_of_resource(listed: Listed) -> None:
    narrow = sorted({narrow_scope(each) for each in operations_of(listed.api)})
    async with asking(listed) as ask:
        for operation in ask.guarded:
            for scope in narrow:
                answer = await ask(operation, token(scope, None))
                opened = answer.status_code not in (401, 403)
                assert opened is (scope == narrow_scope(operation)), (operation.name, scope)


@every_api
async def test_with_another_instances_token(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            answer = await ask(operation, token(operation.scope, OTHER))
            refused = answer.status_code == 403
            assert (operation.name, refused) == (operation.name, is_bound(operation))
            assert refused is ("insufficient_scope" in answer.headers.get("www-authenticate", ""))


@every_api
async def test_with_the_token_of_an_instance_that_is_gone(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            answer = await ask(operation, token(operation.scope, GONE))
            assert (operation.name, answer.status_code) == (operation.name, 401)
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@every_api
async def test_with_the_right_token(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            for instance in (None,) if operation.handler.__qualname__ in BY_BODY else (None, OWN):
                for scope in (operation.scope, narrow_scope(operation)):
                    answer = await ask(operation, token(scope, instance))
                    assert answer.status_code not in (401, 403), (operation.name, answer.text)


@every_api
async def test_with_the_scope_of_one_subscription_type(listed: Listed) -> None:
    async with asking(listed) as ask:
        for operation in ask.guarded:
            for type_ in operation.types:
                answer = await ask(operation, token(type_scope(operation, type_), None), type_)
                assert answer.status_code not in (401, 403), (operation.name, type_)
                other = type_scope(operation, type_ + "Other")
                assert (await ask(operation, token(other, None))).status_code == 403


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "write it again: make authorisation"
