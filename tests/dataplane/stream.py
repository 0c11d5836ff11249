"""A steady stream of packets of several flows, and where each of them ended."""

import socket
import threading
import time
from collections import Counter

from wayside.linux import netns

from .rules import CLOUD, UE
from .worlds import Lab

BUFFER_BYTES = 64 << 20
PACKETS_MAX = 60_000
PAUSE_S = 40e-6
SO_RCVBUFFORCE = 33


class Stream:
    """Sends numbered datagrams to the cloud's ``ports`` in turn, from one socket, until stopped."""

    def __init__(self, lab: Lab, ports: tuple[int, ...]) -> None:
        self.sent: Counter[int] = Counter()
        self._ports = ports
        self._ends = {
            (where, port): self._end(lab, where, port)
            for where in ("cloud", "app1", "app2")
            for port in ports
        }
        self._device = netns.socket_in(lab.names["ue"], socket.AF_INET, socket.SOCK_DGRAM)
        self._device.bind((UE, 0))
        self._going = True
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> "Stream":
        self._thread.start()
        while not self.sent:
            time.sleep(0.001)
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        self._thread.join()

    def arrived(self, settle_s: float = 0.05) -> Counter[tuple[str, int]]:
        """Return how many packets came to each end and port; empties them."""
        time.sleep(settle_s)
        found: Counter[tuple[str, int]] = Counter()
        for key, end in self._ends.items():
            while True:
                try:
                    end.recv(100)
                except BlockingIOError:
                    break
                found[key] += 1
        return found

    def close(self) -> None:
        for each in (self._device, *self._ends.values()):
            each.close()

    def _send(self) -> None:
        while self._going and self.sent.total() < PACKETS_MAX:
            for port in self._ports:
                self._device.sendto(b"x", (CLOUD, port))
                self.sent[port] += 1
            time.sleep(PAUSE_S)

    @staticmethod
    def _end(lab: Lab, where: str, port: int) -> socket.socket:
        end = netns.socket_in(lab.names[where], socket.AF_INET, socket.SOCK_DGRAM)
        end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        end.bind(("0.0.0.0", port))
        end.setblocking(False)
        return end
