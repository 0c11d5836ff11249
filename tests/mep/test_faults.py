"""Killed at any write, or with a full disk: what is stored and what is in force agree."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from msgspec.structs import replace
from tests.mep.world import APP, CALLBACK, SERVICES, SUPPORT, MepWorld, configuration, traffic_rule

from wayside.core.errors import Unavailable
from wayside.core.ids import TrafficRuleId
from wayside.mep.mec_app_support.api import AppSupport
from wayside.model.rules import RuleState
from wayside.refpoints.mm5 import OperationAction

WRITES_MAX = 12
WEB = TrafficRuleId("web")
RULE = f"{SUPPORT}/applications/{APP}/traffic_rules/web"


async def killed(world: MepWorld, work: Coroutine[Any, Any, Any], at: int, after: bool) -> bool:
    """Run ``work`` in a process that dies at a write; tell whether it got to that write."""
    world.journal.dies_at, world.journal.dies_after_writing = at, after
    task = asyncio.ensure_future(work)
    await world.clock.settle()
    died = not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await world.restart()
    return died


async def states(world: MepWorld) -> tuple[list[str], list[str]]:
    """The rules that are stored as ACTIVE, and those in force."""
    rules = (await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules")).json()
    active = [f"{APP}/{r['trafficRuleId']}" for r in rules if r["state"] == "ACTIVE"]
    return active, world.plane.active


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_of_the_start_an_instance_can_confirm_again(
    after: bool,
) -> None:
    async def start(world: MepWorld) -> None:
        await world.mep.platform.configure(configuration())
        await world.mep.platform.confirm_ready(APP)

    for at in range(WRITES_MAX):
        async with MepWorld() as world:
            died = await killed(world, start(world), at, after)
            await world.mep.platform.configure(configuration())
            stored, in_force = await states(world)
            assert stored == in_force

            await world.mep.platform.confirm_ready(APP)

            assert await states(world) == (["app1/web"], ["app1/web"])
            assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}
        if not died:
            return
    raise AssertionError("the start never came to its end")


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_of_another_configuration_the_platform_comes_back(
    after: bool,
) -> None:
    moved = configuration(
        traffic_rules=(traffic_rule(priority=7), traffic_rule("more")), dns_rules=()
    )
    for at in range(WRITES_MAX):
        async with MepWorld() as world:
            await world.ready()

            died = await killed(world, world.mep.platform.configure(moved), at, after)
            await world.mep.platform.configure(moved)
            stored, in_force = await states(world)
            assert stored == in_force == []
            await world.mep.platform.confirm_ready(APP)

            assert await states(world) == (["app1/web", "app1/more"], ["app1/more", "app1/web"])
            rule = (await world.http.get(RULE)).json()
            assert rule["priority"] == 7
            assert world.plane.answers == {}
            assert list(world.journal.load("dns_rule")) == []
        if not died:
            return
    raise AssertionError("the configuration never came to its end")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("action", list(OperationAction))
async def test_killed_at_any_write_of_an_end_it_is_finished_when_asked_again(
    action: OperationAction, after: bool
) -> None:
    for at in range(WRITES_MAX):
        async with MepWorld() as world:
            await world.ready()
            await world.offer()
            await world.subscribe(SUPPORT)
            await world.subscribe(SERVICES)

            died = await killed(world, world.mep.platform.end(APP, action, None), at, after)
            stored, in_force = await states(world)
            assert stored == in_force
            await world.mep.platform.end(APP, action, None)

            assert await states(world) == ([], [])
            assert world.plane.answers == {}
            assert (await world.http.get(f"{SERVICES}/services")).json() == []
            for api in (SUPPORT, SERVICES):
                links = (await world.http.get(f"{api}/applications/{APP}/subscriptions")).json()
                assert "subscriptions" not in links["_links"]
        if not died:
            return
    raise AssertionError("the end never came to its end")


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_of_a_removal_nothing_is_left_when_asked_again(
    after: bool,
) -> None:
    for at in range(WRITES_MAX):
        async with MepWorld() as world:
            await world.ready()
            await world.offer()
            await world.subscribe(SUPPORT)

            died = await killed(world, world.mep.platform.remove(APP), at, after)
            await world.mep.platform.remove(APP)

            assert world.plane.active == [] and world.plane.answers == {}
            kinds = ("instance", "traffic_rule", "dns_rule", "service")
            assert [list(world.journal.load(kind)) for kind in kinds] == [[], [], [], []]
        if not died:
            return
    raise AssertionError("the removal never came to its end")


@pytest.mark.parametrize("after", [False, True])
async def test_killed_while_a_rule_is_changed_it_is_the_old_or_the_new_one(after: bool) -> None:
    async with MepWorld() as world:
        await world.ready()
        support = world.mep.apis[0]
        assert isinstance(support, AppSupport)
        rule = (await support.get_traffic_rule(APP, WEB)).value
        change = support.replace_traffic_rule(APP, WEB, replace(rule, state=RuleState.INACTIVE))

        await killed(world, change, 0, after)

        stored, in_force = await states(world)
        assert stored == in_force == ([] if after else ["app1/web"])


async def test_with_a_full_disk_readiness_is_refused_and_nothing_is_in_force() -> None:
    async with MepWorld() as world:
        await world.mep.platform.configure(configuration())
        world.journal.full, world.journal.dies_at = True, 0

        with pytest.raises(Unavailable, match="disk"):
            await world.mep.platform.confirm_ready(APP)

        assert await states(world) == ([], [])
        world.journal.dies_at = None
        await world.mep.platform.confirm_ready(APP)
        assert world.plane.active == ["app1/web"]


async def test_with_a_full_disk_a_rule_stays_as_it_is() -> None:
    async with MepWorld() as world:
        await world.ready()
        rule = (await world.http.get(RULE)).json()
        world.journal.full, world.journal.dies_at = True, 0

        answer = await world.http.put(RULE, json=rule | {"state": "INACTIVE"})

        assert answer.status_code == 503
        assert await states(world) == (["app1/web"], ["app1/web"])


async def test_with_a_full_disk_a_service_is_not_offered_and_nobody_is_told() -> None:
    async with MepWorld() as world:
        await world.ready()
        await world.subscribe(SERVICES)
        world.journal.full, world.journal.dies_at = True, 0

        answer = await world.http.post(f"{SERVICES}/applications/{APP}/services", json={})
        assert answer.status_code == 422, "what is wrong with the body comes first"
        with pytest.raises(AssertionError, match="503"):
            await world.offer()
        await world.clock.settle()

        assert (await world.http.get(f"{SERVICES}/services")).json() == []
        assert world.callbacks.to(CALLBACK) == []


async def test_a_client_that_goes_away_does_not_leave_a_rule_half_changed() -> None:
    async with MepWorld() as world:
        await world.ready()
        rule = (await world.http.get(RULE)).json()
        task = asyncio.ensure_future(world.http.put(RULE, json=rule | {"state": "INACTIVE"}))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await world.clock.settle()
        await world.mep.platform.configure(configuration())  # takes its turn after the change

        stored, in_force = await states(world)
        assert stored == in_force
