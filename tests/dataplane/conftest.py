"""What the tests of this room share: a lab of namespaces, and the worlds that steer alike."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.dataplane.worlds import KernelWorld, Lab, WalkedWorld, World

from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.linux import netns, probe


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The namespaces, made once; every world in them takes its rules away again."""
    if (reason := probe.missing("nftables", "nftables duplicate", "policy routing")) is not None:
        pytest.skip(reason)
    made = Lab()
    try:
        made.realise()
        yield made
    finally:
        made.release()
        assert not any(netns.exists(name) for name in made.names.values())


@pytest.fixture
async def names() -> AsyncIterator[DnsServer]:
    """A DNS server that listens nowhere."""
    async with Nursery() as nursery:
        yield DnsServer(DnsSettings(()), nursery)


@pytest.fixture
def kernel(lab: Lab, names: DnsServer) -> Iterator[KernelWorld]:
    """Real packets."""
    world = KernelWorld(lab, names)
    try:
        yield world
    finally:
        world.close()


@pytest.fixture(params=[pytest.param("kernel", marks=pytest.mark.netns), "walked"])
def world(request: pytest.FixtureRequest, names: DnsServer) -> World:
    """Real packets, and then the walk over the same plan: both must agree."""
    if request.param == "kernel":
        real: KernelWorld = request.getfixturevalue("kernel")
        return real
    return WalkedWorld(names)
