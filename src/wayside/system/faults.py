"""A place for tests to break a process: killed by its own hand right before steps of sagas.

``WAYSIDE_KILL_BEFORE=saga/step,saga/step`` kills once per step and element; without it nothing
happens. Never active unless somebody asks for it.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

VARIABLE = "WAYSIDE_KILL_BEFORE"


def fault_point(folder: Path) -> Callable[[str, str, str], None]:
    """Return what a saga runner calls before each step; ``folder`` remembers the kills."""
    wanted = frozenset(filter(None, os.environ.get(VARIABLE, "").split(",")))

    def look(saga: str, id: str, step: str) -> None:
        place = f"{saga}/{step}"
        mark = folder / f"killed-before-{saga}-{step.replace(' ', '-')}"
        if place in wanted and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return look
