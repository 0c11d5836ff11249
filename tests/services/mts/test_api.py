"""Traffic steering as applications ask for it, and what the platform then enforces."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from tests.mep.world import ACCESSES, APP, CELL, UE1, WLAN, MepWorld, configuration
from tests.services.street import UE1 as STREET_UE1
from tests.services.street import Street

from wayside.model.accesses import Figures, FlowMatch
from wayside.refpoints.mm5 import Attachment, OperationAction
from wayside.refpoints.mp2 import AccessState
from wayside.refpoints.net.facts import Cause, Disassociated

SESSIONS = "/mts/v1/mts_sessions"
OTHER, DEVICE = "app2", "veth2"
MS = 1_000_000
LOOK_S = 0.6


@pytest.fixture
async def world() -> AsyncIterator[MepWorld]:
    """A platform with a cell and a WLAN, and two instances that run."""
    async with MepWorld(services={}) as made:
        await made.ready(configuration())
        attachment = Attachment(address="10.60.1.3", device="veth3")
        other = configuration(
            app_instance_id=OTHER, attachments=(attachment,), traffic_rules=(), dns_rules=()
        )
        await made.ready(other)
        yield made


def wish(mode: int, **changes: Any) -> dict[str, Any]:
    return {
        "appInsId": APP,
        "requestType": 0,
        "mtsMode": mode,
        "trafficDirection": "00",
    } | changes


def flow(port: int, mode: int = 1, **changes: Any) -> dict[str, Any]:
    one = {"dstIp": UE1, "dstPort": port, "protocol": 17}
    return wish(mode, requestType=1, flowFilter=[one]) | changes


def leave(street: Street) -> None:
    """Have ue1 leave the access point."""
    row, cell = street.row("ue1"), street.cell("cafe")
    street.tell(Disassociated(device=row, cell=cell, cause=Cause.COVERAGE))


async def begin(world: MepWorld, body: dict[str, Any]) -> dict[str, Any]:
    made = await world.http.post(SESSIONS, json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def shown(world: MepWorld, session: dict[str, Any]) -> dict[str, Any]:
    return dict((await world.http.get(f"{SESSIONS}/{session['sessionId']}")).json())


async def test_the_capability_is_what_the_host_is_joined_to(world: MepWorld) -> None:
    world.accesses.found[WLAN] = AccessState(True, Figures(delay_ns=7 * MS, loss=0.01))
    said = (await world.http.get("/mts/v1/mts_capability_info")).json()
    assert said["mtsMode"] == [0, 1, 2, 3, 4] and "timeStamp" in said
    cell, wlan = said["mtsAccessInfo"]
    assert cell == {
        "accessId": CELL, "accessType": 33, "metered": 1, "waysideUp": True,
        "waysideDelayNs": 2 * MS, "waysideRateBps": 100_000_000, "waysideOrigin": "SIMULATED",
    }  # fmt: skip
    assert (wlan["waysideDelayNs"], wlan["waysideLoss"], wlan["metered"]) == (7 * MS, 0.01, 0)


async def test_a_session_is_enforced_when_it_is_answered(world: MepWorld) -> None:
    made = await world.http.post(SESSIONS, json=wish(0, appName="game"))
    body = made.json()
    assert made.headers["location"].endswith(f"{SESSIONS}/{body['sessionId']}")
    steering = {"accessIds": [WLAN, CELL], "copied": False, "unmet": []}
    assert body["waysideSteering"] == steering and body["waysideOrigin"] == "SIMULATED"
    choice = world.accesses.choices[0]
    assert (choice.device, choice.paths, choice.copied) == (DEVICE, (WLAN, CELL), False)
    assert choice.flows == ()


async def test_two_instances_and_a_flow_go_each_its_own_way(world: MepWorld) -> None:
    await begin(world, wish(0))
    await begin(world, flow(9000, 1))
    await begin(world, wish(3, appInsId=OTHER))
    told = {
        (each.device, each.paths[0], each.copied, each.flows) for each in world.accesses.choices
    }
    match = FlowMatch(destination=UE1, destination_port=9000, protocol=17)
    assert told == {
        (DEVICE, WLAN, False, ()),
        (DEVICE, CELL, False, (match,)),
        ("veth3", CELL, True, ()),
    }


async def test_put_changes_the_way_and_delete_ends_it(world: MepWorld) -> None:
    made = await world.http.post(SESSIONS, json=wish(0))
    url = f"{SESSIONS}/{made.json()['sessionId']}"
    etag = made.headers["etag"]
    put = await world.http.put(url, json=wish(1), headers={"if-match": etag})
    assert put.json()["waysideSteering"]["accessIds"] == [CELL, WLAN]
    assert next(iter(world.accesses.ways.values())) == (CELL, WLAN)
    stale = await world.http.put(url, json=wish(2), headers={"if-match": etag})
    assert stale.status_code == 412
    assert (await world.http.put(url, json=wish(1, appInsId=OTHER))).status_code == 400
    assert (await world.http.put(url, json=wish(1, sessionId="x"))).status_code == 400
    assert (await world.http.put(url, json=put.json())).status_code == 200
    assert (await world.http.delete(url)).status_code == 204
    assert world.accesses.choices == ()
    assert (await world.http.get(url)).status_code == 404


async def test_sessions_follow_what_the_access_networks_are_like(world: MepWorld) -> None:
    low = await begin(world, wish(1))
    world.accesses.found[CELL] = AccessState(True, Figures(delay_ns=30 * MS))
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[low["sessionId"]] == (WLAN, CELL)
    assert (await shown(world, low))["waysideSteering"]["accessIds"] == [WLAN, CELL]
    world.accesses.lose(WLAN)
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[low["sessionId"]] == (CELL,)
    del world.accesses.found[CELL], world.accesses.found[WLAN]
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[low["sessionId"]] == (CELL, WLAN)


async def test_what_cannot_be_had_is_refused_and_what_is_lost_is_told(world: MepWorld) -> None:
    fast = {"qosD": {"maxLatency": 100_000}}
    refused = await world.http.post(SESSIONS, json=wish(4, **fast))
    assert (refused.status_code, refused.json()["field"]) == (403, "$.qosD")
    assert "access network 1 has 200000 x 10 ns" in refused.json()["detail"]
    made = await begin(world, wish(4, qosD={"maxLatency": 300_000}))
    assert made["waysideSteering"] == {"accessIds": [CELL, WLAN], "copied": False, "unmet": []}
    double = await begin(world, wish(3, appInsId=OTHER))
    world.accesses.lose(CELL)
    await world.clock.advance(LOOK_S)
    told = (await shown(world, made))["waysideSteering"]
    assert told["accessIds"] == [WLAN] and told["unmet"][0].startswith("maxLatency 300000")
    assert "nothing is sent twice" in (await shown(world, double))["waysideSteering"]["unmet"][0]
    again = await world.http.post(SESSIONS, json=flow(9000, 3))
    assert (again.status_code, again.json()["field"]) == (403, "$.mtsMode")


async def test_a_device_that_a_network_does_not_serve_is_reached_by_another() -> None:
    street = Street()
    devices = (STREET_UE1, "10.60.0.0/16")
    async with MepWorld(services={}, network=street.feed) as world:
        world.accesses.paths = tuple(replace(each, devices=devices) for each in ACCESSES)
        await world.restart()
        await world.ready()
        street.attach("ue1", "cafe")
        street.attach("ue1", "left")
        await world.clock.advance(LOOK_S)
        session = await begin(world, flow(9000, 0, flowFilter=[{"dstIp": STREET_UE1}]))
        assert world.accesses.ways[session["sessionId"]] == (WLAN, CELL)
        leave(street)
        await world.clock.advance(LOOK_S)
        assert STREET_UE1 in world.accesses.away[WLAN]
        assert STREET_UE1 not in world.accesses.away[CELL]
        assert world.accesses.ways[session["sessionId"]] == (CELL,)
        assert (await shown(world, session))["waysideSteering"]["accessIds"] == [CELL]


async def test_a_filter_means_a_single_session(world: MepWorld) -> None:
    first = await begin(world, flow(9000))
    twice = await world.http.post(SESSIONS, json=flow(9000, 0))
    assert (twice.status_code, twice.json()["field"]) == (403, "$.flowFilter")
    url = f"{SESSIONS}/{first['sessionId']}"
    assert (await world.http.put(url, json=flow(9000, 0))).status_code == 200
    nobody = flow(9000, flowFilter=[{"dstIp": "10.99.0.1"}])
    refused = await world.http.post(SESSIONS, json=nobody)
    assert (refused.status_code, "No access network" in refused.text) == (403, True)


async def test_sessions_outlive_the_platform_and_end_with_the_instance(world: MepWorld) -> None:
    await begin(world, wish(0))
    kept = await begin(world, wish(1, appInsId=OTHER))
    await world.accesses.steer([])
    await world.restart()
    await world.clock.advance(0.1)
    assert len(world.accesses.choices) == 2
    await world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    assert world.accesses.ways == {kept["sessionId"]: (CELL, WLAN)}
    assert [each["sessionId"] for each in (await world.http.get(SESSIONS)).json()] == [
        kept["sessionId"]
    ]
    assert (await world.http.post(SESSIONS, json=wish(0))).status_code in (403, 404)


async def test_after_a_restart_sessions_stay_where_they_were_until_it_is_known_what_is_up(
    world: MepWorld,
) -> None:
    session = await begin(world, wish(0))
    world.accesses.lose(WLAN)
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[session["sessionId"]] == (CELL,)
    world.accesses.found, world.accesses.is_settled = {}, False
    await world.accesses.steer([])
    await world.restart()
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[session["sessionId"]] == (CELL,)
    world.accesses.is_settled = True
    await world.clock.advance(LOOK_S)
    assert world.accesses.ways[session["sessionId"]] == (WLAN, CELL)


async def test_lists_are_filtered_by_one_of_instance_name_and_session(world: MepWorld) -> None:
    first = (await begin(world, wish(0, appName="game")))["sessionId"]
    second = (await begin(world, wish(0, appInsId=OTHER)))["sessionId"]

    async def found(**params: Any) -> list[str]:
        listed: httpx.Response = await world.http.get(SESSIONS, params=params)
        return [each["sessionId"] for each in listed.json()]

    assert await found() == [first, second]
    assert await found(app_instance_id=OTHER) == [second]
    assert await found(app_name="game") == [first]
    assert await found(session_id=f"{second},{first}") == [first, second]
    both = await world.http.get(SESSIONS, params={"app_name": "a", "session_id": "b"})
    assert both.status_code == 400
