"""Mm5, MEPM to MEP: what the platform must know of an instance, and how it is let go; and back:
what the platform has its manager ask the orchestrator for.

Ours: the standard leaves Mm5 open (MEC 003 clause 7.1); the order of termination is
MEC 011 clause 5.2.3 and MEC 010-2 clause 5.4.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.rules import DnsRule, TrafficRule


class OperationAction(StrEnum):
    """What an instance is told to prepare for. Ref: MEC 011 table 7.1.4.3-1."""

    STOPPING = "STOPPING"
    TERMINATING = "TERMINATING"


class Attachment(Wire):
    """Where an instance is reached: its address and the host's device to it."""

    address: str
    device: str


class PlatformConfiguration(Wire):
    """All that a platform holds of an instance before it runs; rules are given INACTIVE."""

    app_instance_id: str
    app_d_id: str
    app_name: str
    app_provider: str
    traffic_rules: tuple[TrafficRule, ...] = ()
    dns_rules: tuple[DnsRule, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    services_required: tuple[str, ...] = ()
    services_produced: tuple[str, ...] = ()
    requested_permissions: tuple[str, ...] = ()
    """Scopes that the AppD asks for, for the services that it consumes."""


class Confirmation(StrEnum):
    """How the grace of a termination ended."""

    CONFIRMED = "CONFIRMED"
    TIMED_OUT = "TIMED_OUT"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    GONE = "GONE"
    """It ended by itself meanwhile (``suspend``)."""


@dataclass(frozen=True)
class Readiness:
    """Whether an instance has confirmed that it runs, since it was last configured."""

    ready: bool


class Mm5(Protocol):
    """The platform as its manager sees it. Every call is idempotent."""

    async def configure(self, wanted: PlatformConfiguration) -> None:
        """Know the instance: from now on ``confirm_ready`` is accepted. Durable on return."""
        ...

    async def wait_ready(self, app_instance_id: AppInstanceId, timeout_s: float) -> bool:
        """Return True once the instance has confirmed and its rules are in force, else False."""
        ...

    async def end(
        self, app_instance_id: AppInstanceId, action: OperationAction, grace_s: float | None
    ) -> Confirmation:
        """Tell the instance, wait for its confirmation or ``grace_s`` seconds, then withdraw.

        ``grace_s`` may be ``math.inf``: without a limit; None does not tell it (forceful). On
        return its rules are out of force, its services deregistered (their consumers told) and
        its readiness forgotten.
        """
        ...

    async def suspend(self, app_instance_id: AppInstanceId) -> None:
        """Take the instance's rules out of force: it died, and may come back and confirm again.

        Its services are deregistered and its subscriptions gone too: a new start makes its own.
        """
        ...

    async def remove(self, app_instance_id: AppInstanceId) -> None:
        """Forget the instance, its rules and its subscriptions."""
        ...


class MovedTo(NamedTuple):
    """The instance that takes a device over, and the host that it runs on."""

    app_instance_id: str
    host_id: str
    addresses: tuple[str, ...]


class Relocating(Protocol):
    """The manager as its platform sees it, when a device of an instance goes to another host."""

    async def relocate(self, relocation_id: str, app_instance_id: str, cell: str) -> MovedTo:
        """Return a running instance of the same application where the cell is, started if need be.

        The same identifier again asks for the same once more. Raises Conflict with the reason
        where there can be none, GatewayTimeout where nobody says so.
        """
        ...

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        """Say how it ended: what nobody needs any more is ended. Nothing to do if unknown.

        Raises GatewayTimeout where the orchestrator is not reached.
        """
        ...
