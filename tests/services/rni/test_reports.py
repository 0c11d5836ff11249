"""Who is told which measures, and when."""

from typing import Any

import numpy as np
from msgspec.structs import replace
from tests.mep.world import CALLBACK, MepWorld
from tests.services.rni.conftest import Radio
from tests.services.rni.events import radio_street
from tests.services.rni.wishes import FAR, LEFT, PLMN, WIDE, whom
from tests.services.street import UE1, Street, measured

from wayside.refpoints.net.facts import Enrolled
from wayside.refpoints.net.values import Technology
from wayside.services.rni.courses import DEVICES_MAX

LTE, NR = Technology.LTE, Technology.NR


def measure(street: Street, *devices: str, **how: Any) -> None:
    """Have devices measure the wide cell, and far as its neighbour."""
    rows = [street.row(each) for each in devices]
    cells = [street.cell("wide")] * len(rows)
    told = measured(LTE, rows, cells, neighbour=street.cell("far"), **how)
    street.tell(measured=[told])


def triggers_of(told: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Whose reports they are, and why."""
    return [
        (each["associateId"][0]["value"], each.get("trigger", each.get("triggerNr")))
        for each in told
    ]


async def test_measures_are_numbers_of_3gpp_and_neighbours_are_with_them(radio: Radio) -> None:
    street = radio.street
    await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri={"trigger": [1]})
    row, wide, far = street.row("ue1"), street.cell("wide"), street.cell("far")
    lte = measured(LTE, [row], [wide], neighbour=far, neighbour_power_dbm=-93.5)
    street.tell(measured=[lte, measured(NR, [row], [street.cell("left")], power_dbm=-79.5)])
    (told,) = await radio.heard()
    assert told | {"timeStamp": None, "_links": None} == {
        "notificationType": "MeasRepUeNotification",
        "timeStamp": None,
        "_links": None,
        "waysideOrigin": "SIMULATED",
        "ecgi": WIDE,
        "associateId": whom(UE1),
        "rsrp": 56,
        "rsrq": 20,
        "sinr": 71,
        "trigger": 1,
        "eutranNeighbourCellMeasInfo": [{"ecgi": FAR, "rsrp": 47}],
        "newRadioMeasNeiInfo": [
            {
                "nrNCellInfo": [{"nrNCellPlmn": [PLMN], "nrNCellGId": LEFT["nrCellId"]}],
                "nrNCellRsrp": 77,
                "nrNCellRsrq": 67,
                "nrNCellRssi": 71,
            }
        ],
    }


async def test_reports_of_nr_have_neighbours_of_one_technology(radio: Radio) -> None:
    street = radio.street
    row, left, right = street.row("ue1"), street.cell("left"), street.cell("right")
    await radio.subscribe("NrMeasRepUeSubscription", filterCriteriaNrMrs={"triggerNr": [1, 20]})
    lte = measured(LTE, [row], [street.cell("wide")])
    street.tell(measured=[lte, measured(NR, [row], [left], neighbour=right)])
    same, other = await radio.heard()
    assert same["triggerNr"] == 1 and "eutraNeighCellMeasInfo" not in same
    assert same["servCellMeasInfo"] == [
        {
            "nrcgi": LEFT,
            "sCell": {"measQuantityResultsSsbCell": {"rsrp": 72, "rsrq": 67, "sinr": 71}},
        }
    ]
    (neighbour,) = same["nrNeighCellMeasInfo"]
    assert neighbour["measQuantityResultsSsbCell"] == {"rsrp": 47}
    assert other["triggerNr"] == 20 and "nrNeighCellMeasInfo" not in other
    assert other["eutraNeighCellMeasInfo"] == [{"ecgi": WIDE, "rsrp": 56, "rsrq": 20, "sinr": 71}]


async def test_what_must_be_told_and_is_not_known_is_no_report(radio: Radio) -> None:
    await radio.subscribe("MeasRepUeSubscription")
    street = radio.street
    told = measured(LTE, [0, 1], [street.cell("wide")] * 2)
    quality = np.array([np.nan, -10.0], dtype=np.float32)
    street.tell(measured=[replace(told, quality_db=quality)])
    assert {device for device, _ in triggers_of(await radio.heard())} == {"10.60.0.2"}


async def test_a_trigger_is_told_when_it_begins(radio: Radio) -> None:
    criteria = {"trigger": [10, 11, 20, 12]}
    await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri=criteria)
    for power in (-100.0, -85.0, -85.0, -100.0, -115.0, -85.0):
        measure(radio.street, "car-1", power_dbm=power, neighbour_power_dbm=-120.0)
    told = triggers_of(await radio.heard())
    assert told == [("10.60.0.1", 10), ("10.60.0.1", 11), ("10.60.0.1", 10)]


async def test_who_subscribes_later_hears_what_holds_already(radio: Radio) -> None:
    first = {"filterCriteriaAssocTri": {"trigger": [10]}}
    await radio.subscribe("MeasRepUeSubscription", **first)
    measure(radio.street, "car-1")
    await radio.heard()
    later = f"{CALLBACK}/later"
    path = await radio.subscribe("MeasRepUeSubscription", callbackReference=later, **first)
    measure(radio.street, "car-1")
    measure(radio.street, "car-1")
    assert triggers_of(await radio.heard(later)) == [("10.60.0.1", 10)]
    assert len(await radio.heard()) == 1
    again = await radio.world.http.put(
        path,
        json={"subscriptionType": "MeasRepUeSubscription", "callbackReference": later} | first,
    )
    assert again.status_code == 200
    measure(radio.street, "car-1")
    assert len(await radio.heard(later)) == 2, "what is replaced begins anew"


async def test_devices_and_cells_hold_together(radio: Radio) -> None:
    for name, criteria in (
        ("car", {"associateId": whom("10.60.0.1", "10.60.0.3"), "trigger": [1]}),
        ("wide", {"ecgi": [WIDE], "trigger": [0]}),
        ("far", {"ecgi": [FAR]}),
        ("both", {"ecgi": [FAR, WIDE], "associateId": whom(UE1), "trigger": [4]}),
    ):
        await radio.subscribe(
            "MeasRepUeSubscription",
            callbackReference=f"{CALLBACK}/{name}",
            filterCriteriaAssocTri=criteria,
        )
    measure(radio.street, "car-1", "car-2", "ue1")
    found = {
        name: triggers_of(await radio.heard(f"{CALLBACK}/{name}"))
        for name in ("car", "wide", "far", "both")
    }
    assert found == {
        "car": [("10.60.0.1", 1)],
        "wide": [("10.60.0.1", 0), ("10.60.0.2", 0), (UE1, 0)],
        "far": [],
        "both": [(UE1, 4)],
    }


async def test_periodic_reports_come_no_more_often_than_the_operator_says() -> None:
    street = radio_street()
    said = {"rni": {"report_interval_s": 3.0}}
    async with MepWorld(services=said, network=street.feed) as world:
        radio = Radio(street, world)
        await world.ready()
        await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri={"trigger": [1]})
        await radio.subscribe("MeasTaSubscription")
        for _ in range(7):
            measure(street, "car-1")
        told = [each["notificationType"] for each in await radio.heard()]
    assert told.count("MeasRepUeNotification") == 3
    assert told.count("MeasTaNotification") == 1, "the advance is as it was told"


async def test_timing_advances_are_told_when_they_change(radio: Radio) -> None:
    await radio.subscribe("MeasTaSubscription", filterCriteriaAssoc={"associateId": whom(UE1)})
    street = radio.street
    row = street.row("ue1")
    told = measured(LTE, [0, row], [street.cell("wide")] * 2)
    for advance in (130.0, 131.0, np.nan, 131.0, 400.0):
        column = np.array([5000.0, advance], dtype=np.float32)
        street.tell(measured=[replace(told, timing_advance_ns=column)])
    assert [each["timingAdvance"] for each in await radio.heard()] == [1, 2, 6]


async def test_everybodys_turn_comes_however_many_there_are() -> None:
    cars = 2 * DEVICES_MAX + 100
    street = radio_street(cars)
    async with MepWorld(services={}, network=street.feed) as world:
        radio = Radio(street, world)
        await world.ready()
        for name, type_, criteria in (
            ("event", "MeasRepUeSubscription", {"filterCriteriaAssocTri": {"trigger": [10]}}),
            ("turn", "MeasRepUeSubscription", {"filterCriteriaAssocTri": {"trigger": [1]}}),
            ("advance", "MeasTaSubscription", {"filterCriteriaAssoc": {}}),
        ):
            await radio.subscribe(type_, callbackReference=f"{CALLBACK}/{name}", **criteria)
        everybody = [f"car-{number + 1}" for number in range(cars)]
        for times in (1, 2, 3):
            measure(street, *everybody)
            await world.clock.advance(0.1)
            for name in ("event", "turn", "advance"):
                told = triggers_of(await radio.heard(f"{CALLBACK}/{name}"))
                most = 3 * cars if name == "turn" else cars
                assert len(told) == min(times * DEVICES_MAX, most), name
                assert len(set(told)) == min(len(told), cars), name


async def test_what_waits_and_ends_meanwhile_is_not_told() -> None:
    cars = DEVICES_MAX + 5
    street = radio_street(cars)
    async with MepWorld(services={}, network=street.feed) as world:
        radio = Radio(street, world)
        await world.ready()
        await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri={"trigger": [10]})
        everybody = [f"car-{number + 1}" for number in range(cars)]
        measure(street, *everybody)
        await world.clock.advance(0.1)
        measure(street, *everybody, power_dbm=-115.0)
        measure(street, *everybody, power_dbm=-115.0)
        assert len(await radio.heard()) == DEVICES_MAX


async def test_cells_of_lte_alone_are_measured_where_no_nr_is_told(radio: Radio) -> None:
    await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri={"trigger": [1, 20]})
    measure(radio.street, "ue1")
    (told,) = await radio.heard()
    assert "newRadioMeasNeiInfo" not in told


async def test_what_begins_comes_before_what_is_periodic() -> None:
    cars = 2 * DEVICES_MAX
    street = radio_street(cars)
    async with MepWorld(services={}, network=street.feed) as world:
        radio = Radio(street, world)
        await world.ready()
        criteria = {"trigger": [1, 10]}
        await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri=criteria)
        everybody = [f"car-{number + 1}" for number in range(cars)]
        counts = []
        for _ in range(4):
            world.callbacks.posted.clear()
            measure(street, *everybody)
            told = triggers_of(await radio.heard())
            counts.append((len(told), sum(trigger == 10 for _, trigger in told)))
        assert counts == [(256, 256), (256, 256), (256, 0), (256, 0)]


async def test_who_joins_the_network_later_is_reported_too(radio: Radio) -> None:
    street = radio.street
    await radio.subscribe("MeasTaSubscription")
    await radio.subscribe("MeasRepUeSubscription", filterCriteriaAssocTri={"trigger": [10]})
    measure(street, "car-1")
    before = len(await radio.heard())
    cars = street.feed.picture.network.groups[0]
    size = street.feed.picture.network.size
    buses = replace(cars, id="bus", first=size, count=2, address="10.61.0.1")
    street.tell(Enrolled(group=buses))
    measure(street, "car-1", "bus-2")
    told = [each["associateId"][0]["value"] for each in (await radio.heard())[before:]]
    assert told.count("10.61.0.2") == 2
