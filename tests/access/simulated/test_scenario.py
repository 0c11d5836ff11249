"""A living network is read whole, or refused with every fault in it, each by field and remedy."""

import pytest
from tests.access.simulated.networks import SCENARIOS, STREET, street

from wayside.access.simulated.scenario import NetworkFault, load, parse


def faults_in(text: str) -> tuple[str, ...]:
    with pytest.raises(NetworkFault) as caught:
        parse(text, source="t.toml")
    return caught.value.faults


@pytest.mark.parametrize("name", ["town", "motorway"])
def test_the_scenarios_that_come_with_wayside_are_sound(name: str) -> None:
    plan = load(SCENARIOS / f"{name}.toml")
    assert plan.cells
    assert plan.populations


def test_all_faults_of_form_are_reported_at_once_each_with_its_field() -> None:
    broken = (
        STREET.replace("power_dbm = 46", "power_dbm = 460", 1)
        .replace('kind = "walker"', 'kind = "snail"')
        .replace("radius_m = 60", 'radius_m = "wide", colour = 3')
        .replace("latitude = 43.6\n", "latitude = 99\n", 1)
    )
    fields = [fault.partition(": ")[0] for fault in faults_in(broken)]
    assert fields == [
        "network.cells[0].latitude",
        "network.cells[0].power_dbm",
        "network.populations[0].kind",
        "network.populations[1].around.colour",
        "network.populations[1].around.radius_m",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('zone = "west"', 'zone = "wets"', "cells[0].zone: there is no zone wets; there are east"),
        ("bandwidth_mhz = 100", "bandwidth_mhz = 33", "bandwidth_mhz: NR has no channel of 33 MHz"),
        ('id = "right"', 'id = "left"', "cells[1].id: left is taken"),
        ("points = [[43.6001, 6.9995]", "oneway = true\npoints = [[43.6, 6.9]", None),
        ('[[network.roads]]\nid = "lane"', '[[network.roads]]\noneway = true\nid = "lane"',
         "roads[1].oneway: nobody can leave the end of lane"),
        ("count = 200", 'count = 200\nroads = ["alley"]', "there is no road alley"),
        ("count = 20\n", "count = 20\nalone = true\n", "20 cannot all be called lamp"),
        ("count = 20\n", 'count = 20\naddress = "10.0.0.999"\n', "is not an IPv4 address"),
        ("count = 20\n", 'count = 20\naddress = "100.64.1.1"\n', "100.64.0.0/10 is for devices"),
        ("count = 200", "count = 200\nspeed_kmh = [9.0, 3.0]", "the first is the lower"),
        ('kind = "fixed"', 'kind = "walker"', "only fixed devices stand around"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told(old: str, new: str, expected: str | None) -> None:
    text = STREET.replace(old, new, 1)
    assert text != STREET
    if expected is None:
        parse(text, source="t.toml")
    else:
        assert any(expected in fault for fault in faults_in(text)), faults_in(text)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ('do = "switch-off"', "name either the cell or the population"),
        ('do = "switch-off"\ncell = "up"', "there is no cell up; there are left, right"),
        ('do = "link"', "events[0].ends: missing"),
        ('do = "bearer"\npopulation = "lamp"', "name the population and the bearer"),
        ('do = "explode"', "events[0].do"),
    ],
)
def test_an_event_that_cannot_happen_is_told(event: str, expected: str) -> None:
    text = f"{STREET}\n[[network.events]]\nat_s = 1.0\n{event}\n"
    assert any(expected in fault for fault in faults_in(text))


def test_what_is_no_scenario_is_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert faults_in("town = 1") == ("network: missing: this scenario has no living network.",)
    assert "not TOML" in faults_in("[")[0]
    with pytest.raises(NetworkFault, match="No such file"):
        load(tmp_path / "none.toml")


def test_a_sound_one_says_what_it_was_told() -> None:
    plan = street()
    assert [cell.id for cell in plan.cells] == ["left", "right"]
    assert plan.populations[1].around is not None
    assert plan.populations[0].bearers[0].bearer.q_ci == 9
