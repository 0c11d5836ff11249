"""What the data plane shows of itself: what is in force, where packets go, which rules conflict.

Never decides any of it.
"""

import msgspec

from wayside.core.wire import Wire
from wayside.model.rules import FilterType, Priority, RuleAction

from .ranking import Reason


class DataPlaneState(Wire, omit_defaults=False):
    """What is in force."""

    generation: int
    simulated: bool
    """Whether no packet is real: then the counters are of packets that were walked."""
    rules: int
    maps: int
    targets: int
    counters: dict[str, int]
    """Packets since the tables were made: steered, copied, dropped, passed, muted."""


class WalkRequest(Wire):
    """The header of a packet; ``inInterface`` None: it comes from a device or the core."""

    src_address: str
    dst_address: str
    protocol: str
    src_port: int = 0
    dst_port: int = 0
    d_scp: int = msgspec.field(default=0, name="dSCP")
    ecn: int = 0
    """The two bits below the dSCP; with it they are IPv6's traffic class."""
    in_interface: str | None = None


class WalkAnswer(Wire):
    """Where such a packet goes, as the first of its flow. No ``action``: the normal way."""

    simulated: bool
    action: RuleAction | None = None
    app_instance_id: str | None = None
    """Whose rule it is."""
    traffic_rule_id: str | None = None
    address: str | None = None
    device: str | None = None


class ConflictingRule(Wire):
    """One of two rules that want different things of the same packets."""

    app_instance_id: str
    traffic_rule_id: str
    filter_type: FilterType
    action: RuleAction
    addresses: tuple[str, ...] = ()
    """Where it sends packets."""


class RuleConflict(Wire):
    """Two rules in force of one priority, and a packet that both match. Ours."""

    priority: Priority
    winner: ConflictingRule
    """What the example gets, as far as these two are concerned."""
    loser: ConflictingRule
    reason: Reason
    detail: str
    """The reason as a sentence about the winner."""
    example: WalkRequest
    """To be sent to ``/walks``, to see what becomes of it among all rules."""


class RuleConflicts(Wire, omit_defaults=False):
    """The conflicts in the order of their rules."""

    conflicts: tuple[RuleConflict, ...]
    complete: bool
    """Whether these are all; otherwise there are more, and these were found first."""
