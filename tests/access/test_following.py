"""Links follow what is told of the network, and only between the lab's own cells."""

from pathlib import Path

import pytest

from wayside.access.lab.following import followed
from wayside.access.lab.model import Scenario
from wayside.access.lab.moving import handed_over
from wayside.access.lab.scenario import load
from wayside.access.simulated import scenario as living
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import VirtualClock
from wayside.core.errors import Unprocessable
from wayside.system.following import follow

TOWN = Path("scenarios/town.toml")


class Ground:
    """Hands devices over on paper; refuses some."""

    def __init__(self, scenario: Scenario, *, refuse: str = "") -> None:
        self.scenario, self._refuse = scenario, refuse
        self.moves: list[tuple[str, str]] = []

    async def hand_over(self, device: str, cell: str) -> None:
        self.moves.append((device, cell))
        if device == self._refuse:
            raise Unprocessable(f"{device} stays.")
        self.scenario = handed_over(self.scenario, device, cell)


@pytest.fixture
def network() -> SimulatedSource:
    source = world_of(living.load(TOWN))
    return SimulatedSource(source, VirtualClock(), epoch=1, pace=Pace(speed=0.0))


def _put(network: SimulatedSource, device: str, cell: str) -> None:
    known = network.picture.network
    row = known.row_of_id(device)
    assert row is not None
    network.put(row, known.cell_rows[cell])
    for _ in range(3):
        network.tick()


async def test_the_town_begins_where_its_network_has_the_devices(network: SimulatedSource) -> None:
    assert followed(load(TOWN), network.picture) == {}


async def test_a_device_follows_to_a_cell_of_the_lab_and_stays_under_any_other(
    network: SimulatedSource,
) -> None:
    ground, seen = Ground(load(TOWN)), []
    for cell in ("cell2", "coast1", "cell1"):
        _put(network, "ue1", cell)
        await _heard(network, ground)
        seen.append(next(each.cell for each in ground.scenario.devices))
    assert seen == ["cell2", "cell2", "cell1"]
    assert ground.moves == [("ue1", "cell2"), ("ue1", "cell1")]


async def test_a_refusal_is_said_once_and_holds_up_nobody(
    network: SimulatedSource, caplog: pytest.LogCaptureFixture
) -> None:
    ground = Ground(load(TOWN), refuse="ue1")
    for device in ("ue1", "ue2"):
        _put(network, device, "cell2")
    for _ in range(2):
        await _heard(network, ground)
    assert [each.cell for each in ground.scenario.devices][:2] == ["cell1", "cell2"]
    assert ground.moves.count(("ue1", "cell2")) >= 2


async def _heard(network: SimulatedSource, ground: Ground) -> None:
    """Follow what is told now."""
    from wayside.access.feed import Feed

    feed = Feed(network.picture.snapshot())
    feed.end()
    await follow(feed, ground)
