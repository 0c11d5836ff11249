"""A container of an instance as a podman command line. Pure text; never starts anything."""

import resource
from collections.abc import Mapping
from dataclasses import dataclass

from wayside.vim.networks import short

from .driver import Box, Container
from .orders import View

RLIMITS = {
    resource.RLIMIT_CORE: "core",
    resource.RLIMIT_FSIZE: "fsize",
    resource.RLIMIT_DATA: "data",
    resource.RLIMIT_STACK: "stack",
}
"""Podman's names of what bounds a process."""
HARD = "nosuid,nodev"


@dataclass(frozen=True)
class Surroundings:
    """What a container finds around it, beside its files."""

    network: str
    """The file of the network namespace."""
    group: str
    """The control group below which podman makes the container's, where any may be made."""
    uid: int | None
    """The user to be; None for the only one there is."""
    limits: Mapping[str, tuple[int, int]]
    """Soft and hard rlimits by podman's names."""
    pids_max: int
    bounded: frozenset[str]
    """The controllers that may be used."""


def name_of(box: Box, number: int) -> str:
    """Return podman's name of the instance's container ``number``, counted from 0."""
    return f"{short(box.app_instance_id)}-{number + 1}"


def confinement(around: Surroundings) -> list[str]:
    """Return the options that take every right away, and those that lead out."""
    user = [] if around.uid is None else [f"--user={around.uid}:{around.uid}"]
    return [
        *user,
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--read-only",
        "--read-only-tmpfs=false",
        "--unsetenv-all",
        "--no-hosts",
        "--dns=none",
        "--init",
        f"--network=ns:{around.network}",
        "--log-driver=passthrough",
    ]


def bounds(container: Container, around: Surroundings) -> list[str]:
    """Return the options that bound what it may use; what no group bounds is left to rlimits."""
    amount = container.amount
    options = [f"--cgroup-parent=/{around.group}"] if around.bounded else []
    options += [f"--ulimit={name}={soft}:{hard}" for name, (soft, hard) in around.limits.items()]
    if amount.cpu_milli and "cpu" in around.bounded:
        options.append(f"--cpus={amount.cpu_milli / 1000:g}")
    if amount.memory_bytes and "memory" in around.bounded:
        options += [f"--memory={amount.memory_bytes}b", f"--memory-swap={amount.memory_bytes}b"]
    if "pids" in around.bounded:
        options.append(f"--pids-limit={around.pids_max}")
    return options


def files(view: View) -> list[str]:
    """Return the options that show ``view``'s folders and files inside, and a /tmp of its own."""
    size = f"size={view.tmp_bytes}," if view.tmp_bytes else ""
    binds = [
        f"--volume={bind.source}:{bind.target}:{'rw' if bind.writable else 'ro'},{HARD}"
        for bind in view.binds
    ]
    return [*binds, f"--tmpfs=/tmp:{size}mode=1777,{HARD}"]
