"""The host's sockets for tunnels to instances, and the packets that go through them.

Never decides what is wrapped or let out: the ends in ``tunnels`` do.
"""

import contextlib
import socket
from typing import Protocol

from wayside.linux.bursts import Bursts, Datagram
from wayside.linux.gtpu.messages import PORT
from wayside.linux.gtpu.port import BURST
from wayside.linux.tap import Tap, enlarge
from wayside.model.rules import TunnelType

from .tunnels import AppEnd

GRE = 47
PACKET_BYTES_MAX = 65_535

End = tuple[AppEnd, Tap]


class Carrier(Protocol):
    """What tunnels of one kind go over."""

    def fileno(self) -> int:
        """Return the handle to wait on."""
        ...

    def receive(self) -> tuple[list[bytes], tuple[str, int]] | None:
        """Return what one sender sent, and who; None: nothing came."""
        ...

    def send(self, datagram: bytes, to: tuple[str, int]) -> None:
        """Send one."""
        ...

    def send_all(self, datagrams: list[Datagram]) -> None:
        """Send several in their order."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Gre:
    """GRE packets from and to ``address``, each with its outer header where it is received."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
        enlarge(self._socket)
        self._socket.bind((address, 0))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """See ``Carrier``."""
        return self._socket.fileno()

    def receive(self) -> tuple[list[bytes], tuple[str, int]] | None:
        """See ``Carrier``."""
        try:
            packet, peer = self._socket.recvfrom(PACKET_BYTES_MAX)
        except OSError:
            return None
        return [packet], peer

    def send(self, datagram: bytes, to: tuple[str, int]) -> None:
        """See ``Carrier``."""
        with contextlib.suppress(OSError):  # lost, as on a wire
            self._socket.sendto(datagram, to)

    def send_all(self, datagrams: list[Datagram]) -> None:
        """See ``Carrier``."""
        for datagram, receiver in datagrams:
            self.send(datagram, (receiver, 0))

    def close(self) -> None:
        """See ``Carrier``."""
        self._socket.close()


class AppPort:
    """The tunnels of one kind to instances: a carrier for all of them, a device for each."""

    def __init__(self, address: str, kind: TunnelType) -> None:
        gre = kind is TunnelType.GRE
        self._carrier: Carrier = Gre(address) if gre else Bursts(address, PORT)
        self._ends: dict[str, End] = {}
        """By the instance's address."""

    def fileno(self) -> int:
        """Return the handle of the carrier."""
        return self._carrier.fileno()

    def serve(self, ends: dict[str, End]) -> None:
        """Serve these tunnels, by the instances' addresses, and no other."""
        self._ends = ends

    def serves(self, destination: str) -> bool:
        """Tell whether an instance has a tunnel here."""
        return destination in self._ends

    def wrap(self, destination: str) -> None:
        """Send what was routed to the instance's tunnel device."""
        end, tap = self._ends[destination]
        wrapped = []
        for _ in range(BURST):
            packet = tap.read()
            if packet is None:
                break
            if packet:
                wrapped.append((end.wrap(packet), destination))
        self._carrier.send_all(wrapped)

    def release(self) -> None:
        """Let out what instances answer."""
        taken = 0
        while taken < BURST and (received := self._carrier.receive()) is not None:
            datagrams, peer = received
            taken += len(datagrams)
            if peer[0] not in self._ends:
                continue
            end, tap = self._ends[peer[0]]
            for datagram in datagrams:
                found = end.release(datagram)
                if found.packet is not None:
                    tap.write(found.packet)
                elif found.answer is not None:
                    self._carrier.send(found.answer, peer)

    def close(self) -> None:
        """Close the carrier; the devices are the relay's."""
        self._carrier.close()
