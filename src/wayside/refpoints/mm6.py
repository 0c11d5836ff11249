"""Mm6, MEPM to VIM: resources for an instance, and running it.

Ours: the standard leaves Mm6 to the VIM (MEC 003 clause 7.1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.refpoints.mm4 import Amount


class WorkloadState(StrEnum):
    """What a workload does now, as the host really sees it."""

    ABSENT = "ABSENT"
    ALLOCATED = "ALLOCATED"
    RUNNING = "RUNNING"
    EXITED = "EXITED"


class Interface(Wire):
    """A workload's network interface: its address and the host's device to it."""

    address: str
    device: str
    gateway: str = ""
    """Where its packets leave by."""


@dataclass(frozen=True)
class ContainerRequest:
    """One of the programs that an instance is made of. Ref: MEC 010-2 clause 6.2.1.2."""

    name: str
    """Unique within the instance."""
    image: Path
    """The image archive that says what is run."""
    amount: Amount
    """What it may use; 0 is no bound of its own."""


@dataclass(frozen=True)
class WorkloadRequest:
    """What an instance asks of the host: how much in all, and the containers that it runs."""

    app_instance_id: AppInstanceId
    amount: Amount
    """What is reserved."""
    containers: tuple[ContainerRequest, ...]
    """At least one. They share the instance's network and its /data, and live and end together."""


WhenEnded = Callable[[AppInstanceId, int | None], None]
"""Called in the loop when a running workload ended by itself; the exit status where known."""


class Mm6(Protocol):
    """The VIM as the manager sees it. Every call is idempotent and durable on return."""

    async def allocate(self, wanted: WorkloadRequest) -> tuple[Interface, ...]:
        """Reserve the amount, prepare image and network; return the workload's interfaces.

        Raises Conflict naming the resource that is short, Unprocessable for an image that cannot
        run here; then nothing is left behind.
        """
        ...

    async def start(self, app_instance_id: AppInstanceId, environment: Mapping[str, str]) -> None:
        """Run the workload with ``environment``; nothing to do where it runs already."""
        ...

    async def stop(self, app_instance_id: AppInstanceId, grace_s: float) -> None:
        """End the workload: SIGTERM, and SIGKILL after ``grace_s`` seconds."""
        ...

    async def release(self, app_instance_id: AppInstanceId) -> None:
        """Give everything back: processes, namespace, limits, files. Nothing to do if absent."""
        ...

    def state(self, app_instance_id: AppInstanceId) -> WorkloadState:
        """Return what the workload does now."""
        ...

    def watch(self, when_ended: WhenEnded) -> None:
        """Have ``when_ended`` called for each workload that ends by itself, also after a restart.

        One watcher; called again it replaces the former.
        """
        ...
