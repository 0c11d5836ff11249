"""How an element goes out to others: what it must be told, and that it never goes unprotected."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.system.authority import Authority

from wayside.adapters.clocks import SystemClock
from wayside.core.errors import Unprocessable
from wayside.security.clients import hash_secret
from wayside.system.guard import guard
from wayside.system.outward import outward, require_https
from wayside.system.settings import GuardSettings, Profile

CLOCK = SystemClock()


@pytest.fixture
def issuer(tmp_path: Path) -> GuardSettings:
    """The settings of an element that issues tokens."""
    clients = tmp_path / "clients.toml"
    clients.write_text(
        f'[[clients]]\nclient_id = "meo"\nsecret_hash = "{hash_secret("x")}"\nscopes = ["all"]\n'
    )
    authority = Authority(tmp_path / "keys")
    return GuardSettings(
        profile=Profile.OPERATOR,
        tls=authority.issue("system"),
        clients=clients,
        signing_key=tmp_path / "keys" / "tokens.key",
        trust=authority.trust,
        client_id="meo",
    )


@pytest.fixture
def checker(issuer: GuardSettings, tmp_path: Path) -> GuardSettings:
    """The settings of an element that asks another for its tokens."""
    guard(issuer, CLOCK)
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("edge-secret\n")
    return replace(
        issuer,
        clients=None,
        signing_key=None,
        token_key=tmp_path / "keys" / "tokens.pub",
        client_secret_file=secret,
        token_url="https://127.0.0.1:1/oauth2/v1/token",
    )


async def go_out(wanted: GuardSettings, folder: Path) -> None:
    async with outward(wanted, guard(wanted, CLOCK), CLOCK, folder=folder / "fetched"):
        pass


async def test_the_sandbox_and_both_kinds_of_operators_elements_go_out(
    tmp_path: Path, issuer: GuardSettings, checker: GuardSettings
) -> None:
    for wanted in (GuardSettings(), issuer, checker):
        await go_out(wanted, tmp_path)


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ({"trust": None}, "guard.trust"),
        ({"client_id": None}, "guard.client_id"),
        ({"token_url": None}, "token_url"),
        ({"client_secret_file": None}, "client_secret_file"),
        ({"client_secret_file": Path("/nowhere/secret")}, "guard.client_secret_file"),
        ({"token_url": "http://127.0.0.1/oauth2/v1/token"}, "https://"),
        ({"trust": Path("/nowhere/trust.pem")}, "guard.trust"),
    ],
)
async def test_what_lacks_is_named_before_anything_is_sent(
    tmp_path: Path, checker: GuardSettings, lacking: dict[str, object], named: str
) -> None:
    with pytest.raises(Unprocessable, match=named):
        await go_out(replace(checker, **lacking), tmp_path)


async def test_a_secret_that_others_may_read_is_refused(
    tmp_path: Path, checker: GuardSettings
) -> None:
    assert checker.client_secret_file is not None
    checker.client_secret_file.chmod(0o644)
    with pytest.raises(Unprocessable, match="chmod 600"):
        await go_out(checker, tmp_path)


async def test_an_issuer_that_is_no_client_of_its_own_is_told_which_there_are(
    tmp_path: Path, issuer: GuardSettings
) -> None:
    with pytest.raises(Unprocessable, match="no client 'nobody'; it has meo"):
        await go_out(replace(issuer, client_id="nobody"), tmp_path)


def test_the_operator_profile_speaks_to_no_url_without_tls() -> None:
    operator = GuardSettings(profile=Profile.OPERATOR)
    require_https(operator, ["https://10.0.0.1:8000", "unix:/run/x.sock"])
    require_https(GuardSettings(), ["http://10.0.0.1:8000"])
    with pytest.raises(Unprocessable, match=r"http://10\.0\.0\.1:8000 must start with https"):
        require_https(operator, ["https://10.0.0.2", "http://10.0.0.1:8000"])
