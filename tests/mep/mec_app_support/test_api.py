"""Application support over HTTP: readiness, subscriptions, registrations, time, both versions."""

import pytest
from tests.mep.world import APP, CALLBACK, SERVICES, SUPPORT, MepWorld, configuration

from wayside.mep.build import MepSettings
from wayside.mep.mec_app_support.model import (
    NtpAddressType,
    NtpAuthentication,
    NtpServer,
    PtpMaster,
)

CAMERA = {"appName": "camera", "endpoint": {"uris": ["http://192.0.2.7/"]}}
HELLO = {
    "appName": "hello",
    "appProvider": "acme",
    "appDId": "d1",
    "appInstanceId": APP,
    "isInsByMec": True,
}
TERMINATION = {
    "subscriptionType": "AppTerminationNotificationSubscription",
    "callbackReference": CALLBACK,
    "appInstanceId": APP,
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "subscriptions", None),
        ("POST", "subscriptions", TERMINATION | {"appInstanceId": "ghost"}),
        ("GET", "subscriptions/1", None),
        ("DELETE", "subscriptions/1", None),
        ("GET", "traffic_rules", None),
        ("GET", "traffic_rules/web", None),
        ("GET", "dns_rules", None),
        ("GET", "dns_rules/name", None),
        ("POST", "confirm_ready", {"indication": "READY"}),
        ("POST", "confirm_termination", {"operationAction": "STOPPING"}),
    ],
)
async def test_an_unknown_instance_is_not_found_and_told_what_to_do(
    world: MepWorld, method: str, path: str, body: object
) -> None:
    answer = await world.http.request(method, f"{SUPPORT}/applications/ghost/{path}", json=body)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "There is no application instance ghost" in answer.json()["detail"]


async def test_readiness_is_refused_until_the_management_has_configured_the_instance(
    world: MepWorld,
) -> None:
    path = f"{SUPPORT}/applications/camera-1/confirm_ready"
    await world.http.post(f"{SUPPORT}/registrations", json=CAMERA | {"appInstanceId": "camera-1"})

    early = await world.http.post(path, json={"indication": "READY"})
    await world.mep.platform.configure(configuration("camera-1"))
    then = await world.http.post(path, json={"indication": "READY"})

    assert (early.status_code, then.status_code) == (409, 204)
    assert "not configured" in early.json()["detail"]
    assert then.content == b""


async def test_only_ready_can_be_indicated(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())

    answer = await world.http.post(
        f"{SUPPORT}/applications/{APP}/confirm_ready", json={"indication": "SOON"}
    )

    assert answer.status_code == 422
    assert answer.json()["field"] == "$.indication"


async def test_a_subscription_is_made_listed_read_and_deleted(world: MepWorld) -> None:
    await world.ready()

    made = await world.subscribe(SUPPORT)
    location = made.headers["location"]
    listed = (await world.http.get(f"{SUPPORT}/applications/{APP}/subscriptions")).json()
    read = await world.http.get(location)

    assert made.status_code == 201
    assert made.json()["_links"]["self"]["href"] == location
    assert listed["_links"] == {
        "self": {"href": f"http://mep.example{SUPPORT}/applications/{APP}/subscriptions"},
        "subscriptions": [
            {"href": location, "subscriptionType": "AppTerminationNotificationSubscription"}
        ],
    }
    assert read.json() == made.json()
    assert (await world.http.delete(location)).status_code == 204
    assert (await world.http.get(location)).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"callbackReference": None}, 422, "$.callbackReference"),
        ({"callbackReference": "ftp://10.60.1.2/"}, 422, "$.callbackReference"),
        ({"callbackReference": "http://10.60.1.2/?a=b"}, 422, "$.callbackReference"),
        ({"subscriptionType": "OtherSubscription"}, 422, "$.subscriptionType"),
        ({"appInstanceId": "app2"}, 400, "$.appInstanceId"),
    ],
)
async def test_a_subscription_that_does_not_fit_names_the_field(
    world: MepWorld, change: dict[str, object], status: int, field: str
) -> None:
    await world.ready()

    answer = await world.subscribe(SUPPORT, APP, **change)

    assert answer.status_code == status
    assert answer.json()["field"] == field


async def test_a_percent_sign_in_a_callback_comes_back_as_it_was_given(world: MepWorld) -> None:
    await world.ready()
    callback = "http://10.60.1.2:9000/a%20b/%C3%A9"

    made = await world.subscribe(SUPPORT, callbackReference=callback)
    read = await world.http.get(made.headers["location"])

    assert made.json()["callbackReference"] == callback
    assert read.json()["callbackReference"] == callback


async def test_a_subscription_of_another_instance_is_not_found(world: MepWorld) -> None:
    await world.ready()
    await world.ready(configuration("app2", dns_rules=()))
    location = (await world.subscribe(SUPPORT)).headers["location"]

    assert (await world.http.get(location.replace(APP, "app2"))).status_code == 404


async def test_older_clients_find_the_same_resources_under_v1(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())
    old = SUPPORT.replace("v2", "v1")

    ready = await world.http.post(
        f"{old}/applications/{APP}/confirm_ready", json={"indication": "READY"}
    )
    rules = await world.http.get(f"{old}/applications/{APP}/traffic_rules")
    location = (await world.subscribe(SUPPORT)).headers["location"]

    assert ready.status_code == 204
    assert rules.json()[0]["state"] == "ACTIVE"
    assert (await world.http.get(location.replace("v2", "v1"))).status_code == 200


async def test_malformed_json_is_a_bad_request_with_a_sentence(world: MepWorld) -> None:
    await world.ready()

    answer = await world.http.post(
        f"{SUPPORT}/applications/{APP}/confirm_ready",
        content=b'{"indication": ',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], bool(answer.json()["detail"])) == (400, True)


async def test_an_application_of_its_own_registers_and_is_known(world: MepWorld) -> None:
    made = await world.http.post(f"{SUPPORT}/registrations", json=CAMERA)
    app = made.json()["appInstanceId"]

    assert made.status_code == 201
    assert made.headers["location"].endswith(f"{SUPPORT}/registrations/{app}")
    assert made.json() == CAMERA | {"appInstanceId": app, "isInsByMec": False}
    assert (await world.http.get(f"{SUPPORT}/applications/{app}/traffic_rules")).json() == []
    assert (await world.offer(app))["serName"] == "faces"


async def test_an_instance_of_the_management_registers(world: MepWorld) -> None:
    await world.mep.platform.configure(configuration())

    made = await world.http.post(f"{SUPPORT}/registrations", json=HELLO)

    assert made.status_code == 201
    assert (await world.http.get(f"{SUPPORT}/registrations/{APP}")).json() == HELLO


async def test_the_same_instance_registers_once(world: MepWorld) -> None:
    body = CAMERA | {"appInstanceId": "camera-1"}

    answers = [await world.http.post(f"{SUPPORT}/registrations", json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]


async def test_a_registration_without_end_point_is_refused(world: MepWorld) -> None:
    answer = await world.http.post(f"{SUPPORT}/registrations", json={"appName": "camera"})

    assert answer.status_code == 422
    assert answer.json()["field"] == "$.endpoint"


async def test_a_registration_is_replaced_whole(world: MepWorld) -> None:
    body = CAMERA | {"appInstanceId": "camera-1", "appProvider": "acme"}
    location = (await world.http.post(f"{SUPPORT}/registrations", json=body)).headers["location"]

    answer = await world.http.put(location, json=CAMERA | {"appName": "camera 2"})

    assert answer.status_code == 204
    now = (await world.http.get(location)).json()
    assert (now["appName"], now.get("appProvider")) == ("camera 2", None)
    other = await world.http.put(location, json=CAMERA | {"appInstanceId": "other"})
    assert other.status_code == 400


async def test_deregistering_takes_the_services_along_and_tells_the_consumers(
    world: MepWorld,
) -> None:
    await world.ready()
    await world.subscribe(SERVICES)
    body = CAMERA | {"appInstanceId": "camera-1"}
    location = (await world.http.post(f"{SUPPORT}/registrations", json=body)).headers["location"]
    await world.offer("camera-1")

    answer = await world.http.delete(location)
    await world.clock.settle()

    assert answer.status_code == 204
    assert (await world.http.get(f"{SERVICES}/services")).json() == []
    changes = [told["serviceReferences"][0]["changeType"] for told in world.callbacks.to(CALLBACK)]
    assert changes == ["ADDED", "REMOVED"]
    assert (await world.http.get(location)).status_code == 404


async def test_registrations_survive_a_kill(world: MepWorld) -> None:
    body = CAMERA | {"appInstanceId": "camera-1"}
    await world.http.post(f"{SUPPORT}/registrations", json=body)

    await world.restart()

    answer = await world.http.get(f"{SUPPORT}/registrations/camera-1")
    assert answer.json()["appName"] == "camera"


@pytest.mark.parametrize(("locked", "status"), [(True, "TRACEABLE"), (False, "NONTRACEABLE")])
async def test_the_time_is_in_seconds_and_nanoseconds_and_honest(
    world: MepWorld, locked: bool, status: str
) -> None:
    world.watch.locked = locked
    await world.clock.advance(1.25)

    answer = await world.http.get(f"{SUPPORT}/timing/current_time")

    assert answer.json() == {
        "seconds": 1_700_000_001,
        "nanoSeconds": 250_000_000,
        "timeSourceStatus": status,
    }


async def test_timing_capabilities_are_what_the_operator_has_set() -> None:
    server = NtpServer(
        ntp_server_addr_type=NtpAddressType.IP_ADDRESS,
        ntp_server_addr="192.0.2.1",
        min_polling_interval=3,
        max_polling_interval=10,
        local_priority=1,
        authentication_option=NtpAuthentication.NONE,
        authentication_key_num=0,
    )
    master = PtpMaster(
        ptp_master_ip_address="192.0.2.2", ptp_master_local_priority=1, delay_req_max_rate=16
    )
    async with MepWorld(MepSettings(ntp_servers=(server,), ptp_masters=(master,))) as world:
        answer = (await world.http.get(f"{SUPPORT}/timing/timing_caps")).json()

    assert answer["timeStamp"] == {"seconds": 1_700_000_000, "nanoSeconds": 0}
    assert answer["ntpServers"][0]["authenticationKeyNum"] == 0
    assert answer["ptpMasters"][0]["delayReqMaxRate"] == 16


async def test_confirmations_of_one_instance_do_not_hold_up_another(world: MepWorld) -> None:
    for number in range(20):
        await world.ready(configuration(f"app{number}", dns_rules=()))

    assert len(world.plane.active) == 20
