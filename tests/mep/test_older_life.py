"""What an application of MEC 011 V2.2.1 does from its start to its end, as it does it today.

It asks for version v1 of application support, sends members that are the platform's to say, and
takes it well that a service it hopes for is not there.
"""

import asyncio
from typing import Any

import httpx
import pytest
from tests.mep.world import APP, CALLBACK, MepWorld, configuration

from wayside.refpoints.mm5 import Confirmation, OperationAction

SUPPORT, SERVICES = "/mec_app_support/v1", "/mec_service_mgmt/v1"
MINE = f"/applications/{APP}"
OFFERED: dict[str, Any] = {
    "serName": "demo-service",
    "serCategory": {"href": "catalogueHref", "id": "demoId", "name": "demo", "version": "v1"},
    "version": "2.2.1",
    "state": "ACTIVE",
    "transportInfo": {
        "id": "transport",
        "name": "REST",
        "description": "REST API",
        "type": "REST_HTTP",
        "protocol": "HTTP",
        "version": "2.0",
        "endpoint": {"uris": ["http://10.60.1.2:8093/"]},
        "security": {},
        "implSpecificInfo": {},
    },
    "serializer": "JSON",
    "scopeOfLocality": "MEC_SYSTEM",
    "consumedLocalOnly": False,
    "isLocal": True,
}


class OlderClient:
    """An application's own side of Mp1, one method per step that it takes."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def confirm_ready(self) -> int:
        path = f"{SUPPORT}{MINE}/confirm_ready"
        return (await self._http.post(path, json={"indication": "READY"})).status_code

    async def find(self, **query: str) -> list[str]:
        answer = await self._http.get(f"{SERVICES}/services", params=query)
        assert answer.status_code == 200
        return [each["serName"] for each in answer.json()]

    async def subscribe(self, api: str, body: dict[str, Any]) -> str:
        answer = await self._http.post(f"{api}{MINE}/subscriptions", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["_links"]["self"]["href"] == answer.headers["location"]
        return str(answer.headers["location"])

    async def offer(self) -> dict[str, Any]:
        answer = await self._http.post(f"{SERVICES}{MINE}/services", json=OFFERED)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def confirm_termination(self) -> int:
        path = f"{SUPPORT}{MINE}/confirm_termination"
        return (await self._http.post(path, json={"operationAction": "TERMINATING"})).status_code


async def test_it_starts_serves_and_ends(world: MepWorld) -> None:
    client = OlderClient(world.http)
    assert await client.confirm_ready() == 404, "it tries until the platform knows it"
    await world.mep.platform.configure(configuration())
    assert await client.confirm_ready() == 204
    assert await client.find() == []
    await client.subscribe(
        SUPPORT,
        {
            "subscriptionType": "AppTerminationNotificationSubscription",
            "callbackReference": f"{CALLBACK}/end",
            "appInstanceId": APP,
        },
    )
    await client.subscribe(
        SERVICES,
        {
            "subscriptionType": "SerAvailabilityNotificationSubscription",
            "callbackReference": CALLBACK,
            "filteringCriteria": {"states": ["ACTIVE"], "isLocal": True},
        },
    )
    offered = await client.offer()
    assert await client.find(ser_instance_id=offered["serInstanceId"]) == ["demo-service"]
    assert await client.find(ser_name="mec021-1") == [], "no mobility service, and no error"

    ending = asyncio.ensure_future(
        world.mep.platform.end(APP, OperationAction.TERMINATING, grace_s=10)
    )
    await world.clock.settle()
    (told,) = world.callbacks.to(f"{CALLBACK}/end")
    assert told["operationAction"] == "TERMINATING"
    assert told["maxGracefulTimeout"] == 10
    confirm = told["_links"]["confirmTermination"]["href"]
    assert confirm.endswith(f"{MINE}/confirm_termination")
    assert await client.confirm_termination() == 204
    assert await ending is Confirmation.CONFIRMED
    assert await client.find() == []
    assert [
        each["changeType"]
        for body in world.callbacks.to(CALLBACK)
        for each in body["serviceReferences"]
    ] == ["ADDED"], "its own end is not told to the one that ended"


@pytest.mark.parametrize("path", ["traffic_rules", "dns_rules", "subscriptions"])
async def test_what_it_reads_under_v1_is_what_newer_ones_read_under_v2(
    world: MepWorld, path: str
) -> None:
    await world.ready()
    older, newer = [
        (await world.http.get(f"/mec_app_support/{version}{MINE}/{path}")).json()
        for version in ("v1", "v2")
    ]
    assert older == newer
    for timing in ("timing_caps", "current_time"):
        answer = await world.http.get(f"{SUPPORT}/timing/{timing}")
        assert answer.status_code == 200
