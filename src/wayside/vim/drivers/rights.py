"""What this process may do: which users it may turn a workload into, and what each could reach.

Never changes anything.
"""

import os
import stat
from pathlib import Path

from wayside.vim.networks import uid_of


def may_become(uid: int, uid_map: str | None = None) -> bool:
    """Tell whether this process is root where ``uid`` exists. Ref: user_namespaces(7)."""
    text = Path("/proc/self/uid_map").read_text() if uid_map is None else uid_map
    ranges = [tuple(map(int, line.split())) for line in text.splitlines()]
    known = any(first <= uid < first + count for first, _, count in ranges)
    return os.geteuid() == 0 and known


def user_of(address: str) -> int | None:
    """Return the own user of the instance at ``address``; None where users cannot be changed."""
    user = uid_of(address)
    return user if may_become(user) else None


def reachable_by_all(place: Path) -> bool:
    """Tell whether every user may pass the folders down to ``place`` and read it."""
    place = place.resolve()
    try:
        if not place.stat().st_mode & stat.S_IROTH:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in place.parents)
    except OSError:
        return False
