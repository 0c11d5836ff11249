"""Every operation of MEC 015's traffic steering, as it is really asked and answered."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import contract as contract_of
from tests.contract.etsi import own_faults
from tests.mep.world import APP, UE1, MepWorld

from wayside.services.mts.api import TrafficSteering

SESSIONS = "/mts/v1/mts_sessions"


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "appInsId": APP,
        "requestType": 1,
        "flowFilter": [{"dstIp": UE1, "dstPort": 9000, "protocol": 17}],
        "qosD": {"maxLatency": 500_000, "priority": 2},
        "mtsMode": 4,
        "trafficDirection": "10",
    } | changes


async def test_sessions_as_asked_and_answered_fit_the_document() -> None:
    contract = contract_of(TrafficSteering)
    async with MepWorld(services={}) as world:
        await world.ready()
        http, check = world.http, contract.check
        check(await http.get("/mts/v1/mts_capability_info"))
        made = await http.post(SESSIONS, json=wish())
        check(made)
        one = f"{SESSIONS}/{made.json()['sessionId']}"
        check(await http.post(SESSIONS, json=wish(flowFilter=[{"dstIp": "nowhere"}])))
        check(await http.post(SESSIONS, json=wish(appInsId="ghost")))
        check(await http.post(SESSIONS, json=wish(qosD={"maxLatency": 1})))
        check(await http.get(SESSIONS, params={"app_instance_id": APP}))
        check(await http.get(SESSIONS, params={"app_name": "a", "session_id": "b"}))
        check(await http.get(one))
        check(await http.put(one, json=wish(mtsMode=2)))
        check(await http.put(one, json=wish(), headers={"if-match": '"stale"'}))
        check(await http.delete(one))
        check(await http.get(one))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("mts", "messages")
    assert own_faults(TrafficSteering, contract.answers) == set()
