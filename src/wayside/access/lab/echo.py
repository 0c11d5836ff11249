"""Round trips by ICMP echo, which the kernel at the other end answers by itself.

Never leaves the town: it sends from inside a namespace.
"""

import itertools
import os
import select
import socket
import time

from wayside.linux import icmp, netns

TIMEOUT_S = 1.5
PAUSE_S = 0.002

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
    probe.send(icmp.request(identifier, number))
    while (left := started + timeout_s - time.perf_counter()) > 0:
        if not select.select([probe], [], [], left)[0]:
            break
        packet = probe.recv(2048)
        arrived = time.perf_counter()
        if icmp.number_of_reply(packet, identifier) == number:
            return arrived - started
    return None
