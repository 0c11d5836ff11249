"""Datagrams in bursts arrive as if sent one by one."""

import select
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.linux import netns
from wayside.linux.bursts import TRAIN_BYTES_MAX, TRAIN_MAX, Bursts, Datagram, trains

HERE, THERE = "127.83.9.1", "127.83.9.2"

datagrams = st.lists(
    st.tuples(
        st.sampled_from([40, 40, 40, 41, 1444, 9000]).map(bytes), st.sampled_from(["a", "a", "b"])
    ),
    max_size=300,
)


@given(datagrams)
def test_trains_are_what_the_kernel_takes_and_change_no_order(sent: list[Datagram]) -> None:
    found = list(trains(sent))
    assert [(each, to) for train, to in found for each in train] == sent
    for train, _ in found:
        assert len(train) <= TRAIN_MAX
        assert len(train) == 1 or sum(map(len, train)) <= TRAIN_BYTES_MAX
        assert {len(each) for each in train[:-1]} <= {len(train[0])}
        assert len(train[-1]) <= len(train[0])


def test_equal_datagrams_to_one_receiver_are_one_train() -> None:
    assert [len(train) for train, _ in trains([(b"xx", "a")] * 10 + [(b"x", "a")] * 2)] == [11, 1]


@pytest.fixture
def pair() -> Iterator[tuple[Bursts, Bursts]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    made = Bursts(HERE, port), Bursts(THERE, port)
    yield made
    for each in made:
        each.close()


def _received(end: Bursts) -> list[bytes]:
    found: list[bytes] = []
    while select.select([end], [], [], 0.2)[0] and (received := end.receive()) is not None:
        found += received[0]
        assert received[1][0] == HERE
    return found


@pytest.mark.parametrize("sizes", [[100] * 50, [1400] * 80, [100, 100, 30, 200, 200], [7]])
def test_what_is_sent_in_trains_arrives_as_single_datagrams(
    pair: tuple[Bursts, Bursts], sizes: list[int]
) -> None:
    sent = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    pair[0].send_all([(each, THERE) for each in sent])
    assert _received(pair[1]) == sent


@pytest.mark.netns
def test_datagrams_that_are_too_long_for_a_train_are_sent_one_by_one(
    make_namespace: Callable[[], str],
) -> None:
    """A train's datagrams must fit the link's packets; by themselves they go in fragments."""
    name = make_namespace()
    netns.batch(name, ["link set lo mtu 600"])
    ends = netns.inside(name, lambda: (Bursts(HERE, 7000), Bursts(THERE, 7000)))
    sent = [bytes([number]) * 1000 for number in range(5)]
    ends[0].send_all([(each, THERE) for each in sent])
    assert _received(ends[1]) == sent
    for each in ends:
        each.close()


def test_nothing_there_is_nothing(pair: tuple[Bursts, Bursts]) -> None:
    assert pair[0].receive() is None
