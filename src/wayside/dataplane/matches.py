"""Traffic filters as boxes of numbers: what a rule matches, checked and normalised.

One filter with several values gives several boxes. Never compares rules with each other.
"""

from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import product
from typing import NamedTuple, NoReturn

from wayside.core.errors import Unprocessable
from wayside.model.rules import TrafficFilter

from .packets import WITH_PORTS

Span = tuple[int, int]
"""First and last number, both included."""

Box = tuple[Span, ...]
"""One span for each field of a shape, in the order of ``Field``."""

BOXES_MAX = 4096
"""One rule may not stand for more combinations of its values than this."""

PORT_MAX = 65535
PROTOCOLS = {
    "ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "GRE": 47, "ESP": 50, "AH": 51, "ICMPV6": 58,
    "OSPF": 89, "SCTP": 132, "UDPLITE": 136,
}  # fmt: skip
NOT_CARRIED = ("tag", "src_tunnel_address", "tgt_tunnel_address", "src_tunnel_port",
               "dst_tunnel_port", "q_ci", "t_c")  # fmt: skip


class Field(IntEnum):
    """What a map's key is made of."""

    SOURCE = 0
    DESTINATION = 1
    SOURCE_PORT = 2
    DESTINATION_PORT = 3


class Match(NamedTuple):
    """Traffic that lies in every span of ``box``. None: any."""

    version: int
    """4 or 6."""
    fields: tuple[Field, ...]
    box: Box
    protocol: int | None
    dscp: int | None

    @property
    def is_ranged(self) -> bool:
        """Whether any span holds more than one number."""
        return any(first != last for first, last in self.box)


class Versioned(NamedTuple):
    """An address filter value: the family and the span of addresses."""

    version: int
    span: Span


def matches_of(filter_: TrafficFilter, versions: tuple[int, ...]) -> tuple[Match, ...]:
    """Return the boxes that ``filter_`` stands for, in the families ``versions``, no two equal.

    Raises Unprocessable naming the attribute that is wrong or that this data plane cannot match.
    """
    _refuse_what_is_not_carried(filter_)
    sources = _addresses("srcAddress", filter_.src_address)
    destinations = _addresses("dstAddress", filter_.dst_address)
    source_ports = _ports("srcPort", filter_.src_port)
    destination_ports = _ports("dstPort", filter_.dst_port)
    protocols = _protocols(filter_, ports=bool(source_ports or destination_ports))
    dscp = _dscp(filter_.d_scp)
    found: dict[Match, None] = {}
    for version in versions:
        spans = (
            _of_version(sources, version),
            _of_version(destinations, version),
            source_ports or [None],
            destination_ports or [None],
        )
        if len(protocols) * _product(spans) > BOXES_MAX:
            _wrong("trafficFilter", f"stands for more than {BOXES_MAX} combinations; split it")
        for protocol, *values in product(protocols, *spans):
            given = [(Field(n), span) for n, span in enumerate(values) if span is not None]
            fields, box = tuple(f for f, _ in given), tuple(span for _, span in given)
            found[Match(version, fields, box, protocol, dscp)] = None
    if not found:
        _wrong("srcAddress", "and dstAddress must be of one family, and of the destination's")
    return tuple(found)


def _product(spans: tuple[list[Span | None], ...]) -> int:
    size = 1
    for values in spans:
        size *= len(values)
    return size


def _of_version(addresses: list[Versioned], version: int) -> list[Span | None]:
    if not addresses:
        return [None]
    return [address.span for address in addresses if address.version == version]


def _refuse_what_is_not_carried(filter_: TrafficFilter) -> None:
    for name in NOT_CARRIED:
        if getattr(filter_, name):
            attribute = {"q_ci": "qCI", "t_c": "tC"}.get(name) or _camel(name)
            _wrong(attribute, "cannot be matched by this data plane; leave it out")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _addresses(attribute: str, values: tuple[str, ...]) -> list[Versioned]:
    found = []
    for value in values:
        try:
            network = ip_network(value.strip(), strict=False)
        except ValueError as fault:
            raise Unprocessable(
                f"{attribute}: {value!r} is no IPv4 or IPv6 address or prefix.", field=attribute
            ) from fault
        first = int(network.network_address)
        found.append(Versioned(network.version, (first, first + network.num_addresses - 1)))
    return found


def _ports(attribute: str, values: tuple[str, ...]) -> list[Span | None]:
    found: list[Span | None] = []
    for value in values:
        first, dash, last = value.partition("-")
        first, last = first.strip(), last.strip() if dash else first.strip()
        if not (_is_number(first) and _is_number(last)):
            _wrong(attribute, f"{value!r} is no port and no range first-last")
        span = (int(first), int(last))
        if not span[0] <= span[1] <= PORT_MAX:
            _wrong(attribute, f"{value!r} must be from 0 to {PORT_MAX}, the smaller first")
        found.append(span)
    return found


def _protocols(filter_: TrafficFilter, *, ports: bool) -> list[int | None]:
    found: list[int | None] = []
    for value in filter_.protocol:
        number = protocol_number(value)
        if ports and number not in WITH_PORTS:
            _wrong("protocol", f"{value!r} has no ports; leave srcPort and dstPort out")
        found.append(number)
    if not found:
        return list(WITH_PORTS) if ports else [None]
    return found


def protocol_number(value: str) -> int:
    """Return the IP protocol that ``value`` names or is the number of.

    Raises Unprocessable with the names that are known.
    """
    name = value.strip().upper()
    number = int(name) if _is_number(name) else PROTOCOLS.get(name.replace("-", ""))
    if number is None or number > 255:
        known = ", ".join(PROTOCOLS)
        _wrong("protocol", f"{value!r} is neither a number up to 255 nor one of {known}")
    return number


def _dscp(value: int | None) -> int | None:
    if value is not None and not 0 <= value <= 63:
        _wrong("dSCP", f"{value} is not from 0 to 63")
    return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _wrong(attribute: str, what: str) -> NoReturn:
    raise Unprocessable(f"{attribute}: {what}.", field=attribute)


def address_text(version: int, number: int) -> str:
    """Return an address as people write it."""
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))
