"""A device with two access networks: what the scenario may say, and what is made of it."""

from pathlib import Path

import pytest

from wayside.access.lab.loopback_addresses import loopback_facts
from wayside.access.lab.model import Scenario
from wayside.access.lab.plan import DelayBy, NodePlan, plan_town
from wayside.access.lab.scenario import ScenarioFault, parse
from wayside.model.accesses import AccessPath, AccessType, Figures

TEXT = (Path(__file__).resolve().parents[2] / "scenarios" / "two-networks.toml").read_text()


@pytest.fixture
def two() -> Scenario:
    return parse(TEXT, source="two-networks.toml")


def node(scenario: Scenario, name: str) -> NodePlan:
    plan = plan_town(scenario, prefix="p", delay_by=DelayBy.NETEM)
    return next(each for each in plan.nodes if each.node == name)


def test_the_device_has_one_address_and_a_way_out_by_each_link(two: Scenario) -> None:
    lines = node(two, "ue1").ip_lines
    assert "address add 10.45.1.1 peer 10.45.1.254 dev cell1" in lines
    assert "address add 10.45.1.1 peer 10.45.3.254 dev wlan1" in lines
    assert "route replace default via 10.45.1.254 dev cell1" in lines
    assert "route replace default via 10.45.3.254 dev wlan1 table 2" in lines
    assert 'iifname "wlan1" ct mark set 2' in node(two, "ue1").nft
    other = node(two, "ue2")
    assert other.nft == "" and not any("table" in line for line in other.ip_lines)


def test_both_cells_know_the_device_and_routes_lead_by_the_first(two: Scenario) -> None:
    assert "address add 10.45.3.254 peer 10.45.1.1 dev ue1" in node(two, "wlan1").ip_lines
    assert "route replace 10.45.1.0/24 via 10.46.3.1 dev cell1" in node(two, "mec1").ip_lines


def test_the_host_is_told_of_both(two: Scenario) -> None:
    plan = plan_town(two, prefix="p", delay_by=DelayBy.NETEM)
    assert plan.hosts[0].device_interfaces == ("cell1", "wlan1")
    assert plan.hosts[0].accesses == (
        AccessPath(
            id=1,
            kind=AccessType.NR,
            metered=True,
            interface="cell1",
            gateway="10.46.3.1",
            devices=("10.45.1.1",),
            figures=Figures(delay_ns=1_000_000, rate_bps=100_000_000),
        ),
        AccessPath(
            id=3,
            kind=AccessType.WLAN_AX,
            metered=False,
            interface="wlan1",
            gateway="10.46.4.1",
            devices=("10.45.1.1",),
            figures=Figures(delay_ns=8_000_000, rate_bps=300_000_000),
        ),
    )
    assert [each.devices for each in loopback_facts(two)[0].accesses] == [("127.45.1.1",)] * 2


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('also = ["wlan1"]', 'also = ["wlan2"]', "devices[0].also: there is no cell wlan2"),
        ('also = ["wlan1"]', 'also = ["cell1"]', "devices[0].also: ue1 has cell1 already"),
        ('also = ["wlan1"]', "", "links[1].ends: a radio link joins a device and its cell"),
        ('ends = ["ue1", "wlan1"]', 'ends = ["ue2", "cell1"]', "devices[0].id: ue1 has 1 radio"),
        ("metered = true", 'backhaul = "gtp-u"', "devices[0].also: the sessions of cell1 are of"),
        ("access_type = 33", "access_type = 34", "cells[0].access_type"),
    ],
)
def test_what_does_not_fit_is_named(old: str, new: str, fault: str) -> None:
    assert old in TEXT
    with pytest.raises(ScenarioFault) as caught:
        parse(TEXT.replace(old, new, 1), source="t.toml")
    assert any(each.startswith(fault) for each in caught.value.faults), caught.value.faults
