"""Echo requests and their replies as bytes. Pure. Ref: RFC 792, RFC 4443 clause 4."""

import struct

HEADER = struct.Struct("!BBHHH")
REQUEST = {4: 8, 6: 128}
REPLY = {4: 0, 6: 129}


def request(identifier: int, number: int, *, version: int = 4) -> bytes:
    """Return an echo request, with its checksum in IPv4; in IPv6 the kernel fills it in."""
    body = HEADER.pack(REQUEST[version], 0, 0, identifier, number)
    if version == 6:
        return body
    return HEADER.pack(REQUEST[version], 0, _checksum(body), identifier, number)


def number_of_reply(packet: bytes, identifier: int, *, version: int = 4) -> int | None:
    """Return the number of the request of ``identifier`` that this answers; None: none of its.

    ``packet`` is what a raw socket gives: in IPv4 with the header of IP, in IPv6 without.
    """
    start = 0
    if version == 4:
        start = (packet[0] & 0x0F) * 4 if packet else 0
        if start < 20:
            return None
    if len(packet) < start + HEADER.size:
        return None
    kind, _, _, whose, number = HEADER.unpack_from(packet, start)
    return int(number) if kind == REPLY[version] and whose == identifier else None


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
