"""One side of the tunnels at work: a device for the packets, a socket for the datagrams.

Never decides what becomes of either: ``end`` does.
"""

import contextlib
import socket
from collections.abc import Callable
from typing import Protocol

from wayside.linux.tap import Tap, enlarge

from .end import Released
from .messages import PORT

IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
DATAGRAM_BYTES_MAX = 65_600
BURST = 64
"""How many are taken from one side before the others have their turn."""


class Side(Protocol):
    """What decides: a ``TunnelEnd``, or another of the same shape."""

    def wrap(self, packet: bytes) -> tuple[bytes, str] | None:
        """Return the datagram for a packet and its receiver."""
        ...

    def release(self, datagram: bytes, peer: str) -> Released:
        """Return what a datagram led to."""
        ...


def open_udp(address: str, port: int = PORT) -> socket.socket:
    """Return a socket for GTP-U. Datagrams too long for a link are fragmented, not refused."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    enlarge(made)
    made.bind((address, port))
    made.setblocking(False)
    return made


class TunnelPort:
    """Carries packets between ``tap`` and ``udp`` as ``side`` says."""

    def __init__(self, tap: Tap, udp: socket.socket, side: Side) -> None:
        self.side = side
        self._tap = tap
        self._udp = udp

    def readers(self) -> dict[int, Callable[[], None]]:
        """Return what to call when which handle can be read."""
        return {self._tap.fileno(): self.wrap, self._udp.fileno(): self.release}

    def close(self) -> None:
        """Let go of both; the device stays."""
        self._tap.close()
        self._udp.close()

    def wrap(self) -> None:
        """Send what was routed to the device, each packet in a datagram."""
        read, wrap, send = self._tap.read, self.side.wrap, self._udp.sendto
        for _ in range(BURST):
            packet = read()
            if packet is None:
                return
            wrapped = wrap(packet)
            if wrapped is not None:
                with contextlib.suppress(OSError):  # lost, as on a wire
                    send(wrapped[0], (wrapped[1], PORT))

    def release(self) -> None:
        """Let out the packets of the datagrams that came, and answer what asks for an answer."""
        receive, release, write = self._udp.recvfrom, self.side.release, self._tap.write
        for _ in range(BURST):
            try:
                datagram, peer = receive(DATAGRAM_BYTES_MAX)
            except OSError:  # nothing more
                return
            found = release(datagram, peer[0])
            if found.packet is not None:
                write(found.packet)
            elif found.answer is not None:
                with contextlib.suppress(OSError):
                    self._udp.sendto(found.answer, peer)
