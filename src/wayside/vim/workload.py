"""What the VIM remembers of each workload, and how much of the host all of them take. Pure."""

from collections.abc import Iterable

from wayside.core.errors import Conflict
from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.refpoints.mm4 import Amount


class HeldContainer(Wire):
    """One of a workload's containers."""

    name: str
    """Unique within the workload."""
    image: str
    """SHA-256 of the image archive, hexadecimal."""
    amount: Amount
    """What it may use; 0 is no bound of its own."""


class Workload(Wire):
    """The durable record of one workload; written before anything is told to the caller."""

    app_instance_id: AppInstanceId
    amount: Amount
    containers: tuple[HeldContainer, ...]
    number: int
    """In the host's address pool; its own as long as this record exists."""
    address: str
    device: str = ""
    """The host's device to it; empty until its network and files are ready."""
    wanted: bool = False
    """True from a start until a stop: it should run."""
    processes: tuple[str, ...] = ()
    """Pid and start time of each container's process, in their order; empty where none runs."""
    monitors: tuple[str, ...] = ()
    """Pid and start time of what passes each one's exit status on."""
    ended: bool = False
    """It ended by itself since its last start."""
    exit_status: int | None = None


RESOURCES = (
    ("cpu", "cpu_milli", "thousandths of a core"),
    ("memory", "memory_bytes", "bytes"),
    ("storage", "storage_bytes", "bytes"),
)


def allocated(workloads: Iterable[Workload]) -> Amount:
    """Return what all workloads together have reserved."""
    amounts = [workload.amount for workload in workloads]
    return Amount(
        cpu_milli=sum(amount.cpu_milli for amount in amounts),
        memory_bytes=sum(amount.memory_bytes for amount in amounts),
        storage_bytes=sum(amount.storage_bytes for amount in amounts),
    )


def require_room(asked: Amount, total: Amount, taken: Amount) -> None:
    """Raise Conflict naming every resource that is short, with what is asked and what is free."""
    short = []
    for name, field, unit in RESOURCES:
        wanted, free = getattr(asked, field), getattr(total, field) - getattr(taken, field)
        if wanted > free:
            short.append(
                f"{name}: asked {wanted:,}, free {free:,} of {getattr(total, field):,} {unit}"
            )
    if short:
        raise Conflict(
            f"{'; '.join(short)}. Terminate an instance on this host, or choose another host."
        )
