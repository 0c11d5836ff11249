"""A device's link moved to another cell, read as data: what would be done, and in which order."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from wayside.access.lab import joins, scenario
from wayside.access.lab.handover import moved, plan_handover
from wayside.access.lab.model import Backhaul, Device, Scenario
from wayside.access.lab.paths import serving_host
from wayside.core.errors import Conflict

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "handover.toml"


@pytest.fixture
def town() -> Scenario:
    return scenario.load(TOWN)


def ue1(town: Scenario) -> Device:
    return town.devices[0]


def test_the_device_sends_by_the_new_link_before_the_town_does_and_the_old_one_goes_last(
    town: Scenario,
) -> None:
    link, turn, ways, end = plan_handover(town, ue1(town), "cell1", "cell2").steps
    assert set(link) == {"ue1", "cell2"}
    assert turn == {"ue1": ("route replace default via 10.45.2.254 dev cell2",)}
    assert ways["cell2"] == ("route replace 10.45.1.1/32 dev ue1",)
    assert ways["mec2"] == ("route replace 10.45.1.1/32 via 10.46.3.1 dev cell2",)
    assert ways["mec1"] == ("route replace 10.45.1.1/32 via 10.46.4.2 dev core",)
    assert ways["cell1"] == ("route replace 10.45.1.1/32 via 10.46.2.2 dev mec1",)
    assert end == {"ue1": ("link delete cell1",)}


def test_every_node_that_forwards_knows_the_way(town: Scenario) -> None:
    ways = plan_handover(town, ue1(town), "cell1", "cell2").steps[2]
    assert set(ways) == {"cell1", "cell2", "mec1", "mec2", "core"}


def test_a_moved_device_is_served_by_the_other_host(town: Scenario) -> None:
    assert serving_host(moved(town, ue1(town), "cell2"), "ue1") == "mec2"


def test_sessions_in_gtp_u_stay_where_they_end(town: Scenario) -> None:
    tunnelled = replace(
        town, cells=(town.cells[0], replace(town.cells[1], backhaul=Backhaul.GTP_U))
    )
    with pytest.raises(Conflict):
        plan_handover(tunnelled, ue1(town), "cell1", "cell2")


def test_only_the_other_hosts_speak_in_the_ways_between_hosts(town: Scenario) -> None:
    lines = list(joins.lines(town, "mec1"))
    assert lines[0].startswith("link add to-mec2 ")
    assert "remote 10.50.2.1" in lines[0]
    port = "to 10.50.1.1 ipproto udp dport 4789"
    assert f"rule add pref 4 iif core from 10.50.2.1 {port} lookup local" in lines
    assert f"rule add pref 5 {port} blackhole" in lines
    assert list(joins.lines(town, "cell1")) == []
