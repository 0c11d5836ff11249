"""Tokens open what they grant, to whom they were given, for as long as they last."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from wayside.adapters.clocks import VirtualClock
from wayside.core.authorisation import Credentials
from wayside.core.errors import Forbidden, Unauthorised
from wayside.core.operations import Api, Operation, get, operations_of
from wayside.security.clients import Client, hash_secret
from wayside.security.tokens import TokenAuthoriser, TokenIssuer, signing_key


class Things(Api, name="things", version="v1", spec="Ours", title="Things"):
    """An API to ask for."""

    @get("/applications/{appInstanceId}/things", clause="none", scope="things:read")
    async def list_things(self, app_instance_id: str) -> None:
        """Return nothing."""

    @get("/open", clause="none", scope="public")
    async def get_open(self) -> None:
        """Return nothing."""


READ, OPEN = operations_of(Things)
PATH = {"appInstanceId": "one"}


def client(*scopes: str, bound: str | None = None) -> Client:
    return Client(
        client_id="oss", secret_hash=hash_secret("x"), scopes=scopes, app_instance_id=bound
    )


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", private=True)


def authorise(
    key: ECKey, clock: VirtualClock, token: str | None, operation: Operation = READ
) -> str:
    header = None if token is None else f"Bearer {token}"
    caller = TokenAuthoriser(key, clock).authorise(operation, Credentials(header), PATH)
    return caller.subject


def test_a_token_with_the_scope_opens_the_operation(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock).issue(client("things:read"), frozenset({"things:read"}))
    assert authorise(key, clock, token) == "oss"


def test_the_scope_all_opens_everything(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock).issue(client("all"), frozenset({"all"}))
    assert authorise(key, clock, token) == "oss"


def test_without_a_token_the_answer_is_401_and_names_the_scheme(key: ECKey) -> None:
    with pytest.raises(Unauthorised) as refused:
        authorise(key, VirtualClock(), None)
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_another_scope_is_forbidden_and_the_missing_one_is_named(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock).issue(client("things:write"), frozenset({"things:write"}))
    with pytest.raises(Forbidden) as refused:
        authorise(key, clock, token)
    assert "things:read" in refused.value.headers["WWW-Authenticate"]


async def test_a_token_ends_with_its_lifetime(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock, lifetime_s=60).issue(client("all"), frozenset({"all"}))
    await clock.advance(61)
    with pytest.raises(Unauthorised, match="expired"):
        authorise(key, clock, token)


def test_a_token_of_another_key_is_refused(key: ECKey) -> None:
    clock = VirtualClock()
    foreign = ECKey.generate_key("P-256", private=True)
    token = TokenIssuer(foreign, clock).issue(client("all"), frozenset({"all"}))
    with pytest.raises(Unauthorised):
        authorise(key, clock, token)


@pytest.mark.parametrize("garbage", ["", "x", "a.b.c", "ä", "." * 4000])
def test_garbage_instead_of_a_token_is_refused(key: ECKey, garbage: str) -> None:
    with pytest.raises(Unauthorised):
        authorise(key, VirtualClock(), garbage)


def test_an_unsigned_token_is_refused(key: ECKey) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvc3MiLCJzY29wZSI6ImFsbCIsImV4cCI6OTk5OTk5OTk5OX0."
    with pytest.raises(Unauthorised):
        authorise(key, VirtualClock(), unsigned)


def test_a_token_bound_to_an_instance_opens_only_that_instance(key: ECKey) -> None:
    clock = VirtualClock()
    issuer = TokenIssuer(key, clock)
    granted = frozenset({"things:read"})
    assert authorise(key, clock, issuer.issue(client("things:read", bound="one"), granted)) == "oss"
    with pytest.raises(Forbidden):
        authorise(key, clock, issuer.issue(client("things:read", bound="two"), granted))


def test_a_public_operation_needs_no_token(key: ECKey) -> None:
    assert authorise(key, VirtualClock(), None, OPEN) == "anonymous"


def test_the_signing_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.pem"
    first = signing_key(path)
    assert signing_key(path).thumbprint() == first.thumbprint()
    assert path.stat().st_mode & 0o077 == 0
