"""Where a traffic rule sends: its destinations, resolved among the instance's own attachments.

Pure. Never decides what a rule may become: ``logic`` does. Ref: MEC 011 clause 7.1.5.3.
"""

from collections.abc import Sequence

from wayside.core.errors import Unprocessable
from wayside.model.hardware import mac_of, same_mac
from wayside.model.rules import DestinationInterface, InterfaceType, RuleAction, TrafficRule
from wayside.refpoints.mm5 import Attachment
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target, Tunnel, tunnel_device

DUPLICATES = frozenset({RuleAction.DUPLICATE_DECAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED})
ENCAPSULATED = frozenset({RuleAction.FORWARD_ENCAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED})


def key_of(app_instance_id: str, rule_id: str) -> RuleKey:
    """Return what names a rule among those of all instances."""
    return RuleKey(f"{app_instance_id}/{rule_id}")


def interfaces_of(rule: TrafficRule) -> tuple[DestinationInterface, ...]:
    """Return the destinations, as a sequence whichever way they were written."""
    given = rule.dst_interface
    if given is None:
        return ()
    return (given,) if isinstance(given, DestinationInterface) else given


def steering_of(
    app_instance_id: str, rule: TrafficRule, attachments: Sequence[Attachment]
) -> SteeringRule:
    """Return the rule with its destinations resolved among the instance's own attachments.

    Of two, the first is for what comes from devices and the second for what comes from the core;
    of the two of a DUPLICATE one may be the way that the packet takes anyhow, not the instance's.
    Ours: the DECAPSULATED actions without ``dstInterface`` mean the instance's first attachment.
    Raises Unprocessable where a destination is not the instance's own, or their number or kind is
    wrong. Ref: MEC 011 table 7.1.2.2-1.
    """
    return SteeringRule(
        key_of(app_instance_id, rule.traffic_rule_id), rule, _targets(rule, attachments)
    )


def _targets(rule: TrafficRule, attachments: Sequence[Attachment]) -> tuple[Target, ...]:
    given = interfaces_of(rule)
    most = {RuleAction.DROP: 0, RuleAction.PASSTHROUGH: 1}.get(rule.action, 2)
    if len(given) > most:
        remedy = "leave it out" if most == 0 else f"give at most {most}"
        raise _unfit("dstInterface", f"{rule.action} takes fewer destinations; {remedy}")
    if rule.action in (RuleAction.DROP, RuleAction.PASSTHROUGH):
        return ()
    if rule.action in DUPLICATES and len(given) == 2:
        given = tuple(each for each in given if _is_own(each, attachments)) or given
    if given:
        return tuple(_target(rule.action, each, attachments) for each in given)
    if rule.action in ENCAPSULATED:
        raise _unfit("dstInterface", f"{rule.action} needs a destination of type TUNNEL")
    if not attachments:
        raise _unfit("dstInterface", f"{rule.action} needs one, and the instance has no address")
    return (Target(attachments[0].address, attachments[0].device),)


def _target(
    action: RuleAction, given: DestinationInterface, attachments: Sequence[Attachment]
) -> Target:
    is_tunnel = given.interface_type is InterfaceType.TUNNEL
    if is_tunnel != (action in ENCAPSULATED):
        remedy = "IP or MAC, or the ENCAPSULATED action" if is_tunnel else "TUNNEL"
        raise _unfit(
            "dstInterface.interfaceType",
            f"{action} does not send to {given.interface_type}; use {remedy}",
        )
    own = _own(given, attachments)
    if given.tunnel_info is None or not is_tunnel:
        return Target(own.address, own.device)
    kind, source = given.tunnel_info.tunnel_type, given.tunnel_info.tunnel_src_address
    return Target(own.address, tunnel_device(kind, own.device), Tunnel(kind, source))


def _own(given: DestinationInterface, attachments: Sequence[Attachment]) -> Attachment:
    """Return the attachment that a destination names, which must be the instance's own."""
    name, value = _named(given)
    if value is None:
        raise _unfit(name, f"{given.interface_type} needs the destination's address")
    found = _find(given, attachments)
    if found is None:
        by_mac = given.interface_type is InterfaceType.MAC
        theirs = ", ".join(mac_of(e.address) if by_mac else e.address for e in attachments)
        raise _unfit(
            name,
            f"{value} is not an address of this instance; its addresses are: {theirs or 'none'}",
        )
    return found


def _named(given: DestinationInterface) -> tuple[str, str | None]:
    """Return the attribute that names the destination, and what it says."""
    if given.interface_type is InterfaceType.MAC:
        return "dstInterface.dstMacAddress", given.dst_mac_address
    if given.interface_type is InterfaceType.IP:
        return "dstInterface.dstIpAddress", given.dst_ip_address
    if given.tunnel_info is None:
        raise _unfit("dstInterface.tunnelInfo", "TUNNEL needs the tunnel's ends")
    return "dstInterface.tunnelInfo.tunnelDstAddress", given.tunnel_info.tunnel_dst_address


def _find(given: DestinationInterface, attachments: Sequence[Attachment]) -> Attachment | None:
    _, value = _named(given)
    for each in attachments if value is not None else ():
        if given.interface_type is InterfaceType.MAC:
            if ":" not in each.address and same_mac(mac_of(each.address), str(value)):
                return each
        elif each.address == value:
            return each
    return None


def _is_own(given: DestinationInterface, attachments: Sequence[Attachment]) -> bool:
    return _find(given, attachments) is not None


def _unfit(field: str, sentence: str) -> Unprocessable:
    return Unprocessable(f"$.{field}: {sentence}.", field=f"$.{field}")
