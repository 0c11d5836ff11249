"""As much TCP as goes through, and how much of it arrived."""

import socket
import threading
import time
from contextlib import suppress

from wayside.linux import netns

from .worlds import Lab

SETTLE_S, MEASURE_S = 0.5, 1.0
SEGMENT_BYTES, ON_THE_WIRE_BYTES = 1448, 1514
"""Of TCP with time stamps on Ethernet: what an allocation counts is the latter."""


def arriving_bps(
    lab: Lab, sender: str, receiver: str, address: str, *, port: int, seconds: float = MEASURE_S
) -> float:
    """Return what arrives at ``receiver`` as bits on the wire per second, once it is steady."""
    with netns.socket_in(lab.names[receiver]) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
        with netns.socket_in(lab.names[sender]) as source:
            source.connect((address, port))
            sink, _ = listener.accept()
            with sink:
                thread = threading.Thread(target=_pour, args=(source,))
                thread.start()
                try:
                    _received(sink, SETTLE_S)
                    octets, taken_s = _received(sink, seconds)
                finally:
                    source.shutdown(socket.SHUT_RDWR)
                    thread.join()
    return octets * 8 / taken_s * ON_THE_WIRE_BYTES / SEGMENT_BYTES


def _pour(source: socket.socket) -> None:
    data = b"x" * 65536
    with suppress(OSError):
        while True:
            source.sendall(data)


def _received(sink: socket.socket, seconds: float) -> tuple[int, float]:
    start, octets = time.monotonic(), 0
    while (now := time.monotonic()) < start + seconds:
        octets += len(sink.recv(1 << 20))
    return octets, now - start
