"""Packages that must not come in do not: the right sentence, and nothing half done remains."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
MIB = 1 << 20


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
    files = system.state / "elements" / "system" / "packages"
    assert not [path for path in files.rglob("*") if path.is_file()]
    return done.stderr


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


def test_another_checksum_than_announced_is_refused(system: Wayside, signed: Path) -> None:
    asked = {
        "appPkgName": "x",
        "appPkgVersion": "1",
        "checksum": {"algorithm": "SHA-256", "hash": "0" * 64},
    }
    with httpx.Client(base_url=system.url, timeout=20) as http:
        made = http.post("/app_pkgm/v1/app_packages", json=asked).json()
        path = f"/app_pkgm/v1/app_packages/{made['id']}"
        content = signed.read_bytes()
        headers = {"content-type": "application/zip"}
        assert http.put(f"{path}/package_content", content=content, headers=headers).is_success
        for _ in range(200):
            info = http.get(path).json()
            if info.get("onboardingFailureDetails"):
                break
        assert info["onboardingState"] == "CREATED"
        assert "checksum" in info["onboardingFailureDetails"]["detail"].lower()
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
