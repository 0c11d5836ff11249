"""What the launcher is told to do, as data that crosses a pipe.

Needs the standard library alone: the launcher starts without site packages to be quick.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

BUBBLEWRAP = "bubblewrap"
PLAIN = "plain"
OPEN = "open"


@dataclass(frozen=True)
class Bind:
    """A folder or file of the host, shown at ``target`` inside."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True)
class View:
    """The files that an application sees, before /proc, /dev and /tmp are added."""

    root: str | None
    """A whole root folder, shown read-only; None for an empty one."""
    binds: tuple[Bind, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Symbolic links as (target, name)."""
    tmp_bytes: int = 0
    """Size of /tmp; 0 for the kernel's own."""


@dataclass(frozen=True)
class Orders:
    """How to become the application, in the order of these fields."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    folder: str
    """The working folder, as seen inside."""
    view: View
    enclosure: str
    """``bubblewrap``, ``plain`` (own namespaces made by the launcher) or ``open`` (none)."""
    hostname: str
    tool: str = ""
    """The path of bubblewrap."""
    network: str | None = None
    """The file of the network namespace to enter."""
    doors: tuple[str, ...] = ()
    """The ``cgroup.procs`` files of the groups to join."""
    limits: tuple[tuple[int, int], ...] = ()
    """rlimits as (resource, value), soft and hard."""
    pids_max: int = 0
    """RLIMIT_NPROC, where no control group bounds the processes; 0 for none."""
    uid: int | None = None
    """The user to become; None where this process may not change users."""

    @property
    def pids_by_starter(self) -> bool:
        """True where RLIMIT_NPROC can be set only once bubblewrap has made its user namespace.

        Set before, it would count all processes of the shared user, inside and outside.
        """
        return self.enclosure == BUBBLEWRAP and self.uid is None

    def encode(self) -> bytes:
        """Return the orders as JSON."""
        return json.dumps(asdict(self)).encode()


def decode(raw: bytes) -> Orders:
    """Return the orders that ``encode`` wrote."""
    known = json.loads(raw)
    view = known.pop("view")
    return Orders(
        **{name: _frozen(value) for name, value in known.items()},
        view=View(
            root=view["root"],
            binds=tuple(Bind(**bind) for bind in view["binds"]),
            links=tuple((target, name) for target, name in view["links"]),
            tmp_bytes=view["tmp_bytes"],
        ),
    )


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
