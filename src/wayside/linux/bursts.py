"""UDP in bursts: many datagrams in one call to the kernel, where it can. Never looks into one.

Equal datagrams to one receiver are sent as one train (UDP_SEGMENT) and trains are taken in whole
(UDP_GRO); on a wire they are single datagrams all the same. Ref: udp(7).
"""

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator

from .tap import enlarge

IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
DATAGRAM_BYTES_MAX = 65_535
TRAIN_BYTES_MAX = 65_000
TRAIN_MAX = 64
"""What the kernel takes as one train."""
FACTS_BYTES = socket.CMSG_SPACE(4)

Datagram = tuple[bytes, str]
"""What is sent, and the receiver's address."""


class Bursts:
    """A UDP socket bound to ``address`` and ``port``, which sends to the same port.

    Datagrams too long for a link are fragmented, not refused. Raises OSError where the address is
    not this machine's.
    """

    def __init__(self, address: str, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        with contextlib.suppress(OSError):  # an old kernel gives them one by one
            self._socket.setsockopt(SOL_UDP, UDP_GRO, 1)
        enlarge(self._socket)
        self._socket.bind((address, port))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """Return the handle to wait for datagrams on."""
        return self._socket.fileno()

    def receive(self) -> tuple[list[bytes], tuple[str, int]] | None:
        """Return datagrams of one sender, and its address and port; None: there are none."""
        try:
            data, facts, _, peer = self._socket.recvmsg(DATAGRAM_BYTES_MAX, FACTS_BYTES)
        except OSError:
            return None
        if not facts:
            return [data], peer
        size = int(struct.unpack_from("=i", facts[0][2])[0])
        return [data[start : start + size] for start in range(0, len(data), size)], peer

    def send(self, datagram: bytes, to: tuple[str, int]) -> None:
        """Send one datagram; lost, as on a wire, where the kernel does not take it."""
        with contextlib.suppress(OSError):
            self._socket.sendto(datagram, to)

    def send_all(self, datagrams: list[Datagram]) -> None:
        """Send them in their order; see ``send``."""
        for train, receiver in trains(datagrams):
            to = (receiver, self._port)
            if len(train) == 1:
                self.send(train[0], to)
                continue
            size = struct.pack("=H", len(train[0]))
            try:
                self._socket.sendmsg(train, [(SOL_UDP, UDP_SEGMENT, size)], 0, to)
            except OSError:  # longer than the link's packets, or no room for all at once
                for each in train:
                    self.send(each, to)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def trains(datagrams: Iterable[Datagram]) -> Iterator[tuple[list[bytes], str]]:
    """Yield the datagrams in their order, together what can be one train.

    All of a train are of one length and go to one receiver; only the last may be shorter.
    """
    train: list[bytes] = []
    receiver, octets = "", 0
    for datagram, to in datagrams:
        if train and (
            to != receiver
            or len(datagram) > len(train[0])
            or len(train[-1]) < len(train[0])
            or len(train) == TRAIN_MAX
            or octets + len(datagram) > TRAIN_BYTES_MAX
        ):
            yield train, receiver
            train, octets = [], 0
        train.append(datagram)
        receiver, octets = to, octets + len(datagram)
    if train:
        yield train, receiver
