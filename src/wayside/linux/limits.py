"""Which limits control groups can set here, tried by making a group and taking it away again.

Never limits anything itself, and leaves no group behind.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

F = TypeVar("F")

CONTROLLERS = ("cpu", "memory", "pids")
REMEDY = (
    "Run as root, or have your session's control group delegated to you "
    "(systemd: Delegate=yes in user@.service.d)."
)


def findings_as(kind: Callable[[str, bool, str, str, str], F]) -> Iterator[F]:
    """Yield a finding for each controller; ``kind`` takes name, available, detail, cost, remedy."""
    for name in CONTROLLERS:
        found, detail = _try(name)
        cost = f"An application's {name} is bounded per process (rlimits), not for it as a whole."
        yield kind(f"{name} limit", found, detail, cost, REMEDY)


def _try(controller: str) -> tuple[bool, str]:
    complaints = []
    for folder, version in _places(controller):
        trial = folder / f"wayside-probe-{os.getpid()}"
        try:
            trial.mkdir()
            trial.rmdir()
        except OSError as fault:
            complaints.append(f"{version}: {fault.strerror}")
            continue
        return True, f"{version} in {folder}"
    return False, "; ".join(complaints) or "no hierarchy has this controller"


def _places(controller: str) -> Iterator[tuple[Path, str]]:
    """Yield the groups this process is in that carry ``controller``."""
    groups = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup" and controller in options.split(","):
            own = [path for _, names, path in groups if controller in names.split(",")]
            yield from ((Path(where) / path.lstrip("/"), "v1") for path in own)
        elif kind == "cgroup2":
            own = [path for number, _, path in groups if number == "0"]
            for path in own:
                folder = Path(where) / path.lstrip("/")
                offered = folder / "cgroup.controllers"
                if offered.exists() and controller in offered.read_text().split():
                    yield folder, "v2"
