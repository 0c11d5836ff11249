"""One side of GTP-U tunnels: which tunnel a packet goes into, and which datagrams are let out.

A datagram is admitted only with the outer address, TEID, QFI and device address of one bearer, so
that whoever sees the inner packet knows the outer header. Pure; never holds a socket.
"""

from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from . import messages
from .messages import Kind, Malformed, UnknownExtension

V4_SOURCE, V4_DESTINATION = slice(12, 16), slice(16, 20)
V6_SOURCE, V6_DESTINATION = slice(8, 24), slice(24, 40)
HEADER_BYTES = {4: 20, 6: 40}


class Bearer(NamedTuple):
    """A device's tunnel as one side has it; addresses as text."""

    device: str
    peer: str
    """The other side's address in the outer header."""
    teid_here: int
    """What datagrams to this side carry."""
    teid_there: int
    qfi: int


class Released(NamedTuple):
    """What a datagram led to: an inner packet to let out, an answer to send back, or neither."""

    packet: bytes | None = None
    answer: bytes | None = None


NOTHING = Released()
COUNTED: dict[int, str] = {
    Kind.ECHO_RESPONSE: "echo_response",
    Kind.END_MARKER: "end_marker",
    Kind.ERROR_INDICATION: "error_indication",
}
"""Messages that are only counted. An end marker orders packets at a handover; there is one way."""


class TunnelEnd:
    """The tunnels of one side. ``is_uplink``: it is the base station's, which sends uplink."""

    def __init__(self, bearers: Iterable[Bearer], *, address: str, is_uplink: bool) -> None:
        self.counters: Counter[str] = Counter()
        self._address = ip_address(address).packed
        self._is_uplink = is_uplink
        held = tuple(bearers)
        self._by_device = {
            ip_address(each.device).packed: (
                messages.bearer_octets(each.teid_there, each.qfi, is_uplink=is_uplink), each.peer
            )
            for each in held
        }  # fmt: skip
        self._plain = {
            (messages.bearer_octets(each.teid_here, each.qfi, is_uplink=not is_uplink), each.peer):
            ip_address(each.device).packed for each in held
        }  # fmt: skip
        """The device of what comes as ``g_pdu`` writes it, which nearly all does."""
        self._by_teid = {each.teid_here: (each, ip_address(each.device).packed) for each in held}

    def wrap(self, packet: bytes) -> tuple[bytes, str] | None:
        """Return the datagram that carries ``packet`` and its receiver; None: it has no tunnel."""
        device = device_end(packet, is_source=self._is_uplink)
        bearer = self._by_device.get(device) if device is not None else None
        if bearer is None:
            self.counters["no_tunnel"] += 1
            return None
        self.counters["wrapped"] += 1
        return messages.carrying(bearer[0], packet), bearer[1]

    def release(self, datagram: bytes, peer: str) -> Released:
        """Return what becomes of a datagram from ``peer``; everything is counted."""
        bearer = messages.plain(datagram)
        if bearer is not None and (device := self._plain.get((bearer, peer))) is not None:
            packet = datagram[messages.PACKET_START :]
            if device == device_end(packet, is_source=not self._is_uplink):
                self.counters["released"] += 1
                return Released(packet)
        try:
            message = messages.decode(datagram)
        except Malformed:
            return self._count("malformed")
        except UnknownExtension:
            return self._count("unknown_extension", messages.extensions_notification())
        if message.kind == Kind.G_PDU:
            return self._packet(message, peer)
        if message.kind == Kind.ECHO_REQUEST:
            return self._count("echo", messages.echo_response(message.sequence))
        return self._count(COUNTED.get(message.kind, "other"))

    def _packet(self, message: messages.Message, peer: str) -> Released:
        found = self._by_teid.get(message.teid)
        if found is None:
            answer = messages.error_indication(message.teid, self._address)
            return self._count("unknown_teid", answer)
        bearer, device = found
        if (
            peer != bearer.peer
            or message.qfi not in (None, bearer.qfi)
            or message.is_uplink is self._is_uplink
            or device != device_end(message.payload, is_source=not self._is_uplink)
        ):
            return self._count("not_of_bearer")
        self.counters["released"] += 1
        return Released(packet=message.payload)

    def _count(self, what: str, answer: bytes | None = None) -> Released:
        self.counters[what] += 1
        return Released(answer=answer) if answer is not None else NOTHING


def device_end(packet: bytes, *, is_source: bool) -> bytes | None:
    """Return an address of an inner packet, or None where it is no whole IP header."""
    version = packet[0] >> 4 if packet else 0
    if len(packet) < HEADER_BYTES.get(version, len(packet) + 1):
        return None
    if version == 4:
        return packet[V4_SOURCE if is_source else V4_DESTINATION]
    return packet[V6_SOURCE if is_source else V6_DESTINATION]
