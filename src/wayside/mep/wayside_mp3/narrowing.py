"""The rules of an instance, narrowed to one device that is at another host now. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_address, ip_network

from msgspec.structs import replace

from wayside.core.errors import Unprocessable
from wayside.model.rules import (
    FilterType,
    RuleAction,
    RuleState,
    TrafficFilter,
    TrafficRule,
)
from wayside.refpoints.mp3 import HeldDevice

FORWARDS = frozenset({RuleAction.FORWARD_DECAPSULATED, RuleAction.FORWARD_ENCAPSULATED})


def held_device(address: str, rules: Iterable[TrafficRule]) -> HeldDevice:
    """Return what another host must know to send a device's packets to the instance of ``rules``.

    Of the rules in force, those that bring whole flows to the instance; each ranks before the same
    rule of an instance of that host. What a filter says of tags and tunnels holds at one host
    alone: a filter with a tag is left out, of tunnels nothing is said.
    """
    found = []
    for rule in rules:
        filters = tuple(_narrowed(address, rule))
        if filters:
            found.append(
                TrafficRule(
                    traffic_rule_id=rule.traffic_rule_id,
                    filter_type=rule.filter_type,
                    priority=max(0, rule.priority - 1),
                    traffic_filter=filters,
                    action=RuleAction.FORWARD_DECAPSULATED,
                    state=RuleState.ACTIVE,
                )
            )
    return HeldDevice(address=address, rules=tuple(found))


def _narrowed(address: str, rule: TrafficRule) -> Iterator[TrafficFilter]:
    brings = rule.action in FORWARDS and rule.filter_type is FilterType.FLOW
    if rule.state is not RuleState.ACTIVE or not brings:
        return
    for each in rule.traffic_filter:
        if each.tag or (each.src_address and not _within(address, each.src_address)):
            continue
        yield replace(
            each,
            src_address=(address,),
            src_tunnel_address=(),
            tgt_tunnel_address=(),
            src_tunnel_port=(),
            dst_tunnel_port=(),
            q_ci=None,
        )


def _within(address: str, networks: Iterable[str]) -> bool:
    return any(ip_address(address) in ip_network(each, strict=False) for each in networks)


def check_held(asked: HeldDevice) -> None:
    """Return where all that is asked is about the one device; raise Unprocessable otherwise."""
    try:
        IPv4Address(asked.address)
    except ValueError as fault:
        raise Unprocessable(
            f"$.address: {asked.address[:64]!r} is no IPv4 address.", field="$.address"
        ) from fault
    for number, rule in enumerate(asked.rules):
        sources = [each.src_address for each in rule.traffic_filter]
        if not sources or any(each != (asked.address,) for each in sources):
            field = f"$.rules[{number}].trafficFilter"
            raise Unprocessable(
                f"{field}: every filter must mean packets of {asked.address} alone.", field=field
            )
