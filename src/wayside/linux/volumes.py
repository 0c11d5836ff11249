"""Folders of a bounded size: each is a file system of its own (ext4), kept in one sparse file.

What is written there outlives kills and reboots, and what is deleted is given back to the host.
Never makes a file anew that is there. Calls block for some tens of milliseconds.
"""

import contextlib
import os
from pathlib import Path

from .commands import run

BYTES_MIN = 1 << 20
"""Smaller ones would hold little but their own bookkeeping."""
JOURNAL_FROM_BYTES = 256 << 20
"""In smaller ones a journal would take much of the room."""
BYTES_PER_INODE = "16384"
OPTIONS = "loop,nosuid,nodev,discard"


def make(file: Path, folder: Path, size_bytes: int) -> None:
    """Have ``folder`` hold no more than ``size_bytes``, bookkeeping included, kept in ``file``.

    Nothing to do where it does already. Raises CommandFailed, Unavailable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _format(file, size_bytes)
    if not os.path.ismount(folder):
        run(["mount", "-o", OPTIONS, str(file), str(folder)])


def release(file: Path, folder: Path) -> None:
    """Take the folder's content away for good; nothing to do where there is none."""
    _unmount(folder)
    file.unlink(missing_ok=True)


def let_go_below(root: Path) -> None:
    """Unmount every folder below ``root``; the files, and what is in them, stay."""
    below = f"{root.resolve()}/"
    for line in Path("/proc/self/mounts").read_text().splitlines():
        source, place, kind, *_ = line.split(" ")
        folder = place.encode().decode("unicode_escape")
        if source.startswith("/dev/loop") and kind == "ext4" and folder.startswith(below):
            _unmount(Path(folder))


def _format(file: Path, size_bytes: int) -> None:
    draft = file.with_name(f".{file.name}")
    with draft.open("wb") as opened:
        opened.truncate(size_bytes)
    without = (
        ("resize_inode",) if size_bytes >= JOURNAL_FROM_BYTES else ("resize_inode", "has_journal")
    )
    features = ",".join(f"^{each}" for each in without)
    sparing = ["-m", "0", "-i", BYTES_PER_INODE, "-O", features, "-E", "nodiscard"]
    run(["mkfs.ext4", "-q", "-F", *sparing, str(draft)])
    # Only a file that is complete ever has the name.
    draft.rename(file)


def _unmount(folder: Path) -> None:
    while os.path.ismount(folder):
        run(["umount", "--lazy", str(folder)])
    with contextlib.suppress(OSError):
        folder.rmdir()
