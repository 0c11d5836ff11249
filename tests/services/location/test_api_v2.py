"""Location as clients of V2.2.1 ask for it, and what they are told."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.mep.world import CALLBACK

from .people import V2, People, people

HERE, BESIDE = (43.6, 7.0), (43.6, 7.0005)
FAR = (43.6, 7.02)


@pytest.fixture
async def town() -> AsyncIterator[People]:
    """A street with two cars in it."""
    async with people({"location": {"timezone": "Europe/Paris"}}) as made:
        made.street.attach("car-1", "left")
        made.street.attach("car-2", "right")
        made.street.move({"car-1": FAR, "car-2": HERE})
        await made.settle()
        yield made


async def ask(town: People, path: str, name: str, **body: Any) -> httpx.Response:
    wish = {"callbackReference": {"notifyURL": CALLBACK, "callbackData": "mine"}} | body
    return await town.http.post(f"{V2}/subscriptions/{path}", json={name: wish})


def circle(address: str, **more: Any) -> dict[str, Any]:
    return {
        "address": address,
        "latitude": HERE[0],
        "longitude": HERE[1],
        "radius": 200,
        "trackingAccuracy": 10,
        "enteringLeavingCriteria": "Entering",
        "checkImmediate": False,
        "frequency": 0,
    } | more


async def test_users_and_access_points_are_told_in_the_words_of_v2(town: People) -> None:
    users = (await town.http.get(f"{V2}/queries/users")).json()["userList"]
    assert users["user"][0]["locationInfo"]["timestamp"]["seconds"] > 0
    assert users["user"][0]["resourceURL"].startswith(f"http://mep.example{V2}/queries/users?")
    listed = await town.http.get(f"{V2}/queries/zones/west/accessPoints")
    left, wide = listed.json()["accessPointList"]["accessPoint"]
    assert (left["connectionType"], wide["connectionType"]) == ("Macro", "Macro")
    assert (left["numberOfUsers"], left["operationStatus"]) == (1, "Serviceable")
    assert left["timezone"].endswith("+01:00")
    realm = await town.http.get(
        f"{V2}/queries/zones/west/accessPoints", params={"interestRealm": "x"}
    )
    assert "accessPoint" not in realm.json()["accessPointList"]


async def test_a_user_enters_transfers_and_leaves(town: People) -> None:
    made = await ask(
        town, "userTracking", "userTrackingSubscription", address=await town.address("car-1")
    )
    assert made.status_code == 201, made.text
    town.street.hand_over("car-1", "left", "right")
    town.street.attach("car-1", "cafe")
    left, entered, transferred = await town.told()
    assert [each["userEventType"] for each in (left, entered, transferred)] == [
        "Leaving", "Entering", "Transferring",
    ]  # fmt: skip
    assert (left["zoneId"], left["currentAccessPointId"]) == ("west", "left")
    assert (entered["zoneId"], entered["currentAccessPointId"]) == ("east", "right")
    assert transferred["previousAccessPointId"] == "right"
    assert transferred["currentAccessPointId"] == "cafe"
    assert transferred["callbackData"] == "mine" and transferred["waysideOrigin"] == "SIMULATED"
    (link,) = transferred["link"]
    assert link["rel"] == "UserTrackingSubscription"
    assert link["href"].partition("8080")[2] == made.headers["location"].partition(".example")[2]


async def test_a_zone_is_watched_for_all_users_and_for_how_many(town: People) -> None:
    await ask(
        town, "zonalTraffic", "zonalTrafficSubscription", zoneId="east",
        userEventCriteria=["Entering"],
    )  # fmt: skip
    await ask(
        town, "zoneStatus", "zoneStatusSubscription", zoneId="east", numberOfUsersZoneThreshold=1,
        numberOfUsersAPThreshold=1,
    )  # fmt: skip
    town.street.hand_over("car-1", "left", "right")
    told = await town.told()
    assert [each["address"] for each in told if "address" in each] == [await town.address("car-1")]
    assert {each.get("numberOfUsersInZone") for each in told} == {None, 2}
    assert {each.get("numberOfUsersInAP") for each in told} == {None, 2}
    realm = await ask(
        town, "zonalTraffic", "zonalTrafficSubscription", zoneId="east", interestRealm=["x"]
    )
    assert (realm.status_code, realm.json()["field"]) == (422, "$.interestRealm")


async def test_a_circle_is_told_at_once_where_asked_and_as_often_as_is_counted(
    town: People,
) -> None:
    address = await town.address("car-2")
    made = await ask(
        town, "area/circle", "circleNotificationSubscription",
        **circle(address, checkImmediate=True, count=2),
    )  # fmt: skip
    (told,) = await town.told()
    assert told["enteringLeavingCriteria"] == "Entering" and told["isFinalNotification"] is False
    (terminal,) = told["terminalLocation"]
    assert (terminal["address"], terminal["locationRetrievalStatus"]) == (address, "Retrieved")
    for _ in range(3):
        town.street.move({"car-2": FAR})
        town.street.move({"car-2": HERE})
    assert len(await town.told()) == 1
    assert (await town.http.get(made.headers["location"])).status_code == 410


async def test_between_two_notifications_of_a_subscription_passes_its_frequency(
    town: People,
) -> None:
    await ask(
        town, "area/circle", "circleNotificationSubscription",
        **circle(await town.address("car-2"), frequency=10),
    )  # fmt: skip
    for _ in range(2):
        town.street.move({"car-2": FAR})
        town.street.move({"car-2": HERE})
    assert len(await town.told()) == 1
    await town.world.clock.advance(9)
    assert await town.told() == []
    await town.world.clock.advance(2)
    assert len(await town.told()) == 1


async def test_periodic_reports_name_all_terminals_whether_their_place_is_known(
    town: People,
) -> None:
    known, unknown = await town.address("car-2"), f"acr:{town.ip('car-3')}"
    await ask(
        town, "periodic", "periodicNotificationSubscription", address=[known, unknown],
        frequency=5, requestedAccuracy=10,
    )  # fmt: skip
    await town.world.clock.advance(11)
    first, _ = await town.told()
    status = {
        each["address"]: each["locationRetrievalStatus"] for each in first["terminalLocation"]
    }
    assert status == {known: "Retrieved", unknown: "NotRetrieved"}


async def test_distances_are_told_when_they_come_true(town: People) -> None:
    one, other = await town.address("car-1"), await town.address("car-2")
    made = await ask(
        town, "distance", "distanceNotificationSubscription", monitoredAddress=[one],
        referenceAddress=other, distance=100, trackingAccuracy=10, criteria="AllWithinDistance",
        checkImmediate=True, frequency=0,
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert await town.told() == []
    town.street.move({"car-1": BESIDE})
    (told,) = await town.told()
    assert told["distanceCriteria"] == "AllWithinDistance"
    asked = await town.http.get(f"{V2}/queries/distance", params={"address": f"{one},{other}"})
    assert asked.json()["terminalDistance"]["distance"] == pytest.approx(40, abs=1)


async def test_a_subscription_ends_when_its_duration_has_passed(town: People) -> None:
    made = await ask(
        town, "userTracking", "userTrackingSubscription", address=await town.address("car-1")
    )
    timed = await ask(town, "zonalTraffic", "zonalTrafficSubscription", zoneId="east", duration=60)
    await town.world.clock.advance(61)
    assert (await town.http.get(timed.headers["location"])).status_code == 410
    assert (await town.http.get(made.headers["location"])).status_code == 200
    town.street.hand_over("car-1", "left", "right")
    assert [each["userEventType"] for each in await town.told()] == ["Leaving", "Entering"]


async def test_lists_hold_subscriptions_whole_and_xml_is_refused(town: People) -> None:
    made = await ask(
        town, "userTracking", "userTrackingSubscription", address=await town.address("car-1")
    )
    listed = await town.http.get(f"{V2}/subscriptions/userTracking")
    answer = listed.json()["notificationSubscriptionList"]
    assert answer["userTrackingSubscription"] == [made.json()["userTrackingSubscription"]]
    refused = await town.http.post(
        f"{V2}/subscriptions/userTracking",
        json={
            "userTrackingSubscription": {
                "callbackReference": {"notifyURL": CALLBACK, "notificationFormat": "XML"},
                "address": await town.address("car-1"),
            }
        },
    )
    assert refused.status_code == 422


async def test_what_was_told_at_once_is_not_told_again_after_a_restart(town: People) -> None:
    one, other = await town.address("car-1"), await town.address("car-2")
    await ask(
        town, "area/circle", "circleNotificationSubscription",
        **circle(other, checkImmediate=True),
    )  # fmt: skip
    await ask(
        town, "distance", "distanceNotificationSubscription", monitoredAddress=[one],
        referenceAddress=[other], distance=100, trackingAccuracy=10, criteria="AllBeyondDistance",
        checkImmediate=True, frequency=0,
    )  # fmt: skip
    assert len(await town.told()) == 2
    await town.world.restart()
    assert await town.told() == []
