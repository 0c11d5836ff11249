"""Control groups, version 1 and 2: how much of the machine a set of processes may use.

Never moves a process that it was not told to, and never touches a group that it did not make.
Where no hierarchy may be written ``find`` returns groups without controllers; the caller then
bounds each process by rlimits and says so.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cgroup_places import CONTROLLERS, Place, homes, places, tops

PERIOD_US = 100_000
"""Over which a share of the processor is counted."""
SWAP = ("memory.swap.max", "memory.memsw.limit_in_bytes")
REMOVE_TRIES = 100
TRY_AGAIN_S = 0.01


@dataclass(frozen=True)
class Bounds:
    """What a group may use; 0 is no bound. CPU in thousandths of a core, memory in bytes."""

    cpu_milli: int = 0
    memory_bytes: int = 0
    pids_max: int = 0


@dataclass(frozen=True)
class Usage:
    """What a group has used; 0 where the kernel does not say."""

    memory_bytes: int = 0
    cpu_ns: int = 0
    pids: int = 0
    throttled: int = 0
    """Periods in which it was held back because its share was used up."""
    oom_kills: int = 0
    """Processes of it that were killed because its memory was used up."""


class Group:
    """One group: a folder per hierarchy. Its folders name it for good, also after a restart."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    @property
    def doors(self) -> tuple[Path, ...]:
        """The files to which a process writes ``0`` to join before it becomes another program."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def add(self, pid: int) -> None:
        """Move a process in; its later children are born inside."""
        for door in self.doors:
            door.write_text(str(pid))

    def pids(self) -> set[int]:
        """Return the processes that are in the group now."""
        found: set[int] = set()
        for door in self.doors:
            with contextlib.suppress(OSError):
                found.update(int(line) for line in door.read_text().split())
        # Processes that this namespace of processes cannot see are listed as 0.
        return found - {0}

    def kill(self) -> None:
        """Send SIGKILL to every process in the group, until none is left or all are dying."""
        for _ in range(REMOVE_TRIES):
            for folder in self.folders:
                with contextlib.suppress(OSError):
                    if (folder / "cgroup.kill").exists():
                        (folder / "cgroup.kill").write_text("1")
            left = self.pids()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                return
            time.sleep(TRY_AGAIN_S)

    def usage(self) -> Usage:
        """Return what the group has used until now."""
        stat = self._table("cpu.stat") | self._table("memory.oom_control", "memory.events")
        cpu_ns = self._number("cpuacct.usage") or stat.get("usage_usec", 0) * 1000
        return Usage(
            memory_bytes=self._number("memory.usage_in_bytes", "memory.current"),
            cpu_ns=cpu_ns,
            pids=len(self.pids()),
            throttled=stat.get("nr_throttled", 0),
            oom_kills=stat.get("oom_kill", 0),
        )

    def remove(self) -> None:
        """Kill what is left in the group and delete it; nothing to do where it is gone."""
        self.kill()
        for folder in self.folders:
            _remove(folder)

    def _read(self, *names: str) -> str:
        for folder in self.folders:
            for name in names:
                with contextlib.suppress(OSError):
                    return (folder / name).read_text()
        return ""

    def _number(self, *names: str) -> int:
        text = self._read(*names).strip()
        return int(text) if text.isdigit() else 0

    def _table(self, *names: str) -> dict[str, int]:
        pairs = (line.split() for line in self._read(*names).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


class Groups:
    """Where groups can be made on this machine, by controller."""

    def __init__(self, parents: Mapping[str, Place]) -> None:
        self._parents = dict(parents)

    @property
    def controllers(self) -> frozenset[str]:
        """What can be bounded: of ``cpu``, ``memory`` and ``pids``."""
        return frozenset(self._parents) & frozenset(CONTROLLERS)

    def describe(self) -> str:
        """Return which bounds hold for an instance as a whole, for people."""
        versions = sorted({place.version for place in self._parents.values()})
        held = [name for name in CONTROLLERS if name in self._parents]
        if not held:
            return "no control group may be written here"
        return f"{', '.join(held)}: control groups {' and '.join(versions)}"

    def remove_all(self, beginning: str) -> int:
        """Remove every group whose name begins so, with what runs in it; return how many."""
        places = {place.path for place in self._parents.values()} | set(tops(_mounts()))
        folders = [folder for place in places for folder in place.glob(f"{beginning}*/")]
        for folder in folders:
            inner = [place for place in folder.glob("**/") if place != folder]
            for each in (*sorted(inner, reverse=True), folder):
                Group([each]).remove()
        return len({folder.name for folder in folders})

    def create(self, name: str, bounds: Bounds) -> Group:
        """Make the group ``name``, or set its bounds anew where it is there."""
        folders = list(dict.fromkeys(place.path / name for place in self._parents.values()))
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for controller, place in self._parents.items():
            for file, value in _settings(controller, place.version, bounds):
                _write(place.path / name / file, value)
        return Group(folders)


def find() -> Groups:
    """Return where groups can be made: each place is tried with a group and, v2, a process."""
    return choose(places(Path("/proc/self/cgroup").read_text(), _mounts()))


def group_of(pid: int) -> Group:
    """Return the group that a process is in, whoever made it."""
    return Group(homes(Path(f"/proc/{pid}/cgroup").read_text(), _mounts()))


def _mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


def choose(candidates: Sequence[Place]) -> Groups:
    """Return the first usable place for each controller."""
    chosen: dict[str, Place] = {}
    for place in candidates:
        if place.controller not in chosen and _usable(place):
            chosen[place.controller] = place
    return Groups(chosen)


def _usable(place: Place) -> bool:
    trial = place.path / f"wayside-trial-{os.getpid()}"
    try:
        if place.version == "v2":
            _enable(place)
        trial.mkdir()
    except OSError:
        return False
    try:
        return place.version == "v1" or _takes_processes(trial, place.controller)
    finally:
        trial.rmdir()


def _enable(place: Place) -> None:
    """Hand the controller down to children; raises OSError where the kernel refuses."""
    switch = place.path / "cgroup.subtree_control"
    if place.controller not in switch.read_text().split():
        switch.write_text(f"+{place.controller}")


def _takes_processes(trial: Path, controller: str) -> bool:
    """Tell whether a process of ours may be moved in: v2 asks for rights on both sides."""
    if not list(trial.glob(f"{controller}.*")):
        return False
    with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as child:
        try:
            (trial / "cgroup.procs").write_text(str(child.pid))
        except OSError:
            return False
        finally:
            child.communicate()
    return True


def _settings(controller: str, version: str, bounds: Bounds) -> list[tuple[str, str]]:
    """Return the files to write and what into them, in order."""
    share = bounds.cpu_milli * PERIOD_US // 1000
    if version == "v1":
        settings = {
            "cpu": [("cpu.cfs_period_us", str(PERIOD_US)), ("cpu.cfs_quota_us", str(share or -1))],
            "memory": [
                ("memory.limit_in_bytes", str(bounds.memory_bytes or -1)),
                ("memory.memsw.limit_in_bytes", str(bounds.memory_bytes or -1)),
            ],
            "pids": [("pids.max", str(bounds.pids_max or "max"))],
        }
    else:
        settings = {
            "cpu": [("cpu.max", f"{share or 'max'} {PERIOD_US}")],
            "memory": [
                ("memory.max", str(bounds.memory_bytes or "max")),
                ("memory.swap.max", "0" if bounds.memory_bytes else "max"),
            ],
            "pids": [("pids.max", str(bounds.pids_max or "max"))],
        }
    return settings.get(controller, [])


def _write(file: Path, value: str) -> None:
    # Swap may not be counted by this kernel; without the file there is nothing to bound.
    if file.name not in SWAP or file.exists():
        file.write_text(value)


def _remove(folder: Path) -> None:
    for attempt in range(REMOVE_TRIES):
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            # A killed process leaves its group a moment after it is gone from the list.
            if attempt == REMOVE_TRIES - 1:
                raise
            time.sleep(TRY_AGAIN_S)
    return None
