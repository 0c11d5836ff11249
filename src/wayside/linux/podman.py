"""The podman command on a place of its own: found, tried, run.

Never touches the machine's own containers, images or settings: all that podman keeps for us lies
in one folder. Every call blocks for 50 to 200 milliseconds.
"""

import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from wayside.core.errors import Unavailable

from . import processes, userns
from .cgroups import Groups
from .commands import PLACES, CommandFailed, find, run

F = TypeVar("F")

RUNTIMES = ("runc", "crun")
"""Tried in this order; crun 1.8 fails where control groups of both versions are mounted."""
PACKAGES = "podman runc netavark catatonit"
SETTINGS = """\
[engine]
events_logger = "none"
lock_type = "file"
[network]
network_backend = "netavark"
"""
"""Locks in files: those in shared memory belong to the machine's own podman."""
LIMIT_S = 30.0
END_S_MAX = 5.0
BASE = ("/usr", "/bin", "/lib", "/lib64")


@dataclass(frozen=True)
class Engine:
    """Podman with one runtime, keeping everything below ``folder``."""

    program: str
    runtime: str
    folder: Path

    def open(self) -> None:
        """Make the folder; forget what podman noted before this boot: none of it runs any more."""
        boot = self.folder / "boot"
        if boot.exists() and boot.read_text() != processes.boot_id():
            shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "containers.conf").write_text(SETTINGS)
        boot.write_text(processes.boot_id())

    def run(self, *words: str) -> str:
        """Run one podman command and return what it wrote; raises CommandFailed."""
        return run([*self._command, *words], environment=self._environment)

    def run_to(self, output: Path, *words: str) -> bool:
        """Run one whose container inherits the end of ``output``; return whether it succeeded."""
        with output.open("ab") as end:
            ended = subprocess.run(
                [*self._command, *words],
                stdin=subprocess.DEVNULL,
                stdout=end,
                stderr=end,
                env=self._environment,
                cwd=self.folder,  # the monitor writes there that memory ran out
                timeout=LIMIT_S,
                check=False,
            )
        return ended.returncode == 0

    @property
    def _command(self) -> list[str]:
        places = [("root", "store"), ("runroot", "run"), ("tmpdir", "tmp")]
        options = [f"--{option}={self.folder / name}" for option, name in places]
        # Root folders are given by path, so no image ever goes into the store.
        fixed = ["--storage-driver=vfs", "--cgroup-manager=cgroupfs", f"--runtime={self.runtime}"]
        return [self.program, *options, *fixed]

    @property
    def _environment(self) -> dict[str, str]:
        told = {
            "PATH": PLACES,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
        }
        if userns.is_nested():
            # Podman is to take the user namespace we are in for the one it would make itself.
            outside = Path("/proc/self/uid_map").read_text().split()[1]
            told |= {
                "_CONTAINERS_USERNS_CONFIGURED": "done",
                "_CONTAINERS_ROOTLESS_UID": outside,
                "_CONTAINERS_ROOTLESS_GID": outside,
            }
        return told


def own_limits() -> dict[str, tuple[int, int]]:
    """Return soft and hard rlimits by podman's names that leave a container what we may use.

    Left alone, podman asks for more open files than a root without CAP_SYS_RESOURCE may grant, and
    the container does not start; of processes it keeps no more than there are numbers for.
    """
    pids = int(Path("/proc/sys/kernel/pid_max").read_text())
    _, own = resource.getrlimit(resource.RLIMIT_NPROC)
    processes_max = pids if own == resource.RLIM_INFINITY else min(own, pids)
    return {
        "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
        "nproc": (processes_max, processes_max),
    }


def ulimits(limits: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return rlimits as podman's options."""
    return [f"--ulimit={name}={soft}:{hard}" for name, (soft, hard) in limits.items()]


def engine(folder: Path) -> Engine:
    """Return podman as it works here, keeping all in ``folder``; raise Unavailable with why not."""
    tried = trial()
    if tried.runtime is None:
        raise Unavailable(f"Podman cannot be used here: {tried.detail}. {_remedy()}")
    return Engine(find("podman") or "podman", tried.runtime, folder)


@dataclass(frozen=True)
class Trial:
    """What came of running a container that does nothing."""

    runtime: str | None
    """The one that works; None where none does."""
    detail: str


@cache
def trial() -> Trial:
    """Run a container that does nothing with each runtime in turn; leaves nothing behind."""
    program = find("podman")
    if program is None:
        return Trial(None, "podman is not installed")
    complaints = []
    for runtime in filter(find, RUNTIMES):
        with tempfile.TemporaryDirectory(prefix="wayside-probe-") as folder:
            complaint = _try(Engine(program, runtime, Path(folder) / "podman"), Path(folder))
        if complaint is None:
            version = run([program, "--version"]).split()[-1]
            return Trial(runtime, f"podman {version} with {runtime}")
        complaints.append(f"{runtime}: {complaint}")
    return Trial(None, "; ".join(complaints) or f"none of {', '.join(RUNTIMES)} is installed")


def findings_as(kind: Callable[[str, bool, str, str, str], F]) -> F:
    """Return the finding; ``kind`` takes name, available, detail, cost, remedy."""
    tried = trial()
    cost = "Hosts with driver = podman cannot start; enclosed processes need no podman."
    return kind("podman", tried.runtime is not None, tried.detail, cost, _remedy())


def _remedy() -> str:
    return f"Install the packages {PACKAGES}, or choose driver = process."


def _try(engine: Engine, folder: Path) -> str | None:
    """Return why a container that does nothing does not run; None where it does."""
    group = f"wayside-probe-{os.getpid()}"
    root = folder / "root"
    monitor = folder / "monitor"
    options = ["--rm", "--init", "--network=none", f"--conmon-pidfile={monitor}"]
    if not userns.is_nested():  # there, podman makes no group where none was asked for
        options.append(f"--cgroup-parent=/{group}")
    try:
        engine.open()
        options += [*ulimits(own_limits()), *_base(root)]
        engine.run("run", *options, "--rootfs", str(root), "/usr/bin/true")
    except (CommandFailed, OSError) as fault:
        said = fault.detail if isinstance(fault, CommandFailed) else str(fault)
        return re.sub(r"^`.*?` failed: ", "", said, flags=re.DOTALL).strip().rstrip(".")
    finally:
        _await_end(monitor)
        Groups({}).remove_all(group)
    return None


def _await_end(pid_file: Path) -> None:
    """Wait until a container's monitor has put its things away; it may never have been started."""
    deadline = time.monotonic() + END_S_MAX
    while pid_file.exists() and time.monotonic() < deadline:
        found = processes.identify(int(pid_file.read_text()))
        if found is None or not processes.is_running(found):
            return
        time.sleep(0.01)


def _base(root: Path) -> Sequence[str]:
    """Make a root for the host's programs; return the options that show them there."""
    root.mkdir()
    binds = []
    for place in filter(os.path.exists, BASE):
        inside = root / place[1:]
        if Path(place).is_symlink():
            inside.symlink_to(Path(place).readlink())
        else:
            inside.mkdir()
            binds.append(f"--volume={place}:{place}:ro")
    return binds
