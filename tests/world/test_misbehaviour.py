"""Applications that do not keep to MEC 011: they hurt nobody, and leave nothing."""

from pathlib import Path

import pytest

from wayside.linux import netns
from wayside.system.state import StateFolder

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXITS = 'import sys\nprint("no mood", flush=True)\nsys.exit(3)\n'
DEAF = """
import json, os, signal, time, urllib.request
signal.signal(signal.SIGTERM, signal.SIG_IGN)
url = os.environ["MEC_MP1_URL"] + "/mec_app_support/v2/applications/"
url += os.environ["MEC_APP_INSTANCE_ID"] + "/confirm_ready"
request = urllib.request.Request(
    url, json.dumps({"indication": "READY"}).encode(), {"content-type": "application/json"}
)
while True:
    try:
        urllib.request.urlopen(request)
        break
    except OSError:
        time.sleep(0.1)
print("deaf", flush=True)
while True:
    time.sleep(60)
"""


def onboarded(system: Wayside, folder: Path, name: str, source: str) -> str:
    """Return the appDId of an application with this program."""
    system.run("app", "new", name, "--folder", str(folder))
    project = folder / name
    (project / "files" / "main.py").write_text(source)
    package = folder / f"{name}.csar"
    system.run("app", "build", str(project), "--output", str(package))
    system.run("app", "sign", str(package))
    system.run("app", "onboard", str(package))
    return f"{name}-1.0"


def instance_namespaces(system: Wayside) -> list[str]:
    prefix = StateFolder(system.state).prefix
    return [n for host in ("mec1", "mec2") for n in netns.names(f"{prefix}-{host}-")]


def test_one_that_exits_at_once_fails_with_its_status_and_leaves_nothing(
    system: Wayside, short_folder: Path
) -> None:
    app = onboarded(system, short_folder, "exits", EXITS)
    done = system.run("app", "start", app, check=False)
    assert done.returncode == 1
    assert "3" in done.stderr
    assert system.json("app", "list")["instances"] == []
    if system.way == "root":
        assert instance_namespaces(system) == []


def test_one_that_hears_nothing_is_ended_all_the_same(system: Wayside, short_folder: Path) -> None:
    app = onboarded(system, short_folder, "deaf", DEAF)
    started = system.json("app", "start", app)
    system.run("app", "stop", started["id"], "--grace", "1")
    assert system.json("app", "list")["instances"] == []
    if system.way == "root":
        assert instance_namespaces(system) == []
