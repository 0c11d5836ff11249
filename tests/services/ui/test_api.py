"""Tags as an application and an operator use them, and what packets do then."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from tests.mep.world import APP, SERVICES, SUPPORT, MepWorld, configuration, traffic_rule

from wayside.core.errors import Unprocessable
from wayside.dataplane.packets import Packet
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.model.rules import TrafficFilter
from wayside.refpoints.mm5 import OperationAction
from wayside.refpoints.mp2 import Target

INFO = f"/ui/v1/{APP}/ue_identity_tag_info"
RULE = f"{SUPPORT}/applications/{APP}/traffic_rules/web"
TAGS = "/wayside_tags/v1/tags"
UE, OTHER_UE, CLOUD = "10.45.1.1", "10.45.1.2", "203.0.113.10"
EDGE = Target("10.60.1.2", "veth2")
ON, OFF = 1, 0


def tagged(*tags: str, **changes: Any) -> Any:
    """What a manager says of an instance whose rule asks for tags."""
    rule = traffic_rule(traffic_filter=(TrafficFilter(tag=tags),), **changes)
    return configuration(traffic_rules=(rule,), dns_rules=())


def goes(plane: SimulatedDataPlane, source: str = UE) -> Target | None:
    """Where the first packet of a device to the cloud goes; None: to the cloud."""
    return plane.walk(Packet(source, CLOUD, 6, 40000, 80)).target


async def define(world: MepWorld, tag: str = "vip", *devices: str) -> httpx.Response:
    body = {"tag": tag, "devices": devices or [UE]}
    known = (await world.http.get(f"{TAGS}/{tag}")).status_code == 200
    if known:
        return await world.http.put(f"{TAGS}/{tag}", json=body)
    made = await world.http.post(TAGS, json=body)
    assert made.headers["location"] == f"http://mep.example{TAGS}/{tag}", made.text
    return made


async def put(world: MepWorld, *states: tuple[str, int], **headers: str) -> httpx.Response:
    body = {"ueIdentityTags": [{"ueIdentityTag": tag, "state": state} for tag, state in states]}
    return await world.http.put(INFO, json=body, headers=headers)


async def state_of(world: MepWorld, tag: str = "vip") -> int:
    answer = await world.http.get(INFO, params={"ueIdentityTag": tag})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["ueIdentityTags"][0]["state"])


async def test_the_devices_of_a_tag_go_to_the_application_while_it_is_registered(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    assert (await world.http.get(RULE)).json()["state"] == "ACTIVE"
    assert goes(plane) is None, "nobody has registered the tag yet"

    answer = await put(world, ("vip", ON))
    assert answer.json() == {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": ON}]}
    assert [goes(plane), goes(plane, OTHER_UE)] == [EDGE, None]

    assert (await put(world, ("vip", OFF))).status_code == 200
    assert [goes(plane), await state_of(world)] == [None, OFF]


async def test_devices_come_and_go_while_rules_stay(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    await put(world, ("vip", ON))
    await define(world, "vip", OTHER_UE)
    assert [goes(plane), goes(plane, OTHER_UE)] == [None, EDGE]
    await define(world, "vip", "10.45.0.0/16")
    assert [goes(plane), goes(plane, OTHER_UE)] == [EDGE, EDGE]


async def test_of_several_tags_and_filters_those_that_are_registered_count(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await define(world, "staff", OTHER_UE)
    web = TrafficFilter(src_address=("10.45.9.9",))
    rule = traffic_rule(traffic_filter=(TrafficFilter(tag=("vip", "staff")), web))
    await world.ready(configuration(traffic_rules=(rule,), dns_rules=()))
    assert [goes(plane), goes(plane, OTHER_UE), goes(plane, "10.45.9.9")] == [None, None, EDGE]
    await put(world, ("staff", ON))
    assert [goes(plane), goes(plane, OTHER_UE), goes(plane, "10.45.9.9")] == [None, EDGE, EDGE]
    await put(world, ("vip", ON))
    assert [goes(plane), await state_of(world, "staff")] == [EDGE, ON]


async def test_one_instance_switches_its_own_rules_alone(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    await world.ready(
        configuration("app2", traffic_rules=tagged("vip").traffic_rules, dns_rules=())
    )
    body = {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": ON}]}
    await world.http.put("/ui/v1/app2/ue_identity_tag_info", json=body)
    verdict = plane.walk(Packet(UE, CLOUD, 6, 40000, 80))
    assert (verdict.rule_key, await state_of(world)) == ("app2/web", OFF)


async def test_a_rule_that_is_changed_to_a_tag_obeys_what_is_registered(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready()
    rule = (await world.http.get(RULE)).json()
    assert goes(plane, OTHER_UE) == EDGE
    answer = await world.http.put(RULE, json=rule | {"trafficFilter": [{"tag": ["vip"]}]})
    assert (answer.status_code, goes(plane, OTHER_UE), goes(plane)) == (200, None, None)
    await put(world, ("vip", ON))
    assert [goes(plane), goes(plane, OTHER_UE)] == [EDGE, None]
    await world.http.put(RULE, json=answer.json() | {"state": "INACTIVE"})
    assert goes(plane) is None


async def test_a_rule_for_a_tag_that_is_not_known_is_refused_by_its_name(world: MepWorld) -> None:
    await world.ready()
    rule = (await world.http.get(RULE)).json()
    wrong = rule | {"trafficFilter": [{}, {"tag": ["vip"]}]}
    answer = await world.http.put(RULE, json=wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("$.trafficFilter[1].tag: the tag 'vip' is not known")
    with pytest.raises(Unprocessable, match="the tag 'vip' is not known on this host"):
        await world.mep.platform.configure(tagged("vip"))


async def test_a_killed_platform_comes_back_with_what_was_registered(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    await put(world, ("vip", ON))
    await plane.replace([])
    await world.restart(plane)
    assert [goes(plane), await state_of(world)] == [EDGE, ON]


async def test_an_instance_that_stops_has_registered_nothing_when_it_comes_back(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    await put(world, ("vip", ON))
    await world.mep.platform.end(APP, OperationAction.STOPPING, None)
    await world.ready(tagged("vip"))
    assert [goes(plane), await state_of(world)] == [None, OFF]
    await world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    assert (await put(world, ("vip", ON))).status_code == 403


async def test_a_tag_that_is_forgotten_means_nobody_and_nothing_when_it_comes_back(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    await put(world, ("vip", ON))
    assert (await world.http.delete(f"{TAGS}/vip")).status_code == 204
    assert goes(plane) is None
    assert (await put(world, ("vip", ON))).status_code == 400
    await define(world)
    assert [goes(plane), await state_of(world)] == [None, OFF]


async def test_what_the_data_plane_refuses_is_not_registered(world: MepWorld) -> None:
    await world.restart()
    await define(world)
    await world.ready(tagged("vip"))
    world.plane.refuses[f"{APP}/web"] = Unprocessable("This host cannot do that.")
    assert (await put(world, ("vip", ON))).status_code == 422
    assert await state_of(world) == OFF
    world.plane.refuses["vip"] = Unprocessable("This host cannot do that.")
    wrong = await world.http.put(f"{TAGS}/vip", json={"devices": [OTHER_UE]})
    assert wrong.status_code == 422
    assert (await world.http.get(f"{TAGS}/vip")).json()["devices"] == [UE]
    assert world.plane.tags == {"vip": [UE]}


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (INFO, 400, "ueIdentityTag: this query parameter is required"),
        (f"{INFO}?ueIdentityTagERROR=vip", 400, "no such query parameter"),
        (f"{INFO}?ueIdentityTag=", 400, "at least one tag"),
        (f"{INFO}?ueIdentityTag=vip&ueIdentityTag=ghost", 400, "'ghost' is not known"),
        ("/ui/v1/ghost/ue_identity_tag_info?ueIdentityTag=vip", 404, "no application instance"),
    ],
)
async def test_a_wrong_question_is_refused(
    world: MepWorld, path: str, status: int, sentence: str
) -> None:
    await define(world)
    await world.ready()
    answer = await world.http.get(path)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


async def test_tags_may_stand_in_one_list_or_each_for_itself(world: MepWorld) -> None:
    await define(world)
    await define(world, "staff", OTHER_UE)
    await world.ready()
    await put(world, ("staff", ON))
    listed = await world.http.get(f"{INFO}?ueIdentityTag=vip,staff")
    assert listed.json()["ueIdentityTags"] == [
        {"ueIdentityTag": "vip", "state": OFF},
        {"ueIdentityTag": "staff", "state": ON},
    ]
    assert (await world.http.get(f"{INFO}?ueIdentityTag=vip&ueIdentityTag=staff")).json() == (
        listed.json()
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ueIdentityTags": []}, 400),
        ({"ueIdentityTags": [{"ueIdentityTag": "ghost", "state": ON}]}, 400),
        ({"ueIdentityTags": [{"ueIdentityTag": "vip", "state": "INVALID_STATE"}]}, 422),
        ({"ueIdentityTags": [{"ueIdentityTag": "vip", "state": 2}]}, 422),
        ({"ueIdentityTags": [{"ueIdentityTag": "vip"}]}, 422),
        ({"ueIdentityTags": [{"ueIdentityTag": "vip", "state": OFF}]}, 412),
    ],
)
async def test_a_wrong_state_is_refused_and_changes_nothing(
    world: MepWorld, body: dict[str, Any], status: int
) -> None:
    await define(world)
    await world.ready()
    assert (await world.http.put(INFO, json=body)).status_code == status
    assert await state_of(world) == OFF


async def test_a_change_of_another_version_is_refused(world: MepWorld) -> None:
    await define(world)
    await world.ready()
    read = await world.http.get(INFO, params={"ueIdentityTag": "vip"})
    assert (await put(world, ("vip", ON), **{"If-Match": read.headers["etag"]})).status_code == 200
    late = await put(world, ("vip", OFF), **{"If-Match": read.headers["etag"]})
    assert (late.status_code, await state_of(world)) == (412, ON)


async def test_an_instance_that_registered_itself_has_tags_of_its_own(world: MepWorld) -> None:
    await define(world)
    own = {"appName": "cam", "appInstanceId": "own", "endpoint": {"fqdn": ["cam.example"]}}
    await world.http.post(f"{SUPPORT}/registrations", json=own)
    body = {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": ON}]}
    path = "/ui/v1/own/ue_identity_tag_info"
    assert (await world.http.put(path, json=body)).json() == body
    assert (await world.http.get(f"{TAGS}/vip")).json()["registeredBy"] == ["own"]
    await world.http.delete(f"{SUPPORT}/registrations/own")
    assert (await world.http.get(f"{TAGS}/vip")).json()["registeredBy"] == []


async def test_the_operator_sees_and_changes_whom_tags_stand_for(world: MepWorld) -> None:
    made = await define(world, "staff", OTHER_UE, "fd45::/64")
    assert made.json() == {
        "tag": "staff",
        "devices": [OTHER_UE, "fd45::/64"],
        "registeredBy": [],
        "inSettings": False,
    }
    stale = {"If-Match": '"stale"'}
    body = {"devices": [UE]}
    assert (await world.http.put(f"{TAGS}/staff", json=body, headers=stale)).status_code == 412
    assert (await world.http.put(f"{TAGS}/new", json=body)).status_code == 404
    assert (await world.http.post(TAGS, json=body | {"tag": "staff"})).status_code == 409
    assert (await world.http.post(TAGS, json=body | {"tag": "the staff"})).status_code == 422
    fresh = {"If-Match": made.headers["etag"]}
    assert (await world.http.put(f"{TAGS}/staff", json=body, headers=fresh)).status_code == 200
    assert [each["devices"] for each in (await world.http.get(TAGS)).json()] == [[UE]]
    wrong = await world.http.put(f"{TAGS}/staff", json={"devices": ["ue1"]})
    assert (wrong.status_code, wrong.json()["detail"][:12]) == (422, "$.devices[0]")
    assert (await world.http.delete(f"{TAGS}/ghost")).status_code == 404


async def test_a_tag_of_the_settings_is_known_and_changes_there_alone(
    plane: SimulatedDataPlane,
) -> None:
    async with MepWorld(services={"ui": {"tags": {"vip": [UE]}}}) as world:
        await world.restart(plane)
        await world.ready(tagged("vip"))
        await put(world, ("vip", ON))
        assert goes(plane) == EDGE
        assert (await world.http.get(f"{TAGS}/vip")).json()["inSettings"] is True
        assert (await world.http.put(f"{TAGS}/vip", json={"devices": []})).status_code == 409
        assert (await world.http.delete(f"{TAGS}/vip")).status_code == 409


async def test_applications_find_the_service_by_name_and_category(world: MepWorld) -> None:
    for query in ("ser_name=ui", "ser_category_id=ui"):
        (found,) = (await world.http.get(f"{SERVICES}/services?{query}")).json()
        assert found["transportInfo"]["endpoint"] == {"uris": ["http://10.60.1.1:8080/ui/v1"]}
        assert (found["version"], found["state"], found["isLocal"]) == ("v1", "ACTIVE", True)
    assert (await world.http.get(found["_links"]["self"]["href"])).json() == found


async def test_ten_thousand_devices_of_a_tag_are_taken_at_once(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    many = [f"10.{46 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(10_000)]
    await define(world, "vip", *many)
    await world.ready(tagged("vip"))
    await put(world, ("vip", ON))
    assert [goes(plane), goes(plane, many[-1])] == [None, EDGE]


@pytest.mark.parametrize("after_writing", [False, True])
@pytest.mark.parametrize("write", range(2))
async def test_a_kill_at_any_write_leaves_what_is_said_and_what_is_done_alike(
    world: MepWorld, plane: SimulatedDataPlane, write: int, after_writing: bool
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    journal = world.journals["ui"]
    journal.dies_at, journal.dies_after_writing = write, after_writing
    for change in (put(world, ("vip", ON)), define(world, "vip", OTHER_UE)):
        with suppress(TimeoutError):
            await asyncio.wait_for(change, 0.2)
    journal.dies_at = None
    await world.restart(plane)
    (devices,) = (await world.http.get(f"{TAGS}/vip")).json()["devices"]
    meant = EDGE if await state_of(world) == ON else None
    assert goes(plane, devices) == meant
    assert goes(plane, UE if devices == OTHER_UE else OTHER_UE) is None


async def test_changes_at_the_same_time_end_as_one_after_the_other(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    rule = (await world.http.get(RULE)).json()
    changes = [
        *(put(world, ("vip", state)) for state in (ON, ON, OFF, ON)),
        *(define(world, "vip", device) for device in (OTHER_UE, UE, OTHER_UE)),
        world.http.put(RULE, json=rule | {"state": "INACTIVE"}),
        world.http.put(RULE, json=rule | {"state": "ACTIVE"}),
    ]
    await asyncio.gather(*changes)
    active = (await world.http.get(RULE)).json()["state"] == "ACTIVE"
    (device,) = (await world.http.get(f"{TAGS}/vip")).json()["devices"]
    meant = EDGE if active and await state_of(world) == ON else None
    assert goes(plane, device) == meant


async def test_an_instance_that_is_removed_meanwhile_leaves_nothing(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await define(world)
    await world.ready(tagged("vip"))
    answers = await asyncio.gather(
        world.mep.platform.remove(APP), put(world, ("vip", ON)), world.http.delete(f"{TAGS}/vip")
    )
    assert answers[1].status_code in (200, 400, 404)
    await define(world)
    assert (await world.http.get(f"{TAGS}/vip")).json()["registeredBy"] == []
    assert len(world.journals["ui"].load("registered")) == 0
