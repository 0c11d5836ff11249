"""The data plane as people see it: what is in force, and where a packet would go.

Never changes anything: rules come by the platform (Mp1, Mm5).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Protocol

from wayside.core.errors import Unprocessable
from wayside.core.operations import Api, get, post
from wayside.refpoints.mp2 import SteeringRule

from .conflicts import Conflict
from .matches import protocol_number
from .model import (
    ConflictingRule,
    DataPlaneState,
    RuleConflict,
    RuleConflicts,
    WalkAnswer,
    WalkRequest,
)
from .packets import Packet
from .plan import Plan
from .ranking import SENTENCES
from .walk import Verdict


class Viewed(Protocol):
    """A data plane, real or simulated, as this view reads it."""

    simulated: bool

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        ...

    @property
    def generation(self) -> int:
        """The generation in force."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Return packets by what became of them."""
        ...

    def walk(self, packet: Packet) -> Verdict:
        """Return where the first packet of a flow with this header goes."""
        ...


class DataPlaneView(
    Api, name="wayside_dataplane", version="v1", spec="Ours", title="Data plane of a MEC host"
):
    """What a host steers, and what would become of a packet."""

    def __init__(self, plane: Viewed) -> None:
        self._plane = plane

    @get("/state", clause="Ours: what Mp2 put into force", scope="wayside_dataplane:read")
    async def get_state(self) -> DataPlaneState:
        """Return the generation in force, how much it steers, and packets counted."""
        plan = self._plane.plan
        return DataPlaneState(
            generation=self._plane.generation,
            simulated=self._plane.simulated,
            rules=len(plan.rules),
            maps=sum(1 for _ in plan.all_groups()),
            targets=sum(1 for _ in plan.targets()),
            counters=dict(self._plane.counters()),
        )

    @post("/walks", clause="Ours: a packet through the plan", scope="wayside_dataplane:read")
    async def create_walk(self, body: WalkRequest) -> WalkAnswer:
        """Return where the first packet of a flow with this header goes, and by which rule.

        Nothing is sent and nothing is remembered, on a real data plane neither.
        """
        verdict = self._plane.walk(_packet(body))
        instance, _, rule = (verdict.rule_key or "").partition("/")
        return WalkAnswer(
            simulated=self._plane.simulated,
            action=verdict.action,
            app_instance_id=instance or None,
            traffic_rule_id=rule or None,
            address=verdict.target.address if verdict.target else None,
            device=verdict.target.device if verdict.target else None,
        )

    @get("/conflicts", clause="Ours: rules of one priority", scope="wayside_dataplane:read")
    async def get_conflicts(self) -> RuleConflicts:
        """Return which rules in force of one priority want different things of the same packets.

        None of them is at fault by itself; what happens is certain, but maybe not what its owner
        means. Ref: MEC 011 table 7.1.2.2-1, which leaves open what equal priorities mean.
        """
        found, are_all = self._plane.plan.conflicts.found()
        return RuleConflicts(conflicts=tuple(_told(each) for each in found), complete=are_all)


def _told(conflict: Conflict) -> RuleConflict:
    packet = conflict.example
    return RuleConflict(
        priority=conflict.winner.rule.priority,
        winner=_rule(conflict.winner),
        loser=_rule(conflict.loser),
        reason=conflict.reason,
        detail=SENTENCES[conflict.reason],
        example=WalkRequest(
            src_address=packet.source,
            dst_address=packet.destination,
            protocol=str(packet.protocol),
            src_port=packet.source_port,
            dst_port=packet.destination_port,
            d_scp=packet.dscp,
            ecn=packet.ecn,
        ),
    )


def _rule(steering: SteeringRule) -> ConflictingRule:
    rule = steering.rule
    app_instance_id, _, traffic_rule_id = steering.key.partition("/")
    return ConflictingRule(
        app_instance_id=app_instance_id,
        traffic_rule_id=traffic_rule_id,
        filter_type=rule.filter_type,
        action=rule.action,
        addresses=tuple(target.address for target in steering.targets),
    )


def _packet(body: WalkRequest) -> Packet:
    addresses = []
    for attribute, text in (("srcAddress", body.src_address), ("dstAddress", body.dst_address)):
        try:
            addresses.append(ip_address(text))
        except ValueError as fault:
            raise Unprocessable(
                f"{attribute}: {text!r} is no IP address.", field=attribute
            ) from fault
    if addresses[0].version != addresses[1].version:
        raise Unprocessable("srcAddress: is of another family.", field="srcAddress")
    for attribute, number, most in (
        ("srcPort", body.src_port, 65535),
        ("dstPort", body.dst_port, 65535),
        ("dSCP", body.d_scp, 63),
        ("ecn", body.ecn, 3),
    ):
        if not 0 <= number <= most:
            raise Unprocessable(f"{attribute}: {number} is not from 0 to {most}.", field=attribute)
    return Packet(
        str(addresses[0]),
        str(addresses[1]),
        protocol_number(body.protocol),
        body.src_port,
        body.dst_port,
        body.d_scp,
        body.in_interface,
        body.ecn,
    )
