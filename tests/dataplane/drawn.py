"""Rules and packets as hypothesis draws them, and a reading of filters value by value."""

from ipaddress import ip_address, ip_network

from hypothesis import strategies as st
from msgspec.structs import replace
from tests.dataplane.rules import APP1, APP2, COPY, DROP, FORWARD, PASS, rule

from wayside.dataplane.packets import Packet
from wayside.model.rules import TrafficFilter
from wayside.refpoints.mp2 import SteeringRule

ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.0.9", "10.1.0.1")
PREFIXES = (*ADDRESSES, "10.0.0.0/29", "10.0.0.0/24", "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0")
PORTS = ("80", "81", "80-90", "85-100", "0-65535", "443")
DEVICES = {"few": ("10.0.0.1",), "many": ("10.0.0.0/29", "10.1.0.1"), "nobody": ()}
"""Whom tags stand for."""
NUMBERS = (79, 80, 81, 85, 95, 443)

filters = st.builds(
    TrafficFilter,
    src_address=st.lists(st.sampled_from(PREFIXES), max_size=2).map(tuple),
    dst_address=st.lists(st.sampled_from(PREFIXES), max_size=1).map(tuple),
    dst_port=st.lists(st.sampled_from(PORTS), max_size=2).map(tuple),
    protocol=st.lists(st.sampled_from(["TCP", "17"]), max_size=1).map(tuple),
    d_scp=st.sampled_from([None, None, 46]),
)
TAGGED = st.builds(
    replace, filters, tag=st.lists(st.sampled_from([*DEVICES, "unknown"]), max_size=2).map(tuple)
)
"""Filters of which some ask for tags."""
actions = st.sampled_from([(DROP, None), (PASS, None), (FORWARD, APP1), (COPY, APP2)])


@st.composite
def rules(draw: st.DrawFn, of: st.SearchStrategy[TrafficFilter] = filters) -> SteeringRule:
    action, target = draw(actions)
    return rule(
        f"{draw(st.sampled_from('abcdef'))}/1",
        action,
        target,
        priority=draw(st.sampled_from([1, 2])),
        per_packet=draw(st.booleans()),
        filters=tuple(draw(st.lists(of, min_size=1, max_size=2))),
    )


packets = st.builds(
    Packet,
    source=st.sampled_from(ADDRESSES),
    destination=st.sampled_from(ADDRESSES),
    protocol=st.sampled_from([6, 17, 1]),
    source_port=st.just(0),
    destination_port=st.sampled_from(NUMBERS),
    dscp=st.sampled_from([0, 46]),
).map(lambda packet: packet if packet.protocol != 1 else _without_ports(packet))


def _without_ports(packet: Packet) -> Packet:
    return Packet(packet.source, packet.destination, packet.protocol, dscp=packet.dscp)


def holds(filter_: TrafficFilter, packet: Packet) -> bool:
    """Read a filter as the standard does, value by value."""

    def inside(address: str, prefixes: tuple[str, ...]) -> bool:
        return not prefixes or any(ip_address(address) in ip_network(each) for each in prefixes)

    def port(number: int, ranges: tuple[str, ...]) -> bool:
        spans = [(each + "-" + each).split("-")[:2] for each in ranges]
        return any(int(first) <= number <= int(last) for first, last in spans)

    numbers = [{"TCP": 6}.get(each) or int(each) for each in filter_.protocol]
    return (
        inside(packet.source, filter_.src_address)
        and inside(packet.destination, filter_.dst_address)
        and (not numbers or packet.protocol in numbers)
        and (
            not filter_.dst_port
            or (packet.protocol in (6, 17) and port(packet.destination_port, filter_.dst_port))
        )
        and filter_.d_scp in (None, packet.dscp)
        and (
            not filter_.tag
            or any(is_of(e, packet.source) or is_of(e, packet.destination) for e in filter_.tag)
        )
    )


def is_of(tag: str, address: str) -> bool:
    """Tell whether a device of the tag has this address."""
    return any(ip_address(address) in ip_network(each) for each in DEVICES.get(tag, ()))
