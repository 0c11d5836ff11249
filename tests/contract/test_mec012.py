"""Every operation and notification of MEC 012, as it is really asked, answered and told."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import Contract, own_faults
from tests.contract.etsi import contract as contract_of
from tests.mep.world import APP, CALLBACK, MepWorld
from tests.services.rni.events import every_event, radio_street
from tests.services.rni.wishes import EVERY, wish
from tests.services.street import UE1

from wayside.services.rni.api import RadioNetworkInformation

QUERIES, SUBSCRIPTIONS = "/rni/v2/queries", "/rni/v2/subscriptions"


async def test_queries_and_subscriptions_as_asked_and_answered_fit_the_document() -> None:
    contract = contract_of(RadioNetworkInformation)
    street = radio_street()
    async with MepWorld(services={}, network=street.feed) as world:
        await world.ready()
        every_event(street)
        http, check = world.http, contract.check
        asked: tuple[tuple[str, dict[str, Any]], ...] = (
            ("rab_info", {"cell_id": "1234501", "qci": 9}),
            ("rab_info", {"cell_id": "street"}),
            ("rab_info", {"cell_id": "7654321"}),
            ("plmn_info", {"app_ins_id": APP}),
            ("plmn_info", {}),
            ("plmn_info", {"app_ins_id": "ghost"}),
            ("s1_bearer_info", {"ue_ipv4_address": UE1, "erab_id": "6,7"}),
            ("s1_bearer_info", {"temp_ue_id": "ghost"}),
            ("layer2_meas", {"cell_id": "1234501"}),
            ("layer2_meas", {"dl_gbr_delay_ue": "soon"}),
        )
        for query, params in asked:
            check(await http.get(f"{QUERIES}/{query}", params=params))
        for type_ in EVERY:
            made = await http.post(SUBSCRIPTIONS, json=wish(type_))
            check(made)
            one = f"{SUBSCRIPTIONS}/{made.headers['location'].rpartition('/')[2]}"
            check(await http.get(one))
            check(await http.put(one, json=wish(type_)))
            stale = {"if-match": '"stale"'}
            check(await http.put(one, json=wish(type_), headers=stale))
        check(await http.post(SUBSCRIPTIONS, json={"callbackReference": CALLBACK}))
        check(await http.get(SUBSCRIPTIONS))
        check(await http.get(SUBSCRIPTIONS, params={"subscription_type": "rab_est"}))
        check(await http.get(SUBSCRIPTIONS, params={"subscription_type": "rabbit"}))
        check(await http.delete(one))
        check(await http.get(one))
        check(await http.put(one, json=wish(type_)))

    assert contract.seen == {str(route) for route in contract.routes()}
    listed = known("rni", "messages")
    assert contract.faults == {line for line in listed if "Notification " not in line}
    assert own_faults(RadioNetworkInformation, contract.answers) == set()


async def test_every_notification_fits_the_document() -> None:
    contract: Contract = contract_of(RadioNetworkInformation)
    street = radio_street()
    async with MepWorld(services={}, network=street.feed) as world:
        await world.ready()
        for type_ in EVERY:
            made = await world.http.post(
                SUBSCRIPTIONS, json=wish(type_, requestTestNotification=True)
            )
            assert made.status_code == 201, made.text
        every_event(street)
        await world.clock.advance(1)
        told = world.callbacks.to(CALLBACK)
    assert {each["notificationType"] for each in told} == {
        "TestNotification", *(type_.replace("Subscription", "Notification") for type_ in EVERY)
    }  # fmt: skip
    for each in told:
        contract.check_notification("POST /subscriptions", each)
        contract.check_as(each["notificationType"], each)
        assert each["notificationType"] == "TestNotification" or each["waysideOrigin"]
    listed = known("rni", "messages")
    notified = {line for line in listed if "Notification " in line}
    assert contract.faults == notified
