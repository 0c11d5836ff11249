"""Application mobility as applications ask for it: registration, neighbours, subscriptions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.mep.world import APP, CALLBACK, MepWorld, configuration

from wayside.core.ids import HostId
from wayside.mep.build import MepSettings
from wayside.mep.wayside_mp3.peers import Here
from wayside.refpoints.mm5 import Attachment, OperationAction
from wayside.refpoints.mp3 import Edition, Mp3, PeerPlatform, PlatformServices, SharedInstance, Site

SERVICES, SUBSCRIPTIONS = "/amsi/v1/app_mobility_services", "/amsi/v1/subscriptions"
ADJACENT = "/amsi/v1/queries/adjacent_app_instances"
UE1, UE2 = "10.45.0.1", "10.45.0.2"


class Absent(Mp3):
    """A platform that nobody hears."""

    async def exchange_services(self, host_id: HostId, body: Any, caller: Any = None) -> Any:
        raise OSError("away")

    async def list_platforms(self) -> tuple[PeerPlatform, ...]:
        return ()


def there() -> MepSettings:
    """The settings of a platform that knows of another host, mec2."""
    return MepSettings(here=Here(HostId("mec1"), Site(), {HostId("mec2"): Absent()}))


@pytest.fixture
async def world() -> AsyncIterator[MepWorld]:
    """A platform with one instance that runs, beside another host."""
    async with MepWorld(there(), services={}) as made:
        await made.ready(configuration())
        yield made


def wish(*addresses: str, level: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "serviceConsumerId": {"appInstanceId": APP},
        "deviceInformation": [
            {"associateId": {"type": 1, "value": each}, "appMobilityServiceLevel": level}
            for each in addresses or (UE1,)
        ],
    } | changes


async def register(world: MepWorld, *addresses: str, **changes: Any) -> httpx.Response:
    answer = await world.http.post(SERVICES, json=wish(*addresses, **changes))
    assert answer.status_code == 201, answer.text
    return answer


async def listed(world: MepWorld) -> list[str]:
    return [each["appMobilityServiceId"] for each in (await world.http.get(SERVICES)).json()]


async def subscribe(world: MepWorld, type_: str, **changes: Any) -> httpx.Response:
    body = {"subscriptionType": type_, "callbackReference": CALLBACK, "filterCriteria": {}}
    answer = await world.http.post(SUBSCRIPTIONS, json=body | changes)
    assert answer.status_code == 201, answer.text
    return answer


async def elsewhere(world: MepWorld, *instances: str, number: int = 2) -> None:
    """Have the other host tell which instances run there."""
    told = PlatformServices(
        host_id=HostId("mec2"),
        edition=Edition(incarnation="x", number=number),
        services=(),
        instances=tuple(
            SharedInstance(app_instance_id=each, app_d_id="d1", addresses=("10.60.2.2",))
            for each in instances
        ),
    )
    await world.mep.mp3.exchange_services(HostId("mec2"), told)


async def test_what_is_registered_is_shown_under_its_own_name(world: MepWorld) -> None:
    made = await register(world, UE1, UE2, expiryTime=0)
    id_ = made.json()["appMobilityServiceId"]
    assert made.headers["location"].endswith(f"{SERVICES}/{id_}")
    shown = await world.http.get(f"{SERVICES}/{id_}")
    assert shown.json() == made.json()
    assert await listed(world) == [id_]
    filtered = await world.http.get(SERVICES, params={"filter": "(eq,appMobilityServiceId,no)"})
    assert filtered.json() == []


async def test_a_put_replaces_the_version_that_it_names(world: MepWorld) -> None:
    made = await register(world)
    url = f"{SERVICES}/{made.json()['appMobilityServiceId']}"
    body = made.json()
    body["deviceInformation"][0]["contextTransferState"] = 1
    put = await world.http.put(url, json=body, headers={"if-match": made.headers["etag"]})
    assert put.json()["deviceInformation"][0]["contextTransferState"] == 1
    stale = await world.http.put(url, json=body, headers={"if-match": made.headers["etag"]})
    assert stale.status_code == 412


async def test_who_is_not_there_registers_nothing(world: MepWorld) -> None:
    ghost = wish(serviceConsumerId={"appInstanceId": "ghost"})
    assert (await world.http.post(SERVICES, json=ghost)).status_code == 404
    assert (await world.http.get(f"{SERVICES}/ghost")).status_code == 404


async def test_a_service_ends_with_its_time_also_after_a_restart(world: MepWorld) -> None:
    await register(world, UE1, expiryTime=10)
    kept = (await register(world, UE2, expiryTime=0)).json()["appMobilityServiceId"]
    await world.clock.advance(9.0)
    assert len(await listed(world)) == 2
    await world.restart()
    await world.clock.advance(1.0)
    assert await listed(world) == [kept]


async def test_another_expiry_time_counts_from_when_it_is_said(world: MepWorld) -> None:
    made = await register(world, expiryTime=10)
    url = f"{SERVICES}/{made.json()['appMobilityServiceId']}"
    await world.clock.advance(8.0)
    await world.http.put(url, json=wish(expiryTime=10))
    await world.clock.advance(1.0)
    await world.http.put(url, json=wish(expiryTime=5))
    await world.clock.advance(4.0)
    assert len(await listed(world)) == 1
    await world.clock.advance(1.0)
    assert await listed(world) == []


async def test_a_deregister_task_waits_for_the_time_that_a_service_has(world: MepWorld) -> None:
    timed = (await register(world, UE1, expiryTime=10)).json()["appMobilityServiceId"]
    endless = (await register(world, UE2)).json()["appMobilityServiceId"]
    for each in (timed, endless):
        answer = await world.http.post(f"{SERVICES}/{each}/deregister_task")
        assert (answer.status_code, answer.content) == (204, b"")
    assert await listed(world) == [timed]
    await world.clock.advance(10.0)
    assert await listed(world) == []


async def test_an_instance_that_ends_leaves_nothing_behind(world: MepWorld) -> None:
    await register(world)
    await subscribe(world, "MobilityProcedureSubscription")
    await world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    assert await listed(world) == []


async def test_neighbours_are_instances_of_the_same_application_elsewhere(world: MepWorld) -> None:
    other = configuration(
        "app2", app_d_id="d2", attachments=(Attachment(address="10.60.1.3", device="veth3"),),
        traffic_rules=(), dns_rules=(),
    )  # fmt: skip
    await world.ready(other)
    await register(world)
    await register(world, UE2, serviceConsumerId={"appInstanceId": "app2"})
    await elsewhere(world, "there1")
    expected = {
        "appInstanceId": "there1",
        "appDId": "d1",
        "appInstanceCommLink": [{"ipAddresses": [{"host": "10.60.2.2", "port": 0}]}],
        "mecHostInformation": {"hostId": {"hostId": "mec2"}},
        "registeredInstanceId": APP,
    }
    assert (await world.http.get(ADJACENT)).json() == [expected]
    await world.restart()
    assert (await world.http.get(ADJACENT)).json() == [expected]
    nothing = await world.http.get(ADJACENT, params={"filter": "(eq,registeredInstanceId,app2)"})
    assert nothing.json() == []
    await elsewhere(world, number=3)
    assert (await world.http.get(ADJACENT)).json() == []


async def test_who_is_subscribed_hears_of_neighbours_that_come_and_go(world: MepWorld) -> None:
    await subscribe(world, "AdjacentAppInfoSubscription", filterCriteria={"appInstanceId": APP})
    await elsewhere(world, "before")  # nobody had registered
    made = await register(world)
    await elsewhere(world, "before", "there1", number=3)
    await elsewhere(world, number=4)
    await world.clock.settle()
    told = [
        [each["appInstanceId"] for each in body.get("adjacentAppInfo", ())]
        for body in world.callbacks.to(CALLBACK)
    ]
    assert told == [["before", "there1"], []]
    assert made.status_code == 201


async def test_subscriptions_say_what_the_standard_has_them_mean(world: MepWorld) -> None:
    moves = await subscribe(world, "MobilityProcedureSubscription")
    assert moves.json()["filterCriteria"] == {"mobilityStatus": [1]}
    near = await subscribe(world, "AdjacentAppInfoSubscription")
    for name, wanted in (("mobility_proc", moves), ("adj_app_info", near)):
        found = await world.http.get(SUBSCRIPTIONS, params={"subscriptiontype": name})
        links = found.json()["_links"]["subscription"]
        assert [each["href"] for each in links] == [wanted.json()["_links"]["self"]["href"]]
    assert (
        await world.http.get(SUBSCRIPTIONS, params={"subscriptiontype": "cell_change"})
    ).status_code == 400
    one = f"{SUBSCRIPTIONS}/{near.headers['location'].rpartition('/')[2]}"
    assert (await world.http.delete(one)).status_code == 204
    assert (await world.http.get(one)).status_code == 404


async def test_what_runs_here_is_told_to_the_other_platforms(world: MepWorld) -> None:
    told = await world.mep.mp3.exchange_services(
        HostId("mec2"), PlatformServices(host_id=HostId("mec2"), edition=Edition(
            incarnation="x", number=1), services=()),
    )  # fmt: skip
    assert [each.app_instance_id for each in told.instances or ()] == [APP]
    before = told.edition.number
    await world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    told = await world.mep.mp3.exchange_services(
        HostId("mec2"), PlatformServices(host_id=HostId("mec2"), edition=Edition(
            incarnation="x", number=1), heard=told.edition),
    )  # fmt: skip
    assert (told.instances, told.edition.number > before) == ((), True)
