"""Access points and stations as applications ask for them, and what they are told."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.mep.world import CALLBACK, MepWorld, configuration
from tests.services.wai.cafe import BAR, CAFE, SHOP, T0_NS, Town, a_feed, phone

from wayside.refpoints.net.values import Origin

ROOT = "/wai/v2"
APS, STAS = f"{ROOT}/queries/ap/ap_information", f"{ROOT}/queries/sta/sta_information"
MEASUREMENTS, SUBSCRIPTIONS = f"{ROOT}/measurements", f"{ROOT}/subscriptions"


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
async def world(town: Town) -> AsyncIterator[MepWorld]:
    async with MepWorld(services={"wai": {"report_every_s": 5}}, network=town.feed) as made:
        await made.ready(configuration())
        yield made


async def settled(world: MepWorld, seconds: float = 0.0) -> None:
    """Let what was told be heard, and time pass."""
    await world.clock.settle()
    await world.clock.advance(seconds + 0.001)
    await world.clock.settle()


async def subscribed(world: MepWorld, type_: str, **body: Any) -> httpx.Response:
    wanted = {"subscriptionType": type_, "callbackReference": CALLBACK} | body
    return await world.http.post(SUBSCRIPTIONS, json=wanted)


def told(world: MepWorld, to: str = CALLBACK) -> list[dict[str, Any]]:
    return world.callbacks.to(to)


async def test_access_points_say_what_is_told_of_them_and_nothing_else(
    world: MepWorld, town: Town
) -> None:
    town.join(1)
    town.join(2)
    town.load([("cafe", 0.25, 0.15), ("shop", float("nan"), float("nan"))])
    cafe, bar, shop = (await world.http.get(APS)).json()
    assert cafe == {
        "waysideOrigin": "MEASURED",
        "timeStamp": {"seconds": T0_NS // 10**9 + 3, "nanoSeconds": 0},
        "apId": {"bssid": CAFE, "ssid": ["Town"]},
        "channel": 42,
        "bssLoad": {"staCount": 2, "channelUtilization": 102, "availAdmCap": 0},
        "apLocation": {
            "geolocation": {
                "latUncertainty": 0,
                "lat": int(43.5 * 2**25),
                "longUncertainty": 0,
                "long": 2**34 - int(7.25 * 2**25),
                "datum": 1,
            }
        },
    }
    assert (bar["apId"]["bssid"], "bssLoad" in bar) == (BAR, False)
    assert (shop["channel"], "bssLoad" in shop) == (6, False)


async def test_stations_say_where_they_are_and_how_they_hear(world: MepWorld, town: Town) -> None:
    town.join(1)
    town.join(2, "shop")
    town.measure({1: {"power_dbm": -60.3, "down": 433.3e6, "up": 65e6}})
    first, second = (await world.http.get(STAS)).json()
    assert first == {
        "waysideOrigin": "MEASURED",
        "timeStamp": {"seconds": T0_NS // 10**9 + 3, "nanoSeconds": 0},
        "staId": {"macId": phone(1), "ssid": ["Town"], "ipAddress": ["10.60.0.1"]},
        "channel": 42,
        "apAssociated": {"bssid": CAFE, "ssid": ["Town"]},
        "rssi": {"rssi": 99},
        "staDataRate": {"staLastDataDownlinkRate": 433_300, "staLastDataUplinkRate": 65_000},
    }
    assert second["staId"]["macId"] == phone(2)
    assert not {"rssi", "staDataRate"} & second.keys(), "nobody told"


async def test_figures_of_an_access_point_that_was_left_are_not_those_of_the_next(
    world: MepWorld, town: Town
) -> None:
    town.join(1)
    town.measure({1: {"power_dbm": -60.0}})
    town.leave(1)
    assert (await world.http.get(STAS)).json() == []
    town.join(1, "shop")
    (station,) = (await world.http.get(STAS)).json()
    assert (station["apAssociated"]["bssid"], "rssi" in station) == (SHOP, False)


async def test_lists_are_filtered_and_trimmed(world: MepWorld, town: Town) -> None:
    for number, point in ((1, "cafe"), (2, "shop"), (3, "shop")):
        town.join(number, point)

    async def macs(text: str) -> list[str]:
        answer = await world.http.get(STAS, params={"filter": text, "fields": "apAssociated"})
        assert answer.status_code == 200, answer.text
        return [each["staId"]["macId"] for each in answer.json()]

    assert await macs(f"(eq,apAssociated/bssid,{SHOP})") == [phone(2), phone(3)]
    assert await macs(f"(eq,staId/macId,{phone(1)})") == [phone(1)]
    assert await macs("(gte,rssi/rssi,1)") == []
    whole = await world.http.get(APS, params={"filter": "(eq,wlanCap/ht/aselCap,1)"})
    assert whole.json() == [], "every attribute of the tables may be asked for"
    bare = await world.http.get(APS, params={"exclude_fields": "apLocation"})
    assert "apLocation" not in bare.text


async def test_a_long_list_of_stations_comes_in_pages() -> None:
    town = Town(a_feed(250))
    async with MepWorld(services={}, network=town.feed) as world:
        for number in range(1, 251):
            town.join(number)
        found, url = [], STAS
        while url:
            page = await world.http.get(url)
            found += [each["staId"]["macId"] for each in page.json()]
            url = page.links.get("next", {}).get("url", "").partition("mep.example")[2]
        assert len(set(found)) == len(found) == 250


async def test_where_no_network_is_known_the_lists_are_empty() -> None:
    async with MepWorld(services={}) as world:
        assert (await world.http.get(APS)).json() == (await world.http.get(STAS)).json() == []


CHANNEL_LOAD = {"channelLoadConf": {"operatingClass": 115, "channel": 36}}
BEACONS = {
    "beaconRequestConf": {
        "operatingClass": 128,
        "channelId": 0,
        "measurementMode": 0,
        "beaconReportingConf": {"reportingCondition": 0, "threshold": 0},
    }
}
NEIGHBOURS: dict[str, Any] = {"neighborReportConf": {}}


def measurement(name: str, info: dict[str, Any], *numbers: int) -> dict[str, Any]:
    stations = [{"macId": phone(number)} for number in numbers or (1,)]
    return {"staId": stations, "measurementId": name, "measurementInfo": info}


async def test_reports_of_a_measurement_stand_at_its_stations(world: MepWorld, town: Town) -> None:
    town.join(1)
    town.join(2)
    town.measure({1: {"power_dbm": -60, "neighbour_power_dbm": -80}}, neighbour="bar")
    town.load([("cafe", 0.2, 0.1), ("bar", 0.1, 0.0)])
    for name, info in (("load", CHANNEL_LOAD), ("beacons", BEACONS), ("near", NEIGHBOURS)):
        made = await world.http.post(MEASUREMENTS, json=measurement(name, info, 1))
        assert made.status_code == 201, made.text
        assert made.headers["location"].endswith(made.json()["_links"]["self"]["href"][-30:])
    first, second = (await world.http.get(STAS)).json()
    assert first["channelLoad"] == [
        {
            "measurementId": "load",
            "operatingClass": 115,
            "channel": 36,
            "measurementDuration": 0,
            "channelLoad": round(0.4 * 255),
        }
    ]
    assert [(each["bssid"], each["rcpi"]) for each in first["beaconReport"]] == [
        (CAFE, 100),
        (BAR, 60),
    ]
    (near,) = first["neighborReport"]
    assert (near["bssid"], near["operatingClass"], near["channel"], near["phyType"]) == (
        BAR, 128, 42, 9,
    )  # fmt: skip
    assert "channelLoad" not in second, "it is not one of its stations"
    found = await world.http.get(STAS, params={"filter": "(eq,channelLoad/measurementId,load)"})
    assert [each["staId"]["macId"] for each in found.json()] == [phone(1)]


async def test_a_measurement_is_read_replaced_and_ended(world: MepWorld, town: Town) -> None:
    town.join(1)
    town.load([("cafe", 0.2, 0.1)])
    made = await world.http.post(MEASUREMENTS, json=measurement("m", CHANNEL_LOAD))
    url = f"{MEASUREMENTS}/{made.headers['location'].rpartition('/')[2]}"
    assert (await world.http.get(url)).json() == made.json()
    listed = (await world.http.get(MEASUREMENTS)).json()
    assert [each["measurementId"] for each in listed["measurementConfig"]] == ["m"]
    assert listed["measurementConfig"][0]["href"].endswith(url)
    longer = CHANNEL_LOAD | {"measurementDuration": 200}
    stale = await world.http.put(
        url, json=measurement("m", longer), headers={"if-match": '"stale"'}
    )
    assert stale.status_code == 412
    put = await world.http.put(
        url, json=measurement("m", longer), headers={"if-match": made.headers["etag"]}
    )
    assert put.status_code == 200, put.text
    await world.restart()
    (station,) = (await world.http.get(STAS)).json()
    assert station["channelLoad"][0]["measurementDuration"] == 200
    assert (await world.http.delete(url)).status_code == 204
    assert "channelLoad" not in (await world.http.get(STAS)).text
    assert (await world.http.get(url)).status_code == 404


async def test_two_measurements_of_one_consumer_have_different_names(world: MepWorld) -> None:
    await world.http.post(MEASUREMENTS, json=measurement("m", NEIGHBOURS))
    again = await world.http.post(MEASUREMENTS, json=measurement("m", BEACONS))
    assert (again.status_code, again.json()["field"]) == (422, "$.measurementId")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "$.measurementInfo"),
        (CHANNEL_LOAD | NEIGHBOURS, "$.measurementInfo"),
        (
            {"staStatisticsConf": {"groupIdentity": 0, "triggeredReport": False}},
            "$.measurementInfo.staStatisticsConf",
        ),
    ],
)
async def test_a_measurement_that_cannot_be_made_is_refused(
    world: MepWorld, wrong: dict[str, Any], field: str
) -> None:
    answer = await world.http.post(MEASUREMENTS, json=measurement("m", wrong))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    body = {"staId": [{"macId": phone(1)}], "measurementId": "m", "measurementInfo": wrong}
    also = await subscribed(world, "MeasurementReportSubscription", **body)
    assert (also.status_code, also.json()["field"]) == (422, field)


async def test_a_station_needs_an_address_that_is_one(world: MepWorld) -> None:
    body = measurement("m", NEIGHBOURS) | {"staId": [{"macId": "me"}]}
    answer = await world.http.post(MEASUREMENTS, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "$.staId[0].macId")


CAFE_ID = {"apId": {"bssid": CAFE}}


async def test_who_waits_for_stations_is_told_when_there_are_enough(
    world: MepWorld, town: Town
) -> None:
    event = {"trigger": 1, "threshold": 2}
    made = await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationEvent=event)
    assert made.status_code == 201, made.text
    town.join(1)
    await settled(world)
    assert told(world) == []
    town.join(2)
    await settled(world)
    (first,) = told(world)
    assert first["notificationType"] == "AssocStaNotification"
    assert first["waysideOrigin"] == "MEASURED"
    assert first["apId"] == {"bssid": CAFE, "ssid": ["Town"]}
    assert [each["macId"] for each in first["staId"]] == [phone(1), phone(2)]
    town.join(3)
    await settled(world)
    assert len(told(world)) == 1, "it holds already"
    town.leave(2)
    town.leave(3)
    await settled(world)
    town.join(2)
    await settled(world)
    assert len(told(world)) == 2, "it holds again"


async def test_an_event_that_holds_already_is_told_at_once(world: MepWorld) -> None:
    event = {"trigger": 2, "threshold": 0}
    await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationEvent=event)
    await settled(world)
    (only,) = told(world)
    assert "staId" not in only


async def test_with_a_period_alone_the_stations_are_told_every_so_often(
    world: MepWorld, town: Town
) -> None:
    town.join(1)
    await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=10)
    await settled(world, 9)
    assert told(world) == []
    await settled(world, 1)
    await settled(world, 10)
    assert len(told(world)) == 2
    await settled(world, 40)
    assert 3 <= len(told(world)) <= 6


async def test_with_both_it_is_told_every_so_often_while_it_holds(
    world: MepWorld, town: Town
) -> None:
    event = {"trigger": 1, "threshold": 1}
    await subscribed(
        world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=10, notificationEvent=event
    )
    await settled(world, 20)
    assert told(world) == []
    town.join(1)
    await settled(world)
    assert len(told(world)) == 1, "it begins"
    await settled(world, 10)
    assert len(told(world)) == 2
    town.leave(1)
    await settled(world, 30)
    assert len(told(world)) == 2


async def test_who_waits_for_rates_is_told_of_the_stations_that_reach_them(
    world: MepWorld, town: Town
) -> None:
    for number in (1, 2):
        town.join(number)
    both = [{"macId": phone(1).upper()}, {"macId": phone(2)}, {"macId": phone(3)}]
    event = {"trigger": 5, "downlinkRateThreshold": 1000, "uplinkRateThreshold": 500}
    made = await subscribed(world, "StaDataRateSubscription", staId=both, notificationEvent=event)
    assert made.status_code == 201, made.text
    town.measure({1: {"down": 2e6, "up": 4e5}, 2: {"down": 1e6, "up": 5e5}})
    await settled(world)
    (first,) = told(world)
    assert first["notificationType"] == "StaDataRateNotification"
    assert first["staDataRate"] == [
        {
            "staId": {"macId": phone(2), "ssid": ["Town"], "ipAddress": ["10.60.0.2"]},
            "staLastDataDownlinkRate": 1000,
            "staLastDataUplinkRate": 500,
        }
    ]
    town.measure({1: {"down": 2e6, "up": 6e5}, 2: {"down": 1e6, "up": 5e5}})
    await settled(world)
    assert [each["staId"]["macId"] for each in told(world)[1]["staDataRate"]] == [phone(1)]


async def test_rates_are_told_every_so_often(world: MepWorld, town: Town) -> None:
    town.join(1)
    town.measure({1: {"down": 2e6}})
    await subscribed(
        world, "StaDataRateSubscription", staId=[{"macId": phone(1)}], notificationPeriod=3
    )
    await settled(world, 3)
    (only,) = told(world)
    assert only["staDataRate"][0]["staLastDataDownlinkRate"] == 2000
    assert "staLastDataUplinkRate" not in only["staDataRate"][0]


async def test_reports_come_after_each_measurement_and_of_new_facts_only(
    world: MepWorld, town: Town
) -> None:
    for number in (1, 2):
        town.join(number)
    town.load([("cafe", 0.5, 0.0)])
    body = measurement("watch", CHANNEL_LOAD, 1, 2, 3)
    made = await subscribed(world, "MeasurementReportSubscription", **body)
    assert made.status_code == 201, made.text
    await settled(world)
    (first,) = told(world)
    assert first["notificationType"] == "MeasurementReportNotification"
    assert [
        (each["staId"]["macId"], each["measurementId"], each["channelLoad"])
        for each in first["channelLoad"]
    ] == [(phone(1), "watch", 128), (phone(2), "watch", 128)]
    assert not {"beaconReport", "neighborReport", "staStatistics"} & first.keys()
    await settled(world, 10)
    assert len(told(world)) == 1, "nothing new was told"
    town.load([("cafe", 0.1, 0.0)])
    await settled(world, 5)
    assert [each["channelLoad"][0]["channelLoad"] for each in told(world)] == [128, 26]


@pytest.mark.parametrize(
    ("type_", "wrong", "status", "field"),
    [
        ("AssocStaSubscription", CAFE_ID, 422, "$.notificationPeriod"),
        ("AssocStaSubscription", {"notificationPeriod": 5}, 422, "$"),
        ("AssocStaSubscription", CAFE_ID | {"notificationPeriod": 0}, 422, "$.notificationPeriod"),
        (
            "AssocStaSubscription",
            CAFE_ID | {"notificationEvent": {"trigger": 3, "threshold": 1}},
            422,
            "$.notificationEvent.trigger",
        ),
        (
            "StaDataRateSubscription",
            {"staId": [{"macId": phone(1)}], "notificationEvent": {"trigger": 1}},
            422,
            "$.notificationEvent.downlinkRateThreshold",
        ),
        (
            "AssocStaSubscription",
            CAFE_ID | {"notificationPeriod": 5, "callbackReference": None},
            400,
            "$.callbackReference",
        ),
        ("OtherSubscription", CAFE_ID | {"notificationPeriod": 5}, 422, "$.subscriptionType"),
    ],
)
async def test_a_subscription_that_cannot_be_kept_is_refused_by_its_field(
    world: MepWorld, type_: str, wrong: dict[str, Any], status: int, field: str
) -> None:
    answer = await subscribed(world, type_, **wrong)
    assert answer.status_code == status, answer.text
    assert answer.json().get("field") in (field, None), answer.text


async def test_a_subscription_is_listed_by_type_read_replaced_and_ended(
    world: MepWorld, town: Town
) -> None:
    made = await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=10)
    await subscribed(world, "MeasurementReportSubscription", **measurement("m", NEIGHBOURS))
    url = f"{SUBSCRIPTIONS}/{made.headers['location'].rpartition('/')[2]}"

    async def types(name: str) -> list[str]:
        listed = await world.http.get(SUBSCRIPTIONS, params={"subscription_type": name})
        found = listed.json().get("subscription", [])
        return [each["subscriptionType"] for each in found]

    assert await types("assoc_sta") == ["AssocStaSubscription"]
    assert await types("sta_data_rate") == []
    assert await types("measure_report") == ["MeasurementReportSubscription"]
    unknown = await world.http.get(SUBSCRIPTIONS, params={"subscription_type": "other"})
    assert unknown.status_code == 400
    assert (await world.http.get(url)).json() == made.json()
    town.join(1)
    event = {"trigger": 1, "threshold": 1}
    body = {
        "subscriptionType": "AssocStaSubscription",
        "callbackReference": CALLBACK,
        "notificationEvent": event,
    }
    put = await world.http.put(url, json=body | CAFE_ID)
    assert put.status_code == 200, put.text
    await settled(world)
    assert len(told(world)) == 1, "what was replaced begins anew"
    assert (await world.http.delete(url)).status_code == 204
    town.leave(1)
    town.join(1)
    await settled(world, 20)
    assert len(told(world)) == 1
    assert (await world.http.get(url)).status_code == 404


async def test_a_test_notification_goes_out_where_it_is_asked_for(world: MepWorld) -> None:
    made = await subscribed(
        world,
        "AssocStaSubscription",
        **CAFE_ID,
        notificationPeriod=10,
        requestTestNotification=True,
    )
    await settled(world)
    (only,) = told(world)
    assert only["notificationType"] == "TestNotification"
    own = made.json()["_links"]["self"]["href"].partition("/wai")[2]
    assert only["_links"]["subscription"]["href"].endswith(own)


async def test_a_subscription_ends_at_its_deadline_and_the_platform_lives_on(
    world: MepWorld, town: Town
) -> None:
    deadline = {"seconds": world.clock.now() // 10**9 + 8, "nanoSeconds": 0}
    made = await subscribed(
        world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=5, expiryDeadline=deadline
    )
    await settled(world, 5)
    await settled(world, 10)
    assert [each["notificationType"] for each in told(world)] == [
        "AssocStaNotification",
        "ExpiryNotification",
    ]
    await settled(world, 20)
    assert len(told(world)) == 2
    url = f"{SUBSCRIPTIONS}/{made.headers['location'].rpartition('/')[2]}"
    assert (await world.http.get(url)).status_code == 410


async def test_a_callback_that_never_answers_delays_neither_others_nor_new_subscriptions(
    world: MepWorld, town: Town
) -> None:
    dead = "http://10.60.1.2:9000/dead"
    world.callbacks.dead.add(dead)
    event = {"trigger": 1, "threshold": 1}
    for where in (dead, CALLBACK):
        await subscribed(
            world,
            "AssocStaSubscription",
            **CAFE_ID,
            callbackReference=where,
            notificationEvent=event,
        )
    town.join(1)
    await settled(world)
    assert len(told(world)) == 1
    later = await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=5)
    assert later.status_code == 201
    assert (await world.http.get(APS)).status_code == 200


async def test_subscriptions_survive_a_kill_and_the_first_notification_after_it(
    world: MepWorld, town: Town
) -> None:
    event = {"trigger": 1, "threshold": 1}
    await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationEvent=event)
    await world.restart()
    town.join(1)
    await settled(world)
    assert len(told(world)) == 1


async def test_a_percent_sign_in_a_callback_comes_back_as_it_was_given(
    world: MepWorld, town: Town
) -> None:
    strange = "http://10.60.1.2:9000/a%20b/%C3%A9"
    made = await subscribed(
        world, "AssocStaSubscription", **CAFE_ID, callbackReference=strange, notificationPeriod=5
    )
    assert made.json()["callbackReference"] == strange
    await settled(world, 5)
    assert len(told(world, strange)) == 1


async def test_an_access_point_that_nobody_knows_is_told_of_when_it_comes(
    world: MepWorld, town: Town
) -> None:
    other = {"apId": {"bssid": "02:00:00:00:0b:01"}}
    await subscribed(world, "AssocStaSubscription", **other, notificationPeriod=5)
    await settled(world, 20)
    assert told(world) == []


async def test_what_is_simulated_says_so_in_answers_and_notifications() -> None:
    town = Town(a_feed(origin=Origin.SIMULATED))
    async with MepWorld(services={}, network=town.feed) as world:
        await world.ready(configuration())
        town.join(1)
        for path in (APS, STAS):
            for each in (await world.http.get(path)).json():
                assert each["waysideOrigin"] == "SIMULATED"
        await subscribed(world, "AssocStaSubscription", **CAFE_ID, notificationPeriod=1)
        await settled(world, 1)
        assert [each["waysideOrigin"] for each in told(world)] == ["SIMULATED"]
