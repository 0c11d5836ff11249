"""Location as applications ask for it, by V3.1.1, and what they are told."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from tests.mep.world import CALLBACK
from tests.services.street import SECOND_NS

from wayside.core.ids import AppInstanceId
from wayside.refpoints.net.facts import CellChanged
from wayside.refpoints.net.source import Serving, nothing_known
from wayside.refpoints.net.values import Technology

from .people import V3, People, people

ENTERING, LEAVING = "ENTERING_AREA_EVENT", "LEAVING_AREA_EVENT"
OTHER = "http://10.60.1.2:9000/other"


@pytest.fixture
async def town() -> AsyncIterator[People]:
    """A street with two cars in it, and one that is not served."""
    async with people() as made:
        made.street.attach("car-1", "left")
        made.street.attach("car-2", "right")
        made.street.move({"car-1": (43.6, 7.0), "car-2": (43.6, 7.005)}, speed_mps=10.0)
        await made.settle()
        yield made


async def test_users_are_who_is_served_with_place_and_velocity(town: People) -> None:
    answer = await town.http.get(f"{V3}/queries/users")
    assert answer.status_code == 200, answer.text
    listed = answer.json()["userList"]
    assert listed["waysideOrigin"] == "SIMULATED"
    assert listed["resourceURL"] == f"http://mep.example{V3}/queries/users"
    one, other = listed["user"]
    assert (one["accessPointId"], one["zoneId"]) == ("left", "west")
    assert (other["accessPointId"], other["zoneId"]) == ("right", "east")
    assert one["locationInfo"] == {
        "latitude": [43.6],
        "longitude": [7.0],
        "shape": 2,
        "velocity": {"velocityType": 1, "bearing": 90, "horizontalSpeed": 36},
    }
    again = await town.http.get(one["resourceURL"])
    assert again.json()["userList"]["user"] == [one]


async def test_an_address_is_a_pseudonym_that_the_ip_address_leads_to(town: People) -> None:
    address = await town.address("car-1")
    assert address.startswith("acr:") and "10.60" not in address and "00101" not in address
    whole = (await town.http.get(f"{V3}/queries/users")).text
    assert "10.60.0" not in whole and "imsi" not in whole and "0010100000" not in whole


async def test_a_user_is_told_of_when_it_changes_zones(town: People) -> None:
    made = await town.subscribe(
        "users", "userLocationEventSubscription", address=await town.address("car-1")
    )
    assert made.status_code == 201, made.text
    town.street.hand_over("car-1", "left", "right")
    left, entered = await town.told()
    assert left["userLocationEvent"] == "LEAVING_AREA_EVENT"
    assert (left["accessPointId"], left["zoneId"]) == ("left", "west")
    assert entered["userLocationEvent"] == "ENTERING_AREA_EVENT"
    assert entered["_links"]["subscription"]["href"].endswith(
        made.headers["location"].partition(".example")[2]
    )
    assert "locationInfo" not in entered
    assert entered["waysideOrigin"] == "SIMULATED"


POLYGON = {
    "shape": 2,
    "points": [
        {"latitude": 43.599, "longitude": 7.009},
        {"latitude": 43.599, "longitude": 7.011},
        {"latitude": 43.601, "longitude": 7.011},
        {"latitude": 43.601, "longitude": 7.009},
    ],
}
INSIDE, OUTSIDE = (43.6, 7.01), (43.6, 7.02)


def area(*addresses: str, **more: Any) -> dict[str, Any]:
    return {"addressList": list(addresses), "areaDefine": POLYGON, "trackingAccuracy": 5} | more


async def test_an_area_is_entered_and_left_and_places_are_told_only_where_asked(
    town: People,
) -> None:
    address = await town.address("car-1")
    await town.subscribe("area", "userAreaSubscription", **area(address))
    await town.subscribe(
        "area", "userAreaSubscription", **area(address, reportingLocationReq=True),
        callbackReference=OTHER,
    )  # fmt: skip
    for place in (INSIDE, OUTSIDE):
        town.street.move({"car-1": place, "car-2": place})
    assert [each["userLocationEvent"] for each in await town.told()] == [ENTERING, LEAVING]
    entered, _ = await town.told(OTHER)
    assert entered["locationInfo"]["longitude"] == [7.01]
    assert entered["address"] == address


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"areaDefine": {"shape": 1, "points": POLYGON["points"][:1]}}, "$.areaDefine"),
        ({"areaDefine": POLYGON | {"points": POLYGON["points"][:2]}}, "$.areaDefine.points"),
        ({"addressList": ["acr:0123"]}, "$.addressList"),
        ({"addressList": []}, "$.userAreaSubscription.addressList"),
        ({"trackingAccuracy": -1}, "$.userAreaSubscription.trackingAccuracy"),
        ({"callbackReference": "ftp://x"}, "$.callbackReference"),
    ],
)
async def test_what_is_wrong_with_an_area_is_named(
    town: People, change: dict[str, Any], field: str
) -> None:
    wish = area(await town.address("car-1")) | change
    refused = await town.subscribe("area", "userAreaSubscription", **wish)
    assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text


async def test_zones_and_access_points_exclude_each_other_and_have_to_be_there(
    town: People,
) -> None:
    address = await town.address("car-1")
    for para, status in (
        ({"zoneId": "west", "accessPointList": ["left"]}, 400),
        ({"zoneId": "nowhere"}, 422),
        ({"accessPointList": ["nothing"]}, 422),
    ):
        refused = await town.subscribe(
            "users", "userLocationEventSubscription", address=address, userEventPara=para
        )
        assert refused.status_code == status, refused.text
    await town.subscribe(
        "users", "userLocationEventSubscription", address=address,
        userEventPara={
            "accessPointList": ["right", "cafe"], "reportingLocationReq": True,
            "occurrenceInfo": "ONE_TIME_EVENT",
        },
    )  # fmt: skip
    town.street.hand_over("car-1", "left", "right")
    town.street.attach("car-1", "cafe")
    town.street.hand_over("car-1", "right", "left")
    (told,) = await town.told()
    assert told["userLocationEvent"] == ENTERING and told["locationInfo"]["latitude"] == [43.6]


async def test_a_zone_tells_who_comes_and_how_many_and_what_serves(town: People) -> None:
    await town.subscribe("zones", "zoneLocationEventSubscription", zoneId="east")
    await town.subscribe(
        "zones", "zoneStatusSubscription", zoneId="east", callbackReference=OTHER,
        upperNumberOfUsersZoneThreshold=1, lowerNumberOfUsersAPThreshold=2,
        operationStatus=["Unserviceable"],
    )  # fmt: skip
    town.street.hand_over("car-1", "left", "right")
    town.street.hand_over("car-1", "right", "left")
    town.street.tell(CellChanged(cell=town.street.cell("cafe"), on=False))
    town.street.tell(CellChanged(cell=town.street.cell("cafe"), on=True))
    told = await town.told()
    address = await town.address("car-1")
    assert [(each["address"], each["userLocationEvent"]) for each in told] == [
        (address, ENTERING), (address, LEAVING),
    ]  # fmt: skip
    over, under, switched = await town.told(OTHER)
    assert over["userNumEvent"] == 1 and "accessPointId" not in over
    assert (under["userNumEvent"], under["accessPointId"]) == (4, "right")
    assert (switched["operationStatus"], switched["accessPointId"]) == ("Unserviceable", "cafe")
    stamps = [each["timeStamp"]["seconds"] for each in (over, under, switched)]
    assert stamps == sorted(stamps) and len(set(stamps)) == 3


async def test_periodic_reports_come_as_often_as_asked_and_the_last_says_so(
    town: People,
) -> None:
    made = await town.subscribe(
        "users", "userLocationPeriodicSubscription", address=await town.address("car-1"),
        periodicEventInfo={"reportingAmount": 3, "reportingInterval": 10},
    )  # fmt: skip
    await town.world.clock.advance(21)
    first, second = await town.told()
    assert first["result"] == "SUCCESS" and first["zoneId"] == "west"
    assert "isFinalNotification" not in second
    await town.world.restart()
    await town.world.clock.advance(40)
    (last,) = await town.told()
    assert last["isFinalNotification"] is True
    assert (await town.http.get(made.headers["location"])).status_code == 410


async def test_distances_come_true_by_any_or_all_and_are_told_at_once_where_asked(
    town: People,
) -> None:
    one, other = await town.address("car-1"), await town.address("car-2")
    town.street.attach("car-3", "left")
    town.street.move({"car-1": INSIDE, "car-2": INSIDE, "car-3": OUTSIDE})
    third = await town.address("car-3")
    await town.settle()
    for criteria, callback in (("AnyWithinDistance", CALLBACK), ("AllBeyondDistance", OTHER)):
        await town.subscribe(
            "distance", "userDistanceSubscription", monitoredAddress=[one, third],
            referenceAddress=[other], distance=100, trackingAccuracy=5, criteria=criteria,
            checkImmediate=True, callbackReference=callback,
        )  # fmt: skip
    (told,) = await town.told()
    assert [each["address"] for each in told["monitoredUsers"]["user"]] == [one, third]
    assert await town.told(OTHER) == []
    town.street.move({"car-2": (43.7, 7.3)})
    assert await town.told() == []
    (told,) = await town.told(OTHER)
    assert told["distanceEvent"] == "AllBeyondDistance"


async def test_reports_are_held_back_and_counted(town: People) -> None:
    ctrl = {"minimumInterval": 10, "maximumFrequency": 5, "maximumCount": 2}
    made = await town.subscribe(
        "area", "userAreaSubscription", **area(await town.address("car-1"), reportingCtrl=ctrl)
    )
    for place in (INSIDE, OUTSIDE, INSIDE, OUTSIDE):
        town.street.move({"car-1": place})
    (first,) = await town.told()
    await town.world.clock.advance(11)
    (second,) = await town.told()
    assert (first["userLocationEvent"], second["userLocationEvent"]) == (ENTERING, LEAVING)
    assert (await town.http.get(made.headers["location"])).status_code == 410


async def test_a_repeated_request_makes_one_subscription(town: People) -> None:
    wish = area(await town.address("car-1"), clientCorrelator="c1")
    first, again = [await town.subscribe("area", "userAreaSubscription", **wish) for _ in "ab"]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert first.json()["userAreaSubscription"]["clientCorrelator"] == "c1"
    other = await town.subscribe("area", "userAreaSubscription", **wish | {"trackingAccuracy": 9})
    assert (other.status_code, other.json()["field"]) == (409, "clientCorrelator")
    without = await town.subscribe("area", "userAreaSubscription", **area("acr:10.60.0.1"))
    assert "clientCorrelator" not in without.json()["userAreaSubscription"]
    listed = (await town.http.get(f"{V3}/subscriptions/area")).json()
    assert len(listed["notificationSubscriptionList"]["subscription"]) == 2


async def test_lists_are_filtered_by_type_user_and_zone(town: People) -> None:
    address = await town.address("car-1")
    await town.subscribe("users", "userLocationEventSubscription", address=address)
    await town.subscribe(
        "users", "userLocationPeriodicSubscription", address="acr:10.60.0.2",
        periodicEventInfo={"reportingAmount": 3, "reportingInterval": 10},
    )  # fmt: skip
    await town.subscribe("zones", "zoneLocationEventSubscription", zoneId="east")

    async def types(path: str, **params: str) -> list[str]:
        found = await town.http.get(f"{V3}/subscriptions/{path}", params=params)
        lines = found.json()["notificationSubscriptionList"].get("subscription", [])
        return [each["subscriptionType"].removeprefix("UserLocation") for each in lines]

    assert await types("users") == ["EventSubscription", "PeriodicSubscription"]
    assert await types("users", subscription_type="periodic") == ["PeriodicSubscription"]
    assert await types("users", address=address) == ["EventSubscription"]
    assert len(await types("zones", zoneId="east")) == 1
    assert await types("zones", zoneId="west") == []
    wrong = await town.http.get(f"{V3}/subscriptions/users", params={"subscription_type": "x"})
    assert wrong.status_code == 400


async def test_after_a_restart_nothing_is_told_again_and_what_follows_is(town: People) -> None:
    address = await town.address("car-2")
    await town.subscribe(
        "zones", "zoneLocationEventSubscription", zoneId="east", addressList=[address]
    )
    town.street.move({"car-1": INSIDE})
    await town.subscribe("area", "userAreaSubscription", **area(await town.address("car-1")))
    await town.world.restart()
    assert await town.told() == []
    assert await town.address("car-2") == address
    town.street.move({"car-1": OUTSIDE})
    town.street.hand_over("car-2", "right", "left")
    assert [each["userLocationEvent"] for each in await town.told()] == [LEAVING, LEAVING]


async def test_a_network_that_begins_anew_is_compared_with_what_was(town: People) -> None:
    await town.subscribe("zones", "zoneLocationEventSubscription", zoneId="east")
    await town.settle()
    picture = town.street.feed.picture
    seen = picture.snapshot()
    serving = Serving(
        technology=Technology.NR,
        devices=np.array([0, 1], dtype=np.int32),
        cells=np.array([1, 1], dtype=np.int32),
    )
    town.street.feed.begin_again(structs.replace(seen, epoch=2, sequence=0, serving=(serving,)))
    (told,) = await town.told()
    assert (told["userLocationEvent"], told["address"]) == (ENTERING, await town.address("car-1"))


async def test_what_waits_means_the_same_device_when_a_network_has_begun_anew(
    town: People,
) -> None:
    ctrl = {"minimumInterval": 10}
    await town.subscribe(
        "zones", "zoneLocationEventSubscription", zoneId="east", reportingCtrl=ctrl
    )
    for car in ("car-3", "car-1"):
        town.street.attach(car, "cafe")
    (first,) = await town.told()
    before = await town.address("car-1")
    seen = town.street.feed.picture.snapshot()
    car, alone = seen.network.groups
    turned = structs.replace(
        seen.network,
        cells=seen.network.cells[::-1],
        groups=(structs.replace(alone, first=0), structs.replace(car, first=1)),
    )
    serving = Serving(
        technology=Technology.WLAN,
        devices=np.array([1, 3], dtype=np.int32),
        cells=np.array([0, 0], dtype=np.int32),
    )
    town.street.feed.begin_again(
        structs.replace(seen, epoch=2, network=turned, serving=(serving,), moved=None)
    )
    await town.world.clock.advance(11)
    (second,) = await town.told()
    assert first["address"] == await town.address("car-3")
    assert (second["address"], second["userLocationEvent"]) == (before, ENTERING)


async def test_a_network_that_is_seen_for_the_first_time_enters_nobody() -> None:
    async with people() as town:
        town.street.attach("car-1", "right")
        seen = town.street.feed.picture.snapshot()
        town.street.feed.begin_again(nothing_known())
        await town.settle()
        await town.subscribe("zones", "zoneLocationEventSubscription", zoneId="east")
        town.street.feed.begin_again(seen)
        assert await town.told() == []
        town.street.hand_over("car-1", "right", "left")
        (told,) = await town.told()
        assert told["userLocationEvent"] == LEAVING


async def test_test_and_expiry_notifications_are_wrapped_as_all_are(town: People) -> None:
    until = town.world.clock.now() // SECOND_NS + 60
    await town.subscribe(
        "zones", "zoneLocationEventSubscription", zoneId="east", requestTestNotification=True,
        expiryDeadline={"seconds": until, "nanoSeconds": 0},
    )  # fmt: skip
    await town.world.clock.advance(61)
    assert [next(iter(body)) for _, body in town.world.callbacks.posted] == [
        "testNotification", "expiryNotification",
    ]  # fmt: skip
    test, expiry = await town.told()
    assert test["notificationType"] == "TestNotification"
    assert expiry["notificationType"] == "ExpiryNotification"


async def test_what_an_instance_had_ends_with_it(town: People) -> None:
    made = await town.subscribe("zones", "zoneLocationEventSubscription", zoneId="east")
    for service in town.world.joined.built:
        await service.let_go(AppInstanceId("anonymous"))
    assert (await town.http.get(made.headers["location"])).status_code == 404
