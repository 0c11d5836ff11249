"""Packages that must not come in do not: the right sentence, and nothing half done remains."""

import hashlib
import shutil
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
PACKAGES = "/app_pkgm/v1/app_packages"
ZIP = {"content-type": "application/zip"}
MIB = 1 << 20


@pytest.fixture(scope="module")
def http(system: Wayside) -> Iterator[httpx.Client]:
    """A client of the front door."""
    with httpx.Client(base_url=system.url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def unsigned(system: Wayside, short_folder: Path) -> Path:
    """A package of hello-edge that nobody has signed."""
    package = short_folder / "unsigned.csar"
    system.run("app", "build", str(EXAMPLE), "--output", str(package))
    return package


@pytest.fixture(scope="module")
def signed(system: Wayside, unsigned: Path) -> Path:
    """The same, signed by this machine's developer."""
    package = unsigned.with_name("signed.csar")
    system.run("app", "sign", str(unsigned), "--output", str(package))
    return package


def rewritten(package: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a copy of a package with its entries changed."""
    target = package.with_name("changed.csar")
    with zipfile.ZipFile(package) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in entries.items():
            out.writestr(name, content)
    return target


def onboard_refused(system: Wayside, package: Path) -> str:
    """Return the sentence for which a package is refused; nothing of it may remain."""
    done = system.run("app", "onboard", str(package), check=False)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert system.json("app", "list")["packages"] == []
    assert files_of(system) == []
    return done.stderr


def created(http: httpx.Client, content: bytes) -> str:
    """Return the path of a package that waits for this content."""
    checksum = {"algorithm": "SHA-256", "hash": hashlib.sha256(content).hexdigest()}
    asked = {"appPkgName": "x", "appPkgVersion": "1", "checksum": checksum}
    made = http.post(PACKAGES, json=asked)
    assert made.status_code == 201, made.text
    return f"{PACKAGES}/{made.json()['id']}"


def settled(http: httpx.Client, path: str, *states: str) -> dict[str, Any]:
    """Return a package once it is in one of these states."""
    deadline = time.monotonic() + 20
    while (info := http.get(path).json())["onboardingState"] not in states:
        assert time.monotonic() < deadline, info
        time.sleep(0.02)
    found: dict[str, Any] = info
    return found


def files_of(system: Wayside) -> list[Path]:
    """Return the files that the orchestrator keeps of packages."""
    folder = system.state / "elements" / "system" / "packages"
    return [path for path in folder.rglob("*") if path.is_file()]


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    """Assert a refusal with a sentence that has these words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    for word in words:
        assert word in answer.json()["detail"]


def test_an_unsigned_package_is_refused_and_the_remedy_named(
    system: Wayside, unsigned: Path
) -> None:
    assert "sign" in onboard_refused(system, unsigned)


def test_a_stranger_s_signature_opens_nothing(
    system: Wayside, unsigned: Path, short_folder: Path
) -> None:
    other = Wayside(short_folder / "stranger", system.port, system.way)
    package = unsigned.with_name("stranger.csar")
    other.run("app", "sign", str(unsigned), "--output", str(package))
    assert "trust" in onboard_refused(system, package)


def test_what_was_changed_after_signing_is_refused(system: Wayside, signed: Path) -> None:
    def tamper(entries: dict[str, bytes]) -> None:
        image = next(name for name in entries if name.endswith(".tar"))
        entries[image] = entries[image][:-1] + bytes([entries[image][-1] ^ 1])

    assert "digest" in onboard_refused(system, rewritten(signed, tamper)).lower()


@pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "a\\..\\..\\outside"])
def test_an_entry_that_leads_outside_is_refused(system: Wayside, signed: Path, name: str) -> None:
    package = rewritten(signed, lambda entries: entries.update({name: b"x"}))
    onboard_refused(system, package)
    assert not list(system.state.parent.rglob("outside"))


def test_a_bomb_is_refused_before_it_goes_off(system: Wayside, signed: Path) -> None:
    package = rewritten(signed, lambda entries: entries.update({"bomb": bytes(256 * MIB)}))
    assert package.stat().st_size < MIB
    onboard_refused(system, package)


def test_what_is_no_package_is_refused(system: Wayside, short_folder: Path) -> None:
    garbage = short_folder / "garbage.csar"
    garbage.write_bytes(b"PK\x03\x04" + bytes(1000))
    onboard_refused(system, garbage)


def test_another_checksum_than_announced_is_refused(
    system: Wayside, http: httpx.Client, signed: Path
) -> None:
    path = created(http, b"something else")
    content = signed.read_bytes()
    assert http.put(f"{path}/package_content", content=content, headers=ZIP).status_code == 202
    info = settled(http, path, "CREATED")
    assert "checksum" in info["onboardingFailureDetails"]["detail"]
    assert files_of(system) == []
    assert http.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("checksum", "status"),
    [
        ({"algorithm": "MD5", "hash": "0" * 32}, 422),
        ({"algorithm": "SHA-256"}, 422),
        ("0" * 64, 422),
    ],
)
def test_a_checksum_that_cannot_be_checked_is_refused_at_once(
    http: httpx.Client, checksum: object, status: int
) -> None:
    asked = {"appPkgName": "x", "appPkgVersion": "1", "checksum": checksum}
    refused(http.post(PACKAGES, json=asked), status, "checksum")
    assert http.get(PACKAGES).json() == []


def test_an_upload_that_breaks_off_leaves_nothing_and_may_be_sent_again(
    system: Wayside, http: httpx.Client, signed: Path
) -> None:
    content = signed.read_bytes()
    path = created(http, content)
    with socket.create_connection(("127.0.0.1", system.port)) as wire:
        wire.sendall(
            f"PUT {path}/package_content HTTP/1.1\r\nhost: localhost\r\n"
            f"content-type: application/zip\r\ncontent-length: {len(content)}\r\n\r\n".encode()
        )
        wire.sendall(content[:1000])
        settled(http, path, "UPLOADING")
        refused(http.put(f"{path}/package_content", content=content, headers=ZIP), 409, "received")
        refused(http.delete(path), 403, "UPLOADING")
        refused(http.get(f"{path}/package_content"), 409, "ONBOARDED")
    info = settled(http, path, "CREATED")
    assert "complete" in info["onboardingFailureDetails"]["detail"]
    assert files_of(system) == []
    assert http.put(f"{path}/package_content", content=content, headers=ZIP).status_code == 202
    settled(http, path, "ONBOARDED")
    assert http.patch(path, json={"operationalState": "DISABLED"}).status_code == 200
    assert http.delete(path).status_code == 204
    assert files_of(system) == []


def test_a_package_announced_as_larger_than_may_be_is_refused_before_it_is_sent(
    system: Wayside, http: httpx.Client
) -> None:
    path = created(http, b"much")
    with socket.create_connection(("127.0.0.1", system.port), timeout=20) as wire:
        wire.sendall(
            f"PUT {path}/package_content HTTP/1.1\r\nhost: localhost\r\n"
            f"content-type: application/zip\r\ncontent-length: {3 << 30}\r\n\r\n".encode()
        )
        assert wire.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert files_of(system) == []
    assert http.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 415),
        ({}, 415),
        (ZIP | {"content-range": "bytes 0-0"}, 400),
        (ZIP | {"content-range": "bytes 1-1/2"}, 409),
    ],
)
def test_content_that_is_sent_otherwise_than_whole_and_as_a_zip_is_refused(
    http: httpx.Client, headers: dict[str, str], status: int
) -> None:
    path = created(http, b"x")
    refused(http.put(f"{path}/package_content", content=b"x", headers=headers), status, "Content-")
    assert http.delete(path).status_code == 204


def test_the_whole_one_comes_in_after_all_of_them(system: Wayside, signed: Path) -> None:
    copy = signed.with_name("copy.csar")
    shutil.copy(signed, copy)
    system.run("app", "onboard", str(copy))
    (package,) = system.json("app", "list")["packages"]
    assert package["onboardingState"] == "ONBOARDED"
    again = system.run("app", "onboard", str(copy), check=False)
    assert again.returncode == 1
    assert "hello-edge-1.0" in again.stderr
    (package,) = system.json("app", "list")["packages"]
    assert len(files_of(system)) == 2, "the package and its descriptor"


def test_a_package_in_another_state_than_is_needed_says_so(http: httpx.Client) -> None:
    (package,) = http.get(PACKAGES).json()
    path, app = f"{PACKAGES}/{package['id']}", package["appDId"]
    refused(http.put(f"{path}/package_content", content=b"x", headers=ZIP), 409, "ONBOARDED")
    refused(http.delete(path), 403, "ENABLED")
    refused(http.patch(path, json={"operationalState": "ENABLED"}), 409, "already")
    made = http.post("/app_lcm/v1/app_instances", json={"appDId": app}).json()
    instance = f"/app_lcm/v1/app_instances/{made['id']}"
    assert http.patch(path, json={"operationalState": "DISABLED"}).status_code == 200
    refused(http.delete(path), 403, "IN_USE")
    refused(http.post("/app_lcm/v1/app_instances", json={"appDId": app}), 409, "DISABLED")
    refused(http.post(f"{instance}/instantiate", json={}), 409, "DISABLED")
    refused(http.post(f"{instance}/terminate", json={"terminationType": "FORCEFUL"}), 409, "NOT_")
    refused(http.post(f"{instance}/operate", json={"changeStateTo": "STARTED"}), 409, "NOT_")
    assert http.delete(instance).status_code == 204
    assert http.delete(path).status_code == 204
    assert http.get(PACKAGES).json() == []


def test_where_the_policy_is_dev_an_unsigned_package_comes_in_and_a_tampered_one_does_not(
    system: Wayside, unsigned: Path, signed: Path
) -> None:
    system.run("down")
    system.run("up", "--port", str(system.port), "--mode", system.way, "--packages", "dev")

    def tamper(entries: dict[str, bytes]) -> None:
        image = next(name for name in entries if name.endswith(".tar"))
        entries[image] = entries[image][::-1]

    onboard_refused(system, rewritten(signed, tamper))
    onboard_refused(system, rewritten(unsigned, tamper))
    system.run("app", "onboard", str(unsigned))
    assert [p["appDId"] for p in system.json("app", "list")["packages"]] == ["hello-edge-1.0"]


def test_no_log_has_a_trace(system: Wayside) -> None:
    for log in system.state.glob("logs/*.log"):
        assert "Traceback" not in log.read_text(errors="replace"), log.name
