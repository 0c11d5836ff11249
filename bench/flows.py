"""Flows from one namespace to another: how many packets and octets arrive, and how soon.

Senders are this process; what receives a stream is a process of its own. Never steers anything.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wayside.linux import netns

SMALL_BYTES = 64
SETTLE_S = 0.3
"""How long what was sent may still be on its way when the receiver's packets are counted."""

SINK = """
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    with connection:
        while connection.recv_into(bytearray(1 << 18)):
            pass
"""


@dataclass(frozen=True)
class Ends:
    """Two namespaces, and the address at which the second is reached."""

    sender: str
    receiver: str
    address: str


def packets_per_s(ends: Ends, port: int, lasting_s: float) -> float:
    """Return how many datagrams of 64 octets arrive in a second where more are sent."""
    with closing(netns.socket_in(ends.receiver, kind=socket.SOCK_DGRAM)) as end:
        end.bind((ends.address, port))  # so that nobody is told that there is no such port
        with closing(netns.socket_in(ends.sender, kind=socket.SOCK_DGRAM)) as device:
            device.connect((ends.address, port))
            before, begun = _arrived(ends.receiver), time.perf_counter()
            payload = b"x" * SMALL_BYTES
            while (lasted := time.perf_counter() - begun) < lasting_s:
                for _ in range(50):
                    device.send(payload)
            arrived = _arrived(ends.receiver) - before
    return arrived / lasted


def _arrived(namespace: str) -> int:
    """Return the packets that the namespace's devices have received, its loopback apart."""

    def read() -> int:
        lines = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
        fields = [line.replace(":", " ").split() for line in lines]
        return sum(int(each[2]) for each in fields if each[0] != "lo")

    return netns.inside(namespace, read)


@contextmanager
def sink(ends: Ends, port: int) -> Iterator[None]:
    """Have a process take in what is sent to a TCP port."""
    with closing(netns.socket_in(ends.receiver)) as listener:
        listener.bind((ends.address, port))
        listener.listen()
        handle = listener.fileno()
        taker = subprocess.Popen([sys.executable, "-c", SINK, str(handle)], pass_fds=[handle])
    try:
        yield
    finally:
        taker.terminate()
        taker.wait()


def megabits_per_s(ends: Ends, port: int, lasting_s: float) -> float:
    """Return the rate of one TCP stream, its last octet arrived; after ``sink``."""
    chunk, sent = bytes(1 << 18), 0
    with closing(netns.socket_in(ends.sender)) as device:
        device.settimeout(10)
        device.connect((ends.address, port))
        begun = time.perf_counter()
        while time.perf_counter() - begun < lasting_s:
            sent += device.send(chunk)
        device.shutdown(socket.SHUT_WR)
        device.recv(1)  # the other end closes when it has all
        return sent * 8 / 1e6 / (time.perf_counter() - begun)


def round_trips(ends: Ends, port: int, count: int) -> list[float]:
    """Return the seconds that each of ``count`` small datagrams took there and back."""
    found = []
    with (
        closing(netns.socket_in(ends.receiver, kind=socket.SOCK_DGRAM)) as end,
        closing(netns.socket_in(ends.sender, kind=socket.SOCK_DGRAM)) as device,
    ):
        end.bind((ends.address, port))
        for each in (end, device):
            each.settimeout(2)
        echo = threading.Thread(target=_echo, args=(end, count))
        echo.start()
        device.connect((ends.address, port))
        for _ in range(count):
            begun = time.perf_counter()
            device.send(b"x" * SMALL_BYTES)
            device.recv(SMALL_BYTES)
            found.append(time.perf_counter() - begun)
        echo.join()
    return found


def _echo(end: socket.socket, count: int) -> None:
    for _ in range(count):
        end.sendto(*end.recvfrom(SMALL_BYTES))


def processor_s(pid: int) -> float:
    """Return the CPU seconds that a process has used. Ref: proc(5), utime and stime."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
