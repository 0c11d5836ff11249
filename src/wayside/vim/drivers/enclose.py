"""A root of its own for one process: what bubblewrap does, by plain mounts, where it is missing.

Acts on the calling process, which must be in a new mount namespace. Needs the standard library
alone. Never mounts anything that the machine's own namespace sees.
"""

import os
import stat
from dataclasses import replace
from pathlib import Path

from . import calls
from .orders import Bind, View

BUILD_AT = "/tmp"
"""There on every machine; hidden while the new root is put together upon it."""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
READ_ONLY = calls.ATTR_RDONLY | calls.ATTR_NOSUID | calls.ATTR_NODEV
WRITABLE = calls.ATTR_NOSUID | calls.ATTR_NODEV


def stage(view: View) -> View:
    """Return ``view`` with its sources bound where every user can reach them by path.

    The state folder and the Python may lie below folders that only their owner may pass.
    """
    sources = _open_sources(view)
    _cover()
    staged = []
    for number, bind in enumerate(view.binds):
        place = f"{BUILD_AT}/{number}"
        _bind(sources[bind.source], place, WRITABLE if bind.writable else READ_ONLY)
        staged.append(replace(bind, source=place))
    root = view.root
    if root is not None:
        _bind(sources[root], f"{BUILD_AT}/root", READ_ONLY)
        root = f"{BUILD_AT}/root"
    return replace(view, root=root, binds=tuple(staged))


def enter(view: View) -> None:
    """Make ``view`` this process's root, with /proc, /dev and /tmp of its own."""
    sources = _open_sources(view)
    _cover()
    root = BUILD_AT
    if view.root is not None:
        root = f"{BUILD_AT}/root"
        _bind(sources[view.root], root, READ_ONLY)
    for bind in _outermost_first(view.binds):
        _bind(sources[bind.source], root + bind.target, WRITABLE if bind.writable else READ_ONLY)
    for target, name in view.links:
        Path(root + name).symlink_to(target)
    _add_kernel_folders(root, view.tmp_bytes)
    for handle in sources.values():
        os.close(handle)
    calls.pivot(root)
    if view.root is None:
        calls.restrict("/", READ_ONLY, recursive=False)


def _cover() -> None:
    calls.mount("none", "/", flags=calls.MS_REC | calls.MS_PRIVATE)
    calls.mount("tmpfs", BUILD_AT, "tmpfs", flags=_careful(), options="mode=755")


def _careful() -> int:
    return calls.MS_NOSUID | calls.MS_NODEV


def _open_sources(view: View) -> dict[str, int]:
    """Open all sources first: some lie below the folder that is about to be covered."""
    wanted = [bind.source for bind in view.binds] + ([view.root] if view.root else [])
    return {source: os.open(source, os.O_PATH | os.O_CLOEXEC) for source in wanted}


def _outermost_first(binds: tuple[Bind, ...]) -> list[Bind]:
    return sorted(binds, key=lambda bind: bind.target.count("/"))


def _bind(handle: int, target: str, attributes: int) -> None:
    place = Path(target)
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    calls.mount(f"/proc/self/fd/{handle}", target, flags=calls.MS_BIND | calls.MS_REC)
    calls.restrict(target, attributes)


def _add_kernel_folders(root: str, tmp_bytes: int) -> None:
    for name in ("proc", "dev", "tmp"):
        Path(root, name).mkdir(exist_ok=True)
    calls.mount("proc", f"{root}/proc", "proc", flags=_careful() | calls.MS_NOEXEC)
    size = f",size={tmp_bytes}" if tmp_bytes else ""
    calls.mount("tmpfs", f"{root}/tmp", "tmpfs", flags=_careful(), options=f"mode=1777{size}")
    dev = Path(root, "dev")
    calls.mount("tmpfs", str(dev), "tmpfs", flags=calls.MS_NOSUID, options="mode=755,size=65536")
    for name in DEVICES:
        (dev / name).touch()
        calls.mount(f"/dev/{name}", str(dev / name), flags=calls.MS_BIND)
    (dev / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")
    (dev / "shm").mkdir()
    calls.mount("tmpfs", f"{dev}/shm", "tmpfs", flags=_careful(), options=f"mode=1777{size}")
