"""Clients prove themselves by their secret; the file keeps only its hash."""

import subprocess
import sys
from pathlib import Path

import pytest

from wayside.core.errors import Unprocessable
from wayside.security.clients import (
    NOBODY,
    Client,
    ClientBook,
    FollowedBook,
    hash_secret,
    new_entry,
)


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


def test_an_entry_is_made_for_the_file_and_its_secret_shown_once(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "wayside.security.clients", "mec1", "granting:write", "vim:read"],
        capture_output=True,
        text=True,
        check=True,
    )
    path, secret = tmp_path / "clients.toml", made.stderr.strip()
    path.write_text(made.stdout)
    client = ClientBook.load(path).authenticate("mec1", secret)
    assert client is not None
    assert client.scopes == ("granting:write", "vim:read")
    assert secret not in made.stdout


@pytest.mark.parametrize("secret_hash", ["", "x", "00$11", "zz" * 16 + "$" + "zz" * 32])
def test_a_hash_that_is_none_is_refused_when_the_file_is_read(
    tmp_path: Path, secret_hash: str
) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(f'[[clients]]\nclient_id = "a"\nsecret_hash = "{secret_hash}"\nscopes = []\n')
    with pytest.raises(Unprocessable, match=r"clients\.toml.*secret_hash"):
        ClientBook.load(path)


def test_a_client_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(new_entry("oss", ["all"], "one") + new_entry("oss", ["vim:read"], "two"))
    with pytest.raises(Unprocessable, match="'oss' twice"):
        ClientBook.load(path)


def test_the_hash_of_nobody_is_no_secret_s() -> None:
    for secret in ("", "0", "nobody"):
        assert ClientBook({}).authenticate("nobody", secret) is None
    assert ClientBook({"x": Client("x", NOBODY, ())}).authenticate("x", "") is None


def test_a_book_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(new_entry("oss", ["all"], "opensesame"))
    book = FollowedBook(path)
    assert book.authenticate("guest", "let-me-in") is None
    with path.open("a") as file:
        file.write(new_entry("guest", ["app_lcm:read"], "let-me-in"))
    assert book.authenticate("guest", "let-me-in") is not None
    path.write_text(new_entry("guest", ["app_lcm:read"], "let-me-in"))
    assert set(book.clients) == {"guest"}


@pytest.mark.parametrize("content", ["not toml", "[[clients]]", None])
def test_a_file_that_is_no_book_any_more_changes_nothing_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str | None
) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(new_entry("oss", ["all"], "opensesame"))
    book = FollowedBook(path)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    for _ in range(2):
        assert book.authenticate("oss", "opensesame") is not None
    assert caplog.text.count("the clients stay as they were") == 1
    path.write_text(new_entry("oss", ["all"], "another"))
    assert book.authenticate("oss", "another") is not None


def test_a_client_is_marked_by_its_secret_without_showing_anything_of_it() -> None:
    one, same = (Client(client_id=name, secret_hash=NOBODY, scopes=()) for name in ("a", "b"))
    other = Client(client_id="a", secret_hash=hash_secret("x"), scopes=())
    assert one.mark == same.mark != other.mark
    assert other.mark not in other.secret_hash
