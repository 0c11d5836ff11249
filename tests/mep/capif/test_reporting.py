"""Events are reported as often and as long as ``eventReq`` asks, over a restart too."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.mep.capif.test_faces import EVENTS, EVERY_EVENT, TOLD
from tests.mep.world import MepWorld

SECOND = 1_000_000_000


async def subscribe(world: MepWorld, **event_req: object) -> str:
    """Subscribe to every event; return the subscription's URI."""
    await world.ready()
    body = {"events": EVERY_EVENT, "notificationDestination": TOLD, "eventReq": event_req}
    answer = await world.http.post(EVENTS, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["eventReq"] == event_req
    return str(answer.headers["location"])


async def told(world: MepWorld) -> list[str]:
    """The names of the events that were reported until now."""
    await world.clock.settle()
    return [each["events"] for each in world.callbacks.to(TOLD)]


async def status(world: MepWorld, location: str) -> int:
    return (await world.http.patch(location, json={})).status_code


async def test_what_is_available_is_reported_at_once_to_who_asks(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    await world.offer(serName="asleep", state="INACTIVE")
    await subscribe(world, immRep=True)
    assert await told(world) == ["SERVICE_API_AVAILABLE"]


async def test_one_time_is_one_report_and_the_end(world: MepWorld) -> None:
    location = await subscribe(world, notifMethod="ONE_TIME")
    await world.offer()
    await world.offer(serName="second")
    assert await told(world) == ["SERVICE_API_AVAILABLE"]
    assert await status(world, location) == 410


async def test_no_more_is_reported_while_the_last_report_is_on_its_way(world: MepWorld) -> None:
    await subscribe(world, notifMethod="ONE_TIME")
    world.callbacks.statuses[TOLD] = 503
    first = await world.offer()
    await world.clock.settle()
    await world.offer(serName="second")
    del world.callbacks.statuses[TOLD]
    await world.clock.advance(60)
    tried = [each["eventDetail"]["apiIds"] for each in world.callbacks.to(TOLD)]
    assert tried == [[first["serInstanceId"]]] * 2


async def test_after_the_last_report_the_subscription_ends_though_it_was_restarted(
    world: MepWorld,
) -> None:
    location = await subscribe(world, maxReportNbr=2)
    await world.offer()
    assert len(await told(world)) == 1
    await world.restart()
    await world.ready()
    for name in ("second", "third"):
        await world.offer(serName=name)
    assert len(await told(world)) == 2
    assert await status(world, location) == 410


async def test_a_kill_before_the_last_report_was_delivered_leaves_no_subscription(
    world: MepWorld,
) -> None:
    location = await subscribe(world, maxReportNbr=1)
    world.callbacks.dead.add(TOLD)
    await world.offer()
    await world.clock.settle()
    await world.restart()
    assert await status(world, location) == 410


async def test_monitoring_ends_in_silence_when_it_was_to_end(world: MepWorld) -> None:
    location = await subscribe(world, monDur=later(world, 60))
    await world.offer()
    await world.clock.advance(61)
    await world.offer(serName="second")
    assert await told(world) == ["SERVICE_API_AVAILABLE"]
    assert await status(world, location) == 410


async def test_a_patch_may_ask_for_an_end(world: MepWorld) -> None:
    location = await subscribe(world)
    answer = await world.http.patch(location, json={"eventReq": {"maxReportNbr": 1}})
    assert answer.json()["eventReq"] == {"maxReportNbr": 1}
    await world.offer()
    await world.offer(serName="second")
    assert len(await told(world)) == 1


def later(world: MepWorld, seconds: int) -> str:
    """A date and time that many seconds from now."""
    moment = datetime.fromtimestamp(world.clock.now() / SECOND + seconds, tz=UTC)
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"notifMethod": "PERIODIC", "repPeriod": 60}, "$.eventReq.notifMethod"),
        ({"repPeriod": 60}, "$.eventReq.repPeriod"),
        ({"sampRatio": 50}, "$.eventReq.sampRatio"),
        ({"maxReportNbr": 0}, "$.eventReq.maxReportNbr"),
        ({"monDur": "1970-01-01T00:00:00Z"}, "$.eventReq.monDur"),
        ({"monDur": "tomorrow"}, "$.eventReq.monDur"),
    ],
)
async def test_what_cannot_be_reported_so_is_refused_by_its_field(
    world: MepWorld, asked: dict[str, Any], field: str
) -> None:
    await world.ready()
    body = {"events": EVERY_EVENT, "notificationDestination": TOLD, "eventReq": asked}
    answer = await world.http.post(EVENTS, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
