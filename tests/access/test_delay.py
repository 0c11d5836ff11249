"""The delay line holds every frame for its time, in order, and loses none that fits."""

import socket
import time
from itertools import repeat

from wayside.access.lab.delay import Direction


def direction(delay_s: float) -> tuple[Direction, socket.socket, socket.socket]:
    """Return a direction between two pairs of sockets, and their outer ends."""
    outer_near, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    outer_far, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for side in (near, far, outer_far):
        side.setblocking(False)
    return Direction(near, far, delay_s), outer_near, outer_far


def received(side: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(side.recv(100_000))
        except BlockingIOError:
            return found


def test_a_frame_is_held_until_it_is_due_and_not_longer() -> None:
    way, sender, receiver = direction(0.012)
    sender.send(b"frame")
    way.take_in(repeat(100.0, 9))
    way.let_out(100.0119)
    assert received(receiver) == []
    way.let_out(100.012)
    assert received(receiver) == [b"frame"]
    assert not way.waiting


def test_frames_keep_their_order_and_their_distance() -> None:
    way, sender, receiver = direction(0.010)
    for number in range(3):
        sender.send(bytes([number]))
        way.take_in(repeat(1.0 + number, 9))
    way.let_out(2.5)
    assert received(receiver) == [b"\x00", b"\x01"]
    way.let_out(3.5)
    assert received(receiver) == [b"\x02"]


def test_a_whole_segment_crosses_as_one() -> None:
    way, sender, receiver = direction(0.0)
    segment = bytes(range(256)) * 255
    sender.send(segment)
    way.take_in(repeat(0.0, 9))
    way.let_out(0.0)
    assert received(receiver) == [segment]


def test_one_busy_link_leaves_the_others_their_turn() -> None:
    way, sender, _ = direction(1.0)
    for _ in range(5):
        sender.send(b"x")
    way.take_in(repeat(0.0, 3))
    assert len(way.waiting) == 3


def test_a_far_side_that_is_gone_costs_the_frame_and_nothing_else() -> None:
    way, sender, receiver = direction(0.0)
    receiver.close()
    sender.send(b"lost")
    way.take_in(repeat(0.0, 9))
    way.let_out(time.monotonic())
    assert not way.waiting


def test_nothing_waits_where_nothing_came_or_the_source_is_closed() -> None:
    way, sender, _ = direction(0.0)
    way.take_in(repeat(0.0, 9))
    assert not way.waiting
    sender.close()
    way.take_in(repeat(0.0, 5))
    assert not way.waiting
