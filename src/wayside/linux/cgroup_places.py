"""Where control groups might be made, read from what the kernel says about this process.

Decides on text alone; never opens a file and never tries anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CONTROLLERS = ("cpu", "memory", "pids")
COUNTED = (*CONTROLLERS, "cpuacct")
"""With version 1 the time used is counted by a hierarchy that may be a separate one."""


@dataclass(frozen=True)
class Place:
    """A folder in which groups with ``controller`` might be made."""

    controller: str
    version: str
    """``v1`` or ``v2``."""
    path: Path


def places(cgroup: str, mountinfo: str) -> list[Place]:
    """Return the candidates, best first, from /proc/self/cgroup and /proc/self/mountinfo.

    Version 1: beside this process's own groups. Version 2: the own group and then those above it,
    because a group that holds processes cannot hand controllers down. Ref: cgroups(7).
    """
    own = _own(cgroup)
    found: list[Place] = []
    for root, where, kind, options in _mounts(mountinfo):
        if kind == "cgroup":
            for controller in COUNTED:
                if controller in options and controller in own:
                    path = where / _below(own[controller], root)
                    found.append(Place(controller, "v1", path))
        elif kind == "cgroup2" and "" in own:
            lowest = PurePosixPath(_below(own[""], root))
            for step in (lowest, *lowest.parents):
                found += [Place(controller, "v2", where / step) for controller in CONTROLLERS]
    return found


def tops(mountinfo: str) -> list[Path]:
    """Return where hierarchies of either version are mounted."""
    return [where for _, where, kind, _ in _mounts(mountinfo) if kind.startswith("cgroup")]


def homes(cgroup: str, mountinfo: str) -> list[Path]:
    """Return the folder of a process's group in each hierarchy, whatever that one counts."""
    own = _own(cgroup)
    found = []
    for root, where, kind, options in _mounts(mountinfo):
        names = [""] if kind == "cgroup2" else options if kind == "cgroup" else []
        for name in names:
            if name in own:
                found.append(where / _below(own[name], root))
                break
    return found


def _own(cgroup: str) -> dict[str, str]:
    """Return this process's path by controller; the version 2 path under the empty name."""
    paths: dict[str, str] = {}
    for line in cgroup.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            paths[name] = path
    return paths


def _mounts(mountinfo: str) -> Iterator[tuple[str, Path, str, list[str]]]:
    """Yield root, mount point, file system and its options for each line."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) > 4 and len(kind) > 2:
            yield fields[3], Path(fields[4]), kind[0], kind[2].split(",")


def _below(path: str, root: str) -> str:
    """Return ``path`` as seen below a mount that shows the hierarchy from ``root`` on."""
    inside = path.removeprefix(root) if root != "/" else path
    return inside.lstrip("/")
