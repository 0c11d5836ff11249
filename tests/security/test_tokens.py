"""Tokens open what they grant, to whom they were given, for as long as they last."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from msgspec.structs import replace

from wayside.adapters.clocks import VirtualClock
from wayside.core.authorisation import Credentials
from wayside.core.errors import BadRequest, Forbidden, Unauthorised
from wayside.core.operations import Api, Operation, get, operations_of
from wayside.security.clients import NOBODY, Client, hash_secret
from wayside.security.tokens import (
    PlatformTokens,
    TokenAuthoriser,
    TokenIssuer,
    signing_key,
)


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


def test_two_tokens_at_once_are_an_invalid_request(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock).issue(client("all"), frozenset({"all"}))
    with pytest.raises(BadRequest, match="given twice") as refused:
        authorise(key, clock, f"{token}, Bearer {token}")
    assert 'error="invalid_request"' in refused.value.headers["WWW-Authenticate"]


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


def platform_of(lives: bool, key: ECKey) -> PlatformTokens:
    return PlatformTokens("wayside/mec1", key, lambda id: lives)


@pytest.fixture
def own() -> ECKey:
    """The platform's own key."""
    return ECKey.generate_key("P-256", private=True)


def test_a_platform_believes_its_own_tokens_and_the_systems(key: ECKey, own: ECKey) -> None:
    clock, granted = VirtualClock(), frozenset({"things:read"})
    here = TokenAuthoriser(key, clock, platform_of(True, own))
    of_system = TokenIssuer(key, clock).issue(client("things:read"), granted)
    of_platform = TokenIssuer(own, clock, name="wayside/mec1").issue(
        client("things:read", bound="one"), granted
    )
    for token in (of_system, of_platform):
        assert here.authorise(READ, Credentials(f"Bearer {token}"), PATH).subject == "oss"
    with pytest.raises(Unauthorised, match="not one of ours"):
        authorise(key, clock, of_platform)


def test_a_token_of_an_instance_that_is_gone_is_refused_whoever_issued_it(
    key: ECKey, own: ECKey
) -> None:
    clock, granted = VirtualClock(), frozenset({"things:read"})
    here = TokenAuthoriser(key, clock, platform_of(False, own))
    bound = client("things:read", bound="one")
    for issuer in (TokenIssuer(key, clock), TokenIssuer(own, clock, name="wayside/mec1")):
        with pytest.raises(Unauthorised, match="is gone"):
            here.authorise(READ, Credentials(f"Bearer {issuer.issue(bound, granted)}"), PATH)


@pytest.mark.parametrize("name", ["wayside", "wayside/mec1", "wayside/mec2"])
def test_a_platform_key_makes_no_token_of_the_system_and_none_without_an_instance(
    key: ECKey, own: ECKey, name: str
) -> None:
    clock = VirtualClock()
    here = TokenAuthoriser(key, clock, platform_of(True, own))
    token = TokenIssuer(own, clock, name=name).issue(client("all"), frozenset({"all"}))
    with pytest.raises(Unauthorised, match="not one of ours"):
        here.authorise(READ, Credentials(f"Bearer {token}"), PATH)


class Exposure(Api, name="published-apis", version="v1", spec="Ours", title="CAPIF's names"):
    """An API whose instance has another name in the path."""

    @get("/{apfId}/service-apis", clause="none", scope="things:read")
    async def list_apis(self, apf_id: str) -> None:
        """Return nothing."""


def test_an_instance_is_bound_by_capifs_names_for_it_too(key: ECKey) -> None:
    clock = VirtualClock()
    token = TokenIssuer(key, clock).issue(
        client("things:read", bound="one"), frozenset({"things:read"})
    )
    (operation,) = operations_of(Exposure)
    credentials = Credentials(f"Bearer {token}")
    authoriser = TokenAuthoriser(key, clock)
    assert authoriser.authorise(operation, credentials, {"apfId": "one"}).app_instance_id == "one"
    with pytest.raises(Forbidden):
        authoriser.authorise(operation, credentials, {"apfId": "two"})


def application_token(key: ECKey, clock: VirtualClock) -> Credentials:
    finder = Client(
        client_id="ACME~finder",
        secret_hash=hash_secret("x"),
        scopes=("things:read",),
        application=True,
    )
    issued = TokenIssuer(key, clock).issue(finder, frozenset({"things:read"}))
    return Credentials(f"Bearer {issued}")


def test_an_applications_token_speaks_for_its_own_living_instances_alone(
    key: ECKey, own: ECKey
) -> None:
    clock = VirtualClock()
    running: dict[str | None, set[str]] = {
        "one": {"ACME~finder"},
        "two": {"ACME~other"},
        None: {"ACME~finder", "ACME~other"},
    }
    here = TokenAuthoriser(
        key,
        clock,
        PlatformTokens("wayside/mec1", own, lambda id: True, lambda id: running.get(id, set())),
    )
    token = application_token(key, clock)
    assert here.authorise(READ, token, {"appInstanceId": "one"}).app_instance_id == "one"
    assert here.authorise(READ, token, {}).app_instance_id is None
    for other in ("two", "three"):
        with pytest.raises(Forbidden, match="token is that of an application"):
            here.authorise(READ, token, {"appInstanceId": other})
    running.clear()
    for path in ({"appInstanceId": "one"}, {}):
        with pytest.raises(Forbidden):
            here.authorise(READ, token, path)
    with pytest.raises(Forbidden):
        TokenAuthoriser(key, clock).authorise(READ, token, {"appInstanceId": "one"})


def standing(key: ECKey, clock: VirtualClock, *now: Client) -> TokenAuthoriser:
    """An authoriser where these are the clients now."""
    clients = {each.client_id: each for each in now}
    return TokenAuthoriser(key, clock, standing=clients.get)


def test_where_clients_are_known_a_token_is_good_as_long_as_its_client(key: ECKey) -> None:
    clock, oss = VirtualClock(), client("things:read")
    token = TokenIssuer(key, clock).issue(oss, frozenset({"things:read"}))
    header = Credentials(f"Bearer {token}")
    assert standing(key, clock, oss).authorise(READ, header, PATH).subject == "oss"
    rotated = client("things:read")  # hashed with a salt of its own, as another secret is
    for now in ((), (rotated,)):
        with pytest.raises(Unauthorised, match="gone, or has another secret") as refused:
            standing(key, clock, *now).authorise(READ, header, PATH)
        assert 'error="invalid_token"' in refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("scopes", "opened"),
    [(("things:read",), True), (("all",), True), (("things:things:read",), False), ((), False)],
)
def test_a_token_grants_no_more_than_its_client_may_have_now(
    key: ECKey, scopes: tuple[str, ...], opened: bool
) -> None:
    clock, oss = VirtualClock(), client("things:read")
    token = TokenIssuer(key, clock).issue(oss, frozenset({"things:read"}))
    now = replace(oss, scopes=scopes)
    header = Credentials(f"Bearer {token}")
    if opened:
        assert standing(key, clock, now).authorise(READ, header, PATH).subject == "oss"
    else:
        with pytest.raises(Forbidden, match="things:read"):
            standing(key, clock, now).authorise(READ, header, PATH)


def test_a_token_that_was_good_before_is_judged_anew_each_time(key: ECKey) -> None:
    clock, there = VirtualClock(), {"oss": client("things:read")}
    authoriser = TokenAuthoriser(key, clock, standing=there.get)
    token = TokenIssuer(key, clock, lifetime_s=60).issue(there["oss"], frozenset({"things:read"}))
    header = Credentials(f"Bearer {token}")
    for _ in range(3):
        assert authoriser.authorise(READ, header, PATH).subject == "oss"
    with pytest.raises(Unauthorised, match="not one of ours"):
        authoriser.authorise(READ, Credentials(f"Bearer {token[:-4]}AAAA"), PATH)
    removed = there.pop("oss")
    with pytest.raises(Unauthorised, match="gone"):
        authoriser.authorise(READ, header, PATH)
    there["oss"] = removed
    clock.step(61)
    with pytest.raises(Unauthorised, match="expired"):
        authoriser.authorise(READ, header, PATH)


def test_more_tokens_than_are_remembered_are_as_good(key: ECKey) -> None:
    clock, issuer = VirtualClock(), TokenIssuer(key, VirtualClock())
    authoriser = TokenAuthoriser(key, clock, remembers=2)
    given = [
        issuer.issue(client_named(str(number)), frozenset({"things:read"})) for number in range(5)
    ]
    for number, token in [*enumerate(given), (0, given[0])]:
        caller = authoriser.authorise(READ, Credentials(f"Bearer {token}"), PATH)
        assert caller.subject == str(number)


def client_named(name: str) -> Client:
    return Client(client_id=name, secret_hash=NOBODY, scopes=("things:read",))
