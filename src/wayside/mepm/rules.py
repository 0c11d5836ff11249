"""From the descriptors of an AppD to the rules of a platform. Pure.

The two standards spell the same things differently (MEC 010-2 clauses 6.2.1.9 to 6.2.1.13, MEC 011
clauses 7.1.2 and 7.1.5), and a descriptor may say ``${instance.ip}`` where the address is known
only now, ``${platform.ip}`` and ``${gateway.ip}`` where it differs from host to host. Never drops a
condition: what MEC 011 cannot say is refused. Rules are INACTIVE: the platform puts them in force
when the instance is ready.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from wayside.core.errors import Unprocessable
from wayside.model import appd
from wayside.model.appd import INSTANCE_MAC, PLACEHOLDERS, place_of
from wayside.model.hardware import mac_of
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    IpAddressType,
    RuleState,
    TrafficFilter,
    TrafficRule,
    TunnelInfo,
    TunnelType,
)

TUNNELS = {
    appd.TunnelType.GTP_U: TunnelType.GTP_U,
    appd.TunnelType.GRE: TunnelType.GRE,
}
"""MEC 010-2 writes ``GTP-U`` where MEC 011 writes ``GTP_U``."""

FAMILY = {IpAddressType.IP_V4: 4, IpAddressType.IP_V6: 6}


@dataclass(frozen=True)
class Addresses:
    """What the placeholders of one instance's rules stand for."""

    instance: Sequence[str] = ()
    """Where it is reached."""
    platform: Sequence[str] = ()
    """Where its host's instances reach the platform."""
    gateway: Sequence[str] = ()
    """Where its packets leave by."""

    def of(self, place: str) -> Sequence[str]:
        """Return the addresses of one of ``PLACES``."""
        found: Sequence[str] = getattr(self, place)
        return found


class _Resolver:
    """Puts addresses for their placeholders; knows which rule it is asked for."""

    def __init__(self, rule: str, addresses: Addresses) -> None:
        self._rule = rule
        self._addresses = addresses

    def one(self, text: str, field: str, version: int | None = None) -> str:
        """Return ``text`` with the placeholder resolved; raise Unprocessable where it cannot be."""
        for placeholder, family in PLACEHOLDERS.items():
            if placeholder in text:
                address = self._address(place_of(placeholder), field, family or version)
                text = text.replace(placeholder, address)
        if "${" in text:
            raise Unprocessable(
                f"The rule {self._rule} says {text} in {field}, which nothing here resolves; "
                f"write an address or {' or '.join(PLACEHOLDERS)}.",
                field=field,
            )
        return text

    def maybe(self, text: str | None, field: str) -> str | None:
        """Return None for None, else ``one``."""
        return None if text is None else self.one(text, field)

    def mac(self, text: str | None, field: str) -> str | None:
        """Return ``text`` with the instance's hardware address in place of its placeholder."""
        if text != INSTANCE_MAC:
            return text
        return mac_of(self._address("instance", field, 4))

    def many(self, texts: tuple[str, ...], field: str) -> tuple[str, ...]:
        """Return each of ``texts`` resolved."""
        return tuple(self.one(text, field) for text in texts)

    def refuse(self, field: str, value: object) -> None:
        """Raise Unprocessable where ``value`` says something, as MEC 011 has no ``field``."""
        if value:
            raise Unprocessable(
                f"The rule {self._rule} says {field}, which a platform's rule cannot (MEC 011 "
                "clause 7.1.5); say it by addresses, ports and protocols.",
                field=field,
            )

    def _address(self, place: str, field: str, version: int | None) -> str:
        for address in self._addresses.of(place):
            if version is None or ipaddress.ip_address(address).version == version:
                return address
        family = "" if version is None else f" of IPv{version}"
        raise Unprocessable(
            f"The rule {self._rule} needs the {place}'s address{family} in {field}, and the "
            f"{place} has none here; write an address.",
            field=field,
        )


def traffic_rules(
    descriptors: Sequence[appd.TrafficRuleDescriptor], addresses: Addresses
) -> tuple[TrafficRule, ...]:
    """Return the platform's rules for an instance with these addresses."""
    return tuple(_traffic_rule(each, addresses) for each in descriptors)


def dns_rules(
    descriptors: Sequence[appd.DNSRuleDescriptor], addresses: Addresses
) -> tuple[DnsRule, ...]:
    """Return the platform's DNS rules for an instance with these addresses."""
    return tuple(_dns_rule(each, addresses) for each in descriptors)


def _traffic_rule(rule: appd.TrafficRuleDescriptor, addresses: Addresses) -> TrafficRule:
    resolver = _Resolver(rule.traffic_rule_id, addresses)
    interfaces = tuple(_interface(each, resolver) for each in rule.dst_interfaces)
    return TrafficRule(
        traffic_rule_id=rule.traffic_rule_id,
        filter_type=rule.filter_type,
        priority=rule.priority,
        traffic_filter=tuple(_filter(each, resolver) for each in rule.traffic_filter),
        action=rule.action,
        dst_interface=(interfaces[0] if len(interfaces) == 1 else interfaces) or None,
        state=RuleState.INACTIVE,
    )


def _filter(given: appd.TrafficFilter, resolver: _Resolver) -> TrafficFilter:
    resolver.refuse("uri", given.uri)
    resolver.refuse("packetLabel", given.packet_label)
    return TrafficFilter(
        src_address=resolver.many(given.src_address, "srcAddress"),
        dst_address=resolver.many(given.dst_address, "dstAddress"),
        src_port=given.src_port,
        dst_port=given.dst_port,
        protocol=given.protocol,
        tag=given.tag,
        src_tunnel_address=resolver.many(given.src_tunnel_address, "srcTunnelAddress"),
        tgt_tunnel_address=resolver.many(given.tgt_tunnel_address, "tgtTunnelAddress"),
        src_tunnel_port=given.src_tunnel_port,
        dst_tunnel_port=given.dst_tunnel_port,
        q_ci=given.q_ci,
        d_scp=given.d_scp,
        t_c=given.t_c,
    )


def _interface(given: appd.InterfaceDescriptor, resolver: _Resolver) -> DestinationInterface:
    return DestinationInterface(
        interface_type=given.interface_type,
        tunnel_info=_tunnel(given.tunnel_info, resolver),
        src_mac_address=given.src_mac_address,
        dst_mac_address=resolver.mac(given.dst_mac_address, "dstMACAddress"),
        dst_ip_address=resolver.maybe(given.dst_ip_address, "dstIPAddress"),
    )


def _tunnel(given: appd.TunnelInfo | None, resolver: _Resolver) -> TunnelInfo | None:
    if given is None:
        return None
    resolver.refuse("tunnelSpecificData", given.tunnel_specific_data)
    return TunnelInfo(
        tunnel_type=TUNNELS[given.tunnel_type],
        tunnel_dst_address=resolver.maybe(given.tunnel_dst_address, "tunnelDstAddress"),
        tunnel_src_address=resolver.maybe(given.tunnel_src_address, "tunnelSrcAddress"),
    )


def _dns_rule(rule: appd.DNSRuleDescriptor, addresses: Addresses) -> DnsRule:
    resolver = _Resolver(rule.dns_rule_id, addresses)
    version = FAMILY[rule.ip_address_type]
    return DnsRule(
        dns_rule_id=rule.dns_rule_id,
        domain_name=rule.domain_name,
        ip_address_type=rule.ip_address_type,
        ip_address=resolver.one(rule.ip_address, "ipAddress", version),
        ttl=rule.ttl,
        state=RuleState.INACTIVE,
    )
