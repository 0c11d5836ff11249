"""Devices that are at one host and served at another: whose packets go where, kept and in force.

Never decides when: whoever serves the device says so. Ref: MEC 021 clause 7.4.5 (notes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, Unprocessable
from wayside.core.ids import HostId
from wayside.core.wire import Wire
from wayside.mep.rules import Rules
from wayside.mep.turns import Turns
from wayside.model.rules import DestinationInterface, InterfaceType, RuleAction, RuleState
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target
from wayside.refpoints.mp3 import HeldDevice

from .narrowing import check_held


@dataclass(frozen=True)
class Way:
    """Where devices' packets for another host leave this one: the next hop, and the device."""

    next_hop: str
    device: str


class Held(Wire):
    """What a peer has asked for a device of its own that is here."""

    host_id: HostId
    asked: HeldDevice


class Guests:
    """The devices that are here and served elsewhere."""

    def __init__(self, store: Store, rules: Rules, ways: Mapping[HostId, Way]) -> None:
        self._rules = rules
        self._ways = ways
        self._turns = Turns()
        self._held = Collection(store, "held_device", Held, what="device of another host")
        rules.also = self.steering

    def steering(self) -> Sequence[SteeringRule]:
        """Return the rules of all devices that are here, as far as a way leads to their hosts."""
        return [
            rule
            for entry in self._held.list()
            if entry.value.host_id in self._ways
            for rule in self._rules_of(entry.id, entry.value)
        ]

    async def hold(self, host_id: HostId, hold_id: str, asked: HeldDevice) -> None:
        """Send a device's packets to its host, in force on return.

        Raises Conflict where no way leads there, Unprocessable for what is not of the device; what
        was in force before is then in force still.
        """
        if host_id not in self._ways:
            raise Conflict(
                f"No way for devices' packets leads to {host_id}; platform.peers of this host's "
                "settings can name one (next_hop, device)."
            )
        check_held(asked)
        await self._turns.take(hold_id, self._hold(hold_id, Held(host_id=host_id, asked=asked)))

    async def _hold(self, hold_id: str, wanted: Held) -> None:
        key = _key(wanted.host_id, hold_id)
        before = self._held.find(key)
        if before is not None and before.value == wanted:
            return
        put = self._rules_of(key, wanted)
        gone = [each.key for each in self._rules_of(key, before.value)] if before else []
        await self._rules.change_also(put, gone)
        if before is None:
            await self._held.create(key, wanted)
        else:
            await self._held.replace(key, wanted)

    async def release(self, host_id: HostId, hold_id: str) -> None:
        """Steer the device by this platform's rules again; nothing to do where it is so."""
        await self._turns.take(hold_id, self._release(_key(host_id, hold_id)))

    async def _release(self, key: str) -> None:
        held = self._held.find(key)
        if held is None:
            return
        await self._rules.change_also((), [each.key for each in self._rules_of(key, held.value)])
        await self._held.delete(key)

    def _rules_of(self, key: str, held: Held) -> list[SteeringRule]:
        way = self._ways.get(held.host_id)
        if way is None:
            return []
        there = DestinationInterface(interface_type=InterfaceType.IP, dst_ip_address=way.next_hop)
        return [
            SteeringRule(
                RuleKey(f"{key}/{number}"),
                replace(rule, dst_interface=there, state=RuleState.ACTIVE),
                (Target(way.next_hop, way.device),),
            )
            for number, rule in enumerate(held.asked.rules)
            if rule.action is RuleAction.FORWARD_DECAPSULATED
        ]


def _key(host_id: str, hold_id: str) -> str:
    if "/" in host_id + hold_id:
        raise Unprocessable("holdId: it cannot hold a slash.", field="holdId")
    return f"held:{host_id}:{hold_id}"
