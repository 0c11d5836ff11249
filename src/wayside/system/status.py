"""What runs: the processes of this Wayside, how they are, and where people reach them. Ours.

Never starts or ends anything.
"""

from collections.abc import Callable

from wayside.core.operations import Api, get
from wayside.core.wire import Wire


class ProcessStatus(Wire):
    """One process: ``state`` is STARTING, RUNNING, RESTARTING or ENDED."""

    name: str
    state: str
    pid: int | None = None
    restarts: int = 0


class SystemStatus(Wire):
    """The whole: ``mode`` is root, userns or simulated; ``reason`` says why this one."""

    mode: str
    simulated: bool
    reason: str
    scenario: str
    profile: str
    ready: bool
    processes: tuple[ProcessStatus, ...]
    hosts: tuple[str, ...]


class WaysideStatus(Api, name="wayside", version="v1", spec="Ours", title="What runs"):
    """The state of this Wayside's processes."""

    def __init__(self, look: Callable[[], SystemStatus]) -> None:
        self._look = look

    @get("/status", clause="Ours: the standard has no process view", scope="wayside:read")
    async def get_status(self) -> SystemStatus:
        """Return what runs now, and whether all of it is ready."""
        return self._look()
