"""Traffic and DNS rules over Mp1: in force when answered, or not changed at all."""

from typing import Any

import httpx
import pytest
from tests.mep.world import APP, SUPPORT, MepWorld, configuration, dns_rule, refusal, traffic_rule

from wayside.core.errors import Problem, Unavailable
from wayside.core.wire import encode

RULES = f"{SUPPORT}/applications/{APP}/traffic_rules"
NAMES = f"{SUPPORT}/applications/{APP}/dns_rules"


async def changed(world: MepWorld, path: str, **changes: Any) -> httpx.Response:
    """PUT what is there with some attributes changed."""
    present = (await world.http.get(path)).json()
    return await world.http.put(path, json=present | changes)


async def test_rules_are_inactive_until_the_instance_confirms(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())

    (rule,) = (await world.http.get(RULES)).json()
    (name,) = (await world.http.get(NAMES)).json()

    assert (rule["state"], name["state"]) == ("INACTIVE", "INACTIVE")
    assert world.plane.active == [] and world.plane.answers == {}


async def test_confirm_ready_brings_rules_and_names_in_force_before_it_is_answered(
    world: MepWorld,
) -> None:
    await world.ready()

    assert world.plane.active == ["app1/web"]
    assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}
    assert (await world.http.get(f"{RULES}/web")).json()["state"] == "ACTIVE"


async def test_a_rule_that_is_put_inactive_is_out_of_force_when_answered(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(world, f"{RULES}/web", state="INACTIVE")

    assert answer.status_code == 200
    assert answer.json()["state"] == "INACTIVE"
    assert world.plane.active == []

    assert (await changed(world, f"{RULES}/web", state="ACTIVE")).status_code == 200
    assert world.plane.active == ["app1/web"]


async def test_filters_priority_and_action_may_change(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(
        world,
        f"{RULES}/web",
        priority=7,
        trafficFilter=[{"dstPort": ["443"], "protocol": ["TCP"]}],
    )

    assert answer.status_code == 200
    in_force = next(iter(world.plane.rules.values())).rule
    assert in_force.priority == 7
    assert in_force.traffic_filter[0].dst_port == ("443",)


async def test_a_rule_with_the_wrong_etag_has_no_effect_at_all(world: MepWorld) -> None:
    await world.ready()
    before, calls = await world.http.get(f"{RULES}/web"), world.plane.calls

    answer = await world.http.put(
        f"{RULES}/web",
        json=before.json() | {"state": "INACTIVE"},
        headers={"If-Match": '"other"'},
    )

    assert answer.status_code == 412
    assert world.plane.calls == calls
    assert (await world.http.get(f"{RULES}/web")).content == before.content


async def test_a_rule_with_the_present_etag_is_replaced_and_tagged_anew(world: MepWorld) -> None:
    await world.ready()
    before = await world.http.get(f"{RULES}/web")

    answer = await world.http.put(
        f"{RULES}/web",
        json=before.json() | {"priority": 9},
        headers={"If-Match": before.headers["etag"]},
    )

    assert answer.status_code == 200
    assert answer.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize("problem", [refusal(), Unavailable("The kernel is busy.")])
async def test_what_the_data_plane_refuses_leaves_the_stored_rule_as_it_was(
    world: MepWorld,
    problem: Problem,
) -> None:
    await world.ready()
    before = await world.http.get(f"{RULES}/web")
    world.plane.refuses["app1/web"] = problem

    answer = await changed(world, f"{RULES}/web", priority=200)

    assert answer.status_code == problem.status
    assert answer.json()["detail"]
    after = await world.http.get(f"{RULES}/web")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


async def test_another_instances_address_is_no_destination(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(
        world, f"{RULES}/web", dstInterface={"interfaceType": "IP", "dstIpAddress": "10.60.1.3"}
    )

    assert answer.status_code == 422
    assert answer.json()["field"] == "$.dstInterface.dstIpAddress"
    assert "10.60.1.2" in answer.json()["detail"]


async def test_a_rule_cannot_be_active_before_its_instance_runs(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())

    answer = await changed(world, f"{RULES}/web", state="ACTIVE")

    assert answer.status_code == 403
    assert "confirm_ready" in answer.json()["detail"]
    assert world.plane.active == []


async def test_the_identifier_in_the_body_must_be_that_of_the_path(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(world, f"{RULES}/web", trafficRuleId="other")

    assert answer.status_code == 422


@pytest.mark.parametrize("path", [f"{RULES}/ghost", f"{NAMES}/ghost"])
async def test_an_unknown_rule_is_not_found_whatever_is_done_to_it(
    world: MepWorld, path: str
) -> None:
    await world.ready()
    body = encode(traffic_rule("ghost") if "traffic" in path else dns_rule("ghost"))

    json_type = {"Content-Type": "application/json"}
    put = await world.http.put(path, content=body, headers=json_type)
    for answer in (await world.http.get(path), put):
        assert answer.status_code == 404
        assert "list its rules" in answer.json()["detail"]


async def test_applications_can_neither_create_nor_delete_rules(world: MepWorld) -> None:
    await world.ready()

    assert (await world.http.post(RULES, json={})).status_code == 405
    assert (await world.http.delete(f"{RULES}/web")).status_code == 405


async def test_a_dns_rule_put_inactive_is_answered_no_more(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(world, f"{NAMES}/name", state="INACTIVE")

    assert answer.status_code == 200
    assert world.plane.answers == {}


async def test_the_address_and_ttl_of_a_dns_rule_may_change(world: MepWorld) -> None:
    await world.ready()

    answer = await changed(world, f"{NAMES}/name", ipAddress="10.60.1.9", ttl=30)

    assert answer.status_code == 200
    assert [(r.address, r.ttl_s) for r in world.plane.names] == [("10.60.1.9", 30)]


async def test_a_dns_rule_with_the_wrong_etag_has_no_effect_at_all(world: MepWorld) -> None:
    await world.ready()
    calls = world.plane.calls
    body = (await world.http.get(f"{NAMES}/name")).json() | {"state": "INACTIVE"}

    answer = await world.http.put(f"{NAMES}/name", json=body, headers={"If-Match": '"other"'})

    assert answer.status_code == 412
    assert world.plane.calls == calls
    assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}


async def test_a_name_that_the_dns_refuses_leaves_the_rule_as_it_was(world: MepWorld) -> None:
    await world.ready()
    world.plane.refuses["names"] = refusal("$.ipAddress")

    answer = await changed(world, f"{NAMES}/name", ipAddress="10.60.1.9")

    assert answer.status_code == 422
    assert (await world.http.get(f"{NAMES}/name")).json()["ipAddress"] == "10.60.1.2"
    assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}


async def test_two_instances_may_name_their_rules_alike(world: MepWorld) -> None:
    await world.ready()
    await world.ready(configuration("app2", dns_rules=(dns_rule(domain="two.edge.example"),)))

    await changed(world, f"{RULES}/web", state="INACTIVE")

    assert world.plane.active == ["app2/web"]
    assert world.plane.answers.keys() == {"hello.edge.example", "two.edge.example"}


async def test_an_instance_may_have_hundreds_of_rules_and_lists_them_page_by_page(
    world: MepWorld,
) -> None:
    many = tuple(traffic_rule(f"rule{number}") for number in range(250))
    await world.ready(configuration(traffic_rules=many))

    listed, target = [], RULES
    while target:
        page = await world.http.get(target)
        listed += [rule["trafficRuleId"] for rule in page.json()]
        target = page.links.get("next", {}).get("url", "")

    assert sorted(listed) == sorted(rule.traffic_rule_id for rule in many)
    assert len(world.plane.active) == 250
