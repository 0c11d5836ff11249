"""Two faces of one registry: what is done on one is seen, tagged and told on the other."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.mep.wayside_mp3.platforms import Platforms
from tests.mep.world import APP, CALLBACK, SERVICES, MepWorld, published, service

from wayside.mep.capif.model import SERVICE_INFO, TRANSPORT_INFO

MINE = f"{SERVICES}/applications/{APP}/services"
PUBLISHED = f"/published-apis/v1/{APP}/service-apis"
EVENTS = f"/capif-events/v1/{APP}/subscriptions"
ALL = "/service-apis/v1/allServiceApis"
EVERY_EVENT = ["SERVICE_API_AVAILABLE", "SERVICE_API_UPDATE", "SERVICE_API_UNAVAILABLE"]
TOLD = "http://10.60.1.2:9000/events"


async def publish(world: MepWorld, **more: object) -> dict[str, Any]:
    """Publish a service on CAPIF's face; return its representation."""
    answer = await world.http.post(PUBLISHED, json=published(**more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def found(world: MepWorld, query: str = "", *, status: int = 200) -> list[str]:
    """The names that a discovery finds."""
    answer = await world.http.get(f"{ALL}?api-invoker-id={APP}{query}")
    assert answer.status_code == status, answer.text
    return [each["apiName"] for each in answer.json().get("serviceAPIDescriptions", [])]


def document(name: str, **members: object) -> str:
    """A query parameter that is a JSON document."""
    return f"&{name}={quote(json.dumps(members))}"


async def test_what_is_published_is_offered_on_mp1(world: MepWorld) -> None:
    await world.ready()
    answer = await world.http.post(
        PUBLISHED, json=published(**{SERVICE_INFO: {"state": "INACTIVE", "serializer": "XML"}})
    )
    made = answer.json()
    assert answer.headers["location"] == f"http://mep.example{PUBLISHED}/{made['apiId']}"
    offered = (await world.http.get(f"{MINE}/{made['apiId']}")).json()
    assert offered["serName"] == "faces"
    assert (offered["state"], offered["serializer"]) == ("INACTIVE", "XML")
    assert offered["transportInfo"]["endpoint"] == {"uris": ["http://10.60.1.2:8000/"]}
    assert (await world.http.get(answer.headers["location"])).json() == made
    assert made[SERVICE_INFO]["_links"]["self"]["href"] == offered["_links"]["self"]["href"]


async def test_what_is_offered_on_mp1_is_published_with_the_same_tag(world: MepWorld) -> None:
    await world.ready()
    offered = await world.offer(livenessInterval=30)
    (shown,) = (await world.http.get(PUBLISHED)).json()
    assert shown["apiId"] == offered["serInstanceId"]
    assert shown["aefProfiles"][0]["interfaceDescriptions"] == [
        {"ipv4Addr": "10.60.1.2", "port": 8000}
    ]
    assert shown["aefProfiles"][0]["protocol"] == "HTTP_2"
    assert shown["aefProfiles"][0][TRANSPORT_INFO]["name"] == "REST"
    assert shown[SERVICE_INFO]["livenessInterval"] == 30
    assert shown[SERVICE_INFO]["_links"]["liveness"] == offered["_links"]["liveness"]
    tags = [
        (await world.http.get(f"{path}/{offered['serInstanceId']}")).headers["etag"]
        for path in (MINE, PUBLISHED)
    ]
    assert tags[0] == tags[1]


async def test_a_put_on_either_face_is_seen_on_the_other(world: MepWorld) -> None:
    await world.ready()
    made = await publish(world, description="Faces.")
    mine, theirs = f"{MINE}/{made['apiId']}", f"{PUBLISHED}/{made['apiId']}"
    other = service(version="v2", state="INACTIVE")
    assert (await world.http.put(mine, json=other)).status_code == 200
    shown = (await world.http.get(theirs)).json()
    assert shown["aefProfiles"][0]["versions"] == [{"apiVersion": "v2"}]
    assert (shown[SERVICE_INFO]["state"], shown["description"]) == ("INACTIVE", "Faces.")
    changed = await world.http.put(theirs, json=published(apiName="plates"))
    assert changed.status_code == 200, changed.text
    assert "description" not in changed.json(), "a PUT replaces all"
    offered = (await world.http.get(mine)).json()
    assert (offered["serName"], offered["state"]) == ("plates", "ACTIVE")


async def test_a_get_put_back_changes_nothing(world: MepWorld) -> None:
    await world.ready()
    offered = await world.offer()
    mine, theirs = (f"{path}/{offered['serInstanceId']}" for path in (MINE, PUBLISHED))
    await world.subscribe(SERVICES)
    whole = (await world.http.get(theirs)).json()
    assert (await world.http.put(theirs, json=whole)).json() == whole
    assert (await world.http.get(mine)).json() == offered
    await world.clock.settle()
    assert world.callbacks.posted == []


async def test_a_patch_changes_one_attribute(world: MepWorld) -> None:
    await world.ready()
    made = await publish(world)
    path = f"{PUBLISHED}/{made['apiId']}"
    answer = await world.http.patch(
        path,
        json={SERVICE_INFO: {"state": "INACTIVE"}, "description": "Faces."},
        headers={"content-type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == made | {
        "description": "Faces.",
        SERVICE_INFO: made[SERVICE_INFO] | {"state": "INACTIVE"},
    }
    assert (await world.http.get(f"{MINE}/{made['apiId']}")).json()["state"] == "INACTIVE"


async def test_what_is_beyond_mec_changes_the_tag_on_capif_alone(world: MepWorld) -> None:
    await world.ready()
    made = await publish(world)
    mine, theirs = f"{MINE}/{made['apiId']}", f"{PUBLISHED}/{made['apiId']}"
    before = [(await world.http.get(path)).headers["etag"] for path in (mine, theirs)]
    await world.http.patch(theirs, json={"description": "Faces."})
    after = [(await world.http.get(path)).headers["etag"] for path in (mine, theirs)]
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    stale = await world.http.patch(
        theirs, json={"description": "Plates."}, headers={"if-match": before[1]}
    )
    assert stale.status_code == 412


async def test_patches_at_the_same_moment_are_all_kept(world: MepWorld) -> None:
    await world.ready()
    path = f"{PUBLISHED}/{(await publish(world))['apiId']}"
    patches = [{"description": "Faces."}, {"ccfId": "c"}, {"serviceAPICategory": "vision"}]
    world.journal.gate = asyncio.Event()
    asked = [asyncio.ensure_future(world.http.patch(path, json=patch)) for patch in patches]
    await asyncio.sleep(0.05)
    world.journal.gate.set()
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200, 200, 200]
    shown = (await world.http.get(path)).json()
    assert [patch.items() <= shown.items() for patch in patches] == [True, True, True]


async def test_a_delete_on_either_face_is_one(world: MepWorld) -> None:
    await world.ready()
    for deleted, other in ((MINE, PUBLISHED), (PUBLISHED, MINE)):
        made = await publish(world)
        assert (await world.http.delete(f"{deleted}/{made['apiId']}")).status_code == 204
        assert (await world.http.get(f"{other}/{made['apiId']}")).status_code == 404
    assert len(world.mep.registry.publications) == 0


async def test_a_missed_heartbeat_is_seen_and_told_on_both(world: MepWorld) -> None:
    await world.ready()
    await world.http.post(EVENTS, json={"events": EVERY_EVENT, "notificationDestination": TOLD})
    await world.subscribe(SERVICES)
    made = await publish(world, **{SERVICE_INFO: {"livenessInterval": 20}})
    await world.clock.advance(21)
    shown = (await world.http.get(f"{PUBLISHED}/{made['apiId']}")).json()
    assert shown[SERVICE_INFO]["state"] == "SUSPENDED"
    heart = shown[SERVICE_INFO]["_links"]["liveness"]["href"].removeprefix("http://mep.example")
    assert (await world.http.patch(heart, json={"state": "ACTIVE"})).status_code == 200
    await world.clock.settle()
    assert [each["events"] for each in world.callbacks.to(TOLD)] == [
        "SERVICE_API_AVAILABLE", "SERVICE_API_UNAVAILABLE", "SERVICE_API_AVAILABLE",
    ]  # fmt: skip
    assert len(world.callbacks.to(CALLBACK)) == 3


async def test_events_carry_the_description_and_of_what_is_gone_the_identifier(
    world: MepWorld,
) -> None:
    await world.ready()
    made = await world.http.post(
        EVENTS, json={"events": EVERY_EVENT, "notificationDestination": TOLD}
    )
    assert made.status_code == 201, made.text
    id_ = made.headers["location"].rpartition("/")[2]
    offered = await world.offer()
    path = f"{MINE}/{offered['serInstanceId']}"
    await world.http.put(path, json=service(version="2"))
    await world.http.delete(path)
    await world.clock.settle()
    came, changed, went = world.callbacks.to(TOLD)
    assert {each["subscriptionId"] for each in (came, changed, went)} == {id_}
    assert [each["events"] for each in (came, changed, went)] == EVERY_EVENT
    (described,) = changed["eventDetail"]["serviceAPIDescriptions"]
    assert described["aefProfiles"][0]["versions"] == [{"apiVersion": "2"}]
    assert went["eventDetail"] == {"apiIds": [offered["serInstanceId"]]}


async def test_events_are_filtered_by_kind_and_service(world: MepWorld) -> None:
    await world.ready()
    wanted = await world.offer()
    other = await world.offer(serName="plates")
    body = {
        "events": ["SERVICE_API_UPDATE", "SERVICE_API_UNAVAILABLE"],
        "eventFilters": [{"apiIds": [wanted["serInstanceId"]]}, {"aefIds": ["none"]}],
        "notificationDestination": TOLD,
    }
    assert (await world.http.post(EVENTS, json=body)).status_code == 201
    for each in (other, wanted):
        path = f"{MINE}/{each['serInstanceId']}"
        await world.http.put(path, json=service(version="2"))
        await world.http.delete(path)
    await world.clock.settle()
    assert [(e["events"], e["eventDetail"]["apiIds"]) for e in world.callbacks.to(TOLD)] == [
        ("SERVICE_API_UPDATE", [wanted["serInstanceId"]])
    ]


async def test_a_subscription_is_replaced_patched_and_deleted(world: MepWorld) -> None:
    await world.ready()
    body = {"events": EVERY_EVENT, "notificationDestination": TOLD}
    path = (await world.http.post(EVENTS, json=body)).headers["location"]
    body |= {"events": ["SERVICE_API_UPDATE"]}
    assert (await world.http.put(path, json=body)).json() == body
    patched = await world.http.patch(path, json={"events": ["SERVICE_API_AVAILABLE"]})
    assert patched.json() == body | {"events": ["SERVICE_API_AVAILABLE"]}
    await world.offer()
    await world.clock.settle()
    assert len(world.callbacks.to(TOLD)) == 1
    assert (await world.http.delete(path)).status_code == 204
    assert (await world.http.patch(path, json={})).status_code == 404
    await world.offer()
    await world.clock.settle()
    assert len(world.callbacks.to(TOLD)) == 1


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"events": []}, 422, "events"),
        ({"events": ["API_INVOKER_ONBOARDED"]}, 422, "API_INVOKER_ONBOARDED"),
        ({"eventFilters": [{}, {}]}, 422, "eventFilters"),
        ({"eventFilters": [{"apiInvokerIds": ["i"]}]}, 422, "eventFilters[0].apiInvokerIds"),
        ({"notificationDestination": "nowhere"}, 422, "notificationDestination"),
    ],
)
async def test_a_subscription_that_cannot_be_kept_is_refused_by_its_field(
    world: MepWorld, body: dict[str, Any], status: int, named: str
) -> None:
    await world.ready()
    good = {"events": ["SERVICE_API_UPDATE"], "notificationDestination": TOLD}
    answer = await world.http.post(EVENTS, json=good | body)
    assert answer.status_code == status
    assert named in answer.text


async def test_a_discovery_finds_by_every_filter(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    await publish(
        world,
        apiName="plates",
        serviceAPICategory="vision",
        apiSuppFeats="3",
        aefProfiles=[
            published()["aefProfiles"][0]
            | {
                "aefId": "t2",
                "versions": [
                    {
                        "apiVersion": "v7",
                        "resources": [
                            {"resourceName": "p", "commType": "SUBSCRIBE_NOTIFY", "uri": "/p"}
                        ],
                    }
                ],
            }
        ],
    )
    assert await found(world) == ["faces", "plates"]
    for query in (
        "&api-name=plates", "&api-version=v7", "&comm-type=SUBSCRIBE_NOTIFY", "&aef-id=t2",
        "&protocol=HTTP_1_1", "&api-cat=vision", "&api-name=plates&api-supported-features=2",
        "&data-format=JSON&aef-id=t2&supported-features=106",
    ):  # fmt: skip
        assert (query, await found(world, query)) == (query, ["plates"])
    assert await found(world, "&api-cat=c1") == ["faces"]
    for query in ("&api-name=none", "&api-name=plates&api-supported-features=4"):
        assert await found(world, query, status=404) == []


async def test_a_discovery_finds_by_provider_device_and_promise(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    few = {"ueIpv4AddrRanges": [{"start": "10.45.1.1", "end": "10.45.1.9"}]}
    promised = {"serviceKpis": {"conBand": 1000, "avalMem": "2 GB"}, "ueIpRange": few}
    await publish(world, apiName="plates", aefProfiles=[published()["aefProfiles"][0] | promised])
    both, plates, faces = ["faces", "plates"], ["plates"], ["faces"]
    for query, names in (
        ("&req-api-prov-name=acme", both),
        ("&ipv4Addr=10.45.1.5", both),
        ("&ipv4Addr=10.45.2.5", faces),
        (document("ue-ip-addr", ipv4Addr="10.45.2.5"), faces),
        ("&conBand=500&avalMem=1.5%20GB", plates),
        (document("service-kpis", conBand=1000), plates),
    ):
        assert (query, await found(world, query)) == (query, names)
    for query in ("&req-api-prov-name=other", "&conBand=1001"):
        assert await found(world, query, status=404) == []


async def test_what_stands_where_it_is_preferred_comes_first(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    profile = published()["aefProfiles"][0] | {"aefLocation": {"dcId": "north", "more": 1}}
    await publish(world, apiName="plates", aefProfiles=[profile])
    for wish, names in (("north", ["plates", "faces"]), ("south", ["faces", "plates"])):
        assert await found(world, document("preferred-aef-loc", dcId=wish)) == names


async def test_a_discovery_answers_under_the_name_that_3gpp_writes(world: MepWorld) -> None:
    await world.ready()
    await world.offer()
    path = f"/service-apis/v1/allServiceAPIs?api-invoker-id={APP}"
    assert (await world.http.get(path)).json() == (
        await world.http.get(f"{ALL}?api-invoker-id={APP}")
    ).json()


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 400, "api-invoker-id"),
        ("?api-invoker-id=nobody", 404, "appInstanceId"),
        (f"?api-invoker-id={APP}&api_name=faces", 400, "api_name"),
        (f"?api-invoker-id={APP}&api-supported-features=1", 400, "api-supported-features"),
        (f"?api-invoker-id={APP}&supported-features=xyz", 400, "supported-features"),
        (f"?api-invoker-id={APP}&preferred-aef-loc=north", 400, "preferred-aef-loc"),
        (f"?api-invoker-id={APP}&ipv4Addr=here", 400, "ue-ip-addr"),
        (f"?api-invoker-id={APP}&ipv4Addr=10.0.0.1&ipv6Addr=::1", 400, "ue-ip-addr"),
        (f"?api-invoker-id={APP}&avalMem=2", 400, "avalMem"),
    ],
)
async def test_a_discovery_that_cannot_be_made_is_refused_by_its_parameter(
    world: MepWorld, query: str, status: int, field: str
) -> None:
    await world.ready()
    answer = await world.http.get(f"{ALL}{query}")
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_publication_without_supported_features_is_a_bad_request(world: MepWorld) -> None:
    await world.ready()
    body = published()
    del body["supportedFeatures"]
    answer = await world.http.post(PUBLISHED, json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "$.supportedFeatures")


async def test_all_of_it_outlives_a_kill(world: MepWorld) -> None:
    await world.ready()
    await world.http.post(EVENTS, json={"events": EVERY_EVENT, "notificationDestination": TOLD})
    made = await publish(world, description="Faces.")
    await world.restart()
    assert (await world.http.get(f"{PUBLISHED}/{made['apiId']}")).json() == made
    await world.http.delete(f"{PUBLISHED}/{made['apiId']}")
    await world.clock.settle()
    assert [each["events"] for each in world.callbacks.to(TOLD)][-1] == "SERVICE_API_UNAVAILABLE"


async def test_an_instance_that_ends_leaves_nothing_on_either_face(world: MepWorld) -> None:
    await world.ready()
    await world.http.post(EVENTS, json={"events": EVERY_EVENT, "notificationDestination": TOLD})
    await publish(world)
    await world.mep.platform.remove(APP)
    await world.ready()
    assert (await world.http.get(PUBLISHED)).json() == []
    world.callbacks.posted.clear()
    await world.offer()
    await world.clock.settle()
    assert world.callbacks.to(TOLD) == []


async def test_what_another_platform_shares_is_discovered_and_told_here_too() -> None:
    async with Platforms() as both:
        await both.right.http.post(
            EVENTS, json={"events": EVERY_EVENT, "notificationDestination": TOLD}
        )
        wide = {SERVICE_INFO: {"scopeOfLocality": "MEC_SYSTEM", "consumedLocalOnly": False}}
        await publish(both.left, **wide)
        await both.clock.settle()
        assert await found(both.right) == ["faces"]
        assert [e["events"] for e in both.right.callbacks.to(TOLD)] == ["SERVICE_API_AVAILABLE"]
