"""Every operation of MEC 028, as it is really asked and answered, and what is told."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import contract as contract_of
from tests.contract.etsi import own_faults
from tests.mep.world import CALLBACK, MepWorld
from tests.services.wai.cafe import CAFE, Town, phone

from wayside.services.wai.api import WlanInformation

ROOT = "/wai/v2"
MEASUREMENTS, SUBSCRIPTIONS = f"{ROOT}/measurements", f"{ROOT}/subscriptions"
LOAD = {"channelLoadConf": {"operatingClass": 115, "channel": 36}, "measurementDuration": 100}
BEACONS = {
    "beaconRequestConf": {
        "operatingClass": 128,
        "channelId": 0,
        "measurementMode": 0,
        "beaconReportingConf": {"reportingCondition": 0, "threshold": 0},
    }
}
NEAR: dict[str, Any] = {"neighborReportConf": {}}
PHONE = [{"macId": phone(1)}]


def subscription(kind: str, **more: Any) -> dict[str, Any]:
    type_ = f"{kind}Subscription"
    return {"subscriptionType": type_, "callbackReference": CALLBACK} | more


def measurement(name: str, info: dict[str, Any]) -> dict[str, Any]:
    return {"staId": PHONE, "measurementId": name, "measurementInfo": info}


async def test_wlan_information_as_asked_answered_and_told_fits_the_document() -> None:
    contract = contract_of(WlanInformation)
    town = Town()
    async with MepWorld(services={}, network=town.feed) as world:
        await world.ready()
        http, check = world.http, contract.check
        town.join(1)
        figures = {"power_dbm": -60, "neighbour_power_dbm": -70, "down": 4e8, "up": 1e8}
        town.measure({1: figures}, neighbour="bar")
        town.load([("cafe", 0.2, 0.1), ("bar", 0.3, 0.1)])
        for name, info in (("load", LOAD), ("beacons", BEACONS), ("near", NEAR)):
            made = await http.post(MEASUREMENTS, json=measurement(name, info))
            check(made)
        one = f"{MEASUREMENTS}/{made.headers['location'].rpartition('/')[2]}"
        check(await http.post(MEASUREMENTS, json=measurement("both", LOAD | NEAR)))
        check(await http.get(MEASUREMENTS))
        check(await http.get(one))
        check(await http.put(one, json=measurement("near", LOAD)))
        check(await http.put(one, json=measurement("near", {})))
        check(await http.put(one, json=measurement("n", NEAR), headers={"if-match": '"stale"'}))
        check(await http.get(f"{ROOT}/queries/ap/ap_information"))
        check(await http.get(f"{ROOT}/queries/ap/ap_information", params={"filter": "(eq"}))
        stations = await http.get(f"{ROOT}/queries/sta/sta_information")
        check(stations)
        assert {"channelLoad", "beaconReport", "staDataRate"} <= stations.json()[0].keys()
        check(await http.delete(one))
        check(await http.get(one))

        rates = {"trigger": 7, "downlinkRateThreshold": 10, "uplinkRateThreshold": 10}
        for body in (
            subscription("AssocSta", apId={"bssid": CAFE}, notificationPeriod=1),
            subscription("StaDataRate", staId=PHONE, notificationEvent=rates),
            subscription("MeasurementReport", **measurement("m", BEACONS)),
            subscription("MeasurementReport", **measurement("l", LOAD)),
        ):
            kept = await http.post(SUBSCRIPTIONS, json=body | {"requestTestNotification": True})
            check(kept)
        url = f"{SUBSCRIPTIONS}/{kept.headers['location'].rpartition('/')[2]}"
        check(await http.get(SUBSCRIPTIONS, params={"subscription_type": "assoc_sta"}))
        check(await http.get(SUBSCRIPTIONS, params={"subscription_type": "other"}))
        check(await http.get(url))
        seconds = world.clock.now() // 10**9 + 3
        deadline = {"expiryDeadline": {"seconds": seconds, "nanoSeconds": 0}}
        check(await http.put(url, json=body | deadline))
        check(await http.post(SUBSCRIPTIONS, json=subscription("AssocSta", apId={"bssid": CAFE})))
        await world.clock.settle()
        await world.clock.advance(3.5)
        await world.clock.settle()
        check(await http.delete(f"{SUBSCRIPTIONS}/none"))
        first = (await http.get(SUBSCRIPTIONS)).json()["subscription"][0]["href"]
        check(await http.delete(first[first.index(ROOT) :]))
        notifications = world.callbacks.to(CALLBACK)

    told = {each["notificationType"] for each in notifications}
    kinds = ("AssocSta", "StaDataRate", "MeasurementReport", "Test", "Expiry")
    assert told == {f"{kind}Notification" for kind in kinds}
    for each in notifications:
        contract.check_notification("POST /subscriptions", each)
    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("wai", "messages")
    assert own_faults(WlanInformation, contract.answers) == set()
