"""Every operation of MEC 015's bandwidth management, as it is really asked and answered."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import contract as contract_of
from tests.contract.etsi import own_faults
from tests.mep.world import APP, CALLBACK, MepWorld

from wayside.services.bwm.api import BandwidthManagement

ALLOCATIONS, SUBSCRIPTIONS = "/bwm/v1/bw_allocations", "/bwm/v1/subscriptions"


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "appInsId": APP,
        "requestType": 0,
        "fixedAllocation": "1000000",
        "allocationDirection": "10",
    } | changes


async def test_allocations_and_subscriptions_as_asked_and_answered_fit_the_documents() -> None:
    contract = contract_of(BandwidthManagement)
    async with MepWorld(services={}) as world:
        await world.ready()
        http, check = world.http, contract.check
        session = {"sourceIp": "10.60.1.2", "dstAddress": "10.45.1.2", "dstPort": "80"}
        made = await http.post(
            ALLOCATIONS, json=wish(requestType=1, sessionFilter=[session | {"protocol": "17"}])
        )
        check(made)
        one = f"{ALLOCATIONS}/{made.json()['allocationId']}"
        check(await http.post(ALLOCATIONS, json=wish(fixedAllocation="fast")))
        check(await http.post(ALLOCATIONS, json=wish(appInsId="ghost")))
        check(await http.get(ALLOCATIONS, params={"app_instance_id": APP}))
        check(await http.get(ALLOCATIONS, params={"app_name": "a", "session_id": "b"}))
        check(await http.get(one))
        check(await http.put(one, json=wish()))
        check(await http.put(one, json=wish(), headers={"if-match": '"stale"'}))
        deltas = {"allocationId": made.json()["allocationId"], "appInsId": APP, "requestType": 0}
        check(await http.patch(one, json=deltas | {"fixedAllocation": "2000000"}))
        check(await http.patch(one, json=deltas | {"allocationId": "ghost"}))
        check(await http.delete(one))
        check(await http.get(one))

        body = {
            "subscriptionType": "BwChgEventSubscription",
            "callbackReference": CALLBACK,
            "filterCriteria": {"appInsId": APP},
        }
        kept = await http.post(SUBSCRIPTIONS, json=body)
        check(kept)
        check(await http.post(SUBSCRIPTIONS, json=body | {"subscriptionType": "Other"}))
        check(await http.get(SUBSCRIPTIONS, params={"subscription_type": "BwChgEventSubscription"}))
        subscription = f"{SUBSCRIPTIONS}/{kept.headers['location'].rpartition('/')[2]}"
        check(await http.get(subscription))
        check(await http.put(subscription, json=body))
        check(await http.delete(subscription))
        check(await http.get(subscription))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("bwm", "messages")
    assert own_faults(BandwidthManagement, contract.answers) == set()
