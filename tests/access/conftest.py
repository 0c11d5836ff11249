"""What the tests of this room share: the town's scenario, and towns that are gone afterwards."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.exclusive import simulated_town

from wayside.access.lab import scenario as scenarios
from wayside.access.lab.model import Scenario
from wayside.access.lab.plan import DelayBy, TownPlan, plan_town
from wayside.access.lab.town import Town
from wayside.linux import netns, probe

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "town.toml"

_numbers = itertools.count()


@pytest.fixture
def town_text() -> str:
    return TOWN.read_text()


@pytest.fixture
def scenario() -> Scenario:
    return scenarios.load(TOWN)


@pytest.fixture
def loopback() -> Iterator[None]:
    """The loopback addresses of a simulated town, for this test alone."""
    with simulated_town():
        yield


@pytest.fixture
def plan(scenario: Scenario) -> TownPlan:
    """The plan of a town of its own for the test, made the way this kernel allows."""
    by = DelayBy.NETEM if probe.available("netem") else DelayBy.LINE
    return plan_town(scenario, prefix=f"wa{os.getpid()}x{next(_numbers)}", delay_by=by)


@pytest.fixture
async def town(plan: TownPlan, tmp_path: Path) -> AsyncIterator[Town]:
    """A town that stands; removed after the test."""
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    made = Town(plan, logs=tmp_path / "logs")
    try:
        await made.realise()
        yield made
    finally:
        await made.release()
        assert netns.names(f"{plan.prefix}-") == []
