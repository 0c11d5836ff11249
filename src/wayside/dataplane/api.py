"""The data plane as people see it: what is in force, and where a packet would go.

Never changes anything: rules come by the platform (Mp1, Mm5).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Protocol

import msgspec

from wayside.core.errors import Unprocessable
from wayside.core.operations import Api, get, post
from wayside.core.wire import Wire
from wayside.model.rules import RuleAction

from .matches import protocol_number
from .packets import Packet
from .plan import Plan
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
    )
