"""A stream of small datagrams, each with the moment at which it was sent.

``python -m bench.stream FD ADDRESS PORT INTERVAL_US`` sends on an open socket until it is ended.
A process of its own, so that whoever measures is not held up by it.
"""

import ctypes
import socket
import struct
import sys
import time

STAMP = struct.Struct("!Q")
"""Nanoseconds of the monotonic clock, which all processes share."""

PR_SET_TIMERSLACK = 29


def send(connection: socket.socket, to: tuple[str, int], interval_s: float) -> None:
    """Send for ever, about every ``interval_s`` seconds."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)  # sleep 50 us less too long
    while True:
        connection.sendto(STAMP.pack(time.monotonic_ns()), to)
        time.sleep(interval_s)


if __name__ == "__main__":
    handle, address, port, interval_us = sys.argv[1:]
    try:
        send(socket.socket(fileno=int(handle)), (address, int(port)), int(interval_us) / 1e6)
    except KeyboardInterrupt:
        sys.exit(0)
