"""A packet walked through the plan as the kernel would walk it through the maps. Pure.

Never remembers a flow: ``simulated`` does.
"""

from ipaddress import ip_address
from typing import NamedTuple

from wayside.model.rules import FilterType, RuleAction
from wayside.refpoints.mp2 import RuleKey, Target

from .groups import Outcome, Shape
from .matches import Field
from .packets import Packet
from .plan import Plan


class Verdict(NamedTuple):
    """What becomes of a packet. No action: no rule means it, it goes the normal way."""

    action: RuleAction | None = None
    target: Target | None = None
    rule_key: RuleKey | None = None


NORMAL = Verdict()


class Decision(NamedTuple):
    """The rule that won, and what it wants."""

    outcome: Outcome
    key: RuleKey

    def verdict(self, *, from_core: bool) -> Verdict:
        """Return the decision as others see it, for a packet that comes from one side."""
        target = self.outcome.target_of(from_core=from_core)
        return Verdict(self.outcome.action, target, self.key)


def walk(plan: Plan, packet: Packet) -> Verdict:
    """Return where the first packet of a flow with this header would go."""
    flow = decide(plan, packet, FilterType.FLOW)
    winner = stronger(flow, decide(plan, packet, FilterType.PACKET))
    return winner.verdict(from_core=plan.is_from_core(packet)) if winner else NORMAL


def decide(plan: Plan, packet: Packet, filter_type: FilterType) -> Decision | None:
    """Return what the rules of one type want of a packet with this header."""
    point = _point(packet)
    for group in plan.groups(filter_type, packet.version):
        if not _constants_hold(plan, group.shape, packet):
            continue
        key = tuple(point[field] for field in group.shape.fields)
        shelf = plan.shelf(group.shape)
        for level, box in shelf.covering(key):
            if level == group.level:
                claim = shelf.owner(box)
                outcome = plan.outcome(claim.outcome)
                assert outcome is not None
                return Decision(outcome, claim.key)
    return None


def stronger(flow: Decision | None, packet: Decision | None) -> Decision | None:
    """Return which of a FLOW and a PACKET decision holds: at equal priority the flow's."""
    if flow is None or packet is None:
        return flow or packet
    return flow if flow.outcome.priority <= packet.outcome.priority else packet


def _point(packet: Packet) -> dict[Field, int]:
    return {
        Field.SOURCE: int(ip_address(packet.source)),
        Field.DESTINATION: int(ip_address(packet.destination)),
        Field.SOURCE_PORT: packet.source_port,
        Field.DESTINATION_PORT: packet.destination_port,
    }


def _constants_hold(plan: Plan, shape: Shape, packet: Packet) -> bool:
    return (
        shape.protocol in (None, packet.protocol)
        and shape.dscp in (None, packet.dscp)
        and shape.traffic_class in (None, packet.traffic_class)
        and _is_tagged(plan, shape, packet)
    )


def _is_tagged(plan: Plan, shape: Shape, packet: Packet) -> bool:
    if shape.tagged is None:
        return True
    is_source = shape.tagged.side is Field.SOURCE
    address = ip_address(packet.source if is_source else packet.destination)
    return plan.tags.holds(shape.tagged, address.version, int(address))
