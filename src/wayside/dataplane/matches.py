"""Traffic filters as boxes of numbers: what a rule matches, checked and normalised.

One filter with several values gives several boxes. Never compares rules with each other.
"""

from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from itertools import product
from typing import NamedTuple

from wayside.model.rules import TrafficFilter

from .access import PLAIN, Access
from .packets import WITH_PORTS
from .tunnelled import devices_in_tunnels, within
from .values import Span, Versioned, addresses, is_number, ports, wrong

Box = tuple[Span, ...]
"""One span for each field of a shape, in the order of ``Field``."""

BOXES_MAX = 4096
"""One rule may not stand for more combinations of its values than this."""

PROTOCOLS = {
    "ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "GRE": 47, "ESP": 50, "AH": 51, "ICMPV6": 58,
    "OSPF": 89, "SCTP": 132, "UDPLITE": 136,
}  # fmt: skip


class Field(IntEnum):
    """What a map's key is made of."""

    SOURCE = 0
    DESTINATION = 1
    SOURCE_PORT = 2
    DESTINATION_PORT = 3


class Tagged(NamedTuple):
    """Traffic from (SOURCE) or to (DESTINATION) the devices that a tag stands for."""

    tag: str
    side: Field


class Match(NamedTuple):
    """Traffic that lies in every span of ``box``. None: any."""

    version: int
    """4 or 6."""
    fields: tuple[Field, ...]
    box: Box
    protocol: int | None
    dscp: int | None
    traffic_class: int | None = None
    """Of IPv6 alone."""
    tagged: Tagged | None = None

    @property
    def is_ranged(self) -> bool:
        """Whether any span holds more than one number."""
        return any(first != last for first, last in self.box)


def matches_of(
    filter_: TrafficFilter, versions: tuple[int, ...], access: Access = PLAIN
) -> tuple[Match, ...]:
    """Return the boxes that ``filter_`` stands for, in the families ``versions``, no two equal.

    What asks for a tunnel matches the devices whose sessions are in such a tunnel: ``access``
    admits nothing of theirs by any other; there may be none. What asks for a tag matches traffic
    from its devices and to them, whoever these are then. Raises Unprocessable naming the
    attribute that is wrong or that this data plane cannot match.
    """
    sources = addresses("srcAddress", filter_.src_address)
    tunnelled = devices_in_tunnels(filter_, access)
    if tunnelled is not None:
        sources = within(tunnelled, sources)
        if not sources:
            return ()
    destinations = addresses("dstAddress", filter_.dst_address)
    source_ports = list[Span | None](ports("srcPort", filter_.src_port))
    destination_ports = list[Span | None](ports("dstPort", filter_.dst_port))
    protocols = _protocols(filter_, with_ports=bool(source_ports or destination_ports))
    dscp = _up_to("dSCP", filter_.d_scp, 63)
    traffic_class = _up_to("tC", filter_.t_c, 255)
    tagged = _tagged(filter_)
    found: dict[Match, None] = {}
    for version in versions if traffic_class is None else [each for each in versions if each == 6]:
        spans = (
            _of_version(sources, version),
            _of_version(destinations, version),
            source_ports or [None],
            destination_ports or [None],
        )
        if len(protocols) * len(tagged) * _product(spans) > BOXES_MAX:
            wrong("trafficFilter", f"stands for more than {BOXES_MAX} combinations; split it")
        for protocol, devices, *values in product(protocols, tagged, *spans):
            given = [(Field(n), span) for n, span in enumerate(values) if span is not None]
            fields, box = tuple(f for f, _ in given), tuple(span for _, span in given)
            found[Match(version, fields, box, protocol, dscp, traffic_class, devices)] = None
    if not found:
        if traffic_class is not None:
            wrong("tC", "is of IPv6, and nothing else of the rule is; use dSCP for IPv4")
        if tunnelled is None:
            wrong("srcAddress", "and dstAddress must be of one family, and of the destination's")
    return tuple(found)


def _product(spans: tuple[list[Span | None], ...]) -> int:
    size = 1
    for values in spans:
        size *= len(values)
    return size


def _tagged(filter_: TrafficFilter) -> list[Tagged | None]:
    sides = (Field.SOURCE, Field.DESTINATION)
    return [Tagged(tag, side) for tag in dict.fromkeys(filter_.tag) for side in sides] or [None]


def _of_version(given: list[Versioned], version: int) -> list[Span | None]:
    if not given:
        return [None]
    return [address.span for address in given if address.version == version]


def _protocols(filter_: TrafficFilter, *, with_ports: bool) -> list[int | None]:
    found: list[int | None] = []
    for value in filter_.protocol:
        number = protocol_number(value)
        if with_ports and number not in WITH_PORTS:
            wrong("protocol", f"{value!r} has no ports; leave srcPort and dstPort out")
        found.append(number)
    if not found:
        return list(WITH_PORTS) if with_ports else [None]
    return found


def protocol_number(value: str) -> int:
    """Return the IP protocol that ``value`` names or is the number of.

    Raises Unprocessable with the names that are known.
    """
    name = value.strip().upper()
    number = int(name) if is_number(name) else PROTOCOLS.get(name.replace("-", ""))
    if number is None or number > 255:
        known = ", ".join(PROTOCOLS)
        wrong("protocol", f"{value!r} is neither a number up to 255 nor one of {known}")
    return number


def _up_to(attribute: str, value: int | None, most: int) -> int | None:
    if value is not None and not 0 <= value <= most:
        wrong(attribute, f"{value} is not from 0 to {most}")
    return value


def address_text(version: int, number: int) -> str:
    """Return an address as people write it."""
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))
