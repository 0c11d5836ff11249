"""The delay line: one process that holds every frame of the delayed links for a fixed time.

``python -m wayside.access.lab.delay '<config>'`` runs inside the namespace where the middle ends
of the links are, and goes on until SIGTERM. It works on packet sockets, so it needs neither netem
nor /dev/net/tun; frames keep their offload header, so a segment of 64 KiB crosses as one. Rates
are bounded before it, by the queues of the links' outer ends. Never looks into a frame.
"""

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

CALIBRATION_MS = 0.05
"""What the line itself takes of each crossing; measured, and subtracted from every delay."""

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
PR_SET_TIMERSLACK = 29
FRAME_BYTES_MAX = 70_000
"""An offload header, an Ethernet header and a segment of 64 KiB."""
BUFFER_BYTES = 4_194_304
BURST = 64
"""Frames that are read from one socket before the others have their turn."""


class LineLink(msgspec.Struct, frozen=True):
    """One link: the interfaces of its two sides, and the one-way delay in milliseconds."""

    near: str
    far: str
    delay_ms: float


class LineConfig(msgspec.Struct, frozen=True):
    """All links of one line."""

    links: tuple[LineLink, ...]
    calibration_ms: float = CALIBRATION_MS


@dataclass
class Direction:
    """One way across one link: what came in, and when each frame is due on the other side."""

    source: socket.socket
    target: socket.socket
    delay_s: float
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)

    def take_in(self, clock: Iterable[float]) -> None:
        """Read what has arrived and note when it is due."""
        for now in clock:
            try:
                frame = self.source.recv(FRAME_BYTES_MAX)
            except OSError:  # nothing more, or the link is down for now
                return
            if not frame:  # the other end is closed
                return
            self.waiting.append((now + self.delay_s, frame))

    def let_out(self, now: float) -> None:
        """Send all that is due; a frame that the other side cannot take is lost, as on a wire."""
        while self.waiting and self.waiting[0][0] <= now:
            _, frame = self.waiting.popleft()
            with contextlib.suppress(OSError):
                self.target.send(frame)


def open_side(interface: str) -> socket.socket:
    """Return a socket on all frames that come in at ``interface``, with their offload header."""
    side = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    side.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    side.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    side.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    with contextlib.suppress(PermissionError):
        side.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    side.bind((interface, ETH_P_ALL))
    side.setblocking(False)
    return side


def directions(config: LineConfig) -> list[Direction]:
    """Open both sides of every link and return both ways across each."""
    found = []
    for link in config.links:
        near, far = open_side(link.near), open_side(link.far)
        delay_s = max(0.0, link.delay_ms - config.calibration_ms) / 1000
        found += [Direction(near, far, delay_s), Direction(far, near, delay_s)]
    return found


def _moments() -> Iterable[float]:
    for _ in range(BURST):
        yield time.monotonic()


def turn(ways: dict[int, Direction]) -> None:
    """Wait for the next arrival or the next frame that is due, and handle what is there."""
    due = min((way.waiting[0][0] for way in ways.values() if way.waiting), default=None)
    wait_s = None if due is None else max(0.0, due - time.monotonic())
    # select, as the only call here that waits by the microsecond: epoll counts milliseconds.
    ready, _, _ = select.select(ways, (), (), wait_s)
    for handle in ready:
        ways[handle].take_in(_moments())
    now = time.monotonic()
    for way in ways.values():
        way.let_out(now)


def _become_punctual() -> None:
    """Ask the kernel to wake this process on time; as far as it is allowed to."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    gc.disable()  # nothing here makes cycles


def main(config_text: str) -> None:
    """Run the line described by JSON ``config_text`` until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = msgspec.json.decode(config_text, type=LineConfig)
    ways = {way.source.fileno(): way for way in directions(config)}
    _become_punctual()
    while True:
        turn(ways)


if __name__ == "__main__":
    main(sys.argv[1])
