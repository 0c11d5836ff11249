"""Faults in the traffic and DNS rules of an AppD. Ref: MEC 010-2 clauses 6.2.1.9 to 6.2.1.13.

Pure; a placeholder (``${instance.ip}``) is accepted where an address stands, because the address
is known only when the instance runs. Never looks at other rules of a host.
"""

import ipaddress
import re
from collections.abc import Iterator

from .appd import (
    INSTANCE_IP,
    INSTANCE_MAC,
    PLACEHOLDERS,
    AppD,
    DNSRuleDescriptor,
    InterfaceDescriptor,
    TrafficFilter,
    TrafficRuleDescriptor,
    place_of,
)
from .faults import Fault
from .rules import InterfaceType, IpAddressType, RuleAction
from .tags import TAG_REMEDY, is_tag
from .tunnel_checks import tunnel_faults, unsaid_faults

MAC = re.compile(r"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$")
RULE_ID = re.compile(r"^[^\s/\\?#%\x00-\x1f]{1,255}$")
LABEL = re.compile(r"^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$")
PROTOCOLS = frozenset({"TCP", "UDP", "ICMP", "ICMPV6", "SCTP", "GRE", "ESP", "AH"})
TTL_S_MAX = 2**31 - 1

VERSIONS = {IpAddressType.IP_V4: 4, IpAddressType.IP_V6: 6}

DESTINATIONS = {
    RuleAction.DROP: (0, 0),
    RuleAction.PASSTHROUGH: (0, 1),
    RuleAction.FORWARD_DECAPSULATED: (1, 2),
    RuleAction.FORWARD_ENCAPSULATED: (1, 2),
    RuleAction.DUPLICATE_DECAPSULATED: (1, 2),
    RuleAction.DUPLICATE_ENCAPSULATED: (1, 2),
}
"""How many destinations each action takes: two where both directions are told apart."""
FORWARDS = (RuleAction.FORWARD_DECAPSULATED, RuleAction.FORWARD_ENCAPSULATED)


def rule_faults(appd: AppD) -> Iterator[Fault]:
    """Yield every fault of the descriptor's traffic and DNS rules."""
    for number, rule in enumerate(appd.app_traffic_rule):
        yield from _traffic_rule(rule, f"appTrafficRule[{number}]")
    for number, name in enumerate(appd.app_dns_rule):
        yield from _dns_rule(name, f"appDNSRule[{number}]")


def _traffic_rule(rule: TrafficRuleDescriptor, at: str) -> Iterator[Fault]:
    yield from _rule_id(rule.traffic_rule_id, f"{at}.trafficRuleId")
    if not rule.traffic_filter:
        yield Fault(
            "rule-filter",
            f"Traffic rule {rule.traffic_rule_id} has no filter.",
            "Give trafficFilter at least one entry; an empty one ({}) matches all traffic.",
            field=f"{at}.trafficFilter",
        )
    least, most = DESTINATIONS[rule.action]
    if not least <= len(rule.dst_interfaces) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        yield Fault(
            "rule-destinations",
            f"Traffic rule {rule.traffic_rule_id} has {len(rule.dst_interfaces)} destinations; "
            f"{rule.action} takes {wanted}.",
            "Correct dstInterface or the action.",
            field=f"{at}.dstInterface",
        )
    for number, traffic_filter in enumerate(rule.traffic_filter):
        yield from _filter(traffic_filter, f"{at}.trafficFilter[{number}]")
    for number, interface in enumerate(rule.dst_interfaces):
        yield from _interface(interface, f"{at}.dstInterface[{number}]")
        yield from tunnel_faults(rule.action, interface, f"{at}.dstInterface[{number}]")
        if rule.action in FORWARDS:
            yield from _leads_elsewhere(interface, f"{at}.dstInterface[{number}]")


def _filter(wanted: TrafficFilter, at: str) -> Iterator[Fault]:
    addresses = {
        "srcAddress": wanted.src_address,
        "dstAddress": wanted.dst_address,
        "srcTunnelAddress": wanted.src_tunnel_address,
        "tgtTunnelAddress": wanted.tgt_tunnel_address,
    }
    ports = {
        "srcPort": wanted.src_port,
        "dstPort": wanted.dst_port,
        "srcTunnelPort": wanted.src_tunnel_port,
        "dstTunnelPort": wanted.dst_tunnel_port,
    }
    yield from unsaid_faults(wanted, at)
    for name, values in addresses.items():
        for value in values:
            if not _is_network(value):
                yield _bad_address(value, f"{at}.{name}")
    for name, values in ports.items():
        for value in values:
            if not _is_ports(value):
                yield Fault(
                    "rule-port",
                    f"{value!r} is no port.",
                    "Write a number from 0 to 65535 or a range such as 8000-8080.",
                    field=f"{at}.{name}",
                )
    for value in wanted.tag:
        if not is_tag(value):
            yield Fault(
                "rule-tag",
                f"{value!r} is no tag of devices.",
                f"Write {TAG_REMEDY}.",
                field=f"{at}.tag",
            )
    for value in wanted.protocol:
        if value.upper() not in PROTOCOLS and not _is_number(value, 255):
            yield Fault(
                "rule-protocol",
                f"{value!r} is no protocol that a rule can name.",
                f"Write one of {', '.join(sorted(PROTOCOLS))} or a number from 0 to 255.",
                field=f"{at}.protocol",
            )


def _interface(interface: InterfaceDescriptor, at: str) -> Iterator[Fault]:
    needs = {
        InterfaceType.TUNNEL: ("tunnelInfo", interface.tunnel_info),
        InterfaceType.MAC: ("dstMACAddress", interface.dst_mac_address),
        InterfaceType.IP: ("dstIPAddress", interface.dst_ip_address),
    }
    name, value = needs[interface.interface_type]
    if value is None:
        yield Fault(
            "rule-interface",
            f"An interface of type {interface.interface_type} needs {name}.",
            f"Add {name} or correct interfaceType.",
            field=f"{at}.{name}",
        )
    if interface.dst_ip_address is not None and not _is_address(interface.dst_ip_address):
        yield _bad_address(interface.dst_ip_address, f"{at}.dstIPAddress")
    macs = {"srcMACAddress": interface.src_mac_address, "dstMACAddress": interface.dst_mac_address}
    for name, mac in macs.items():
        if mac not in (None, INSTANCE_MAC) and not MAC.match(str(mac)):
            yield Fault(
                "rule-mac",
                f"{mac!r} is no MAC address.",
                f"Write six pairs of hexadecimal digits (02:00:5e:10:00:01) or {INSTANCE_MAC}.",
                field=f"{at}.{name}",
            )
    if interface.tunnel_info is not None:
        ends = {
            "tunnelDstAddress": interface.tunnel_info.tunnel_dst_address,
            "tunnelSrcAddress": interface.tunnel_info.tunnel_src_address,
        }
        for name, end in ends.items():
            if end is not None and not _is_address(end):
                yield _bad_address(end, f"{at}.tunnelInfo.{name}")


def _leads_elsewhere(interface: InterfaceDescriptor, at: str) -> Iterator[Fault]:
    """Yield a fault for each destination that is known not to be the instance."""
    tunnel = interface.tunnel_info
    ends = {
        "dstIPAddress": interface.dst_ip_address,
        "tunnelInfo.tunnelDstAddress": None if tunnel is None else tunnel.tunnel_dst_address,
    }
    for name, end in ends.items():
        if end in PLACEHOLDERS and place_of(end) != "instance":
            yield Fault(
                "rule-destination",
                f"Traffic is forwarded to the application's own instance, and {end} is not it.",
                f"Write {INSTANCE_IP}.",
                field=f"{at}.{name}",
            )


def _dns_rule(rule: DNSRuleDescriptor, at: str) -> Iterator[Fault]:
    yield from _rule_id(rule.dns_rule_id, f"{at}.dnsRuleId")
    if not _is_domain_name(rule.domain_name):
        yield Fault(
            "dns-name",
            f"{rule.domain_name!r} is no domain name.",
            "Write labels of letters, digits and hyphens joined by dots: app.example.",
            field=f"{at}.domainName",
        )
    if not _is_address(rule.ip_address):
        yield _bad_address(rule.ip_address, f"{at}.ipAddress")
    elif _version(rule.ip_address) not in (None, VERSIONS[rule.ip_address_type]):
        yield Fault(
            "dns-family",
            f"{rule.ip_address} is not of type {rule.ip_address_type}.",
            "Correct ipAddressType or ipAddress.",
            field=f"{at}.ipAddressType",
        )
    if rule.ttl is not None and not 0 <= rule.ttl <= TTL_S_MAX:
        yield Fault(
            "dns-ttl",
            f"A ttl of {rule.ttl} s is no time to live.",
            f"Write seconds from 0 to {TTL_S_MAX}, or leave ttl out.",
            field=f"{at}.ttl",
        )


def _rule_id(value: str, field: str) -> Iterator[Fault]:
    if not RULE_ID.match(value):
        yield Fault(
            "rule-id",
            f"{value!r} cannot name a resource.",
            "Write 1 to 255 characters without space, slash, ?, # or %.",
            field=field,
        )


def _bad_address(value: str, field: str) -> Fault:
    if value.startswith("${"):
        known = ", ".join(sorted(PLACEHOLDERS))
        return Fault(
            "rule-placeholder",
            f"{value!r} stands for nothing that is known.",
            f"Use {known} or an address.",
            field=field,
        )
    return Fault(
        "rule-address",
        f"{value!r} is no IP address.",
        "Write an IPv4 or IPv6 address; a filter also takes a prefix length: 203.0.113.0/24.",
        field=field,
    )


def _version(value: str) -> int | None:
    """Return the IP version of an address or placeholder; None where it is not known yet."""
    if value in PLACEHOLDERS:
        return PLACEHOLDERS[value]
    return ipaddress.ip_address(value).version


def _is_address(value: str) -> bool:
    if value in PLACEHOLDERS:
        return True
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_network(value: str) -> bool:
    name, slash, length = value.partition("/")
    if name in PLACEHOLDERS:
        return not slash or _is_number(length, 32 if PLACEHOLDERS[name] != 6 else 128)
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_ports(value: str) -> bool:
    first, dash, last = value.partition("-")
    ends = (first, last) if dash else (first,)
    if not all(_is_number(end, 65535) for end in ends):
        return False
    return int(ends[0]) <= int(ends[-1])


def _is_number(value: str, most: int) -> bool:
    return value.isascii() and value.isdecimal() and int(value) <= most


def _is_domain_name(value: str) -> bool:
    labels = value.removesuffix(".").split(".")
    return len(value) <= 253 and all(LABEL.match(label) for label in labels)
