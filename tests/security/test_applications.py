"""Instances as clients: a secret each, good while the instance is there."""

from pathlib import Path

import pytest

from wayside.core.errors import Unprocessable
from wayside.security.applications import SCOPES, InstanceClients, platform_key


def test_an_instance_is_known_by_its_own_secret_alone_and_while_it_lives() -> None:
    living = {"one", "two"}
    clients = InstanceClients(b"k" * 32, living.__contains__)
    found = clients.authenticate("one", clients.secret_of("one"))
    assert found is not None and found.app_instance_id == "one"
    assert clients.authenticate("one", clients.secret_of("two")) is None
    assert clients.authenticate("one", "") is None
    living.remove("one")
    assert clients.authenticate("one", clients.secret_of("one")) is None


def test_another_platform_gives_the_same_instance_another_secret() -> None:
    here, there = (InstanceClients(key * 32, lambda id: True) for key in (b"a", b"b"))
    assert here.secret_of("one") != there.secret_of("one")
    assert len(here.secret_of("one")) == 43


def test_an_instance_is_granted_the_platform_and_none_of_its_management() -> None:
    clients = InstanceClients(b"k" * 32, lambda id: True)
    found = clients.authenticate("one", clients.secret_of("one"))
    assert found is not None
    assert {"mec_app_support:read", "mec_service_mgmt:write"} <= set(found.scopes)
    assert not {"all", "app_lcm:write", "app_pkgm:read", "vim:read"} & set(found.scopes)


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "instances.key"
    assert platform_key(path) == platform_key(path)
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"short")
    with pytest.raises(Unprocessable, match="does not hold 32 bytes"):
        platform_key(path)


def test_an_instance_is_granted_what_its_app_d_asks_for_and_the_operator_grants() -> None:
    clients = InstanceClients(
        b"k" * 32,
        lambda id: True,
        {"one": ("location:read", "app_lcm:write")}.__getitem__,
        frozenset({"location:read", "rni:read"}),
    )
    found = clients.authenticate("one", clients.secret_of("one"))
    assert found is not None
    assert set(found.scopes) == {*SCOPES, "location:read"}
