"""A user namespace of one's own, in which an ordinary user makes a whole town.

Never needs root; what stays impossible inside (BPF, some limits) ``probe`` names.
"""

from collections.abc import Sequence
from pathlib import Path

from .commands import path_of

INIT = """
mount -t tmpfs -o mode=755 tmpfs /run || exit 111
ip link set lo up || exit 112
"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
wait $child; status=$?
while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
exit $status
"""
"""The first process inside: it passes SIGTERM on, and reaps orphans while it waits."""


def command(argv: Sequence[str]) -> list[str]:
    """Return the argument vector that runs ``argv`` as root of new namespaces.

    User, network, mount and process namespaces are new; /run is an empty tmpfs, /proc shows the
    new processes, loopback is up. All inside is killed when the outer process dies. The outer
    ``unshare`` ignores SIGTERM: signal ``leader`` to end it with grace.
    """
    flags = "--user --map-root-user --net --mount --pid --fork --kill-child --mount-proc"
    shell = ["/bin/sh", "-c", f"PATH=$PATH:/usr/sbin:/sbin{INIT}", "wayside-userns"]
    return [path_of("unshare"), *flags.split(), *shell, *argv]


def leader(pid: int) -> int | None:
    """Return the pid, seen from outside, of the first process inside the one started as ``pid``.

    None while it has not forked yet, or when it has ended.
    """
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(children[0]) if children else None


def is_nested() -> bool:
    """Tell whether this process runs in a user namespace other than the machine's first."""
    return Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]
