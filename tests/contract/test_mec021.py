"""Every operation of MEC 021, as it is really asked and answered, against ETSI's document."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import contract as contract_of
from tests.contract.etsi import own_faults, uncovered
from tests.mep.world import APP, CALLBACK, MepWorld
from tests.services.amsi.test_api import ADJACENT, SERVICES, SUBSCRIPTIONS, elsewhere, there, wish

from wayside.services.amsi.api import ApplicationMobility


async def test_services_neighbours_and_subscriptions_fit_the_document() -> None:
    contract = contract_of(ApplicationMobility)
    async with MepWorld(there(), services={}) as world:
        await world.ready()
        http, check = world.http, contract.check
        made = await http.post(SERVICES, json=wish(expiryTime=60))
        check(made)
        one = f"{SERVICES}/{made.json()['appMobilityServiceId']}"
        check(await http.post(SERVICES, json=wish(serviceConsumerId={})))
        check(await http.get(SERVICES))
        check(await http.get(SERVICES, params={"filter": "(what"}))
        check(await http.get(one))
        check(await http.put(one, json=wish()))
        check(await http.put(one, json=wish(), headers={"if-match": '"stale"'}))
        await elsewhere(world, "there1")
        check(await http.get(ADJACENT))
        check(await http.post(f"{one}/deregister_task"))
        check(await http.delete(one))
        check(await http.get(one))

        for type_ in ("MobilityProcedureSubscription", "AdjacentAppInfoSubscription"):
            body: dict[str, Any] = {
                "subscriptionType": type_,
                "callbackReference": CALLBACK,
                "filterCriteria": {"appInstanceId": APP},
            }
            kept = await http.post(SUBSCRIPTIONS, json=body)
            check(kept)
            subscription = f"{SUBSCRIPTIONS}/{kept.headers['location'].rpartition('/')[2]}"
            check(await http.get(subscription))
            check(await http.put(subscription, json=body))
            check(await http.get(SUBSCRIPTIONS, params={"subscriptiontype": "mobility_proc"}))
            check(await http.delete(subscription))
            check(await http.get(subscription))
        check(await http.post(SUBSCRIPTIONS, json={"subscriptionType": "Other"}))

    routes = {str(route) for route in contract.routes()}
    assert contract.seen == routes - uncovered("amsi")
    assert contract.faults == known("amsi", "messages")
    assert own_faults(ApplicationMobility, contract.answers) == set()
