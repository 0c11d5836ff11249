"""What the tests of services share: a platform that serves them, on the simulated data plane."""

from collections.abc import AsyncIterator

import pytest
from tests.mep.world import MepWorld

from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.simulated import SimulatedDataPlane


@pytest.fixture
async def plane() -> AsyncIterator[SimulatedDataPlane]:
    """A data plane that walks packets."""
    async with Nursery() as nursery:
        yield SimulatedDataPlane(DnsServer(DnsSettings(()), nursery))


@pytest.fixture
async def world(plane: SimulatedDataPlane) -> AsyncIterator[MepWorld]:
    """A platform with all of its MEC services, as they come."""
    async with MepWorld(services={}) as made:
        await made.restart(plane)
        yield made
