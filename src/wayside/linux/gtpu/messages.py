"""GTP-U messages as bytes and as values. Pure. Never decides what becomes of one.

Ref: TS 29.281 clauses 5 and 7; the PDU session container TS 38.415 clause 5.5.2.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

PORT = 2152
TEID_MAX = 2**32 - 1
QFI_MAX = 63
OVERHEAD_BYTES = 44
"""IPv4, UDP, GTP-U and the PDU session container: what a packet grows by on its way."""

_HEADER = struct.Struct("!BBHI")
_OPTIONAL = struct.Struct("!HBB")
_BEARER = struct.Struct("!IHBBBBBB")
_FIRST = 0x30  # version 1, GTP and not GTP'
_NEXT, _SEQUENCE, _NUMBER = 0x04, 0x02, 0x01
_CONTAINER = 0x85
_ENDPOINT_MUST_UNDERSTAND = 0x80


PACKET_START = 16
"""Where the packet starts in a G-PDU that has a container and no other extension."""


class Kind(IntEnum):
    """The message types of a user plane tunnel. Ref: TS 29.281 table 6.1-1."""

    ECHO_REQUEST = 1
    ECHO_RESPONSE = 2
    ERROR_INDICATION = 26
    EXTENSIONS_NOTIFICATION = 31
    END_MARKER = 254
    G_PDU = 255


_G_PDU = bytes((_FIRST | _NEXT, Kind.G_PDU))


class Malformed(ValueError):
    """The bytes are no GTP-U message; the text says why."""


class UnknownExtension(ValueError):
    """An extension header that the receiver must understand, and does not."""


class Message(NamedTuple):
    """One message. ``qfi`` and ``is_uplink`` are None where there is no PDU session container."""

    kind: int
    teid: int
    payload: bytes
    """The packet of a G-PDU; the information elements of any other."""
    sequence: int | None = None
    qfi: int | None = None
    is_uplink: bool | None = None


def decode(datagram: bytes) -> Message:
    """Return the message in a datagram; extension headers that may be skipped are skipped.

    Raises Malformed, and UnknownExtension where one must be understood.
    """
    if len(datagram) < _HEADER.size:
        raise Malformed("shorter than a header")
    flags, kind, length, teid = _HEADER.unpack_from(datagram)
    if flags & 0xF0 != _FIRST:
        raise Malformed(f"not GTP-U version 1: the first octet is {flags:#04x}")
    end = _HEADER.size + length
    if end > len(datagram):
        raise Malformed(f"{length} octets announced, {len(datagram) - _HEADER.size} there")
    if not flags & (_NEXT | _SEQUENCE | _NUMBER):
        return Message(kind, teid, datagram[_HEADER.size : end])
    start = _HEADER.size + _OPTIONAL.size
    if start > end:
        raise Malformed("the optional fields are cut off")
    sequence, _, next_type = _OPTIONAL.unpack_from(datagram, _HEADER.size)
    start, qfi, is_uplink = _extensions(datagram[:end], start, next_type if flags & _NEXT else 0)
    known = sequence if flags & _SEQUENCE else None
    return Message(kind, teid, datagram[start:end], known, qfi, is_uplink)


def _extensions(datagram: bytes, start: int, next_type: int) -> tuple[int, int | None, bool | None]:
    """Return where the payload starts, the QFI, and whether the container says uplink."""
    qfi = is_uplink = None
    while next_type:
        size = 4 * datagram[start] if start < len(datagram) else 0
        if not size or start + size > len(datagram):
            raise Malformed(f"the extension header {next_type:#04x} is cut off")
        if next_type == _CONTAINER:
            is_uplink = datagram[start + 1] >> 4 == 1
            qfi = datagram[start + 2] & QFI_MAX
        elif next_type & _ENDPOINT_MUST_UNDERSTAND:
            raise UnknownExtension(f"{next_type:#04x}")
        next_type = datagram[start + size - 1]
        start += size
    return start, qfi, is_uplink


def g_pdu(teid: int, qfi: int, packet: bytes, *, is_uplink: bool) -> bytes:
    """Return ``packet`` in a G-PDU with a PDU session container."""
    return carrying(bearer_octets(teid, qfi, is_uplink=is_uplink), packet)


def bearer_octets(teid: int, qfi: int, *, is_uplink: bool) -> bytes:
    """Return what tells a bearer in a G-PDU as ``g_pdu`` writes it: octets 4 to 16."""
    return _BEARER.pack(teid, 0, 0, _CONTAINER, 1, is_uplink << 4, qfi, 0)


def carrying(bearer: bytes, packet: bytes) -> bytes:
    """Return ``packet`` in the G-PDU of the ``bearer_octets``."""
    return b"".join((_G_PDU, (len(packet) + 8).to_bytes(2, "big"), bearer, packet))


def plain(datagram: bytes) -> bytes | None:
    """Return the ``bearer_octets`` of a whole G-PDU; None: it may be anything else.

    What is no such message is not told apart here: ``decode`` does.
    """
    is_whole = datagram[:2] == _G_PDU and int.from_bytes(datagram[2:4], "big") == len(datagram) - 8
    return datagram[4:PACKET_START] if is_whole else None


def echo_response(sequence: int | None) -> bytes:
    """Return the answer to an echo request, with the recovery element. Ref: clause 7.2.2."""
    return _signalling(Kind.ECHO_RESPONSE, b"\x0e\x00", sequence or 0)


def echo_request(sequence: int) -> bytes:
    """Return the question whether the other side is there. Ref: TS 29.281 clause 7.2.1."""
    return _signalling(Kind.ECHO_REQUEST, b"", sequence)


def error_indication(teid: int, address: bytes) -> bytes:
    """Return what tells a peer that ``teid`` is not known at ``address``. Ref: clause 7.3.1."""
    elements = struct.pack("!BI", 16, teid) + struct.pack("!BH", 133, len(address)) + address
    return _signalling(Kind.ERROR_INDICATION, elements, 0)


def extensions_notification() -> bytes:
    """Return the list of the extension headers that are understood. Ref: clause 7.2.3."""
    return _signalling(Kind.EXTENSIONS_NOTIFICATION, bytes((141, 1, _CONTAINER)), 0)


def _signalling(kind: Kind, elements: bytes, sequence: int) -> bytes:
    length = _OPTIONAL.size + len(elements)
    head = _HEADER.pack(_FIRST | _SEQUENCE, kind, length, 0)
    return head + _OPTIONAL.pack(sequence & 0xFFFF, 0, 0) + elements
