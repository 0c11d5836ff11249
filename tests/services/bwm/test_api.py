"""Bandwidth as applications ask for it, and what the platform then enforces and tells."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.mep.world import APP, CALLBACK, MepWorld, configuration

from wayside.core.errors import Unavailable
from wayside.refpoints.mm5 import Attachment, OperationAction

ALLOCATIONS, SUBSCRIPTIONS = "/bwm/v1/bw_allocations", "/bwm/v1/subscriptions"
M = 1_000_000
CAPACITY = {"bwm": {"downlink_bps": 100 * M, "uplink_bps": 100 * M}}
OTHER = "app2"
DEVICE = "veth2"
UE = "10.45.1.2"


@pytest.fixture
async def world() -> AsyncIterator[MepWorld]:
    """A platform with 100 Mbit/s to allocate, and two instances that run."""
    async with MepWorld(services=CAPACITY) as made:
        await made.ready(configuration())
        attachment = Attachment(address="10.60.1.3", device="veth3")
        other = configuration(
            app_instance_id=OTHER, attachments=(attachment,), traffic_rules=(), dns_rules=()
        )
        await made.ready(other)
        yield made


def wish(mbps: int, direction: str = "00", **changes: Any) -> dict[str, Any]:
    return {
        "appInsId": APP,
        "requestType": 0,
        "fixedAllocation": str(mbps * M),
        "allocationDirection": direction,
    } | changes


async def allocate(world: MepWorld, *args: Any, **changes: Any) -> httpx.Response:
    return await world.http.post(ALLOCATIONS, json=wish(*args, **changes))


def session(port: str) -> dict[str, Any]:
    one = {"dstAddress": UE, "dstPort": port, "protocol": "17"}
    return {"requestType": 1, "sessionFilter": [one]}


async def test_an_allocation_is_enforced_when_it_is_answered(world: MepWorld) -> None:
    made = await allocate(world, 30, "10")
    assert made.status_code == 201, made.text
    body = made.json()
    assert made.headers["location"].endswith(f"{ALLOCATIONS}/{body['allocationId']}")
    assert body["fixedAllocation"] == str(30 * M) and "timeStamp" in body
    assert world.shaper.rates == {(DEVICE, "DOWNLINK"): 30 * M, (DEVICE, "UPLINK"): 30 * M}


async def test_what_is_granted_may_be_less_and_grows_when_others_give_back(
    world: MepWorld,
) -> None:
    first = (await allocate(world, 80)).json()
    second = await allocate(world, 50, appInsId=OTHER)
    assert second.json()["fixedAllocation"] == str(20 * M)
    none = await allocate(world, 1)
    assert (none.status_code, "no bandwidth left" in none.json()["detail"]) == (403, True)
    await world.http.delete(f"{ALLOCATIONS}/{first['allocationId']}")
    grown = await world.http.get(f"{ALLOCATIONS}/{second.json()['allocationId']}")
    assert grown.json()["fixedAllocation"] == str(50 * M)
    assert world.shaper.rates == {("veth3", "DOWNLINK"): 50 * M}


async def test_a_session_has_a_lane_of_its_own(world: MepWorld) -> None:
    await allocate(world, 30)
    made = await allocate(world, 5, **session("9000"))
    assert world.shaper.rates[(made.json()["allocationId"], "DOWNLINK")] == 5 * M
    twice = await allocate(world, 5, **session("9000"))
    assert (twice.status_code, twice.json()["field"]) == (403, "$.sessionFilter")


async def test_put_replaces_and_patch_changes_what_it_names(world: MepWorld) -> None:
    made = await allocate(world, 30)
    url = f"{ALLOCATIONS}/{made.json()['allocationId']}"
    etag = made.headers["etag"]
    put = await world.http.put(url, json=wish(40, "01"), headers={"if-match": etag})
    assert put.json()["allocationDirection"] == "01"
    stale = await world.http.put(url, json=wish(50), headers={"if-match": etag})
    assert stale.status_code == 412
    deltas = {"appInsId": APP, "requestType": 0, "fixedAllocation": str(20 * M)}
    patched = await world.http.patch(
        url, json=deltas | {"allocationId": made.json()["allocationId"]}
    )
    assert patched.json() | {"timeStamp": None} == put.json() | {
        "fixedAllocation": str(20 * M), "timeStamp": None,
    }  # fmt: skip
    wrong = await world.http.patch(url, json=deltas | {"allocationId": "another"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "$.allocationId")
    assert world.shaper.rates == {(DEVICE, "UPLINK"): 20 * M}


async def test_a_change_and_what_it_gives_to_others_are_enforced_together(world: MepWorld) -> None:
    first = (await allocate(world, 80)).json()
    second = (await allocate(world, 50, appInsId=OTHER)).json()
    url = f"{ALLOCATIONS}/{first['allocationId']}"
    calls = world.shaper.calls
    assert (await world.http.put(url, json=wish(60))).status_code == 200
    assert world.shaper.calls == calls + 1
    assert world.shaper.rates == {(DEVICE, "DOWNLINK"): 60 * M, ("veth3", "DOWNLINK"): 40 * M}
    world.shaper.refuses = Unavailable("No such device.")
    calls = world.shaper.calls
    assert (await world.http.put(url, json=wish(50))).status_code == 503
    assert world.shaper.calls == calls + 2  # what was in force before is again
    world.shaper.refuses = None
    kept = {
        each["allocationId"]: each["fixedAllocation"]
        for each in (await world.http.get(ALLOCATIONS)).json()
    }
    assert kept == {first["allocationId"]: str(60 * M), second["allocationId"]: str(40 * M)}
    calls = world.shaper.calls
    assert (await world.http.delete(url)).status_code == 204
    assert world.shaper.calls == calls + 1
    assert world.shaper.rates == {("veth3", "DOWNLINK"): 50 * M}


async def test_what_the_data_plane_refuses_is_not_allocated(world: MepWorld) -> None:
    kept = await allocate(world, 10)
    world.shaper.refuses = Unavailable("No such device.")
    assert (await allocate(world, 30)).status_code == 503
    url = f"{ALLOCATIONS}/{kept.json()['allocationId']}"
    assert (await world.http.put(url, json=wish(20))).status_code == 503
    world.shaper.refuses = None
    assert [each["fixedAllocation"] for each in (await world.http.get(ALLOCATIONS)).json()] == [
        str(10 * M)
    ]


async def test_allocations_outlive_the_platform_and_end_with_the_instance(
    world: MepWorld,
) -> None:
    await allocate(world, 30)
    await allocate(world, 20, appInsId=OTHER)
    world.shaper.trees = {}
    await world.restart()
    await world.clock.advance(0.1)
    assert world.shaper.rates == {(DEVICE, "DOWNLINK"): 30 * M, ("veth3", "DOWNLINK"): 20 * M}
    await world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    assert world.shaper.rates == {("veth3", "DOWNLINK"): 20 * M}
    assert (await allocate(world, 5)).status_code in (403, 404)


async def test_lists_are_filtered_by_one_of_instance_name_and_session(world: MepWorld) -> None:
    first = (await allocate(world, 10, appName="game")).json()["allocationId"]
    second = (await allocate(world, 10, appInsId=OTHER)).json()["allocationId"]

    async def found(**params: Any) -> list[str]:
        listed = await world.http.get(ALLOCATIONS, params=params)
        return [each["allocationId"] for each in listed.json()]

    assert await found() == [first, second]
    assert await found(app_instance_id=OTHER) == [second]
    assert await found(app_instance_id=f"{OTHER},{APP}") == [first, second]
    assert await found(app_name="game") == [first]
    assert await found(session_id=second) == [second]
    both = await world.http.get(ALLOCATIONS, params={"app_name": "a", "session_id": "b"})
    assert both.status_code == 400


async def test_nobody_may_ask_for_an_instance_that_is_not_there(world: MepWorld) -> None:
    assert (await allocate(world, 10, appInsId="nobody")).status_code == 404
    assert (await world.http.get(f"{ALLOCATIONS}/nothing")).status_code == 404


def wanted(**changes: Any) -> dict[str, Any]:
    return {
        "subscriptionType": "BwChgEventSubscription",
        "callbackReference": CALLBACK,
        "filterCriteria": [{"appInsId": APP}, {"appInsId": APP, "ueIp": UE}],
    } | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"subscriptionType": "Other"},
        {"callbackReference": None},
        {"websockNotifConfig": {"requestWebsocketUri": True}},
        {"filterCriteria": []},
        {"filterCriteria": [{"appInsId": APP, "ueIp": "me"}]},
    ],
)
async def test_a_subscription_that_cannot_be_kept_is_refused_with_400(
    world: MepWorld, wrong: dict[str, Any]
) -> None:
    body = {name: value for name, value in wanted(**wrong).items() if value is not None}
    assert (await world.http.post(SUBSCRIPTIONS, json=body)).status_code == 400


async def test_subscribers_are_told_what_was_exchanged_and_of_changes(world: MepWorld) -> None:
    made = await world.http.post(SUBSCRIPTIONS, json=wanted())
    assert made.status_code == 201, made.text
    await world.clock.advance(0.1)
    assert world.meter.asked == [DEVICE]
    world.meter.octets = {(DEVICE, UE): 700, (DEVICE, "10.45.1.9"): 300}
    await world.clock.advance(10)
    (told,) = world.callbacks.to(CALLBACK)
    assert told["notificationType"] == "BwChgEventNotification"
    assert told["dataVolDispersion"] == [
        {"dataVol": 1000, "appInsId": APP},
        {"dataVol": 700, "appInsId": APP, "ueIp": UE},
    ]
    own = made.json()["_links"]["self"]["href"]
    assert told["_links"]["subscription"]["href"].endswith(own.partition("/bwm")[2])
    await world.clock.advance(30)
    assert len(world.callbacks.to(CALLBACK)) == 1, "nothing was exchanged meanwhile"
    await allocate(world, 10)
    await world.clock.advance(0.1)
    changed = world.callbacks.to(CALLBACK)[1]["dataVolDispersion"]
    assert [each["dataVol"] for each in changed] == [0, 0]
    await allocate(world, 10, appInsId=OTHER)
    await world.clock.advance(0.1)
    assert len(world.callbacks.to(CALLBACK)) == 2


async def test_a_subscription_is_read_replaced_and_ended(world: MepWorld) -> None:
    made = await world.http.post(SUBSCRIPTIONS, json=wanted(filterCriteria={"appInsId": APP}))
    url = f"{SUBSCRIPTIONS}/{made.headers['location'].rpartition('/')[2]}"
    assert (await world.http.get(url)).json() == made.json()
    listed = (await world.http.get(SUBSCRIPTIONS)).json()["_links"]["subscription"]
    assert [each["subscriptionType"] for each in listed] == ["BwChgEventSubscription"]
    other = wanted(filterCriteria=[{"appInsId": OTHER}])
    assert (await world.http.put(url, json=other)).json()["filterCriteria"] == [{"appInsId": OTHER}]
    assert (await world.http.delete(url)).status_code == 204
    assert (await world.http.get(url)).status_code == 404
