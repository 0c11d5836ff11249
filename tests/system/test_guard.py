"""Who may come in, and where: the sandbox stays at home, the operator brings keys."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.system.authority import Authority

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.store import Store
from wayside.core.errors import Unprocessable
from wayside.linux import netns, probe
from wayside.security.application_api import ApplicationClients
from wayside.security.clients import hash_secret
from wayside.security.tokens import signing_key
from wayside.system.guard import guard, require_listenable
from wayside.system.settings import (
    GuardSettings,
    ListenSettings,
    Profile,
    SystemSettings,
    TlsSettings,
)
from wayside.system.state import StateFolder

CLOCK = SystemClock()


@pytest.mark.parametrize("inside", ["ws00000-mec1", "../../proc/self/ns/net"])
def test_a_name_in_the_settings_does_not_make_a_lab(tmp_path: Path, inside: str) -> None:
    wanted = SystemSettings(state=tmp_path, in_namespace=inside)
    with pytest.raises(Unprocessable, match="refuses to listen") as refused:
        require_listenable(ListenSettings(host="10.255.0.1", port=8000), wanted)
    assert refused.value.field == "listen"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A namespace that is called as one of this state folder's lab."""
    if not probe.available("net namespaces") or os.geteuid() != 0:
        pytest.skip(f"net namespaces: {probe.finding('net namespaces').detail}")
    name = f"{StateFolder(tmp_path).prefix}-system"
    netns.create(name)
    try:
        yield name
    finally:
        netns.delete(name)


ASK = """
import sys
from pathlib import Path
from wayside.system.guard import require_listenable
from wayside.system.settings import ListenSettings, SystemSettings
state, inside = Path(sys.argv[1]), sys.argv[2]
address = ListenSettings(host="10.255.0.1", port=8000)
require_listenable(address, SystemSettings(state=state, in_namespace=inside))
"""


def may_listen_from(namespace: str | None, state: Path, named: str) -> bool:
    argv = [sys.executable, "-c", ASK, str(state), named]
    inside = argv if namespace is None else netns.command_in(namespace, argv)
    done = subprocess.run(inside, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "refuses to listen" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.netns
def test_the_sandbox_listens_in_its_own_lab_and_only_where_it_really_lives(
    tmp_path: Path, lab: str
) -> None:
    assert may_listen_from(lab, tmp_path, lab)
    assert not may_listen_from(None, tmp_path, lab), "it only says that it lives there"
    assert not may_listen_from(lab, tmp_path / "another", lab), "it is another folder's lab"


# ---- the operator's keys


@pytest.fixture
def keys(tmp_path: Path) -> GuardSettings:
    """An issuer's settings, whole."""
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


def nobody() -> ApplicationClients:
    """The clients of a system without packages."""
    return ApplicationClients(Store(MemoryJournal(), new_id=CountedIds()), lambda id: None)


def test_the_sandbox_needs_nothing_and_issues_nothing() -> None:
    open_door = guard(GuardSettings(), CLOCK)
    assert open_door.tls is None
    assert open_door.apis(nobody()) == ()


def test_an_issuer_has_tls_and_a_token_endpoint(keys: GuardSettings) -> None:
    made = guard(keys, CLOCK)
    assert made.tls is not None
    assert [api.info.name for api in made.apis(nobody())] == ["oauth2", "wayside_clients"]


def test_whoever_only_checks_has_no_token_endpoint(keys: GuardSettings) -> None:
    signing_key(keys.signing_key or Path())
    public = (keys.signing_key or Path()).with_suffix(".pub")
    checking = replace(keys, clients=None, signing_key=None, token_key=public)
    assert guard(checking, CLOCK).apis(nobody()) == ()


def test_an_issuer_without_a_signing_key_is_refused(keys: GuardSettings) -> None:
    with pytest.raises(Unprocessable, match="signing_key"):
        guard(replace(keys, signing_key=None), CLOCK)


def test_a_public_key_cannot_sign(keys: GuardSettings, tmp_path: Path) -> None:
    guard(keys, CLOCK)
    public = tmp_path / "keys" / "tokens.pub"
    with pytest.raises(Unprocessable, match="private"):
        guard(replace(keys, signing_key=public), CLOCK)


def test_a_certificate_that_is_none_is_named(keys: GuardSettings, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_text("not a certificate")
    for files in (
        TlsSettings(certificate=garbage, key=garbage),
        TlsSettings(certificate=tmp_path / "absent", key=garbage),
    ):
        with pytest.raises(Unprocessable, match=r"guard\.tls: .*no certificate"):
            guard(replace(keys, tls=files), CLOCK)


def test_a_token_key_that_is_none_is_named(keys: GuardSettings, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_text("not a key")
    for path in (garbage, tmp_path / "absent"):
        with pytest.raises(Unprocessable, match=path.name):
            guard(replace(keys, clients=None, token_key=path), CLOCK)
