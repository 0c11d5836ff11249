"""Servers on loopback and Unix sockets, on the loop that production uses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop
from tests.chassis.http.orchard import Orchard, Stand

from wayside.adapters.clocks import VirtualClock
from wayside.core.tasks import Nursery


@pytest.fixture
def event_loop_policy() -> uvloop.EventLoopPolicy:
    """Run on uvloop, as the elements do."""
    return uvloop.EventLoopPolicy()


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    """Background work that ends with the test."""
    async with Nursery() as nursery:
        yield nursery


@pytest.fixture
async def stand(nursery: Nursery, tmp_path: Path) -> AsyncIterator[Stand]:
    """An orchard that is served on loopback, with a clock that stands still."""
    stand = Stand(Orchard(tmp_path), VirtualClock(), nursery)
    await stand.open()
    yield stand
    await stand.close()
