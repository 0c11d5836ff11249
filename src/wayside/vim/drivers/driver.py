"""The port behind which workloads run, and the data that crosses it.

Never decides whether there is room, and never remembers anything between calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wayside.core.ids import AppInstanceId
from wayside.linux.processes import Process
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mm6 import Interface
from wayside.vim.images import Image

PIDS_MAX = 256
"""Processes and threads that one instance may have at a time. Ours."""


@dataclass(frozen=True)
class Container:
    """One of the programs that an instance is made of."""

    name: str
    """Unique within the instance."""
    image: Image
    amount: Amount
    """What it may use of the instance's amount."""


@dataclass(frozen=True)
class Box:
    """Everything about one instance that a driver needs; the same in every call."""

    app_instance_id: AppInstanceId
    amount: Amount
    """Of all containers together."""
    containers: tuple[Container, ...]
    """At least one. All share the network, the user and /data; each has its own root."""
    number: int
    """Its number in the host's address pool."""
    address: str
    folder: Path
    """Where the driver keeps the instance's files; deleted at release."""

    @property
    def data(self) -> Path:
        """What the application sees as /data: its only files that outlive a stop."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the application's containers write to their standard output and error."""
        return self.folder / "log"


@dataclass(frozen=True)
class Part:
    """A container that was started: enough to find it again after a restart of the VIM."""

    process: Process
    """Ends exactly when the container has ended with all of its processes."""
    monitor: Process
    """Ends once the container's exit status can be known."""


@dataclass(frozen=True)
class Running:
    """A workload that was started: its parts in the order of the box's containers."""

    parts: tuple[Part, ...]

    @property
    def processes(self) -> tuple[Process, ...]:
        """The containers' processes."""
        return tuple(part.process for part in self.parts)


class Driver(Protocol):
    """One way of running workloads. Every call is idempotent; those that wait are coroutines."""

    name: str
    simulated: bool
    """True where a workload has no network of its own."""

    @property
    def limits(self) -> str:
        """A sentence for people: which bounds hold, and how."""
        ...

    async def open(self) -> None:
        """Make the host ready for instances: its gateway address, its kernel settings."""
        ...

    async def prepare(self, box: Box) -> None:
        """Make folders and bounds; raises Unprocessable for an image that cannot run here."""
        ...

    async def attach(self, box: Box) -> Interface:
        """Make the instance's network and return its interface."""
        ...

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        """Run each container's command. Ends what an earlier, forgotten start may have left.

        Raises Internal where it cannot be started; then nothing runs.
        """
        ...

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        """End all of the instance's processes: SIGTERM, SIGKILL after ``grace_s``; all are gone."""
        ...

    def alive(self, running: Running) -> bool:
        """Tell whether all of the workload still runs."""
        ...

    async def ended(self, box: Box, running: Running) -> int | None:
        """Wait until a container has ended, and end the others: an instance lives as a whole.

        Returns the exit status (128+n for signal n) of the one that ended first, where known.
        """
        ...

    async def release(self, box: Box) -> None:
        """Give everything back. Nothing to do where nothing is left."""
        ...
