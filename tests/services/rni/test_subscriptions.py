"""Subscriptions to radio network information, from the first request to the last notification."""

from typing import Any

import pytest
from tests.mep.world import APP
from tests.services.rni.conftest import SUBSCRIPTIONS, Radio
from tests.services.rni.events import every_event
from tests.services.rni.wishes import EVERY, FAR, LEFT, WIDE, whom, wish

from wayside.refpoints.mm5 import OperationAction
from wayside.services.rni.wishes import TYPE_NAMES

OTHER = "http://10.60.1.3:9000/a%20b/told"


@pytest.mark.parametrize("type_", EVERY)
async def test_each_type_is_made_read_replaced_and_deleted(radio: Radio, type_: str) -> None:
    path = await radio.subscribe(type_)
    http = radio.world.http
    read = await http.get(path)
    assert read.json()["subscriptionType"] == type_
    assert read.json()["_links"]["self"]["href"].endswith(path)
    put = await http.put(path, json=wish(type_, callbackReference=OTHER))
    assert put.json()["callbackReference"] == OTHER, put.text
    assert (await http.delete(path)).status_code == 204
    assert (await http.get(path)).status_code == 404


async def test_the_list_is_of_one_type_where_one_is_asked_for(radio: Radio) -> None:
    for type_ in EVERY:
        await radio.subscribe(type_)
    for name, type_ in TYPE_NAMES.items():
        listed = await radio.world.http.get(SUBSCRIPTIONS, params={"subscription_type": name})
        (line,) = listed.json()["_links"]["subscription"]
        assert line["subscriptionType"] == type_
    whole = await radio.world.http.get(SUBSCRIPTIONS)
    assert len(whole.json()["_links"]["subscription"]) == len(EVERY)
    none = await radio.world.http.get(SUBSCRIPTIONS, params={"subscription_type": "rab"})
    assert (none.status_code, none.json()["field"]) == (400, "subscription_type")


@pytest.mark.parametrize(
    ("type_", "criteria", "field"),
    [
        ("CellChangeSubscription", {"hoStatus": [6]}, "$.filterCriteriaAssocHo.hoStatus[0]"),
        (
            "CellChangeSubscription",
            {"associateId": [{"type": 1, "value": "10.45"}]},
            "$.filterCriteriaAssocHo.associateId[0].value",
        ),
        (
            "MeasTaSubscription",
            {"associateId": [{"type": 2, "value": "10.45.0.1"}]},
            "$.filterCriteriaAssoc.associateId[0].value",
        ),
        (
            "CaReconfSubscription",
            {"ecgi": [WIDE, {"plmn": WIDE["plmn"], "cellId": "wide"}]},
            "$.filterCriteriaAssoc.ecgi[1].cellId",
        ),
        (
            "NrMeasRepUeSubscription",
            {"nrcgi": [LEFT | {"nrCellId": "1" * 10}]},
            "$.filterCriteriaNrMrs.nrcgi[0].nrCellId",
        ),
        ("NrMeasRepUeSubscription", {"triggerNr": [40]}, "$.filterCriteriaNrMrs.triggerNr[0]"),
        ("MeasRepUeSubscription", {"trigger": [22]}, "$.filterCriteriaAssocTri.trigger[0]"),
        ("RabEstSubscription", {"erabId": 6}, "$.filterCriteriaQci"),
        ("RabModSubscription", {"qci": 7}, "$.filterCriteriaQci"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_place(
    radio: Radio, type_: str, criteria: dict[str, Any], field: str
) -> None:
    name = next(key for key in EVERY[type_] if "riteria" in key)
    answer = await radio.world.http.post(SUBSCRIPTIONS, json=wish(type_, **{name: criteria}))
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


async def test_an_unknown_type_and_no_way_to_notify_are_refused(radio: Radio) -> None:
    http = radio.world.http
    other = await http.post(SUBSCRIPTIONS, json=wish("MeasTaSubscription") | {
        "subscriptionType": "MeasTa"
    })  # fmt: skip
    assert (other.status_code, other.json()["field"]) == (422, "$.subscriptionType")
    silent = wish("MeasTaSubscription")
    del silent["callbackReference"]
    answer = await http.post(SUBSCRIPTIONS, json=silent)
    assert (answer.status_code, answer.json()["field"]) == (400, "$.callbackReference")


async def test_a_handover_is_told_when_it_is_completed_unless_more_is_asked_for(
    radio: Radio,
) -> None:
    path = await radio.subscribe("CellChangeSubscription")
    kept = (await radio.world.http.get(path)).json()
    assert kept["filterCriteriaAssocHo"] == {"hoStatus": [3]}
    every_event(radio.street)
    (told,) = await radio.heard()
    assert told | {"timeStamp": None, "_links": None} == {
        "notificationType": "CellChangeNotification",
        "timeStamp": None,
        "_links": None,
        "waysideOrigin": "SIMULATED",
        "associateId": whom("10.45.0.1"),
        "srcEcgi": WIDE,
        "trgEcgi": [FAR],
        "hoStatus": 3,
    }
    assert told["_links"]["subscription"]["href"].endswith(path)


async def test_every_happening_is_told_to_who_asked_for_it(radio: Radio) -> None:
    for type_ in EVERY:
        await radio.subscribe(type_)
    every_event(radio.street)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for told in await radio.heard():
        by_type.setdefault(told["notificationType"], []).append(told)
    assert by_type.keys() == {each.replace("Subscription", "Notification") for each in EVERY}
    assert [each["erabId"] for each in by_type["RabEstNotification"]] == [6, 6]
    (modified,) = by_type["RabModNotification"]
    assert modified["erabQosParameters"]["qosInformation"]["erabMbrDl"] == 3_000_000
    (released,) = by_type["RabRelNotification"]
    assert released["erabReleaseInfo"] == {"erabId": 6} and released["ecgi"] == FAR
    assert [each["s1Event"] for each in by_type["S1BearerNotification"]] == [1, 2, 3, 1]
    (carriers,) = by_type["CaReconfNotification"]
    assert carriers["secondaryCellAdd"] == [{"ecgi": FAR}]
    assert "secondaryCellRemove" not in carriers
    (advance,) = by_type["MeasTaNotification"]
    assert advance["timingAdvance"] == 15  # 1000 ns are 30.72 Ts


async def test_criteria_hold_together(radio: Radio) -> None:
    for url, criteria in (
        ("http://10.60.1.2:9000/ue", {"associateId": whom("10.45.0.1")}),
        ("http://10.60.1.2:9000/car", {"associateId": whom("10.60.0.1")}),
        ("http://10.60.1.2:9000/far", {"ecgi": [FAR]}),
        ("http://10.60.1.2:9000/wide", {"ecgi": [WIDE | {"cellId": "0x1234501"}, FAR]}),
        ("http://10.60.1.2:9000/both", {"ecgi": [WIDE], "associateId": whom("10.60.0.1")}),
        ("http://10.60.1.2:9000/none", {"ecgi": [WIDE | {"cellId": "7654321"}]}),
        ("http://10.60.1.2:9000/nat", {"associateId": [{"type": 3, "value": "10.45.0.1"}]}),
        ("http://10.60.1.2:9000/early", {"hoStatus": [1]}),
        ("http://10.60.1.2:9000/tunnel", {"associateId": [{"type": 4, "value": "b1"}]}),
    ):
        changes = {"callbackReference": url, "filterCriteriaAssocHo": criteria}
        await radio.subscribe("CellChangeSubscription", **changes)
    every_event(radio.street)
    await radio.heard()
    told = {url.rpartition("/")[2] for url, _ in radio.world.callbacks.posted}
    assert told == {"ue", "far", "wide", "early", "tunnel"}
    assert len(radio.world.callbacks.posted) == len(told), "each is told once"


@pytest.mark.parametrize("what", ["erabId", "qci", "eventType", "ecgi"])
async def test_bearers_are_told_by_what_they_are(radio: Radio, what: str) -> None:
    for url, type_, criteria in (
        ("erabId", "S1BearerSubscription", {"S1BearerSubscriptionCriteria": {"erabId": [5]}}),
        ("qci", "RabEstSubscription", {"filterCriteriaQci": {"qci": 9}}),
        ("eventType", "S1BearerSubscription", {"eventType": [2]}),
        ("ecgi", "RabRelSubscription", {"filterCriteriaQci": {
            "qci": 7, "erabId": 6, "ecgi": [WIDE]}}),
    ):  # fmt: skip
        await radio.subscribe(type_, callbackReference=f"http://10.60.1.2:9000/{url}", **criteria)
    every_event(radio.street)
    told = await radio.heard(f"http://10.60.1.2:9000/{what}")
    assert len(told) == (1 if what == "eventType" else 0)


async def test_a_subscription_of_an_instance_ends_with_it(radio: Radio) -> None:
    ghost = wish("CellChangeSubscription", filterCriteriaAssocHo={"appInstanceId": "ghost"})
    assert (await radio.world.http.post(SUBSCRIPTIONS, json=ghost)).status_code == 404
    own = {"filterCriteriaAssocHo": {"appInstanceId": APP}}
    path = await radio.subscribe("CellChangeSubscription", **own)
    other = await radio.subscribe("CellChangeSubscription", callbackReference=OTHER)
    await radio.world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    assert (await radio.world.http.get(path)).status_code == 404
    assert (await radio.world.http.get(other)).status_code == 200
    every_event(radio.street)
    assert await radio.heard() == []
    assert len(await radio.heard(OTHER)) == 1


async def test_a_callback_that_never_answers_holds_up_nobody(radio: Radio) -> None:
    dead = "http://10.60.1.9:9000/dead"
    radio.world.callbacks.dead.add(dead)
    await radio.subscribe("CellChangeSubscription", callbackReference=dead)
    await radio.subscribe("CellChangeSubscription", callbackReference=OTHER)
    every_event(radio.street)
    assert len(await radio.heard(OTHER)) == 1, "and the URL arrives as it was given"
    await radio.subscribe("MeasTaSubscription")


async def test_a_subscription_ends_at_its_deadline_and_says_so(radio: Radio) -> None:
    now = radio.world.clock.now() // 1_000_000_000
    deadline = {"seconds": now + 60, "nanoSeconds": 0}
    path = await radio.subscribe("CellChangeSubscription", expiryDeadline=deadline)
    await radio.world.clock.advance(61)
    (told,) = await radio.heard()
    assert (told["notificationType"], told["expiryDeadline"]) == ("ExpiryNotification", deadline)
    assert (await radio.world.http.get(path)).status_code == 410
    every_event(radio.street)
    assert len(await radio.heard()) == 1, "the platform lives on, and nothing more is told"


async def test_subscriptions_outlive_the_platform(radio: Radio) -> None:
    path = await radio.subscribe("CellChangeSubscription")
    await radio.world.restart()
    await radio.world.clock.advance(0.1)
    assert (await radio.world.http.get(path)).status_code == 200
    every_event(radio.street)
    (told,) = await radio.heard()
    assert told["hoStatus"] == 3


async def test_a_test_notification_comes_where_it_is_asked_for(radio: Radio) -> None:
    path = await radio.subscribe("MeasTaSubscription", requestTestNotification=True)
    (told,) = await radio.heard()
    assert told["notificationType"] == "TestNotification"
    assert told["_links"]["subscription"]["href"].endswith(path)
