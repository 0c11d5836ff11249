"""Mp2 without a kernel: packets are walked through the very plan that nft would be given.

Remembers flows as connection tracking does. Never claims to be real: ``simulated`` is True.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wayside.core.errors import Problem
from wayside.model.rules import FilterType, RuleAction
from wayside.refpoints.mp2 import NameRecord, RuleKey, SteeringRule

from .access import PLAIN, Access
from .actions import COPIES, FORWARDS, MOVING
from .dns import DnsServer
from .packets import Flow, Packet
from .plan import Plan
from .telling import tell
from .walk import NORMAL, Decision, Verdict, decide, stronger, walk
from .wishes import Wish, read_tags

FLOWS_MAX = 65_536
"""The flow that was silent longest is forgotten beyond this."""

COUNTED = {
    **dict.fromkeys(FORWARDS, "steered"),
    **dict.fromkeys(COPIES, "copied"),
    RuleAction.DROP: "dropped",
    RuleAction.PASSTHROUGH: "passed",
}


class _Memory(NamedTuple):
    """What was decided for a flow, and under which generation."""

    generation: int
    decision: Decision | None


class SimulatedDataPlane:
    """Mp2 as a walk. Port: ``Mp2``.

    ``interfaces`` are the devices that transit traffic comes in by; None: all but the targets'.
    """

    simulated = True

    def __init__(
        self,
        names: DnsServer,
        *,
        interfaces: Sequence[str] | None = None,
        access: Access = PLAIN,
    ) -> None:
        self._names = names
        self._interfaces = None if interfaces is None else frozenset(interfaces)
        self._plan = Plan(access=access)
        self._generation = 0
        self._flows: OrderedDict[Flow, _Memory] = OrderedDict()
        self._counters: Counter[str] = Counter()

    @property
    def plan(self) -> Plan:
        """The plan in force; to be read only."""
        return self._plan

    @property
    def generation(self) -> int:
        """The generation in force."""
        return self._generation

    @property
    def flows(self) -> int:
        """How many flows are remembered; at most ``FLOWS_MAX``."""
        return len(self._flows)

    def counters(self) -> Mapping[str, int]:
        """Return packets that were carried, by what became of them."""
        return dict(self._counters)

    def walk(self, packet: Packet) -> Verdict:
        """Return where the first packet of a flow with this header would go; remember nothing."""
        return walk(self._plan, packet) if self._is_transit(packet) else NORMAL

    def carry(self, packet: Packet) -> Verdict:
        """Return where this packet goes, as one of its flow, and remember the flow."""
        verdict = self._transit(packet) if self._is_transit(packet) else self._answer(packet)
        if verdict.action is not None:
            self._counters[COUNTED[verdict.action]] += 1
        return verdict

    async def replace(
        self, rules: Sequence[SteeringRule], tags: Mapping[str, Sequence[str]] | None = None
    ) -> int:
        """Make ``rules`` all that is steered; return the generation. See ``Mp2``."""
        return self._apply(Wish.whole(self._plan, rules, tags or {}))

    async def change(
        self,
        *,
        put: Sequence[SteeringRule] = (),
        remove: Sequence[RuleKey] = (),
        tags: Mapping[str, Sequence[str] | None] | None = None,
    ) -> int:
        """Add or replace ``put``, take away ``remove``; return the generation. See ``Mp2``."""
        return self._apply(Wish(put, remove, read_tags(tags or {})))

    async def name(self, records: Sequence[NameRecord]) -> None:
        """Make ``records`` all the names that the host's DNS answers itself."""
        self._names.replace(records)

    def _apply(self, wish: Wish) -> int:
        before = wish.before(self._plan)
        try:
            self._plan.change(put=wish.put, remove=wish.remove, tags=wish.tags)
        except Problem:
            self._plan = before.again(self._plan)
            self._plan.settle()
            self._plan.conflicts.take_news()
            raise
        tell(self._plan.conflicts.take_news())
        if not self._plan.settle().is_empty or self._generation == 0:
            self._generation += 1
        return self._generation

    def _is_transit(self, packet: Packet) -> bool:
        name = packet.in_interface
        if name is None:
            return True
        if self._interfaces is not None:
            return name in self._interfaces
        return all(name != target.device for _, target in self._plan.targets())

    def _transit(self, packet: Packet) -> Verdict:
        flow, is_reply = self._flow_of(packet)
        remembered = self._flow_decision(flow, packet, is_reply=is_reply)
        winner = stronger(remembered, decide(self._plan, packet, FilterType.PACKET))
        if winner is None:
            return NORMAL
        outcome = winner.outcome
        is_moved = outcome.action in MOVING and outcome.core_target is None
        if is_reply and winner is remembered and is_moved:
            return NORMAL  # the answers of a flow that was moved go home the normal way
        return winner.verdict(from_core=self._plan.is_from_core(packet))

    def _answer(self, packet: Packet) -> Verdict:
        """Judge what comes from an instance: echoes of copies must not reach the device."""
        flow, is_reply = self._flow_of(packet)
        mirrors = [
            target
            for _, outcome in self._plan.outcomes()
            if outcome.action in COPIES
            for target in outcome.targets
        ]
        if all(each.device != packet.in_interface for each in mirrors):
            return NORMAL
        if not is_reply and flow not in self._flows:
            return NORMAL  # a flow that the instance itself started
        decision = self._flow_decision(flow, packet, is_reply=is_reply)
        if decision is not None and decision.outcome.action in FORWARDS:
            target = decision.outcome.target
            if target is not None and target.device == packet.in_interface:
                return NORMAL
        if is_reply and self._is_owned(flow.destination, packet.in_interface):
            return NORMAL
        self._counters["muted"] += 1
        return Verdict(RuleAction.DROP)

    def _is_owned(self, address: str, device: str | None) -> bool:
        return any(
            (target.address, target.device) == (address, device)
            for _, target in self._plan.targets()
        )

    def _flow_of(self, packet: Packet) -> tuple[Flow, bool]:
        """Return the 5-tuple that the packet's flow started with, and whether this answers it."""
        flow = packet.flow
        if flow not in self._flows and flow.reverse in self._flows:
            return flow.reverse, True
        return flow, False

    def _flow_decision(self, flow: Flow, packet: Packet, *, is_reply: bool) -> Decision | None:
        memory = self._flows.get(flow)
        if memory is None or memory.generation != self._generation:
            first = Packet(*flow, dscp=packet.dscp)
            memory = _Memory(self._generation, decide(self._plan, first, FilterType.FLOW))
            if is_reply and self._plan.asks_dscp:
                return memory.decision  # an answer cannot tell the flow's dSCP: not kept
            self._flows[flow] = memory
        self._flows.move_to_end(flow)
        while len(self._flows) > FLOWS_MAX:
            self._flows.popitem(last=False)
        return memory.decision
