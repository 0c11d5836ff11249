"""What a rule of an AppD says that no platform here can do: told when the package is on-boarded.

Pure. Never judges what depends on the host: whether its cells are joined by GTP-U is seen there.
"""

import ipaddress
from collections.abc import Iterator

from .appd import InterfaceDescriptor, TrafficFilter
from .faults import Fault
from .rules import InterfaceType, RuleAction

ENCAPSULATED = (RuleAction.FORWARD_ENCAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED)
SENDING = (*ENCAPSULATED, RuleAction.FORWARD_DECAPSULATED, RuleAction.DUPLICATE_DECAPSULATED)


def tunnel_faults(action: RuleAction, given: InterfaceDescriptor, at: str) -> Iterator[Fault]:
    """Yield what is wrong between an action and the kind of one of its destinations."""
    is_tunnel = given.interface_type is InterfaceType.TUNNEL
    if action in SENDING and is_tunnel != (action in ENCAPSULATED):
        yield Fault(
            "rule-tunnel",
            f"{action} does not send to an interface of type {given.interface_type}.",
            "The ENCAPSULATED actions send to TUNNEL, the DECAPSULATED ones to IP or MAC.",
            field=f"{at}.interfaceType",
        )
    if given.tunnel_info is None or not is_tunnel:
        return
    if given.tunnel_info.tunnel_specific_data:
        yield Fault(
            "rule-tunnel",
            "Nothing here is known of tunnelSpecificData.",
            "Leave it out: the TEID is that of the device's session.",
            field=f"{at}.tunnelInfo.tunnelSpecificData",
        )
    if given.tunnel_info.tunnel_dst_address is None:
        yield Fault(
            "rule-tunnel",
            "A tunnel to an instance needs its end.",
            "Write tunnelDstAddress: ${instance.ip}.",
            field=f"{at}.tunnelInfo.tunnelDstAddress",
        )
    for name, end in (
        ("tunnelDstAddress", given.tunnel_info.tunnel_dst_address),
        ("tunnelSrcAddress", given.tunnel_info.tunnel_src_address),
    ):
        if end is not None and _is_v6(end):
            yield Fault(
                "rule-tunnel",
                f"{end} is of IPv6; tunnels to instances are of IPv4.",
                "Write an IPv4 address.",
                field=f"{at}.tunnelInfo.{name}",
            )


def unsaid_faults(wanted: TrafficFilter, at: str) -> Iterator[Fault]:
    """Yield what a filter asks for that no packet shows here, and what to write instead."""
    for name, value in (("uri", wanted.uri), ("packetLabel", wanted.packet_label)):
        if value:
            yield Fault(
                "rule-unsaid",
                f"No packet shows its {name} here.",
                "Say it by addresses, ports and protocols.",
                field=f"{at}.{name}",
            )
    for name, number, most in (
        ("qCI", wanted.q_ci, 255),
        ("dSCP", wanted.d_scp, 63),
        ("tC", wanted.t_c, 255),
    ):
        if number is not None and not 0 <= number <= most:
            yield Fault(
                "rule-number",
                f"{number} is no {name}.",
                f"Write a number from 0 to {most}.",
                field=f"{at}.{name}",
            )


def _is_v6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:  # told as such elsewhere
        return False
