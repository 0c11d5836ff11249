"""Matches as regions of one space, so that those of different shapes can be compared. Pure.

A region has a span for every header field that a filter may ask for, the whole field where it does
not ask. Never knows a rule.
"""

from ipaddress import ip_address

from .matches import Field, Match, address_text
from .packets import Packet
from .values import PORT_MAX, Span

Region = tuple[Span, ...]
"""Spans of protocol, source, destination, source port, destination port and traffic class."""

OCTET, PORTS = (0, 255), (0, PORT_MAX)
WHOLE: dict[int, Region] = {
    4: (OCTET, (0, 2**32 - 1), (0, 2**32 - 1), PORTS, PORTS, OCTET),
    6: (OCTET, (0, 2**128 - 1), (0, 2**128 - 1), PORTS, PORTS, OCTET),
}
PLACES = {
    Field.SOURCE: 1,
    Field.DESTINATION: 2,
    Field.SOURCE_PORT: 3,
    Field.DESTINATION_PORT: 4,
}
USUAL = {
    version: (17, int(ip_address(source)), int(ip_address(destination)), 49152, 49152, 0)
    for version, source, destination in (
        (4, "192.0.2.1", "192.0.2.2"),
        (6, "2001:db8::1", "2001:db8::2"),
    )
}
"""What an example packet has where a region leaves the choice: UDP between documents' addresses."""


def region_of(match: Match) -> Region | None:
    """Return where ``match`` holds; None: nowhere, its dSCP and its tC contradict each other.

    Where it asks for a tag, it holds for the tag's devices alone, whoever they are.
    """
    spans = list(WHOLE[match.version])
    for each, span in zip(match.fields, match.box, strict=True):
        spans[PLACES[each]] = span
    if match.protocol is not None:
        spans[0] = (match.protocol, match.protocol)
    if match.dscp is not None:
        spans[5] = (match.dscp << 2, match.dscp << 2 | 3)
    if match.traffic_class is not None:
        own = (match.traffic_class, match.traffic_class)
        both = common((spans[5],), (own,))
        if both is None:
            return None
        spans[5] = own
    return tuple(spans)


def common(a: Region, b: Region) -> Region | None:
    """Return where both hold, None where nowhere."""
    spans = []
    for (a_first, a_last), (b_first, b_last) in zip(a, b, strict=True):
        first, last = max(a_first, b_first), min(a_last, b_last)
        if first > last:
            return None
        spans.append((first, last))
    return tuple(spans)


def example_of(region: Region, version: int) -> Packet:
    """Return a packet of the region, an ordinary one where it leaves the choice."""
    pairs = zip(USUAL[version], region, strict=True)
    number = [min(max(usual, first), last) for usual, (first, last) in pairs]
    return Packet(
        address_text(version, number[1]),
        address_text(version, number[2]),
        number[0],
        number[3],
        number[4],
        dscp=number[5] >> 2,
        ecn=number[5] & 3,
    )


def point_of(packet: Packet) -> Region:
    """Return the region of this very packet."""
    numbers = (
        packet.protocol,
        int(ip_address(packet.source)),
        int(ip_address(packet.destination)),
        packet.source_port,
        packet.destination_port,
        packet.traffic_class,
    )
    return tuple((number, number) for number in numbers)
