"""One side of the tunnels at work: a device for the packets, a socket for the datagrams.

Never decides what becomes of either: ``end`` does.
"""

from collections.abc import Callable
from typing import Protocol

from wayside.linux.bursts import Bursts
from wayside.linux.tap import Tap

from .end import Released

BURST = 64
"""How many packets are taken from one side before the others have their turn."""


class Side(Protocol):
    """What decides: a ``TunnelEnd``, or another of the same shape."""

    def wrap(self, packet: bytes) -> tuple[bytes, str] | None:
        """Return the datagram for a packet and its receiver."""
        ...

    def release(self, datagram: bytes, peer: str) -> Released:
        """Return what a datagram led to."""
        ...


class TunnelPort:
    """Carries packets between ``tap`` and ``udp`` as ``side`` says."""

    def __init__(self, tap: Tap, udp: Bursts, side: Side) -> None:
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
        read, wrap = self._tap.read, self.side.wrap
        wrapped = []
        for _ in range(BURST):
            packet = read()
            if packet is None:
                break
            if (found := wrap(packet)) is not None:
                wrapped.append(found)
        self._udp.send_all(wrapped)

    def release(self) -> None:
        """Let out the packets of the datagrams that came, and answer what asks for an answer."""
        release, write = self.side.release, self._tap.write
        taken = 0
        while taken < BURST and (received := self._udp.receive()) is not None:
            datagrams, peer = received
            taken += len(datagrams)
            for datagram in datagrams:
                found = release(datagram, peer[0])
                if found.packet is not None:
                    write(found.packet)
                elif found.answer is not None:
                    self._udp.send(found.answer, peer)
