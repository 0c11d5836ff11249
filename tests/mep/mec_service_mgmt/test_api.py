"""Service management over HTTP: offer, find, replace, hear, withdraw, be told."""

import asyncio
from typing import Any

import pytest
from tests.mep.world import APP, CALLBACK, SERVICES, MepWorld, configuration, service

from wayside.mep.build import MepSettings
from wayside.model.services import (
    EndPointInfo,
    SecurityInfo,
    TransportInfo,
    TransportType,
)

MINE = f"{SERVICES}/applications/{APP}/services"
BUS = TransportInfo(
    id="bus",
    name="MQTT",
    type=TransportType.MB_TOPIC_BASED,
    protocol="MQTT",
    version="5.0",
    endpoint=EndPointInfo(uris=("mqtt://10.60.1.1:1883",)),
    security=SecurityInfo(),
)


async def names(world: MepWorld, query: str = "") -> list[str]:
    """The names of the services that a query finds."""
    answer = await world.http.get(f"{SERVICES}/services{query}")
    assert answer.status_code == 200, answer.text
    return [found["serName"] for found in answer.json()]


async def told(world: MepWorld) -> list[tuple[str, str, str]]:
    """What a subscriber has heard: name, change, state."""
    await world.clock.settle()
    return [
        (each["serName"], each["changeType"], each["state"])
        for notification in world.callbacks.to(CALLBACK)
        for each in notification["serviceReferences"]
    ]


async def test_an_offered_service_has_an_identifier_links_and_defaults(world: MepWorld) -> None:
    await world.ready()

    answer = await world.http.post(MINE, json=service())

    made, location = answer.json(), answer.headers["location"]
    assert answer.status_code == 201
    assert location == f"http://mep.example{MINE}/{made['serInstanceId']}"
    assert made == service() | {
        "_links": {"self": {"href": location}},
        "serInstanceId": made["serInstanceId"],
        "scopeOfLocality": "MEC_HOST",
        "consumedLocalOnly": True,
        "isLocal": True,
    }
    assert (await world.http.get(location)).json() == made
    assert (await world.http.get(location)).headers["etag"]


async def test_a_service_by_id_is_an_object_and_an_unknown_one_is_not_found(
    world: MepWorld,
) -> None:
    await world.ready()
    made = await world.offer()

    found = await world.http.get(f"{SERVICES}/services/{made['serInstanceId']}")
    unknown = await world.http.get(f"{SERVICES}/services/ghost")

    assert found.json() == made
    assert unknown.status_code == 404
    assert unknown.json()["detail"]


async def test_there_may_be_no_services_at_all(world: MepWorld) -> None:
    answer = await world.http.get(f"{SERVICES}/services?ser_name=ghost")

    assert (answer.status_code, answer.json()) == (200, [])


async def test_queries_find_by_name_identifier_category_and_locality(world: MepWorld) -> None:
    await world.ready()
    faces = await world.offer(serName="faces")
    await world.offer(serName="cars", serCategory=None, consumedLocalOnly=False)
    await world.offer(serName="maps", serCategory=None, scopeOfLocality="MEC_SYSTEM")

    assert await names(world) == ["faces", "cars", "maps"]
    assert await names(world, "?ser_name=cars,faces,cars") == ["cars", "faces"]
    assert await names(world, f"?ser_instance_id={faces['serInstanceId']},ghost") == ["faces"]
    assert await names(world, "?ser_category_id=c1") == ["faces"]
    assert await names(world, "?consumed_local_only=false") == ["cars"]
    assert await names(world, "?scope_of_locality=MEC_SYSTEM") == ["maps"]
    assert await names(world, "?is_local=true&ser_name=maps") == ["maps"]
    assert await names(world, "?is_local=false") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?ser_name=a&ser_instance_id=b", "ser_name"),
        ("?ser_name=a&ser_category_id=b", "ser_category_id"),
        ("?is_local=perhaps", "is_local"),
        ("?consumed_local_only=2", "consumed_local_only"),
        ("?scope_of_locality=PLANET", "scope_of_locality"),
        ("?colour=red", "colour"),
    ],
)
@pytest.mark.parametrize("path", [f"{SERVICES}/services", MINE])
async def test_a_wrong_query_is_a_bad_request_that_names_the_parameter(
    world: MepWorld, path: str, query: str, field: str
) -> None:
    await world.ready()

    answer = await world.http.get(path + query)

    assert answer.status_code == 400
    assert answer.json()["field"] == field


async def test_an_instance_lists_only_what_it_offers_itself(world: MepWorld) -> None:
    await world.ready()
    await world.ready(configuration("app2", dns_rules=()))
    mine = await world.offer()
    await world.offer("app2", serName="cars")

    assert [found["serName"] for found in (await world.http.get(MINE)).json()] == ["faces"]
    theirs = f"{SERVICES}/applications/app2/services/{mine['serInstanceId']}"
    for method in ("GET", "DELETE"):
        assert (await world.http.request(method, theirs)).status_code == 404


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("serName",), None),
        (("state",), "RUNNING"),
        (("serializer",), "YAML"),
        (("serInstanceId",), "mine"),
        (("transportId",), "bus"),
        (("transportInfo",), None),
        (("transportInfo", "type"), None),
        (("transportInfo", "endpoint"), {}),
        (("livenessInterval",), -1),
    ],
)
async def test_an_offer_that_does_not_fit_names_the_field(
    world: MepWorld, path: tuple[str, ...], value: object
) -> None:
    await world.ready()
    body = service()
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if value is None:
        del place[path[-1]]

    answer = await world.http.post(MINE, json=body)

    assert answer.status_code == 422
    assert path[-1] in answer.json()["detail"]
    assert (await world.http.get(MINE)).json() == []


async def test_a_transport_of_the_platform_is_listed_and_used() -> None:
    async with MepWorld(MepSettings(transports=(BUS,))) as world:
        await world.ready()
        listed = (await world.http.get(f"{SERVICES}/transports")).json()
        body = service(transportId="bus")
        del body["transportInfo"]

        answer = await world.http.post(MINE, json=body)

    assert [each["id"] for each in listed] == ["bus"]
    assert answer.status_code == 201
    assert answer.json()["transportInfo"] == listed[0]
    assert "transportId" not in answer.json()


async def test_every_attribute_of_a_service_may_be_replaced(world: MepWorld) -> None:
    await world.ready()
    made = await world.offer()
    path = f"{MINE}/{made['serInstanceId']}"

    answer = await world.http.put(
        path, json=made | {"serName": "people", "version": "2", "scopeOfLocality": "MEC_SYSTEM"}
    )

    assert answer.status_code == 200
    assert answer.json()["serName"] == "people"
    assert await names(world, "?ser_name=people") == ["people"]
    assert await names(world, "?ser_name=faces") == []


async def test_a_replacement_with_the_wrong_etag_changes_and_tells_nothing(
    world: MepWorld,
) -> None:
    await world.ready()
    made = await world.offer()
    await world.subscribe(SERVICES)
    path = f"{MINE}/{made['serInstanceId']}"

    answer = await world.http.put(
        path, json=made | {"state": "INACTIVE"}, headers={"If-Match": '"other"'}
    )

    assert answer.status_code == 412
    assert (await world.http.get(path)).json() == made
    assert await told(world) == []


async def test_the_life_of_a_service_is_told_change_by_change(world: MepWorld) -> None:
    await world.ready()
    location = (await world.subscribe(SERVICES)).headers["location"]

    made = await world.offer()
    path = f"{MINE}/{made['serInstanceId']}"
    await world.http.put(path, json=made | {"state": "INACTIVE"})
    await world.http.put(path, json=made | {"state": "INACTIVE"})
    await world.http.put(path, json=made | {"version": "2"})
    await world.http.delete(path)

    assert await told(world) == [
        ("faces", "ADDED", "ACTIVE"),
        ("faces", "STATE_CHANGED", "INACTIVE"),
        ("faces", "ATTRIBUTES_CHANGED", "ACTIVE"),
        ("faces", "REMOVED", "ACTIVE"),
    ]
    first, *_, last = world.callbacks.to(CALLBACK)
    root = "http://10.60.1.1:8080"
    assert first["notificationType"] == "SerAvailabilityNotification"
    assert first["_links"]["subscription"]["href"] == root + location.removeprefix(
        "http://mep.example"
    )
    link = first["serviceReferences"][0]["link"]["href"]
    assert link == f"{root}{SERVICES}/services/{made['serInstanceId']}"
    assert "link" not in last["serviceReferences"][0]


async def test_a_subscriber_hears_only_what_its_criteria_mean(world: MepWorld) -> None:
    await world.ready()
    await world.subscribe(SERVICES, filteringCriteria={"serNames": ["cars"], "states": ["ACTIVE"]})

    await world.offer(serName="faces")
    await world.offer(serName="cars", state="INACTIVE")
    await world.offer(serName="cars")

    assert await told(world) == [("cars", "ADDED", "ACTIVE")]


async def test_exclusive_criteria_are_refused(world: MepWorld) -> None:
    await world.ready()

    answer = await world.subscribe(
        SERVICES, filteringCriteria={"serNames": ["a"], "serInstanceIds": ["b"]}
    )

    assert answer.status_code == 422
    assert answer.json()["field"] == "$.filteringCriteria.serNames"


async def test_a_subscription_is_made_listed_read_and_deleted(world: MepWorld) -> None:
    await world.ready()
    made = await world.subscribe(SERVICES)
    location = made.headers["location"]

    listed = (await world.http.get(f"{SERVICES}/applications/{APP}/subscriptions")).json()

    assert [each["href"] for each in listed["_links"]["subscriptions"]] == [location]
    assert (await world.http.get(location)).json() == made.json()
    assert (await world.http.delete(location)).status_code == 204
    await world.offer()
    assert await told(world) == []


async def test_a_callback_that_never_answers_delays_neither_the_others_nor_new_subscriptions(
    world: MepWorld,
) -> None:
    await world.ready()
    dead = "http://10.60.1.66/dead"
    world.callbacks.dead.add(dead)
    await world.subscribe(SERVICES, callbackReference=dead)
    await world.subscribe(SERVICES)

    for number in range(5):
        await world.offer(serName=f"service{number}")

    assert len(await told(world)) == 5
    assert (await world.subscribe(SERVICES)).status_code == 201


async def test_a_callback_that_answers_200_is_content(world: MepWorld) -> None:
    await world.ready()
    world.callbacks.statuses[CALLBACK] = 200
    await world.subscribe(SERVICES)

    await world.offer()
    await world.clock.advance(120)

    assert len(await told(world)) == 1


async def test_subscriptions_survive_a_kill_and_the_first_notification_after_it(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.subscribe(SERVICES)

    await world.restart()
    await world.offer()

    assert await told(world) == [("faces", "ADDED", "ACTIVE")]


async def test_a_platform_holds_hundreds_of_services_and_subscriptions(world: MepWorld) -> None:
    await world.ready()
    for number in range(120):
        await world.offer(serName=f"service{number}")
        assert (await world.subscribe(SERVICES)).status_code == 201

    first = await world.http.get(f"{SERVICES}/services")
    second = await world.http.get(first.links["next"]["url"])

    assert len(first.json()) + len(second.json()) == 120


async def beating(world: MepWorld, interval: int = 10) -> tuple[dict[str, Any], str]:
    """A service that sends heartbeats, and where they go."""
    made = await world.offer(livenessInterval=interval)
    return made, made["_links"]["liveness"]["href"]


async def state(world: MepWorld) -> str:
    """The state of the only service."""
    ((found),) = (await world.http.get(f"{SERVICES}/services")).json()
    return str(found["state"])


async def test_a_service_that_can_send_heartbeats_is_told_how_often_and_where(
    world: MepWorld,
) -> None:
    await world.ready()

    made, link = await beating(world, 0)
    silent = await world.offer(serName="silent")

    assert made["livenessInterval"] == 30
    assert (await world.http.get(link)).json() == {
        "state": "ACTIVE",
        "timeStamp": {"seconds": 1_700_000_000, "nanoSeconds": 0},
        "interval": 30,
    }
    assert "livenessInterval" not in silent
    assert "liveness" not in silent["_links"]
    path = f"{MINE}/{silent['serInstanceId']}/liveness"
    assert (await world.http.get(path)).status_code == 404


async def test_a_service_that_beats_stays_active(world: MepWorld) -> None:
    await world.ready()
    _, link = await beating(world)

    for _ in range(5):
        await world.clock.advance(9)
        answer = await world.http.patch(link, json={"state": "ACTIVE"})
        assert (answer.status_code, answer.content) == (204, b"")

    assert await state(world) == "ACTIVE"
    assert (await world.http.get(link)).json()["timeStamp"]["seconds"] == 1_700_000_045


async def test_a_missed_heartbeat_suspends_and_the_next_one_revives(world: MepWorld) -> None:
    await world.ready()
    _, link = await beating(world)
    await world.subscribe(SERVICES)

    await world.clock.advance(10)
    assert await state(world) == "SUSPENDED"
    answer = await world.http.patch(
        link,
        content=b'{"state":"ACTIVE"}',
        headers={"Content-Type": "application/merge-patch+json"},
    )

    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["interval"]) == ("ACTIVE", 10)
    assert await told(world) == [
        ("faces", "STATE_CHANGED", "SUSPENDED"),
        ("faces", "STATE_CHANGED", "ACTIVE"),
    ]
    await world.clock.advance(10)
    assert await state(world) == "SUSPENDED", "it is watched again"


async def test_a_heartbeat_that_is_being_written_when_its_time_ends_still_counts(
    world: MepWorld,
) -> None:
    await world.ready()
    made, _ = await beating(world)
    await world.clock.advance(9)
    world.journal.gate = asyncio.Event()
    heard = world.nursery.start(world.mep.registry.hear(APP, made["serInstanceId"]), name="beat")

    await world.clock.advance(1)
    world.journal.gate.set()
    await heard

    assert await state(world) == "ACTIVE"


async def test_a_heartbeat_never_revives_an_inactive_service(world: MepWorld) -> None:
    await world.ready()
    made, link = await beating(world)
    await world.http.put(f"{MINE}/{made['serInstanceId']}", json=made | {"state": "INACTIVE"})

    answer = await world.http.patch(link, json={"state": "ACTIVE"})
    await world.clock.advance(60)

    assert answer.status_code == 409
    assert await state(world) == "INACTIVE"


async def test_a_heartbeat_can_only_say_active(world: MepWorld) -> None:
    await world.ready()
    _, link = await beating(world)

    answer = await world.http.patch(link, json={"state": "SUSPENDED"})

    assert answer.status_code == 422


async def test_a_shorter_interval_counts_from_its_replacement(world: MepWorld) -> None:
    await world.ready()
    made, _ = await beating(world, 600)

    await world.http.put(f"{MINE}/{made['serInstanceId']}", json=made | {"livenessInterval": 5})
    await world.clock.advance(5)

    assert await state(world) == "SUSPENDED"


async def test_after_a_kill_a_service_has_a_whole_interval_to_be_heard(world: MepWorld) -> None:
    await world.ready()
    _, link = await beating(world)
    await world.clock.advance(9)

    await world.restart()
    await world.clock.advance(9)
    assert await state(world) == "ACTIVE"
    assert (await world.http.get(link)).json()["timeStamp"]["seconds"] == 1_700_000_000
    await world.clock.advance(1)

    assert await state(world) == "SUSPENDED"


async def test_a_service_that_is_gone_is_watched_no_more(world: MepWorld) -> None:
    await world.ready()
    made, link = await beating(world)
    await world.subscribe(SERVICES)

    await world.http.delete(f"{MINE}/{made['serInstanceId']}")
    await world.clock.advance(60)

    assert [change for _, change, _ in await told(world)] == ["REMOVED"]
    assert (await world.http.patch(link, json={"state": "ACTIVE"})).status_code == 404
