"""Every operation of MEC 013, V3.1.1 and V2.2.1, as it is really asked and answered."""

import json
from typing import Any

from tests.contract.bodies import BODIES
from tests.contract.differences import known
from tests.contract.etsi import Contract, own_faults
from tests.contract.etsi import contract as contract_of
from tests.mep.world import CALLBACK
from tests.services.location.people import V2, V3, People, people

from wayside.services.location.v2.api import LocationV2
from wayside.services.location.v3.api import Location


def wish(name: str, **more: Any) -> dict[str, Any]:
    """The body that asks for a subscription of V3.1.1."""
    type_ = name[0].upper() + name[1:]
    return {name: {"subscriptionType": type_, "callbackReference": CALLBACK} | more}


async def wishes(town: People) -> dict[str, list[dict[str, Any]]]:
    """Good subscriptions of every type, by the list that takes them."""
    one, other = await town.address("car-1"), await town.address("car-2")
    circle = {"shape": 1, "points": [{"latitude": 43.6, "longitude": 7.0}], "radius": 100}
    return {
        "users": [
            wish("userLocationEventSubscription", address=one),
            wish(
                "userLocationPeriodicSubscription",
                address=one,
                periodicEventInfo={"reportingAmount": 3, "reportingInterval": 10},
            ),
        ],
        "zones": [
            wish("zoneLocationEventSubscription", zoneId="east"),
            wish("zoneStatusSubscription", zoneId="east", operationStatus=["Unserviceable"]),
        ],
        "area": [
            wish(
                "userAreaSubscription",
                addressList=[one],
                areaDefine=circle,
                trackingAccuracy=10,
                reportingLocationReq=True,
            )
        ],
        "distance": [
            wish(
                "userDistanceSubscription",
                monitoredAddress=[one],
                referenceAddress=[other],
                distance=100,
                trackingAccuracy=10,
                criteria="AllWithinDistance",
                checkImmediate=True,
            )
        ],
    }


async def test_queries_and_subscriptions_as_asked_and_answered_fit_the_document() -> None:
    contract = contract_of(Location)
    async with people() as town:
        town.street.attach("car-1", "left")
        town.street.attach("car-2", "right")
        town.street.move({"car-1": (43.6, 7.0), "car-2": (43.6, 7.005)}, speed_mps=10.0)
        await _query(town, contract, V3)
        for path, bodies in (await wishes(town)).items():
            for body in bodies:
                await _subscribe(town, contract, f"{V3}/subscriptions/{path}", body)
    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("location", "messages")
    assert own_faults(Location, contract.answers) == set()


V2_LISTS = {
    "userTracking": "TrackingBody",
    "zonalTraffic": "TrafficBody",
    "zoneStatus": "StatusBody",
    "area/circle": "CircleBody",
    "periodic": "PeriodicBody",
    "distance": "DistanceBody",
}


async def test_queries_and_subscriptions_of_v2_fit_the_document_of_v2() -> None:
    contract = contract_of(LocationV2)
    async with people() as town:
        town.street.attach("car-1", "left")
        town.street.attach("car-2", "right")
        town.street.move({"car-1": (43.6, 7.0), "car-2": (43.6, 7.005)}, speed_mps=10.0)
        await _query(town, contract, V2)
        for path, name in V2_LISTS.items():
            body = json.loads(BODIES[name])
            await _subscribe(town, contract, f"{V2}/subscriptions/{path}", body)
    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("location/v2", "messages")
    assert own_faults(LocationV2, contract.answers) == set()


async def _query(town: People, contract: Contract, root: str) -> None:
    http, check, queries = town.http, contract.check, f"{root}/queries"
    one, other = await town.address("car-1"), await town.address("car-2")
    check(await http.get(f"{queries}/users", params={"zoneId": "west,east"}))
    check(await http.get(f"{queries}/users", params={"address": "acr:00"}))
    check(await http.get(f"{queries}/zones"))
    check(await http.get(f"{queries}/zones/west"))
    check(await http.get(f"{queries}/zones/nowhere"))
    check(await http.get(f"{queries}/zones/west/accessPoints"))
    check(await http.get(f"{queries}/zones/west/accessPoints/left"))
    check(await http.get(f"{queries}/zones/west/accessPoints/right"))
    check(await http.get(f"{queries}/distance", params={"address": f"{one},{other}"}))
    check(await http.get(f"{queries}/distance", params={"address": one}))


async def _subscribe(town: People, contract: Contract, where: str, body: dict[str, Any]) -> None:
    http, check = town.http, contract.check
    made = await http.post(where, json=body)
    check(made)
    check(await http.post(where, json={}))
    check(await http.get(where))
    one = f"{where}/{made.headers['location'].rpartition('/')[2]}"
    check(await http.get(one))
    check(await http.put(one, json=made.json(), headers={"if-match": '"stale"'}))
    check(await http.put(one, json=made.json()))
    check(await http.delete(one))
    check(await http.get(one))
