"""Traffic rules and DNS rules as the platform holds them. Ref: MEC 011 clauses 7.1.2, 7.1.5.

The descriptors of an AppD (MEC 010-2) spell some names otherwise and live in ``model.appd``;
``mepm`` maps the ones to the others. Never decides which rule wins: ``dataplane.plan`` does.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

Priority = Annotated[int, msgspec.Meta(ge=0, le=255)]
"""0 is the highest. Ref: MEC 011 table 7.1.2.2-1."""


class FilterType(StrEnum):
    """FLOW: the context of a flow, both directions. PACKET: each packet by itself."""

    FLOW = "FLOW"
    PACKET = "PACKET"


class RuleAction(StrEnum):
    """What becomes of traffic that matches. Ref: MEC 011 table 7.1.2.2-1."""

    DROP = "DROP"
    FORWARD_DECAPSULATED = "FORWARD_DECAPSULATED"
    FORWARD_ENCAPSULATED = "FORWARD_ENCAPSULATED"
    PASSTHROUGH = "PASSTHROUGH"
    DUPLICATE_DECAPSULATED = "DUPLICATE_DECAPSULATED"
    DUPLICATE_ENCAPSULATED = "DUPLICATE_ENCAPSULATED"


class RuleState(StrEnum):
    """Whether a rule is in force."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class InterfaceType(StrEnum):
    """Where a rule sends traffic: a tunnel, a MAC or an IP address."""

    TUNNEL = "TUNNEL"
    MAC = "MAC"
    IP = "IP"


class TunnelType(StrEnum):
    """How a tunnel wraps. MEC 010-2 writes ``GTP-U`` where MEC 011 writes ``GTP_U``."""

    GTP_U = "GTP_U"
    GRE = "GRE"


class IpAddressType(StrEnum):
    """The family of a DNS rule's address."""

    IP_V4 = "IP_V4"
    IP_V6 = "IP_V6"


class TrafficFilter(Wire):
    """What traffic a rule means: all given members must match, any value of a member will do.

    Addresses are IPv4 or IPv6, single or with a prefix length; ports single or ``first-last``;
    protocols by name (``TCP``, ``UDP``, ``ICMP``) or number. Ref: MEC 011 table 7.1.5.2-1.
    """

    src_address: tuple[str, ...] = ()
    dst_address: tuple[str, ...] = ()
    src_port: tuple[str, ...] = ()
    dst_port: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    src_tunnel_address: tuple[str, ...] = ()
    tgt_tunnel_address: tuple[str, ...] = ()
    src_tunnel_port: tuple[str, ...] = ()
    dst_tunnel_port: tuple[str, ...] = ()
    q_ci: int | None = msgspec.field(default=None, name="qCI")
    d_scp: int | None = msgspec.field(default=None, name="dSCP")
    t_c: int | None = msgspec.field(default=None, name="tC")


class TunnelInfo(Wire):
    """A tunnel's ends. Ref: MEC 011 table 7.1.5.4-1."""

    tunnel_type: TunnelType
    tunnel_dst_address: str | None = None
    tunnel_src_address: str | None = None


class DestinationInterface(Wire):
    """Where a rule sends traffic. Ref: MEC 011 table 7.1.5.3-1."""

    interface_type: InterfaceType
    tunnel_info: TunnelInfo | None = None
    src_mac_address: str | None = None
    dst_mac_address: str | None = None
    dst_ip_address: str | None = None


class TrafficRule(Wire):
    """A traffic rule of an application instance. Ref: MEC 011 table 7.1.2.2-1."""

    traffic_rule_id: str
    filter_type: FilterType
    priority: Priority
    traffic_filter: tuple[TrafficFilter, ...]
    """One or more; traffic that any of them matches is meant."""
    action: RuleAction
    dst_interface: DestinationInterface | tuple[DestinationInterface, ...] | None = None
    state: RuleState


class DnsRule(Wire):
    """A DNS rule of an application instance; no ``ttl``: it never expires. Ref: MEC 011 7.1.2.3."""

    dns_rule_id: str
    domain_name: str
    ip_address_type: IpAddressType
    ip_address: str
    ttl: int | None = None
    """Seconds."""
    state: RuleState
