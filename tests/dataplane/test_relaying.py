"""The relay by itself: told whole tables, in a namespace of the test's own."""

import os
import socket
from collections.abc import Iterator

import pytest

from wayside.core.errors import Unavailable
from wayside.dataplane.relaying import Relaying
from wayside.dataplane.tunnels import AppTunnel, RelayTable
from wayside.linux import netns, probe
from wayside.linux.gtpu.messages import PORT
from wayside.model.rules import TunnelType

pytestmark = pytest.mark.netns

HERE = "10.60.1.1"


@pytest.fixture
def namespace() -> Iterator[str]:
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    name = f"wrelay{os.getpid()}"
    netns.create(name)
    netns.batch(name, [f"addr add {HERE}/32 dev lo"])
    yield name
    netns.delete(name)


@pytest.fixture
def relaying(namespace: str) -> Iterator[Relaying]:
    made = Relaying(namespace)
    yield made
    made.end()
    assert netns.pids_in(namespace) == []


def table(*numbers: int, source: str = HERE) -> RelayTable:
    return RelayTable(
        tunnels=tuple(
            AppTunnel(
                interface=f"gtp-a{number}",
                kind=TunnelType.GTP_U,
                source=source,
                destination=f"10.60.2.{number}",
                teid=number,
            )
            for number in numbers
        )
    )


def devices(namespace: str) -> set[str]:
    """The tunnels' devices that are there."""
    found = netns.inside(namespace, socket.if_nameindex)
    return {name for _, name in found if name.startswith("gtp-") and not name.endswith("p")}


def is_served(namespace: str) -> bool:
    """Whether somebody has the port of GTP-U."""
    with netns.socket_in(namespace, socket.AF_INET, socket.SOCK_DGRAM) as other:
        try:
            other.bind((HERE, PORT))
        except OSError:
            return True
        return False


def test_it_has_the_devices_that_it_is_told_and_no_others(
    relaying: Relaying, namespace: str
) -> None:
    for numbers in ((1,), (1, 2), (2, 3), ()):
        relaying.tell(table(*numbers))
        assert devices(namespace) == {f"gtp-a{number}" for number in numbers}


def test_what_cannot_be_carried_is_said_and_ends_nothing(
    relaying: Relaying, namespace: str
) -> None:
    relaying.tell(table(1, 2))
    before = netns.pids_in(namespace)
    with pytest.raises(Unavailable, match="could not do it"):
        relaying.tell(table(2, 3, source="192.0.2.1"))
    for numbers in ((1, 2), (1,)):
        relaying.tell(table(*numbers))
        assert is_served(namespace)
    assert netns.pids_in(namespace) == before
    assert devices(namespace) == {"gtp-a1"}


def test_without_anything_to_carry_no_relay_is_started(relaying: Relaying, namespace: str) -> None:
    relaying.tell(RelayTable())
    assert netns.pids_in(namespace) == []
    assert not relaying.is_needed
