"""The same town, made by an ordinary user inside a user namespace of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wayside.linux import probe, userns
from wayside.linux.commands import find

pytestmark = pytest.mark.netns

SCRIPT = """
import asyncio, json, sys
from pathlib import Path
from wayside.access.lab import scenario
from wayside.access.lab.echo import round_trips
from wayside.access.lab.plan import DelayBy, plan_town
from wayside.access.lab.town import Town
from wayside.linux import netns, probe

async def main(path):
    by = DelayBy.NETEM if probe.available("netem") else DelayBy.LINE
    plan = plan_town(scenario.load(Path(path)), prefix="u", delay_by=by)
    town = Town(plan, logs=Path("/run/logs"))
    adopted = await town.realise()
    trips = round_trips(plan.namespace("ue1"), "203.0.113.10", count=3)
    await town.release()
    print(json.dumps({"way": probe.mode().way, "reason": probe.mode().reason, "adopted": adopted,
                      "trips": trips, "left": netns.names("u-")}))

asyncio.run(main(sys.argv[1]))
"""

NOBODY = 65534


def as_ordinary_user(argv: list[str]) -> list[str]:
    """Return ``argv`` run by somebody who is not root."""
    if os.geteuid() != 0:
        return argv
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all"]
    return [find("setpriv") or "setpriv", *user, "--inh-caps=-all", *argv]


def run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        as_ordinary_user(userns.command(argv)),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
        cwd="/",
    )


@pytest.fixture(scope="module")
def python() -> str:
    """A Python that an ordinary user may run, with what Wayside needs."""
    said = "there is none"
    system = find(
        f"python{sys.version_info.major}.{sys.version_info.minor}",
    )
    for candidate in (sys.executable, system, "/usr/bin/python3"):
        if candidate is not None and Path(candidate).exists():
            tried = run([candidate, "-c", "import msgspec, dns.message, wayside"])
            if tried.returncode == 0:
                return candidate
            said = tried.stderr.strip()
    pytest.skip(f"no Python here that an ordinary user may run in a user namespace: {said}")


def test_an_ordinary_user_makes_uses_and_removes_the_town(python: str) -> None:
    if not probe.available("user namespaces"):
        pytest.skip(f"user namespaces: {probe.finding('user namespaces').detail}")
    town = Path(__file__).resolve().parents[2] / "scenarios" / "town.toml"
    ended = run([python, "-c", SCRIPT, str(town)])
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["way"] == "root"
    assert "Root of a user namespace" in seen["reason"]
    assert seen["adopted"] is False
    assert len(seen["trips"]) == 3
    assert min(seen["trips"]) > 0.0235
    assert seen["left"] == []
