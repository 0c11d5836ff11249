"""The instances that a platform knows, and the states it sees them in.

Never tells an instance anything and never touches a rule: ``platform`` and ``rules`` do.
"""

from enum import StrEnum

from wayside.core.clock import Nanoseconds
from wayside.core.errors import NotFound
from wayside.core.replies import Entry
from wayside.core.states import StateTable
from wayside.core.wire import Wire
from wayside.refpoints.mm5 import Confirmation, OperationAction, PlatformConfiguration


class InstanceState(StrEnum):
    """How far an instance is, as the platform sees it. Ours; the moves are of MEC 011."""

    CONFIGURED = "CONFIGURED"
    READY = "READY"
    STOPPING = "STOPPING"
    TERMINATING = "TERMINATING"
    ENDED = "ENDED"


class InstanceEvent(StrEnum):
    """What moves an instance."""

    CONFIRM_READY = "confirm_ready"
    STOP = "STOPPING"
    TERMINATE = "TERMINATING"
    WITHDRAW = "withdrawal"
    DIE = "death"


S, E = InstanceState, InstanceEvent

INSTANCE_STATES: StateTable[InstanceState, InstanceEvent] = StateTable(
    "The application instance",
    {
        # Ref: MEC 011 clause 5.2.2 (start-up).
        (S.CONFIGURED, E.CONFIRM_READY): S.READY,
        (S.READY, E.CONFIRM_READY): S.READY,
        # Ref: MEC 011 clause 5.2.3 (graceful termination or stop); a stop may become an end.
        (S.CONFIGURED, E.STOP): S.STOPPING,
        (S.READY, E.STOP): S.STOPPING,
        (S.STOPPING, E.STOP): S.STOPPING,
        (S.CONFIGURED, E.TERMINATE): S.TERMINATING,
        (S.READY, E.TERMINATE): S.TERMINATING,
        (S.STOPPING, E.TERMINATE): S.TERMINATING,
        (S.TERMINATING, E.TERMINATE): S.TERMINATING,
        (S.ENDED, E.STOP): S.ENDED,
        (S.ENDED, E.TERMINATE): S.ENDED,
        (S.STOPPING, E.WITHDRAW): S.CONFIGURED,
        (S.TERMINATING, E.WITHDRAW): S.ENDED,
        (S.ENDED, E.WITHDRAW): S.ENDED,
        # Ours: it died and may come back; one that was being let go is gone.
        (S.CONFIGURED, E.DIE): S.CONFIGURED,
        (S.READY, E.DIE): S.CONFIGURED,
        (S.STOPPING, E.DIE): S.STOPPING,
        (S.TERMINATING, E.DIE): S.TERMINATING,
        (S.ENDED, E.DIE): S.ENDED,
    },
)

IN_FORCE = frozenset({S.READY, S.STOPPING, S.TERMINATING})
"""States in which an instance's ACTIVE rules are in force: until it is withdrawn."""

EVENT_OF = {OperationAction.STOPPING: E.STOP, OperationAction.TERMINATING: E.TERMINATE}


class PendingEnd(Wire):
    """An instance was told, and has until ``deadline`` to confirm."""

    action: OperationAction
    deadline: Nanoseconds | None = None
    """Wall time, ns since 1970-01-01 UTC, so that it holds across a restart; None: no limit."""
    outcome: Confirmation | None = None
    """How the grace ended, once it has."""


class Instance(Wire):
    """What the platform keeps of an instance."""

    configuration: PlatformConfiguration
    state: InstanceState
    pending: PendingEnd | None = None

    @property
    def traffic_rule_ids(self) -> tuple[str, ...]:
        """The identifiers of its traffic rules, as configured."""
        return tuple(rule.traffic_rule_id for rule in self.configuration.traffic_rules)

    @property
    def dns_rule_ids(self) -> tuple[str, ...]:
        """The identifiers of its DNS rules, as configured."""
        return tuple(rule.dns_rule_id for rule in self.configuration.dns_rules)


def addresses_of(found: Entry[Instance] | None) -> tuple[str, ...]:
    """Return where an instance is reached; nowhere for one that only registered itself."""
    if found is None:
        return ()
    return tuple(each.address for each in found.value.configuration.attachments)


def no_such_instance(app_instance_id: str) -> NotFound:
    """Return the problem for an instance that nobody has configured or registered."""
    return NotFound(
        f"There is no application instance {app_instance_id[:128]} on this platform: instantiate "
        "it through the management, or register it with POST registrations.",
        field="appInstanceId",
    )


def device_to(entry: Entry[Instance] | None) -> str | None:
    """Return the host's device to an instance, that of its first attachment; None without."""
    attachments = entry.value.configuration.attachments if entry is not None else ()
    return attachments[0].device if attachments else None
