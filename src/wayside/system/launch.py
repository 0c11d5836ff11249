"""Starting and ending a whole Wayside from outside: the front door's process, and its end.

Never talks MEC; it only knows processes and the state folder.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from wayside.core.errors import Conflict, Unavailable
from wayside.linux import processes
from wayside.linux.processes import Process

from .settings import Profile
from .state import FRONT, WORLD, StateFolder
from .supervise import accepts

LOOPBACK = "127.0.0.1"
POLL_S = 0.05
START_S_MAX = 30.0
STOP_S_MAX = 45.0


class FrontRecord(msgspec.Struct, frozen=True):
    """What the front door writes about itself when it listens."""

    boot: str
    process: str
    url: str


@dataclass(frozen=True)
class Launch:
    """What to start."""

    state: StateFolder
    scenario: str
    port: int
    way: str
    """root, userns or simulated."""
    reason: str
    package_policy: str = "signed"
    profile: Profile = Profile.SANDBOX
    names: tuple[str, ...] = ()
    """Names that the front door answers to beside loopback's own."""

    @property
    def url(self) -> str:
        """Where people and tools find the front door, once its port is known."""
        return f"{self.scheme}://{LOOPBACK}:{self.port}"

    @property
    def arguments(self) -> list[str]:
        """The same as a command line for processes behind the front door: ``arguments_of``."""
        return [
            "--state", str(self.state.root), "--scenario", self.scenario, "--port", str(self.port),
            "--way", self.way, "--reason", self.reason,
            "--package-policy", self.package_policy, "--profile", self.profile,
        ]  # fmt: skip

    @property
    def scheme(self) -> str:
        """What the URLs of this Wayside start with."""
        return "https" if self.profile is Profile.OPERATOR else "http"


def arguments_of(argv: Sequence[str], about: str | None = None) -> Launch:
    """Return what the command line of a process of a system asks for; ``about`` is for --help."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--way", required=True)
    parser.add_argument("--reason", default="")
    parser.add_argument("--package-policy", default="signed")
    parser.add_argument("--profile", type=Profile, default=Profile.SANDBOX)
    parser.add_argument("--name", action="append", default=[])
    given = parser.parse_args(argv)
    return Launch(
        state=StateFolder(given.state),
        scenario=given.scenario,
        port=given.port,
        way=given.way,
        reason=given.reason,
        package_policy=given.package_policy,
        profile=given.profile,
        names=tuple(given.name),
    )


def written(state: StateFolder) -> FrontRecord | None:
    """Return what the last front door since the machine was booted wrote, else None."""
    try:
        record = msgspec.json.decode(state.front_record.read_bytes(), type=FrontRecord)
        processes.parse(record.process)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    return record if record.boot == processes.boot_id() else None


def running(state: StateFolder) -> FrontRecord | None:
    """Return the front door's record where it runs, else None."""
    record = written(state)
    if record is None or not processes.is_running(processes.parse(record.process)):
        return None
    return record


def remember(wanted: Launch) -> None:
    """Write down what is being started, for whoever must end it if the front door cannot."""
    write(wanted.state.launch_record, wanted)


def forget(state: StateFolder) -> None:
    """Take the records away: all that was started has ended."""
    state.launch_record.unlink(missing_ok=True)
    state.front_record.unlink(missing_ok=True)


def write(path: Path, record: Any) -> None:
    """Write a record whole, or leave what was there."""
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(record, enc_hook=str))
    draft.replace(path)


def start(wanted: Launch) -> Process:
    """Start the front door in the background; it starts the rest. Returns at once.

    Raises Conflict where one runs already on this state folder, Unprocessable where the folder
    cannot hold sockets.
    """
    wanted.state.require_usable()
    if (found := running(wanted.state)) is not None:
        raise Conflict(f"Wayside runs already at {found.url}; end it with `wayside down`.")
    wanted.state.run.mkdir(parents=True, exist_ok=True)
    wanted.state.logs.mkdir(parents=True, exist_ok=True)
    argv = [
        sys.executable, "-m", "wayside.system.front",
        "--state", str(wanted.state.root), "--scenario", wanted.scenario,
        "--port", str(wanted.port), "--way", wanted.way, "--reason", wanted.reason,
        "--package-policy", wanted.package_policy, "--profile", wanted.profile,
        *(f"--name={name}" for name in wanted.names),
    ]  # fmt: skip
    with wanted.state.log(FRONT).open("ab") as output:
        started = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    found_process = processes.identify(started.pid)
    if found_process is None:
        raise Unavailable(f"The front door ended at once; see {wanted.state.log(FRONT)}.")
    return found_process


def front_of(state: StateFolder, process: Process) -> FrontRecord | None:
    """Return the front door's record once it listens, None before; raise where it ended."""
    processes.reap(process)
    if (record := running(state)) is not None:
        return record
    if not processes.is_running(process):
        raise Unavailable(f"Wayside did not start: {last_words(state, 'front')}")
    return None


def stop(state: StateFolder) -> bool:
    """End what runs on this state folder and return when it is gone; False where nothing ran.

    What a front door left that did not end in order is ended too.
    """
    record = running(state) or _adopted(state)
    if record is None:
        return False
    process = processes.parse(record.process)
    processes.send(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S_MAX
    while processes.is_running(process):
        if time.monotonic() > deadline:
            raise Unavailable(
                f"The front door (process {process.pid}) did not end within {STOP_S_MAX:.0f} s; "
                f"see {state.log(FRONT)}."
            )
        time.sleep(POLL_S)
    return True


def _adopted(state: StateFolder) -> FrontRecord | None:
    """Return a new front door that has adopted what a killed one left; None where there is none."""
    try:
        found = state.launch_record.read_bytes()
        wanted = msgspec.json.decode(found, type=Launch, dec_hook=lambda kind, value: kind(value))
    except (OSError, msgspec.MsgspecError):
        return None
    process = start(replace(wanted, state=state, port=0))
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline:
        record = front_of(state, process)
        if record is not None and accepts(state.socket(WORLD)):
            return record
        time.sleep(POLL_S)
    raise Unavailable(
        f"What runs on {state.root} cannot be ended in order; see {state.log(WORLD)}."
    )


def last_words(state: StateFolder, name: str) -> str:
    """Return the last line that a process logged, for an error that must say why."""
    try:
        lines = state.log(name).read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it logged nothing."
    return lines[-1] if lines else "it logged nothing."
