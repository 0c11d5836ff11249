"""The same town for somebody who is not root: made in a user namespace, gone without trace."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wayside.linux import probe
from wayside.linux.commands import find

from .conftest import COMMAND_S_MAX, free_port

pytestmark = [pytest.mark.netns, pytest.mark.slow]

NOBODY = 65534
TRIAL = (
    "import subprocess, sys, wayside.system.catalogue;"
    "subprocess.run([sys.executable, '-c', ''], check=True)"
)
"""What a Python must be able to do: hold Wayside, and start itself again."""


@dataclass(frozen=True)
class Person:
    """Somebody with a state folder, a Python that they may run, and no rights."""

    state: Path
    python: str
    port: int

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run the program as this person."""
        return as_person([self.python, "-m", "wayside.cli", *argv], state=self.state)


def as_person(argv: list[str], *, state: Path) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` without root: as nobody where we are root, else as ourselves."""
    if os.geteuid() == 0:
        user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        argv = [
            find("setpriv") or "setpriv",
            *user,
            "--bounding-set=-all",
            "--inh-caps=-all",
            *argv,
        ]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "WAYSIDE_STATE": str(state)}
    return subprocess.run(
        argv,
        env=os.environ | environment | {"HOME": str(state)},
        capture_output=True,
        text=True,
        timeout=COMMAND_S_MAX,
        check=False,
        cwd="/",
    )


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    """A person whose system is ended after the tests."""
    if not probe.available("user namespaces"):
        pytest.skip(f"user namespaces: {probe.finding('user namespaces').detail}")
    folder = Path(tempfile.mkdtemp(prefix="wsp", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    found = Person(folder, _python(folder), free_port())
    try:
        yield found
    finally:
        found.run("down")
        shutil.rmtree(folder, ignore_errors=True)


def _python(state: Path) -> str:
    said = "none was found"
    for candidate in (sys.executable, "/usr/bin/python3"):
        tried = as_person([candidate, "-c", TRIAL], state=state)
        if tried.returncode == 0:
            return candidate
        said = tried.stderr.strip()
    pytest.skip(f"no Python here that an ordinary user may run with Wayside: {said}")


def test_an_ordinary_user_sees_the_whole_demonstration(person: Person) -> None:
    started = person.run("up", "--port", str(person.port))
    assert started.returncode == 0, started.stderr
    assert "userns" in started.stdout
    shown = person.run("demo", "--requests", "40", "--json")
    assert shown.returncode == 0, shown.stderr
    edge, cloud = json.loads(shown.stdout)["arms"]
    assert (edge["servedBy"], cloud["servedBy"]) == ("edge", "cloud")
    assert (edge["failures"], cloud["failures"]) == (0, 0)
    assert edge["p50Ms"] < 24 <= cloud["p50Ms"]


def test_its_end_leaves_no_process(person: Person) -> None:
    assert person.run("down").returncode == 0
    left = [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(person.state) in _command(entry)
    ]
    assert left == []


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
