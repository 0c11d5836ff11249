"""Keeps processes running: starts them, adopts them after its own restart, restarts what dies.

Never decides which processes there are, and never ends one that it cannot prove to be its own.
"""

import logging
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from wayside.core.clock import Clock
from wayside.core.tasks import Nursery
from wayside.linux import processes, userns
from wayside.linux.processes import Process

from .status import ProcessStatus

log = logging.getLogger(__name__)

RESTART_S_FIRST = 0.1
RESTART_S_MAX = 5.0
STEADY_S = 10.0
"""A process that ran for this long is restarted at once when it dies."""
POLL_S = 0.02


@dataclass(frozen=True)
class ChildSpec:
    """A process to keep: what to run, where it logs, and the socket that shows it is ready."""

    name: str
    argv: Sequence[str]
    log: Path
    ready: Path | None = None
    """A Unix socket that accepts once the process serves; None: ready as soon as it runs."""
    in_userns: bool = False
    """The process is the outer one of a user namespace: SIGTERM is for the first one inside."""


class Kept(msgspec.Struct, frozen=True):
    """What is written down of one process."""

    process: str
    restarts: int = 0


class _Record(msgspec.Struct, frozen=True):
    """What a supervisor writes down, so that the next one adopts what still runs."""

    boot: str
    children: dict[str, Kept]


def recorded(record: Path) -> dict[str, Kept]:
    """Return what a supervisor has written down since the machine was booted, by name."""
    try:
        written = msgspec.json.decode(record.read_bytes(), type=_Record)
    except (OSError, msgspec.MsgspecError):
        return {}
    return written.children if written.boot == processes.boot_id() else {}


@dataclass
class _Child:
    spec: ChildSpec
    process: Process | None = None
    state: str = "STARTING"
    restarts: int = 0
    wanted: bool = True


@dataclass
class Supervisor:
    """Owns a set of processes, written down in ``record``."""

    record: Path
    clock: Clock
    nursery: Nursery
    _children: dict[str, _Child] = field(default_factory=dict)

    def start(self, spec: ChildSpec) -> None:
        """Keep ``spec`` running from now on; adopt it where a former supervisor started it."""
        child = _Child(spec)
        kept = recorded(self.record).get(spec.name)
        if kept is not None:
            child.process, child.restarts = _still_running(kept), kept.restarts
        self._children[spec.name] = child
        self.nursery.start(self._keep(child), name=f"keep {spec.name}")

    def statuses(self) -> tuple[ProcessStatus, ...]:
        """Return how each process is, in the order in which they were started."""
        return tuple(
            ProcessStatus(
                name=child.spec.name,
                state=child.state,
                pid=child.process.pid if child.process else None,
                restarts=child.restarts,
            )
            for child in self._children.values()
        )

    @property
    def ready(self) -> bool:
        """Whether there are processes and every one serves."""
        states = [child.state for child in self._children.values()]
        return bool(states) and all(state == "RUNNING" for state in states)

    async def stop(self, *, grace_s: float) -> None:
        """End all processes, the last started first; kill what outlives ``grace_s`` seconds."""
        for child in self._children.values():
            child.wanted = False
        for child in reversed(list(self._children.values())):
            if child.process is not None:
                await _end(child.process, in_userns=child.spec.in_userns, grace_s=grace_s)
            child.state = "ENDED"
        self.record.unlink(missing_ok=True)

    async def _keep(self, child: _Child) -> None:
        pause_s = RESTART_S_FIRST
        while child.wanted:
            began = self.clock.monotonic()
            ended = await self._run_once(child)
            if not child.wanted:
                return
            child.state = "RESTARTING"
            child.restarts += 1
            steady = self.clock.monotonic() - began > STEADY_S
            pause_s = RESTART_S_FIRST if steady else min(pause_s * 2, RESTART_S_MAX)
            log.warning("%s %s; again in %.1f s", child.spec.name, ended, pause_s)
            await self.clock.sleep(pause_s)

    async def _run_once(self, child: _Child) -> str:
        """Run the child, or wait for one that was adopted; return in words how it ended."""
        if child.process is None:
            try:
                child.process = _spawn(child.spec)
            except OSError as fault:
                return f"cannot be started: {fault}"
            self._write()
        await self._await_ready(child)
        await processes.wait(child.process)
        status = processes.reap(child.process)
        child.process = None
        return f"ended with {status}"

    async def _await_ready(self, child: _Child) -> None:
        process, socket_path = child.process, child.spec.ready
        while process is not None and processes.is_running(process):
            if socket_path is None or accepts(socket_path):
                child.state = "RUNNING"
                return
            await self.clock.sleep(POLL_S)

    def _write(self) -> None:
        children = {
            name: Kept(str(child.process), child.restarts)
            for name, child in self._children.items()
            if child.process
        }
        record = _Record(processes.boot_id(), children)
        draft = self.record.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(record))
        draft.replace(self.record)


def _still_running(kept: Kept) -> Process | None:
    try:
        process = processes.parse(kept.process)
    except ValueError:
        return None
    return process if processes.is_running(process) else None


async def _end(process: Process, *, in_userns: bool, grace_s: float) -> None:
    inner = userns.leader(process.pid) if in_userns else None
    if inner is not None and (first := processes.identify(inner)) is not None:
        processes.send(first, signal.SIGTERM)
    await processes.terminate(process, grace_s=grace_s)


def accepts(path: Path) -> bool:
    """Tell whether a process serves on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _spawn(spec: ChildSpec) -> Process:
    """Start a process of its own session that outlives us; its output goes to its log."""
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    if spec.ready is not None:
        spec.ready.unlink(missing_ok=True)
    with spec.log.open("ab") as output:
        started = subprocess.Popen(
            list(spec.argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    found = processes.identify(started.pid)
    started.returncode = 0  # reaped by pid here, never by the Popen object
    assert found is not None, "a child that was not reaped keeps its pid"
    return found
