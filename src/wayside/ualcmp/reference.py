"""The reference URI of an instance: where a device reaches it. Pure.

The address is the instance's own; scheme and port are those that its AppD names: the ports of its
connection points, otherwise those of a traffic rule that leads to the instance.
Ours: MEC 016 says that there is a URI, and not how it is made.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from wayside.core.wire import Wire
from wayside.model.appd import PLACEHOLDERS, AppD, TrafficFilter, TrafficRuleDescriptor, place_of
from wayside.model.resources import PortProtocol

TLS_PORTS = frozenset({443, 8443})
USUAL = {"http": 80, "https": 443}


class Port(NamedTuple):
    """A port that an instance serves on."""

    number: int
    protocol: str
    """TCP or UDP."""


class Reference(Wire):
    """How the instances of an application are reached, but for the address."""

    scheme: str
    """``http``, ``https``, or ``udp`` where the application serves by UDP alone."""
    port: int | None = None

    def at(self, addresses: Sequence[str]) -> str | None:
        """Return the URI at the first of ``addresses``; None where there is none."""
        if not addresses:
            return None
        address = addresses[0].partition("/")[0]
        host = f"[{address}]" if ip_address(address).version == 6 else address
        if self.port in (None, USUAL.get(self.scheme)):
            return f"{self.scheme}://{host}/"
        return f"{self.scheme}://{host}:{self.port}/"


def reference_of(app_d: AppD) -> Reference:
    """Return how the instances of an application are reached; without a port where none is told."""
    ports = list(_offered(app_d)) or list(_steered(app_d))
    tcp = [each.number for each in ports if each.protocol == "TCP"]
    if tcp:
        return Reference(scheme="https" if tcp[0] in TLS_PORTS else "http", port=tcp[0])
    if ports:
        return Reference(scheme="udp", port=ports[0].number)
    return Reference(scheme="http")


def _offered(app_d: AppD) -> Iterator[Port]:
    for point in app_d.app_ext_cpd:
        for service in point.additional_service_data:
            for each in service.port_data:
                if each.protocol is not PortProtocol.SCTP:
                    yield Port(each.port, each.protocol.value)


def _steered(app_d: AppD) -> Iterator[Port]:
    for rule in app_d.app_traffic_rule:
        if _leads_here(rule):
            for each in rule.traffic_filter:
                yield from _ports(each)


def _leads_here(rule: TrafficRuleDescriptor) -> bool:
    ends = [each.dst_ip_address or "" for each in rule.dst_interfaces]
    return any(end in PLACEHOLDERS and place_of(end) == "instance" for end in ends)


def _ports(wanted: TrafficFilter) -> Iterator[Port]:
    names = {name.upper() for name in wanted.protocol}
    for protocol, number in (("TCP", "6"), ("UDP", "17")):
        if not names or names & {protocol, number}:
            for port in wanted.dst_port:
                first = port.partition("-")[0]
                if first.isdecimal():
                    yield Port(int(first), protocol)
