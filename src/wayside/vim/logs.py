"""What applications write to their standard output: kept bounded, and read from the end.

Never opens a log for writing while it may be moved: it is copied and cut, because the application
holds it open.
"""

import logging
import shutil
from pathlib import Path

from wayside.core.clock import Clock

log = logging.getLogger(__name__)

LOG_BYTES_MAX = 4 * 1024 * 1024
"""A log longer than this becomes the one before it; there is one before at most."""
LOOK_S = 2.0
TAIL_BYTES_MAX = 1024 * 1024


async def keep_bounded(workloads: Path, clock: Clock) -> None:
    """For ever, cut the logs of the workloads in folder ``workloads`` that have grown too long."""
    while True:
        await clock.sleep(LOOK_S)
        for place in workloads.glob("*/log"):
            cut(place)


def cut(place: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Keep the newest ``bytes_max`` bytes of a log that is longer in ``<log>.1`` and empty it."""
    try:
        size = place.stat().st_size
        if size <= bytes_max:
            return
        with place.open("rb") as source, place.with_suffix(".1").open("wb") as kept:
            source.seek(size - bytes_max)
            shutil.copyfileobj(source, kept)
        with place.open("r+b") as emptied:
            emptied.truncate(0)
    except FileNotFoundError:
        return  # released meanwhile
    except OSError as fault:
        log.warning("the log %s cannot be cut: %s", place, fault)


def tail(place: Path, lines: int) -> str:
    """Return the last ``lines`` lines; of the log before too where the present one is short."""
    text = _end(place)
    if text.count("\n") < lines:
        text = _end(place.with_suffix(".1")) + text
    return "".join(text.splitlines(keepends=True)[-lines:]) if lines > 0 else ""


def _end(place: Path) -> str:
    try:
        with place.open("rb") as source:
            source.seek(max(0, place.stat().st_size - TAIL_BYTES_MAX))
            return source.read(TAIL_BYTES_MAX).decode(errors="replace")
    except FileNotFoundError:
        return ""
