"""A whole Wayside on a state folder of its own, driven through its command line as people do."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wayside.linux import probe

COMMAND_S_MAX = 120


@dataclass(frozen=True)
class Wayside:
    """One running system."""

    state: Path
    port: int
    way: str

    @property
    def url(self) -> str:
        """The front door."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the program on this system's state folder."""
        return run_program(self.state, *arguments, check=check)

    def json(self, *arguments: str) -> Any:
        """Return what a command prints for programs."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def processes(self) -> dict[str, int]:
        """Return the pid of each process by its name."""
        return {p["name"]: p["pid"] for p in self.json("status")["processes"] if p.get("pid")}


def run_program(
    state: Path, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run ``wayside`` with its own state folder; show what it said where it failed."""
    done = subprocess.run(
        [sys.executable, "-m", "wayside.cli", *arguments],
        env=os.environ | {"WAYSIDE_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=COMMAND_S_MAX,
        check=False,
    )
    if check and done.returncode != 0:
        pytest.fail(f"wayside {' '.join(arguments)}: {done.stdout}\n{done.stderr}\n{_logs(state)}")
    return done


def _logs(state: Path) -> str:
    parts = []
    for path in sorted((state / "logs").glob("*.log")):
        tail = path.read_text(errors="replace").splitlines()[-15:]
        parts.append(f"--- {path.name}\n" + "\n".join(tail))
    return "\n".join(parts)


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(state: Path, way: str, *, scenario: str = "town") -> Wayside:
    """Return a running system."""
    system = Wayside(state, free_port(), way)
    system.run("up", "--port", str(system.port), "--mode", way, "--scenario", scenario)
    return system


@pytest.fixture(scope="module")
def short_folder() -> Iterator[Path]:
    """A folder with a short path: Unix sockets live in it."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def system(short_folder: Path) -> Iterator[Wayside]:
    """The best system that this machine can make."""
    found = probe.mode()
    if found.way is probe.Way.SIMULATED:
        pytest.skip(f"no real town can be made here: {found.reason}")
    running = start(short_folder / "state", found.way.value)
    try:
        yield running
    finally:
        running.run("down", check=False)
