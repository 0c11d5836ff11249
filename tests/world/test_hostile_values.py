"""Values that a type allows and nobody means: taken or refused with a sentence, never a crash.

Generated from the declared types and from bodies that fit what exists, tried on one running system
which then is killed and must come back with whatever it took.
"""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from wayside.chassis.signatures import signature_of
from wayside.core.operations import Operation, operations_of
from wayside.system.catalogue import Listed, catalogue

from .bodies import hostile
from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
AT_A_HOST = {"mepm", "mep", "services", "vim", "dataplane"}
WITH_BODY = [
    pytest.param(listed, operation, id=f"{listed.name}.{operation.name}")
    for listed in catalogue()
    if listed.element != "security"
    and listed.api.info.name + listed.api.info.version
    != (
        "mec_app_supportv1"  # the very objects of v2
    )
    for operation in operations_of(listed.api)
    if signature_of(operation).body is not None and not signature_of(operation).uploads
]
SUPPORT, SERVICES = "/mec1/mec_app_support/v2", "/mec1/mec_service_mgmt/v1"
JSON = {"content-type": "application/json"}
URIS = {"uris": ["http://10.60.1.9/"]}
SERVICE = {
    "serName": "s",
    "version": "1",
    "state": "ACTIVE",
    "serializer": "JSON",
    "livenessInterval": 60,
    "transportInfo": {
        "id": "1",
        "name": "n",
        "type": "REST_HTTP",
        "protocol": "HTTP",
        "version": "1",
        "endpoint": URIS,
        "security": {},
        "implSpecificInfo": {"open": "attribute"},
    },
}


@dataclass(frozen=True)
class Ground:
    """What there is to be attacked."""

    http: httpx.Client
    ids: dict[str, str]
    """By the name of the path's parameter."""
    running: str
    """An instance that runs, with rules."""
    idle: str
    """An instance of the MEO's that is NOT_INSTANTIATED."""
    seeds: dict[str, list[dict[str, Any]]]
    """Bodies that fit what exists, by type."""

    def path(self, listed: Listed, operation: Operation) -> str:
        """Return where an operation meets what exists."""
        prefix = "/mec1" if listed.element in AT_A_HOST else ""
        ids = self.ids | {"appInstanceId": self._instance(listed, operation)}
        path = re.sub(r"{(\w+)}", lambda found: ids.get(found[1], "none"), operation.path)
        return prefix + listed.api.info.root + path

    def _instance(self, listed: Listed, operation: Operation) -> str:
        if listed.element == "meo":
            return self.idle
        if listed.element == "mepm":
            return "none"
        own = listed.api.info.name == "mec_service_mgmt" or "registration" in operation.name
        return self.ids["appInstanceId"] if own else self.running


@pytest.fixture(scope="module")
def ground(system: Wayside, short_folder: Path) -> Iterator[Ground]:
    """A system with one of everything."""
    package = short_folder / "hello.csar"
    system.run("app", "build", str(EXAMPLE), "--output", str(package))
    system.run("app", "sign", str(package))
    system.run("app", "onboard", str(package))
    running = system.json("app", "start", "hello-edge-1.0")["id"]
    with httpx.Client(base_url=system.url, timeout=30) as http:
        own = http.post(f"{SUPPORT}/registrations", json={"appName": "own", "endpoint": URIS})
        app = own.json()["appInstanceId"]
        service = http.post(f"{SERVICES}/applications/{app}/services", json=SERVICE).json()
        blank = {
            "appPkgName": "x",
            "appPkgVersion": "1",
            "checksum": {"algorithm": "SHA-256", "hash": "0" * 64},
        }
        blank_package = http.post("/app_pkgm/v1/app_packages", json=blank).json()["id"]
        idle = http.post("/app_lcm/v1/app_instances", json={"appDId": "hello-edge-1.0"}).json()
        rules = f"{SUPPORT}/applications/{running}"
        traffic = http.get(f"{rules}/traffic_rules").json()[0]
        name = http.get(f"{rules}/dns_rules").json()[0]
        ids = {
            "appInstanceId": app,
            "serviceId": service["serInstanceId"],
            "appPkgId": blank_package,
            "appDId": blank_package,
            "trafficRuleId": traffic["trafficRuleId"],
            "dnsRuleId": name["dnsRuleId"],
        }
        yield Ground(http, ids, running, idle["id"], seeds_of(running, traffic, name))


def seeds_of(
    running: str, traffic: dict[str, Any], name: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Return bodies that are taken as they are, so that one hostile leaf alone decides."""
    whole = {
        "srcAddress": ["10.45.1.0/24"],
        "dstAddress": ["203.0.113.10"],
        "srcPort": ["1-65535"],
        "dstPort": ["8080"],
        "protocol": ["TCP"],
        "dSCP": 1,
    }
    callback = {"callbackReference": "http://10.60.1.99:9/"}
    return {
        "AppInfo": [
            {"appName": "x", "endpoint": URIS, "appProfile": {"open": "attribute"}},
            {"appName": "x", "endpoint": {"addresses": [{"host": "h", "port": 1}]}},
        ],
        "ServiceInfo": [SERVICE],
        "TrafficRule": [traffic, traffic | {"trafficFilter": [whole]}],
        "DnsRule": [name | {"ttl": 30}],
        "WalkRequest": [
            {
                "srcAddress": "10.45.1.11",
                "dstAddress": "203.0.113.10",
                "protocol": "TCP",
                "srcPort": 1,
                "dstPort": 8080,
                "dSCP": 0,
                "inInterface": "cell1",
            }
        ],
        "AppTerminationNotificationSubscription": [
            callback
            | {
                "subscriptionType": "AppTerminationNotificationSubscription",
                "appInstanceId": running,
            }
        ],
        "SerAvailabilityNotificationSubscription": [
            callback
            | {
                "subscriptionType": "SerAvailabilityNotificationSubscription",
                "filteringCriteria": {"serNames": ["nothing"]},
            }
        ],
        "CreateAppInstanceRequest": [{"appDId": "hello-edge-1.0", "appInstanceName": "x"}],
        "InstantiateAppRequest": [{"locationConstraints": {"countryCode": "ZZ"}}],
    }


def fault_of(answer: httpx.Response) -> str | None:
    """Return what is wrong with an answer, or None: taken, or refused as MEC 009 has it."""
    if answer.status_code < 300:
        return None
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if not answer.headers["content-type"].startswith("application/problem+json"):
        return "no problem details"
    problem = answer.json()
    whole = problem["status"] == answer.status_code and len(problem["detail"]) > 10
    return None if whole else "no sentence"


@pytest.mark.parametrize(("listed", "operation"), WITH_BODY)
def test_a_hostile_value_is_taken_or_refused_with_a_sentence(
    ground: Ground, listed: Listed, operation: Operation
) -> None:
    type_ = signature_of(operation).body
    url = ground.path(listed, operation)
    headers = {"content-type": operation.consumes[0]}
    wrong, seen = [], Counter[int]()
    kinds = get_args(type_) or (type_,)
    for what, body in chain.from_iterable(
        hostile(kind, ground.seeds.get(kind.__name__, ())) for kind in kinds
    ):
        answer = ground.http.request(operation.method, url, content=body, headers=headers)
        seen[answer.status_code] += 1
        fault = fault_of(answer)
        if fault is not None:
            wrong.append(f"{what}: {fault}: {answer.text[:200]}")
    assert wrong == []
    assert seen[400], "what is nested too deep is malformed"
    assert seen[422], "what does not fit is unprocessable"


@pytest.mark.parametrize(
    "change",
    [
        {"priority": -1},
        {"priority": 256},
        {"trafficFilter": []},
        {"trafficFilter": [{"dstPort": ["99999"]}]},
        {"trafficFilter": [{"dstPort": ["9-1"]}]},
        {"trafficFilter": [{"dstAddress": ["203.0.113.0/99"]}]},
        {"trafficFilter": [{"srcAddress": ["}; flush ruleset"]}]},
        {"trafficFilter": [{"protocol": ["NONSENSE"]}]},
        {"trafficFilter": [{"dSCP": 64}]},
        {"dstInterface": {"interfaceType": "IP", "dstIpAddress": "203.0.113.10"}},
        {"dstInterface": {"interfaceType": "IP", "dstIpAddress": "10.60.1.1"}},
        {"dstInterface": {"interfaceType": "IP", "dstIpAddress": "127.0.0.1"}},
        {"dstInterface": {"interfaceType": "MAC", "dstMacAddress": "02:00:5e:10:00:01"}},
        {"action": "DROP"},
        {"trafficRuleId": "another"},
    ],
    ids=json.dumps,
)
def test_a_rule_that_reaches_for_more_than_its_own_is_refused_and_stays_as_it_was(
    ground: Ground, change: dict[str, Any]
) -> None:
    rule = ground.ids["trafficRuleId"]
    url = f"{SUPPORT}/applications/{ground.running}/traffic_rules/{rule}"
    before = ground.http.get(url)
    answer = ground.http.put(url, json=before.json() | change)
    assert answer.status_code == 422, answer.text
    assert fault_of(answer) is None
    after = ground.http.get(url)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])


@pytest.mark.parametrize("what", ["traffic_rules", "dns_rules", "services", "registrations"])
def test_another_version_than_the_present_one_is_412(ground: Ground, what: str) -> None:
    ids = ground.ids
    url = {
        "traffic_rules": f"{SUPPORT}/applications/{ground.running}/{what}/{ids['trafficRuleId']}",
        "dns_rules": f"{SUPPORT}/applications/{ground.running}/{what}/{ids['dnsRuleId']}",
        "services": f"{SERVICES}/applications/{ids['appInstanceId']}/{what}/{ids['serviceId']}",
        "registrations": f"{SUPPORT}/{what}/{ids['appInstanceId']}",
    }[what]
    before = ground.http.get(url)
    for etag in ('"another"', f"W/{before.headers['etag']}", "garbage", "x" * 2000):
        answer = ground.http.put(url, json=before.json(), headers={"if-match": etag})
        assert answer.status_code == 412, (etag, answer.text)
        assert fault_of(answer) is None
    assert ground.http.get(url).headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:alert(1)", "//10.60.1.1/", "",
        "http://", "http://user:secret@10.60.1.1/", "http://10.60.1.1/?a=b", "http://10.60.1.1/#x",
        "http://10.60.1.1/\r\nx: y", "http://10.60.1.1:99999/", "http://[::1/", "http://10.60.1.1/ä",
    ],
)  # fmt: skip
def test_a_callback_that_is_no_callback_is_422(ground: Ground, url: str) -> None:
    app = ground.ids["appInstanceId"]
    asked = {
        "subscriptionType": "SerAvailabilityNotificationSubscription",
        "callbackReference": url,
    }
    answer = ground.http.post(f"{SERVICES}/applications/{app}/subscriptions", json=asked)
    assert answer.status_code == 422, answer.text
    assert fault_of(answer) is None


def test_what_was_taken_is_still_there_after_every_element_was_killed(
    system: Wayside, ground: Ground
) -> None:
    lists = ("/app_lcm/v1/app_instances", "/app_pkgm/v1/app_packages", f"{SERVICES}/services")
    before = [ground.http.get(url).json() for url in lists]
    killed = {name: pid for name, pid in system.processes().items() if name in ("system", "mec1")}
    if system.way != "root":
        pytest.skip("processes inside a user namespace cannot be killed by number from outside")
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not system.json("status")["ready"] or killed.items() & system.processes().items():
        assert time.monotonic() < deadline, "the elements come back"
        time.sleep(0.1)
    assert [ground.http.get(url).json() for url in lists] == before


def test_no_log_has_a_trace(system: Wayside) -> None:
    for log in system.state.glob("logs/*.log"):
        assert "Traceback" not in log.read_text(errors="replace"), log.name
