"""Filters on the tunnel that packets come in, as the devices whose sessions are in it. Pure.

The host lets a packet out of GTP-U only where outer address, TEID, QFI and the device's address
are one session's own: so the device tells the outer header, in every packet and for whole flows.
Ref: MEC 011 table 7.1.5.2-1.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from wayside.linux.gtpu.messages import PORT
from wayside.model.rules import TrafficFilter
from wayside.refpoints.n3 import Session

from .access import Access
from .values import Span, Versioned, addresses, ports, wrong

ATTRIBUTES = {
    "src_tunnel_address": "srcTunnelAddress",
    "tgt_tunnel_address": "tgtTunnelAddress",
    "src_tunnel_port": "srcTunnelPort",
    "dst_tunnel_port": "dstTunnelPort",
    "q_ci": "qCI",
}


def devices_in_tunnels(filter_: TrafficFilter, access: Access) -> list[Versioned] | None:
    """Return the devices that the filter means by their tunnels; None: it asks for no tunnel.

    Raises Unprocessable where no packet comes in a tunnel here at all.
    """
    asked = [name for name in ATTRIBUTES if getattr(filter_, name) not in (None, ())]
    if not asked:
        return None
    if not access.n3:
        wrong(
            ATTRIBUTES[asked[0]],
            "no packet comes to this host in a tunnel, so none can be told by it; leave it out, or "
            'give a cell of the host backhaul = "gtp-u"',
        )
    return [_address(each.device) for each in _meant(filter_, access)]


def _meant(filter_: TrafficFilter, access: Access) -> Iterator[Session]:
    base_stations = addresses("srcTunnelAddress", filter_.src_tunnel_address)
    user_planes = addresses("tgtTunnelAddress", filter_.tgt_tunnel_address)
    from_ports = ports("srcTunnelPort", filter_.src_tunnel_port)
    to_ports = ports("dstTunnelPort", filter_.dst_tunnel_port)
    for session in access.sessions:
        if (
            _is_in(session.base_station, base_stations)
            and _is_in(session.user_plane, user_planes)
            and _has_port(from_ports)
            and _has_port(to_ports)
            and filter_.q_ci in (None, session.q_ci)
        ):
            yield session


def within(devices: Sequence[Versioned], wanted: Sequence[Versioned]) -> list[Versioned]:
    """Return those of ``devices`` that lie in one of ``wanted``; all where nothing is wanted."""
    return [
        each
        for each in devices
        if not wanted or any(each.version == w.version and _holds(w.span, each) for w in wanted)
    ]


def _is_in(text: str, wanted: Sequence[Versioned]) -> bool:
    return bool(within([_address(text)], wanted))


def _holds(span: Span, address: Versioned) -> bool:
    return span[0] <= address.span[0] <= span[1]


def _has_port(wanted: Sequence[Span]) -> bool:
    """Tell whether GTP-U's port, which both ends have, is wanted."""
    return not wanted or any(first <= PORT <= last for first, last in wanted)


def _address(text: str) -> Versioned:
    address = ip_address(text)
    return Versioned(address.version, (int(address), int(address)))
