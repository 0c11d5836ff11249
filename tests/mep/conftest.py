"""What every test of the platform starts from."""

from collections.abc import AsyncIterator

import pytest
from tests.mep.world import MepWorld


@pytest.fixture
async def world() -> AsyncIterator[MepWorld]:
    async with MepWorld() as running:
        yield running
