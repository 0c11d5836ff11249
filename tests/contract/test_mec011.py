"""Every operation of MEC 011, as it is really asked and answered, against ETSI's documents."""

from typing import Any

from tests.contract.differences import known
from tests.contract.etsi import Contract, own_faults
from tests.contract.etsi import contract as contract_of
from tests.mep.world import (
    APP,
    CALLBACK,
    SERVICES,
    SUPPORT,
    MepWorld,
    configuration,
    service,
    traffic_rule,
)

from wayside.mep.build import MepSettings
from wayside.mep.mec_app_support.api import AppSupport
from wayside.mep.mec_app_support.model import (
    NtpAddressType,
    NtpAuthentication,
    NtpServer,
    PtpMaster,
)
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.model.rules import RuleAction
from wayside.model.services import EndPointInfo, SecurityInfo, TransportInfo, TransportType
from wayside.refpoints.mm5 import OperationAction

SUPPORT_DOCUMENT = "mec011-app-support-v3.1.1.yaml"
SERVICES_DOCUMENT = "mec011-service-mgmt-v3.1.1.yaml"

NTP = NtpServer(
    ntp_server_addr_type=NtpAddressType.DNS_NAME,
    ntp_server_addr="time.example",
    min_polling_interval=3,
    max_polling_interval=10,
    local_priority=1,
    authentication_option=NtpAuthentication.NONE,
    authentication_key_num=0,
)
PTP = PtpMaster(
    ptp_master_ip_address="192.0.2.2", ptp_master_local_priority=1, delay_req_max_rate=16
)
BUS = TransportInfo(
    id="bus",
    name="MQTT",
    type=TransportType.MB_TOPIC_BASED,
    protocol="MQTT",
    version="5.0",
    endpoint=EndPointInfo(uris=("mqtt://10.60.1.1:1883",)),
    security=SecurityInfo(),
)


async def test_application_support_as_asked_and_answered_fits_the_document() -> None:
    contract = contract_of(AppSupport)
    async with MepWorld(MepSettings(ntp_servers=(NTP,), ptp_masters=(PTP,))) as world:
        await _rules_and_readiness(world, contract)
        await _subscriptions_and_end(world, contract)
        await _registrations(world, contract)
        for path in ("timing/timing_caps", "timing/current_time"):
            contract.check(await world.http.get(f"{SUPPORT}/{path}"))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("mec_app_support", "messages")
    assert own_faults(AppSupport, contract.answers) == set()


async def _rules_and_readiness(world: MepWorld, contract: Contract) -> None:
    base = f"{SUPPORT}/applications/{APP}"
    doubled = traffic_rule("copy", action=RuleAction.DUPLICATE_DECAPSULATED)
    ready = {"indication": "READY"}
    own = {"appName": "camera", "appInstanceId": "own", "endpoint": {"fqdn": ["camera.example"]}}
    await world.http.post(f"{SUPPORT}/registrations", json=own)
    contract.check(await world.http.post(f"{SUPPORT}/applications/own/confirm_ready", json=ready))
    await world.mep.platform.configure(configuration(traffic_rules=(traffic_rule(), doubled)))
    contract.check(await world.http.post(f"{base}/confirm_ready", json=ready))
    for rules, one in (("traffic_rules", "web"), ("dns_rules", "name")):
        contract.check(await world.http.get(f"{base}/{rules}"))
        rule = await world.http.get(f"{base}/{rules}/{one}")
        contract.check(rule)
        contract.check(await world.http.put(f"{base}/{rules}/{one}", json=rule.json()))
        stale = {"If-Match": '"stale"'}
        path = f"{base}/{rules}/{one}"
        contract.check(await world.http.put(path, json=rule.json(), headers=stale))
        contract.check(await world.http.get(f"{base}/{rules}/ghost"))
    wrong: dict[str, Any] = {"trafficRuleId": "web"}
    contract.check(await world.http.put(f"{base}/traffic_rules/web", json=wrong))


async def _subscriptions_and_end(world: MepWorld, contract: Contract) -> None:
    made = await world.subscribe(SUPPORT)
    contract.check(made)
    contract.check(await world.subscribe(SUPPORT, callbackReference="nowhere"))
    path = f"{SUPPORT}/applications/{APP}/subscriptions"
    contract.check(await world.http.get(path))
    contract.check(await world.http.get(made.headers["location"]))
    confirm = f"{SUPPORT}/applications/{APP}/confirm_termination"
    ending = world.nursery.start(
        world.mep.platform.end(APP, OperationAction.STOPPING, 10), name="end"
    )
    await world.clock.settle()
    route = "POST /applications/{appInstanceId}/subscriptions"
    contract.check_notification(route, world.callbacks.to(CALLBACK)[0])
    contract.check(await world.http.post(confirm, json={"operationAction": "STOPPING"}))
    await ending
    contract.check(await world.http.post(confirm, json={"operationAction": "STOPPING"}))
    again = await world.subscribe(SUPPORT)
    contract.check(await world.http.delete(again.headers["location"]))
    contract.check(await world.http.delete(again.headers["location"]))


async def _registrations(world: MepWorld, contract: Contract) -> None:
    body = {"appName": "hello", "endpoint": {"uris": ["http://192.0.2.7/"]}, "appProvider": "acme"}
    made = await world.http.post(f"{SUPPORT}/registrations", json=body)
    contract.check(made)
    contract.check(await world.http.post(f"{SUPPORT}/registrations", json=made.json()))
    contract.check(await world.http.post(f"{SUPPORT}/registrations", json={"appName": "x"}))
    location = made.headers["location"]
    contract.check(await world.http.get(location))
    contract.check(await world.http.put(location, json=body))
    contract.check(await world.http.delete(location))
    contract.check(await world.http.get(location))


async def test_service_management_as_asked_and_answered_fits_the_document() -> None:
    contract = contract_of(ServiceMgmt)
    async with MepWorld(MepSettings(transports=(BUS,))) as world:
        await world.ready()
        subscribed = await world.subscribe(SERVICES, filteringCriteria={"serNames": ["faces"]})
        contract.check(subscribed)
        await _services(world, contract)
        await world.clock.settle()
        for notification in world.callbacks.to(CALLBACK):
            contract.check_notification(
                "POST /applications/{appInstanceId}/subscriptions", notification
            )
        assert len(world.callbacks.to(CALLBACK)) == 5
        contract.check(await world.http.get(f"{SERVICES}/applications/{APP}/subscriptions"))
        contract.check(await world.http.get(subscribed.headers["location"]))
        contract.check(await world.http.delete(subscribed.headers["location"]))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("mec_service_mgmt", "messages")
    assert own_faults(ServiceMgmt, contract.answers) == set()


async def _services(world: MepWorld, contract: Contract) -> None:
    path = f"{SERVICES}/applications/{APP}/services"
    body = service(livenessInterval=10)
    made = await world.http.post(path, json=body)
    contract.check(made)
    contract.check(await world.http.post(path, json={"serName": "faces"}))
    one, location = made.json(), made.headers["location"]
    contract.check(await world.http.get(f"{path}?ser_name=faces&is_local=true"))
    contract.check(await world.http.get(f"{SERVICES}/services?ser_category_id=c1"))
    contract.check(await world.http.get(f"{SERVICES}/services?is_local=maybe"))
    contract.check(await world.http.get(f"{SERVICES}/services/{one['serInstanceId']}"))
    contract.check(await world.http.get(f"{SERVICES}/transports"))
    contract.check(await world.http.get(location))
    beat = {"state": "ACTIVE"}
    liveness = one["_links"]["liveness"]["href"]
    contract.check(await world.http.get(liveness))
    contract.check(await world.http.patch(liveness, json=beat))
    await world.clock.advance(10)
    contract.check(await world.http.patch(liveness, json=beat))
    await world.http.put(location, json=one | {"state": "INACTIVE"})
    contract.check(await world.http.patch(liveness, json=beat))
    stale = {"If-Match": '"stale"'}
    contract.check(await world.http.put(location, json=one, headers=stale))
    contract.check(await world.http.put(location, json=one | {"state": "INACTIVE"}))
    contract.check(await world.http.delete(location))
    contract.check(await world.http.delete(location))
