"""What the guides show is right: settings files load, and the commands and scopes exist."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from typer.main import get_command

from wayside.cli.clients import known_scopes
from wayside.cli.main import app
from wayside.system.papers import HOST_SCOPES, SYSTEM_SCOPES, UALCMP_SCOPES
from wayside.system.settings import HostSettings, NetworkSettings, Settings, SystemSettings

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "operator.md"
TEXT = GUIDE.read_text()


@pytest.mark.parametrize(("name", "kind"), [("system", SystemSettings), ("mec1", HostSettings)])
def test_the_settings_files_load(tmp_path: Path, name: str, kind: type[Settings]) -> None:
    (shown,) = re.findall(rf"```toml\n(# {name}\.toml\n.*?)```", TEXT, re.DOTALL)
    (tmp_path / "it.toml").write_text(shown)
    kind.load(tmp_path / "it.toml")


def test_the_settings_of_device_applications_load(tmp_path: Path) -> None:
    text = GUIDE.with_name("device-applications.md").read_text()
    (shown,) = re.findall(r"```toml\n# in system\.toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "it.toml").write_text(f'state = "{tmp_path}"\n{shown}')
    loaded = SystemSettings.load(tmp_path / "it.toml").ualcmp
    assert loaded is not None and loaded.offered is not None
    assert f"`{' '.join(UALCMP_SCOPES)}`" in text


def test_the_access_networks_of_the_guide_load() -> None:
    text = GUIDE.with_name("traffic.md").read_text()
    (shown,) = re.findall(r"```toml\n(\[\[network\.accesses\]\].*?)```", text, re.DOTALL)
    said = {"gateway": "10.60.1.1", "pool": "10.60.1.0/24", "dns_listen": [], "uplink": ["core"]}
    said |= {"device_side": ["wlan1"], **tomllib.loads(shown)["network"]}
    (access,) = msgspec.convert(said, NetworkSettings).accesses
    assert (access.kind, access.metered, access.figures.rate_bps) == (14, False, 300_000_000)
    commands = get_command(app).commands["traffic"].commands  # type: ignore[attr-defined]
    named = set(re.findall(r"^\$ wayside traffic (\w+)", text, re.MULTILINE))
    assert named == set(commands)


def test_the_commands_exist() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = re.findall(r"^\$ wayside (?:--context \w+ )?(\w+)", TEXT, re.MULTILINE)
    assert len(shown) > 8
    assert set(shown) <= set(commands)


def test_the_scopes_are_those_that_elements_need() -> None:
    for scopes in (SYSTEM_SCOPES, HOST_SCOPES):
        assert f"`{' '.join(scopes)}`" in TEXT
    (added,) = re.findall(r"^\$ wayside client add oss (.*)$", TEXT, re.MULTILINE)
    assert set(added.split()) <= known_scopes()
