"""Clients prove themselves by their secret; the file keeps only its hash."""

from pathlib import Path

import pytest

from wayside.core.errors import Unprocessable
from wayside.security.clients import ClientBook, hash_secret


def book(tmp_path: Path, secret: str = "opensesame") -> ClientBook:
    path = tmp_path / "clients.toml"
    path.write_text(
        f'[[clients]]\nclient_id = "oss"\nsecret_hash = "{hash_secret(secret)}"\nscopes = ["all"]\n'
    )
    return ClientBook.load(path)


def test_the_right_secret_names_the_client(tmp_path: Path) -> None:
    found = book(tmp_path).authenticate("oss", "opensesame")
    assert found is not None
    assert found.scopes == ("all",)


@pytest.mark.parametrize(("name", "secret"), [("oss", "wrong"), ("oss", ""), ("nobody", "x")])
def test_a_wrong_secret_or_name_is_nobody(tmp_path: Path, name: str, secret: str) -> None:
    assert book(tmp_path).authenticate(name, secret) is None


def test_the_secret_is_not_in_the_file(tmp_path: Path) -> None:
    book(tmp_path)
    assert "opensesame" not in (tmp_path / "clients.toml").read_text()


@pytest.mark.parametrize(
    "text",
    ["[[clients]]\nclient_id = 1\n", "not toml", '[[clients]]\nclient_id = "a"\nsecret = "b"\n'],
)
def test_a_broken_file_is_refused_with_its_name_and_the_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(text)
    with pytest.raises(Unprocessable, match=r"clients\.toml.*secret_hash"):
        ClientBook.load(path)
