"""What a source of facts stands on, and what it is when it is open. Never opens one."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wayside.access.view.api import HandOver
from wayside.core.operations import Api
from wayside.refpoints.net.picture import AccessNetwork

from .process import Hands
from .state import StateFolder


@dataclass(frozen=True)
class Place:
    """What a source stands on."""

    file: Path
    """The file that names it: paths in it are below the file's folder."""
    state: StateFolder
    hands: Hands

    def path(self, given: str) -> Path:
        """Return the path that a field of the file means."""
        return self.file.parent / given


@dataclass(frozen=True)
class Opened:
    """A source that is ready to tell."""

    network: AccessNetwork
    run: Callable[[], Coroutine[Any, Any, None]]
    """Tells until it is cancelled, or until nothing follows."""
    put: Callable[[int, int], None] | None = None
    """Puts the device of one row close to the cell of another, where that can be asked."""
    hand_over: HandOver | None = None
    """Where somebody may say that a device is handed over; None: it says so itself."""
    apis: tuple[Api, ...] = ()
    """What the network's process serves beside the view of it, to the front door."""
