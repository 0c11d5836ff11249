"""A scenario of AdvantEDGE becomes a sound one of ours; what has no counterpart is told."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.access.advantedge.scenarios import Json, a_device, a_scenario, an_access

from wayside.access.advantedge.logic import Translated, translated
from wayside.access.advantedge.naming import Names
from wayside.access.advantedge.radio import RADIOS
from wayside.access.advantedge.reading import ForeignFault, parse
from wayside.access.advantedge.writing import text_of
from wayside.access.lab import scenario as town
from wayside.access.simulated import scenario as network
from wayside.access.simulated.model import Kind, NetworkPlan
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import VirtualClock
from wayside.refpoints.net.values import NOBODY, Technology


def made(said: Json) -> Translated:
    raw = json.dumps(said).encode()
    scenario, values = parse(raw, source="a.json")
    return translated(scenario, values, source="a.json")


def plan_of(found: Translated) -> NetworkPlan:
    text = text_of(found, source="a.json")
    if found.report.town:
        town.parse(text, source="made.toml")
    return network.parse(text, source="made.toml")


def harbour(said: Json) -> Json:
    zone: Json = said["deployment"]["domains"][1]["zones"][0]
    return zone


def test_points_of_access_become_cells_of_their_kind_operator_and_zone() -> None:
    plan = plan_of(made(a_scenario()))
    tower, cafe = plan.cells
    assert (tower.id, tower.technology, tower.zone) == ("tower", Technology.NR, "harbour-zone")
    assert (tower.latitude, tower.longitude) == (43.58, 7.12)
    assert (cafe.technology, cafe.ssid) == (Technology.WLAN, "cafe")
    (operator,) = plan.operators
    assert (operator.id, operator.mcc, operator.mnc) == ("operator-1", "208", "93")
    assert [zone.id for zone in plan.zones] == ["harbour-zone"]


def test_a_path_becomes_a_road_and_a_velocity_a_speed() -> None:
    (car,) = plan_of(made(a_scenario())).populations
    (road,) = plan_of(made(a_scenario())).roads
    assert (car.kind, car.speed_kmh, car.roads) == (Kind.CAR, (36.0, 36.0), ("road-car",))
    assert car.radios == (Technology.NR, Technology.LTE)
    assert road.points[0] == (43.57, 7.10), "latitude comes first here"
    assert not road.loop


def test_who_does_not_move_stands_where_it_is_said_or_at_its_point_of_access() -> None:
    said = a_scenario()
    harbour(said)["networkLocations"][1]["physicalLocations"] = [
        a_device("still", geoData={"location": {"coordinates": [7.0, 43.5]}, "velocity": 3}),
        a_device("nowhere", geoData=None),
        a_device("asleep", geoData=None, connected=False),
    ]
    found = made(said)
    still, nowhere, asleep = plan_of(found).populations
    assert still.around is not None
    assert nowhere.around is not None
    assert (still.around.latitude, still.around.longitude) == (43.5, 7.0)
    assert (nowhere.around.latitude, nowhere.around.longitude) == (43.58, 7.12)
    assert [each.off for each in (still, nowhere, asleep)] == [False, False, True]
    assert "nowhere: it has no place; it stands where tower does." in found.report.notes


def test_a_closed_path_is_a_loop_and_begins_no_second_time_at_its_end() -> None:
    said = a_scenario()
    square = [[7.1, 43.5], [7.1, 43.5], [7.2, 43.5], [7.2, 43.6], [7.1, 43.5]]
    geo = {"path": {"coordinates": square}, "eopMode": "LOOP", "velocity": 1}
    harbour(said)["networkLocations"][1]["physicalLocations"] = [a_device("walker", geoData=geo)]
    plan = plan_of(made(said))
    assert len(plan.roads[0].points) == 3
    assert plan.roads[0].loop
    assert plan.populations[0].kind is Kind.WALKER


def test_delays_and_rates_stand_on_the_cables_of_a_town() -> None:
    found = made(a_scenario())
    assert found.report.town
    links = {tuple(each["ends"]): each for each in found.tables["links"]}
    assert links["car", "tower"]["delay_ms"] == 3
    assert links["car", "tower"]["rate_mbps"] == 40, "the narrower direction"
    assert (links["tower", "edgeone"]["kind"], links["tower", "edgeone"]["delay_ms"]) == (
        "access", 5,
    )  # fmt: skip
    assert links["edgeone", "core"]["delay_ms"] == 12
    assert links["core", "cloud"]["delay_ms"] == 50
    assert found.report.renamed == {"edge-one": "edgeone"}
    assert found.tables["devices"] == [{"id": "car", "cell": "tower", "address": "10.45.1.1"}]
    assert found.tables["network"]["populations"][0]["address"] == "10.45.1.1"


def test_a_fog_node_is_nearer_to_its_point_of_access_than_the_edge_of_the_zone() -> None:
    said = a_scenario()
    harbour(said)["networkLocations"][2]["physicalLocations"] = [{"name": "fog", "type": "FOG"}]
    ends = [tuple(each["ends"]) for each in made(said).tables["links"]]
    assert ("cafe", "fog") in ends
    assert ("tower", "edgeone") in ends
    plan_of(made(said))


def test_without_an_edge_node_there_is_a_living_network_and_the_reason() -> None:
    said = a_scenario()
    del harbour(said)["networkLocations"][0]
    found = made(said)
    assert not found.report.town
    assert any("only the living network: it has no edge node" in n for n in found.report.notes)
    assert len(plan_of(found).cells) == 2


def test_everything_that_is_said_and_not_read_is_told_with_its_place() -> None:
    said = a_scenario()
    said["deployment"]["surprise"] = {"deep": 1}
    report = made(said).report
    left = {each.what: (each.count, each.why) for each in report.left}
    access = "deployment.domains[].zones[].networkLocations[]"
    assert left["deployment.surprise"] == (1, "no counterpart")
    assert left[f"{access}.netChar.latencyVariation"][0] == 2
    assert left[f"{access}.poa5GConfig"][0] == 1
    assert "deployment.connectivity" in left
    assert f"{access}.physicalLocations[].netChar.packetLoss" in left
    assert not any(what.endswith((".id", "version", ".velocity")) for what in left)
    told = " ".join(report.notes)
    assert "car: view (UE-APP) is not started by a scenario" in told
    assert "edge-one: svc (EDGE-APP)" in told
    assert "far: a node of type DC" in told


def test_the_larger_radius_is_the_larger_power() -> None:
    for radio in RADIOS.values():
        powers = [radio.power_dbm(radius) for radius in (1, 50, 200, 1000, 10_000)]
        assert powers == sorted(powers)
        assert all(-10 <= power <= 60 for power in powers)


async def test_a_device_at_the_edge_of_a_circle_is_mostly_served_and_far_beyond_is_not() -> None:
    said = a_scenario()
    circle = [
        a_device(f"d{n}{far}", geoData={"location": {"coordinates": [7.12, 43.58 + n * far]}})
        for n in (-1, 1)
        for far in (0.0018, 0.2)
    ]  # 200 m, 22 km
    harbour(said)["networkLocations"][1]["physicalLocations"] = circle
    source = SimulatedSource(
        world_of(plan_of(made(said))), VirtualClock(), epoch=1, pace=Pace(speed=0.0)
    )
    await source.run(3)
    served = (source.picture.cells[Technology.NR] != NOBODY).tolist()
    assert served == [True, False, True, False]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"\xff", "it is not UTF-8"),
        (b"a: [", "it is neither YAML nor JSON"),
        (b"a: &x [1]\nb: *x", "the alias \\*x is not read"),
        (b"a: .nan", "nan is no number"),
        (b"[]", "a scenario of AdvantEDGE is expected"),
        (b"name: x", "missing required field `deployment`"),
        (b"deployment: {domains: [{zones: 3}]}", "deployment.domains\\[0\\].zones: Expected"),
        (b"deployment: {domains: []}", "no point of access has a place"),
    ],
)
def test_what_is_no_scenario_is_refused_with_the_reason(raw: bytes, fault: str) -> None:
    with pytest.raises(ForeignFault, match=fault):
        scenario, values = parse(raw, source="a.yaml")
        translated(scenario, values, source="a.yaml")


def test_yaml_and_json_are_the_same() -> None:
    text = yaml.safe_dump(a_scenario()).encode()
    scenario, values = parse(text, source="a.json")
    assert translated(scenario, values, source="a.json").tables == made(a_scenario()).tables


names = st.text(min_size=0, max_size=30)
numbers = st.one_of(st.none(), st.floats(-1e7, 1e7, allow_nan=False), st.integers(-(10**6), 10**6))
points = st.lists(st.one_of(st.floats(-200, 200), st.integers(-181, 181)), min_size=2, max_size=3)
chars = st.none() | st.fixed_dictionaries(
    {}, optional={"latency": numbers, "throughputDl": numbers, "throughputUl": numbers}
)
geos = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "location": st.fixed_dictionaries({"coordinates": points}),
        "radius": numbers,
        "path": st.fixed_dictionaries({"coordinates": st.lists(points, max_size=6)}),
        "eopMode": st.sampled_from(["LOOP", "REVERSE", None, "?"]),
        "velocity": numbers,
    },
)
nodes = st.builds(
    lambda **said: said,
    name=names,
    type=st.sampled_from(["UE", "UE", "EDGE", "FOG", "CN", "DC", ""]),
    geoData=geos,
    connected=st.sampled_from([True, False, None]),
    wirelessType=st.sampled_from([None, "", "wifi", "5g, 4g", "other", "x,,"]),
    netChar=chars,
    processes=st.none() | st.lists(st.builds(lambda n: {"name": n}, names), max_size=2),
)
locations = st.builds(
    lambda **said: said,
    name=names,
    type=st.sampled_from(["POA", "POA-4G", "POA-5G", "POA-WIFI", "DEFAULT", "POA-6G"]),
    geoData=geos,
    netChar=chars,
    physicalLocations=st.none() | st.lists(nodes, max_size=4),
)
zones = st.builds(
    lambda **said: said,
    name=names,
    netChar=chars,
    networkLocations=st.none() | st.lists(locations, max_size=4),
)
domains = st.builds(
    lambda **said: said,
    name=names,
    netChar=chars,
    cellularDomainConfig=st.none()
    | st.fixed_dictionaries({"mcc": st.none() | names, "mnc": st.none() | st.just("01")}),
    zones=st.none() | st.lists(zones, max_size=3),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(domains, max_size=3), chars, names)
def test_whatever_their_scenario_is_ours_is_sound(found: list[Any], char: Any, name: str) -> None:
    said = a_scenario()
    said["name"] = name
    said["deployment"]["netChar"] = char
    said["deployment"]["domains"] += found
    plan_of(made(said))


@given(st.lists(names, max_size=20), st.sampled_from([(40, "-"), (10, "")]))
def test_names_are_unique_and_as_the_form_wants_them(given_: list[str], how: Any) -> None:
    longest, dash = how
    kept = Names("poa", longest, dash)
    found = [kept.of(each) for each in given_]
    assert len(set(found)) == len(found)
    for each in found:
        assert 1 <= len(each) <= longest
        assert each[0].isalpha()
        assert each.replace("-", "").isalnum() and each.isascii() and each == each.lower()


def test_an_access_without_a_place_is_left_out_and_told() -> None:
    said = a_scenario()
    harbour(said)["networkLocations"].append(an_access("blind", geoData=None))
    found = made(said)
    assert "blind: left out: it has no geoData.location on the map; give it one." in (
        found.report.notes
    )
    assert len(plan_of(found).cells) == 2
