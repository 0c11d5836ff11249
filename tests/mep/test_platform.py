"""The platform as its manager sees it: known, ready, told, withdrawn, forgotten; and restarts."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.mep.world import (
    APP,
    CALLBACK,
    ROOT,
    SERVICES,
    SUPPORT,
    MepWorld,
    RecordingPlane,
    configuration,
    dns_rule,
    refusal,
    traffic_rule,
)

from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.refpoints.mm5 import Attachment, Confirmation, OperationAction

STOPPING, TERMINATING = OperationAction.STOPPING, OperationAction.TERMINATING
CONFIRM = f"{SUPPORT}/applications/{APP}/confirm_termination"


async def begun(world: MepWorld, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start a call of the manager's and let it go as far as it goes by itself."""
    task = world.nursery.start(work, name="manager")
    await world.clock.settle()
    return task


async def test_waiting_for_readiness_ends_when_the_instance_confirms(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())
    waiting = await begun(world, world.mep.platform.wait_ready(APP, 30))
    assert not waiting.done()

    await world.ready()

    assert await waiting is True
    assert world.plane.active == ["app1/web"]


async def test_waiting_for_readiness_ends_after_its_time(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())
    waiting = await begun(world, world.mep.platform.wait_ready(APP, 30))

    await world.clock.advance(29)
    assert not waiting.done()
    await world.clock.advance(1)

    assert await waiting is False


async def test_an_instance_that_is_ready_is_not_waited_for(world: MepWorld) -> None:
    await world.ready()

    assert await world.mep.platform.wait_ready(APP, 0) is True


async def test_nobody_waits_for_an_instance_that_is_not_known(world: MepWorld) -> None:
    with pytest.raises(NotFound, match="app1"):
        await world.mep.platform.wait_ready(APP, 1)


async def test_the_same_configuration_again_changes_nothing(world: MepWorld) -> None:
    await world.ready()
    calls = world.plane.calls

    await world.mep.platform.configure(configuration())

    assert world.plane.calls == calls
    assert await world.mep.platform.wait_ready(APP, 0) is True


async def test_another_configuration_takes_the_place_of_the_former(world: MepWorld) -> None:
    await world.ready()

    await world.mep.platform.configure(
        configuration(traffic_rules=(traffic_rule("other"),), dns_rules=())
    )

    assert world.plane.active == [] and world.plane.answers == {}
    rules = (await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules")).json()
    assert [rule["trafficRuleId"] for rule in rules] == ["other"]
    await world.ready(configuration(traffic_rules=(traffic_rule("other"),), dns_rules=()))
    assert world.plane.active == ["app1/other"]


async def test_a_rule_to_another_instances_address_cannot_be_configured(world: MepWorld) -> None:
    elsewhere = (Attachment(address="10.60.1.7", device="veth7"),)

    with pytest.raises(Unprocessable, match=r"10\.60\.1\.2 is not an address"):
        await world.mep.platform.configure(configuration(attachments=elsewhere))

    answer = await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules")
    assert answer.status_code == 404


async def test_readiness_is_refused_where_the_data_plane_refuses_and_can_be_tried_again(
    world: MepWorld,
) -> None:
    await world.mep.platform.configure(configuration())
    world.plane.refuses["names"] = refusal("$.domainName")
    path = f"{SUPPORT}/applications/{APP}/confirm_ready"

    answer = await world.http.post(path, json={"indication": "READY"})

    assert answer.status_code == 422
    assert world.plane.active == []
    assert await world.mep.platform.wait_ready(APP, 0) is False
    rules = (await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules")).json()
    assert rules[0]["state"] == "INACTIVE"
    world.plane.refuses.clear()
    assert (await world.http.post(path, json={"indication": "READY"})).status_code == 204
    assert world.plane.active == ["app1/web"]


async def test_a_second_confirmation_does_not_undo_what_the_instance_switched_off(
    world: MepWorld,
) -> None:
    await world.ready()
    path = f"{SUPPORT}/applications/{APP}/traffic_rules/web"
    rule = (await world.http.get(path)).json()
    await world.http.put(path, json=rule | {"state": "INACTIVE"})

    await world.ready()

    assert world.plane.active == []


async def test_an_instance_that_subscribed_is_told_and_confirms(world: MepWorld) -> None:
    await world.ready()
    location = (await world.subscribe(SUPPORT)).headers["location"]
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 30))

    (told,) = world.callbacks.to(CALLBACK)
    assert told == {
        "_links": {
            "subscription": {"href": ROOT + location.removeprefix("http://mep.example")},
            "confirmTermination": {"href": ROOT + CONFIRM},
        },
        "notificationType": "AppTerminationNotification",
        "operationAction": "TERMINATING",
        "maxGracefulTimeout": 30,
    }
    assert world.plane.active == ["app1/web"], "it serves on until it has confirmed"
    confirm = told["_links"]["confirmTermination"]["href"].removeprefix(ROOT)
    answer = await world.http.post(confirm, json={"operationAction": "TERMINATING"})

    assert answer.status_code == 204
    assert await ending is Confirmation.CONFIRMED
    assert world.plane.active == [] and world.plane.answers == {}


async def test_an_instance_that_does_not_confirm_is_ended_by_the_timer(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 30))

    await world.clock.advance(29.9)
    assert not ending.done() and world.plane.active
    await world.clock.advance(0.1)

    assert await ending is Confirmation.TIMED_OUT
    assert world.plane.active == []


async def test_without_a_limit_the_platform_waits_on(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    ending = await begun(world, world.mep.platform.end(APP, STOPPING, math.inf))

    await world.clock.advance(3600)

    assert not ending.done()
    await world.http.post(CONFIRM, json={"operationAction": "STOPPING"})
    assert await ending is Confirmation.CONFIRMED


async def test_an_instance_that_did_not_subscribe_gets_no_grace(world: MepWorld) -> None:
    await world.ready()

    assert await world.mep.platform.end(APP, TERMINATING, 30) is Confirmation.NOT_SUBSCRIBED
    assert world.plane.active == []


async def test_a_forceful_end_tells_nobody(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)

    await world.mep.platform.end(APP, TERMINATING, None)

    assert world.callbacks.posted == []
    assert world.plane.active == []


async def test_a_forceful_end_does_not_wait_for_the_grace_of_an_earlier_one(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    graceful = await begun(world, world.mep.platform.end(APP, TERMINATING, 3600))

    await world.mep.platform.end(APP, TERMINATING, None)

    assert await graceful is Confirmation.TIMED_OUT


async def test_a_dead_callback_does_not_lengthen_the_grace(world: MepWorld) -> None:
    world.callbacks.dead.add(CALLBACK)
    await world.ready()
    await world.subscribe(SUPPORT)
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 5))

    await world.clock.advance(5)

    assert await ending is Confirmation.TIMED_OUT


@pytest.mark.parametrize(
    ("pending", "sent", "status"),
    [(None, "STOPPING", 409), ("TERMINATING", "STOPPING", 409), ("TERMINATING", "STOPPPING", 422)],
)
async def test_a_confirmation_of_what_is_not_pending_is_refused(
    world: MepWorld, pending: str | None, sent: str, status: int
) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    if pending:
        await begun(world, world.mep.platform.end(APP, OperationAction(pending), 30))

    answer = await world.http.post(CONFIRM, json={"operationAction": sent})

    assert answer.status_code == status
    assert answer.json()["detail"]
    assert world.plane.active == ["app1/web"]


async def test_a_stopped_instance_may_start_again(world: MepWorld) -> None:
    await world.ready()
    await world.mep.platform.end(APP, STOPPING, None)

    assert await world.mep.platform.wait_ready(APP, 0) is False
    await world.ready()

    assert world.plane.active == ["app1/web"]


async def test_a_terminated_instance_does_not_come_back_by_itself(world: MepWorld) -> None:
    await world.ready()
    await world.mep.platform.end(APP, TERMINATING, None)

    ready = await world.http.post(
        f"{SUPPORT}/applications/{APP}/confirm_ready", json={"indication": "READY"}
    )
    offer = await world.http.post(f"{SERVICES}/applications/{APP}/services", json={})

    assert ready.status_code == 409
    assert offer.status_code in (403, 422)
    assert (await world.subscribe(SUPPORT)).status_code == 403
    assert world.plane.active == []


async def test_an_instance_that_is_being_ended_is_not_made_ready(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    await begun(world, world.mep.platform.end(APP, TERMINATING, 30))

    with pytest.raises(Conflict, match="TERMINATING"):
        await world.mep.platform.confirm_ready(APP)


async def test_ending_takes_services_and_subscriptions_with_it_and_tells_the_consumers(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.ready(configuration("app2", traffic_rules=(), dns_rules=()))
    await world.offer(serName="faces")
    await world.offer(serName="cars")
    await world.subscribe(SUPPORT)
    await world.subscribe(SERVICES, "app2", callbackReference="http://10.60.1.3/told")

    await world.mep.platform.end(APP, TERMINATING, None)
    await world.clock.settle()

    (told,) = world.callbacks.to("http://10.60.1.3/told")
    assert [(r["serName"], r["changeType"]) for r in told["serviceReferences"]] == [
        ("faces", "REMOVED"),
        ("cars", "REMOVED"),
    ]
    assert (await world.http.get(f"{SERVICES}/services")).json() == []
    links = (await world.http.get(f"{SUPPORT}/applications/{APP}/subscriptions")).json()
    assert "subscriptions" not in links["_links"]


async def test_ending_again_is_no_error(world: MepWorld) -> None:
    await world.ready()

    for _ in range(2):
        await world.mep.platform.end(APP, TERMINATING, None)
    await world.mep.platform.remove(APP)
    await world.mep.platform.end(APP, TERMINATING, 30)

    assert world.plane.active == []


async def test_an_instance_that_died_is_out_of_force_and_may_confirm_again(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.offer()

    await world.mep.platform.suspend(APP)

    assert world.plane.active == [] and world.plane.answers == {}
    assert (await world.http.get(f"{SERVICES}/services")).json() == []
    await world.ready()
    assert world.plane.active == ["app1/web"]


async def test_an_instance_that_dies_while_it_is_told_to_end_is_waited_for_no_longer(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 3600))

    await world.mep.platform.suspend(APP)

    assert await ending is Confirmation.GONE


async def test_a_removed_instance_leaves_nothing(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    await world.subscribe(SUPPORT)
    await world.subscribe(SERVICES)

    await world.mep.platform.remove(APP)
    await world.mep.platform.remove(APP)

    answer = await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules")
    assert answer.status_code == 404
    assert world.plane.active == [] and world.plane.answers == {}
    kinds = ("instance", "traffic_rule", "dns_rule", "service", "heartbeat",
             "termination_subscription", "availability_subscription")  # fmt: skip
    assert [list(world.journal.load(kind)) for kind in kinds] == [[]] * len(kinds)


async def test_after_a_kill_everything_is_back_and_in_force(world: MepWorld) -> None:
    await world.ready()
    service = await world.offer()
    await world.subscribe(SUPPORT)
    before = await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules/web")

    await world.restart()

    assert world.plane.active == ["app1/web"]
    assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}
    after = await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules/web")
    assert after.headers["etag"] == before.headers["etag"]
    found = await world.http.get(f"{SERVICES}/services/{service['serInstanceId']}")
    assert found.json() == service
    assert await world.mep.platform.wait_ready(APP, 0) is True
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 30))
    assert len(world.callbacks.to(CALLBACK)) == 1, "the subscription is there too"
    await world.clock.advance(30)
    assert await ending is Confirmation.TIMED_OUT


async def test_after_a_kill_what_was_switched_off_stays_off(world: MepWorld) -> None:
    await world.ready()
    path = f"{SUPPORT}/applications/{APP}/traffic_rules/web"
    rule = (await world.http.get(path)).json()
    await world.http.put(path, json=rule | {"state": "INACTIVE"})

    await world.restart()

    assert world.plane.active == []


async def test_after_a_kill_an_end_goes_on_with_what_was_left_of_its_grace(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    await begun(world, world.mep.platform.end(APP, TERMINATING, 30))
    await world.clock.advance(20)

    await world.restart()
    assert world.plane.active == ["app1/web"]
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 30))

    assert [told["maxGracefulTimeout"] for told in world.callbacks.to(CALLBACK)] == [30, 10]
    await world.clock.advance(10)
    assert await ending is Confirmation.TIMED_OUT


async def test_after_a_kill_a_confirmation_given_before_it_still_counts(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SUPPORT)
    ending = await begun(world, world.mep.platform.end(APP, TERMINATING, 30))
    ending.cancel()  # the process dies after the confirmation was acknowledged
    await world.http.post(CONFIRM, json={"operationAction": "TERMINATING"})

    await world.restart()

    assert await world.mep.platform.end(APP, TERMINATING, 30) is Confirmation.CONFIRMED
    assert world.plane.active == []


async def test_a_rule_that_the_data_plane_refuses_at_the_start_does_not_stop_the_others(
    world: MepWorld,
) -> None:
    await world.ready()
    two = configuration("app2", dns_rules=(dns_rule(domain="two.edge.example"),))
    await world.ready(two)
    plane = RecordingPlane()
    plane.refuses["app1/web"] = refusal()

    await world.restart(plane)

    assert world.plane.active == ["app2/web"]
    rule = await world.http.get(f"{SUPPORT}/applications/{APP}/traffic_rules/web")
    assert rule.json()["state"] == "INACTIVE"
    assert len(world.plane.answers) == 2


async def test_a_name_that_the_dns_refuses_at_the_start_does_not_stop_the_others(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.ready(configuration("app2", dns_rules=(dns_rule(domain="two.edge.example"),)))
    plane = RecordingPlane()
    plane.refuses["hello.edge.example"] = refusal()

    await world.restart(plane)

    assert world.plane.answers.keys() == {"two.edge.example"}
    rule = await world.http.get(f"{SUPPORT}/applications/{APP}/dns_rules/name")
    assert rule.json()["state"] == "INACTIVE"


async def test_many_instances_become_ready_at_once(world: MepWorld) -> None:
    names = [f"app{number}" for number in range(50)]
    for name in names:
        await world.mep.platform.configure(
            configuration(name, dns_rules=(dns_rule(domain=f"{name}.edge.example"),))
        )

    answers = await asyncio.gather(
        *(
            world.http.post(
                f"{SUPPORT}/applications/{name}/confirm_ready", json={"indication": "READY"}
            )
            for name in names
        )
    )

    assert {answer.status_code for answer in answers} == {204}
    assert len(world.plane.active) == len(world.plane.answers) == 50
