"""What the relay is asked for, and its decisions: tunnels to base stations and to instances. Pure.

An instance gets packets in the tunnel that its rule names, and its answers are let out only where
they answer what was sent to it. Never holds a socket.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import NamedTuple, Protocol

from wayside.core.wire import Wire
from wayside.linux.gtpu import messages
from wayside.linux.gtpu.end import NOTHING, Bearer, Released, TunnelEnd, device_end
from wayside.linux.gtpu.messages import Kind, Malformed, UnknownExtension
from wayside.model.rules import TunnelType
from wayside.refpoints.mp2 import Target
from wayside.refpoints.n3 import N3Side, Session

from .access import Access

CONVERSATIONS_MAX = 65_536
"""Pairs of addresses that are remembered for each tunnel; beyond, the oldest is forgotten."""

ALLOCATED = 0x4D00_0000
"""TEIDs of packets that came in no tunnel: this, and the last three octets of the instance's
address."""

GRE_V4, GRE_V6 = b"\0\0\x08\0", b"\0\0\x86\xdd"


class AppTunnel(Wire):
    """A tunnel from the host to an instance."""

    interface: str
    kind: TunnelType
    source: str
    destination: str
    teid: int
    """What is carried by packets of no session; 0 in GRE."""


class RelayTable(Wire):
    """All that the relay does."""

    n3: tuple[N3Side, ...] = ()
    tunnels: tuple[AppTunnel, ...] = ()


class RelayAnswer(Wire):
    """What the relay says to a table."""

    fault: str | None = None
    """Why it cannot do all of it."""
    gone: tuple[str, ...] = ()
    """Devices that it has let go of, which nobody needs any more."""


def table_of(access: Access, targets: Iterable[Target]) -> RelayTable:
    """Return what the relay must do for ``targets``, of which some are behind tunnels."""
    found = {}
    for target in targets:
        if target.tunnel is not None and access.tunnel_source is not None:
            found[target.device] = AppTunnel(
                interface=target.device,
                kind=target.tunnel.kind,
                source=access.tunnel_source,
                destination=target.address,
                teid=allocated_teid(target.address) if target.tunnel.kind == "GTP_U" else 0,
            )
    return RelayTable(n3=access.n3, tunnels=tuple(found[name] for name in sorted(found)))


def allocated_teid(address: str) -> int:
    """Return the TEID of an instance's tunnel for packets that came in none."""
    return ALLOCATED | int(ip_address(address)) & 0xFF_FFFF


def host_end(side: N3Side) -> TunnelEnd:
    """Return the host's end of a link of N3."""
    bearers = [
        Bearer(each.device, each.base_station, each.uplink_teid, each.downlink_teid, each.qfi)
        for each in side.sessions
    ]
    return TunnelEnd(bearers, address=side.address, is_uplink=False)


class Ids(NamedTuple):
    """What a packet in GTP-U carries beside itself."""

    teid: int
    qfi: int
    is_uplink: bool


class Conversations:
    """Who was sent packets of whom, so that only answers are let out."""

    def __init__(self) -> None:
        self._pairs: dict[bytes, None] = {}

    def note(self, packet: bytes) -> None:
        """Remember the packet's two addresses."""
        pair = _pair(packet)
        if pair not in self._pairs:
            if len(self._pairs) >= CONVERSATIONS_MAX:
                del self._pairs[next(iter(self._pairs))]
            self._pairs[pair] = None

    def is_answer(self, packet: bytes) -> bool:
        """Tell whether the packet goes where one came from that was noted."""
        source, destination = (device_end(packet, is_source=each) for each in (True, False))
        return (
            source is not None and destination is not None and (destination + source in self._pairs)
        )


class AppEnd(Protocol):
    """The host's end of a tunnel to an instance."""

    def wrap(self, packet: bytes) -> bytes:
        """Return what is sent to the instance for a packet."""
        ...

    def release(self, datagram: bytes) -> Released:
        """Return what the instance's datagram led to."""
        ...


class GtpEnd:
    """GTP-U: the TEID and QFI that the packet came with are kept; others have the tunnel's own."""

    def __init__(self, tunnel: AppTunnel, sessions: Iterable[Session]) -> None:
        self._own = Ids(tunnel.teid, 0, True)
        self._of = _ids(sessions)
        self._sent = Conversations()
        self._teids = {self._own.teid}

    def wrap(self, packet: bytes) -> bytes:
        """See ``AppEnd.wrap``."""
        ids = (
            self._of.get((device_end(packet, is_source=True), True))
            or self._of.get((device_end(packet, is_source=False), False))
            or self._own
        )
        self._sent.note(packet)
        self._teids.add(ids.teid)
        return messages.g_pdu(ids.teid, ids.qfi, packet, is_uplink=ids.is_uplink)

    def release(self, datagram: bytes) -> Released:
        """Let an answer out that carries a TEID which the instance was sent. See ``AppEnd``."""
        try:
            message = messages.decode(datagram)
        except Malformed:
            return NOTHING
        except UnknownExtension:
            return Released(answer=messages.extensions_notification())
        if message.kind == Kind.ECHO_REQUEST:
            return Released(answer=messages.echo_response(message.sequence))
        is_known = message.kind == Kind.G_PDU and message.teid in self._teids
        is_answer = is_known and self._sent.is_answer(message.payload)
        return Released(packet=message.payload) if is_answer else NOTHING


class GreEnd:
    """GRE without key, checksum or sequence. Ref: RFC 2784."""

    def __init__(self) -> None:
        self._sent = Conversations()

    def wrap(self, packet: bytes) -> bytes:
        """See ``AppEnd.wrap``."""
        self._sent.note(packet)
        return (GRE_V6 if packet[0] >> 4 == 6 else GRE_V4) + packet

    def release(self, datagram: bytes) -> Released:
        """Let an answer out of what follows the outer IP header. See ``AppEnd.release``."""
        body = datagram[4 * (datagram[0] & 15) :] if datagram else b""
        if body[:4] not in (GRE_V4, GRE_V6) or not self._sent.is_answer(body[4:]):
            return NOTHING
        return Released(packet=body[4:])


def app_end(tunnel: AppTunnel, sessions: Iterable[Session]) -> AppEnd:
    """Return the host's end of a tunnel to an instance."""
    return GtpEnd(tunnel, sessions) if tunnel.kind is TunnelType.GTP_U else GreEnd()


def _ids(sessions: Iterable[Session]) -> Mapping[tuple[bytes | None, bool], Ids]:
    """Return what packets of each device carry, by its address and whether it sends them."""
    found: dict[tuple[bytes | None, bool], Ids] = {}
    for each in sessions:
        device = ip_address(each.device).packed
        found[device, True] = Ids(each.uplink_teid, each.qfi, True)
        found[device, False] = Ids(each.downlink_teid, each.qfi, False)
    return found


def _pair(packet: bytes) -> bytes:
    return packet[12:20] if packet[0] >> 4 == 4 else packet[8:40]
