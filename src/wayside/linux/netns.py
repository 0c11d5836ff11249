"""Named network namespaces: made, entered, listed, deleted.

Everything blocks for some milliseconds; call through ``asyncio.to_thread`` where that matters.
Never leaves the calling thread in another namespace, and never uses ``ip netns exec``, which
mounts /sys anew and hides the control groups.
"""

import ctypes
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from wayside.core.errors import NotFound, Problem, Unavailable

from .commands import path_of, run

T = TypeVar("T")

FOLDER = Path("/run/netns")
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def path(name: str) -> Path:
    """Return the file that holds the namespace ``name`` open."""
    return FOLDER / name


def exists(name: str) -> bool:
    """Tell whether ``name`` is a live namespace, not merely a file that a crash left."""
    try:
        return path(name).stat().st_dev != FOLDER.stat().st_dev
    except FileNotFoundError:
        return False


def create(*names: str) -> None:
    """Make the namespaces that are not there yet, each with its loopback interface up."""
    wanted = [name for name in names if not exists(name)]
    for name in wanted:
        path(name).unlink(missing_ok=True)
    batch(None, [f"netns add {name}" for name in wanted])
    for name in wanted:
        run(["ip", "-n", name, "link", "set", "lo", "up"])


def delete(*names: str) -> None:
    """Delete the namespaces that are there; their interfaces go with the last process in them."""
    batch(None, [f"netns delete {name}" for name in names if path(name).exists()])


def names(prefix: str = "") -> list[str]:
    """Return the names of all namespaces that start with ``prefix``, sorted."""
    if not FOLDER.is_dir():
        return []
    return sorted(entry.name for entry in FOLDER.iterdir() if entry.name.startswith(prefix))


def command_in(name: str, argv: Sequence[str]) -> list[str]:
    """Return the argument vector that runs ``argv`` inside the namespace ``name``."""
    return [path_of("nsenter"), f"--net={path(name)}", "--", *argv]


def run_in(name: str, argv: Sequence[str], *, stdin: str = "") -> str:
    """Run ``argv`` inside ``name`` to its end and return its output; see ``commands.run``."""
    _require(name)
    return run(command_in(name, [path_of(argv[0]), *argv[1:]]), stdin=stdin)


def start_in(name: str, argv: Sequence[str], *, log: Path | None = None) -> int:
    """Start ``argv`` inside ``name`` in a session of its own and return its process id.

    Its output goes to the end of ``log``, or nowhere. The caller ends it.
    """
    _require(name)
    target = str(log) if log is not None else os.devnull
    command = command_in(name, argv)
    output = (os.POSIX_SPAWN_OPEN, 1, target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    return os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            output,
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def inside(name: str, act: Callable[[], T]) -> T:
    """Return ``act()`` as run by a thread of its own that has entered the namespace ``name``.

    What ``act`` opens (a socket, an nft context) stays in that namespace for good, whichever
    thread uses it later. Exceptions of ``act`` are raised here.
    """
    _require(name)
    results: list[T] = []
    faults: list[BaseException] = []

    def work() -> None:
        try:
            enter(name)
            results.append(act())
        except BaseException as fault:  # noqa: BLE001 - handed to the calling thread
            faults.append(fault)

    thread = threading.Thread(target=work, name=f"netns-{name}")
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return results[0]


def enter(name: str) -> None:
    """Move the calling thread into ``name``, for good: for threads and processes made for it."""
    handle = os.open(path(name), os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(handle, CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise Unavailable(f"Entering the network namespace {name}: {os.strerror(code)}.")
    finally:
        os.close(handle)


def socket_in(
    name: str,
    family: int = socket.AF_INET,
    kind: int = socket.SOCK_STREAM,
    *,
    protocol: int = 0,
) -> socket.socket:
    """Return a new socket that lives in the namespace ``name``; unbound."""
    return inside(name, lambda: socket.socket(family, kind, protocol))


def batch(name: str | None, lines: Sequence[str]) -> None:
    """Run ``ip`` command lines (without the word ``ip``) in one process, in order.

    In the namespace ``name``, or where the caller is for None. Stops at the first that fails
    and raises CommandFailed with the line's number.
    """
    if not lines:
        return
    where = ["-n", name] if name is not None else []
    run(["ip", *where, "-batch", "-"], stdin="\n".join(lines) + "\n")


def set_sysctls(name: str, values: Sequence[tuple[str, str]]) -> None:
    """Write kernel settings (dotted names below ``net``) inside the namespace ``name``.

    Raises Unavailable naming the setting that this kernel does not have or does not let us set.
    """

    def write() -> None:
        for key, value in values:
            # /proc/sys/net shows the namespace of the thread that opens it.
            try:
                Path("/proc/sys", *_parts(key)).write_text(value)
            except OSError as fault:
                raise Unavailable(f"{key}: it cannot be set to {value}: {fault}.") from fault

    if values:
        inside(name, write)


def pids_in(*names: str) -> list[int]:
    """Return the processes whose network namespace is one of ``names``, as far as we may look."""
    wanted = {path(name).stat().st_ino for name in names if exists(name)}
    found = []
    for entry in Path("/proc").iterdir() if wanted else ():
        if entry.name.isdigit():
            try:
                if (entry / "ns/net").stat().st_ino in wanted:
                    found.append(int(entry.name))
            except OSError:  # it has ended, or belongs to another user
                continue
    return sorted(found)


def _parts(key: str) -> list[str]:
    """Return a dotted setting as path parts; ``/`` stands for a dot inside an interface name."""
    return [part.replace("/", ".") for part in key.split(".")]


def _require(name: str) -> None:
    if not exists(name):
        problem: Problem = NotFound(f"There is no network namespace {name}. Create it first.")
        raise problem
