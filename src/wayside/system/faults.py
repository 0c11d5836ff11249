"""A place for tests to break a process: killed by its own hand right before a step of a saga.

``WAYSIDE_KILL_BEFORE=saga/step`` kills once per state folder; without it nothing happens.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

VARIABLE = "WAYSIDE_KILL_BEFORE"


def fault_point(folder: Path) -> Callable[[str, str, str], None]:
    """Return what a saga runner calls before each step."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return lambda saga, id, step: None
    mark = folder / f"killed-before-{wanted.replace('/', '-')}"

    def look(saga: str, id: str, step: str) -> None:
        if f"{saga}/{step}" == wanted and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return look
