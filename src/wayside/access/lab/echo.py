"""Round trips by ICMP echo, which the kernel at the other end answers by itself.

Never leaves the town: it sends from inside a namespace.
"""

import itertools
import os
import select
import socket
import struct
import time

from wayside.linux import netns

ECHO_REQUEST = 8
ECHO_REPLY = 0
TIMEOUT_S = 1.5
PAUSE_S = 0.002
HEADER = struct.Struct("!BBHHH")

_identifiers = itertools.count(os.getpid())


def round_trips(
    namespace: str, address: str, *, count: int, timeout_s: float = TIMEOUT_S
) -> list[float]:
    """Return the seconds of each echo of ``count`` that was answered within ``timeout_s``.

    One after the other. Blocks the calling thread.
    """
    with netns.socket_in(
        namespace, socket.AF_INET, socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP
    ) as probe:
        probe.setblocking(False)
        probe.connect((address, 0))
        identifier = next(_identifiers) & 0xFFFF
        found = []
        for number in range(count):
            seconds = _one(probe, identifier, number & 0xFFFF, timeout_s)
            if seconds is not None:
                found.append(seconds)
            time.sleep(PAUSE_S)
        return found


def _one(probe: socket.socket, identifier: int, number: int, timeout_s: float) -> float | None:
    """Return the seconds of one echo, or None where no reply came in time."""
    started = time.perf_counter()
    probe.send(request(identifier, number))
    while (left := started + timeout_s - time.perf_counter()) > 0:
        if not select.select([probe], [], [], left)[0]:
            break
        packet = probe.recv(2048)
        arrived = time.perf_counter()
        if is_reply(packet, identifier, number):
            return arrived - started
    return None


def request(identifier: int, number: int) -> bytes:
    """Return an echo request with its checksum. Ref: RFC 792."""
    body = HEADER.pack(ECHO_REQUEST, 0, 0, identifier, number)
    return HEADER.pack(ECHO_REQUEST, 0, _checksum(body), identifier, number)


def is_reply(packet: bytes, identifier: int, number: int) -> bool:
    """Tell whether an IPv4 packet is the reply to that request."""
    start = (packet[0] & 0x0F) * 4 if packet else 0
    if len(packet) < start + HEADER.size or start < 20:
        return False
    kind, _, _, whose, which = HEADER.unpack_from(packet, start)
    return bool(kind == ECHO_REPLY and whose == identifier and which == number)


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
