"""A whole system: packets of an application by the access network that MEC 015 was asked for."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from wayside.linux import netns, probe
from wayside.system.state import StateFolder

from .conftest import Wayside, start

pytestmark = [pytest.mark.netns, pytest.mark.slow]

CLOUD = "203.0.113.10"
OCTETS = 1_000_000
CELL, WLAN = 1, 3
FOLLOWED_S_MAX = 10.0


@pytest.fixture(scope="module")
def system(short_folder: Path) -> Iterator[Wayside]:
    """A site with a cell and a WLAN."""
    found = probe.mode()
    if found.way is probe.Way.SIMULATED:
        pytest.skip(f"no real town can be made here: {found.reason}")
    running = start(short_folder / "state", found.way.value, scenario="two-networks")
    try:
        yield running
    finally:
        running.run("down", check=False)


@pytest.fixture(scope="module")
def instance(system: Wayside) -> str:
    return str(system.json("demo", "--requests", "5")["instance"])


def namespace(system: Wayside, node: str) -> str:
    return f"{StateFolder(system.state).prefix}-{node}"


def downloaded(system: Wayside) -> dict[str, int]:
    """Have the device download something; return the octets by the links that it came by."""

    def sent() -> dict[str, int]:
        lines = netns.run_in(namespace(system, "mec1"), ["cat", "/proc/net/dev"]).splitlines()
        rows = {name.strip(): rest.split() for name, _, rest in (x.partition(":") for x in lines)}
        return {link: int(rows[link][8]) for link in ("cell1", "wlan1")}

    before = sent()
    body = {"device": "ue1", "address": CLOUD, "port": 8080, "path": f"/bytes?n={OCTETS}"}
    answer = httpx.post(f"{system.url}/lab/v1/downloads", json=body, trust_env=False, timeout=60)
    report = answer.json()
    assert report["bytes"] == OCTETS and report["failure"] is None, report
    return {link: count - before[link] for link, count in sent().items()}


def ways(system: Wayside) -> set[str]:
    """Return the links that a download came by; echoes and single packets are none."""
    return {link for link, octets in downloaded(system).items() if octets > OCTETS / 2}


def steer(system: Wayside, instance: str, mode: int, **more: Any) -> httpx.Response:
    wish = {"appInsId": instance, "requestType": 0, "mtsMode": mode, "trafficDirection": "10"}
    sessions = f"{system.url}/mec1/mts/v1/mts_sessions"
    return httpx.post(sessions, json=wish | more, trust_env=False)


@pytest.mark.parametrize(
    ("mode", "more", "expected"),
    [
        (0, {}, {"wlan1"}),
        (1, {}, {"cell1"}),
        (2, {}, {"wlan1"}),
        (3, {}, {"cell1", "wlan1"}),
        (4, {"qosD": {"maxLatency": 400_000}}, {"cell1"}),
        (4, {"qosD": {"minTpt": 200_000}}, {"wlan1"}),
    ],
)
def test_each_mode_has_the_way_that_it_asks_for(
    system: Wayside, instance: str, mode: int, more: dict[str, Any], expected: set[str]
) -> None:
    made = steer(system, instance, mode, **more)
    assert made.status_code == 201, made.text
    assert made.json()["waysideOrigin"] == "MEASURED"
    try:
        assert ways(system) == expected
    finally:
        one = f"{system.url}/mec1/mts/v1/mts_sessions/{made.json()['sessionId']}"
        assert httpx.delete(one, trust_env=False).status_code == 204
    assert ways(system) == {"cell1"}


def test_a_session_leaves_an_access_network_that_is_lost_and_comes_back(
    system: Wayside, instance: str
) -> None:
    made = steer(system, instance, 0)
    one = f"{system.url}/mec1/mts/v1/mts_sessions/{made.json()['sessionId']}"
    assert made.json()["waysideSteering"]["accessIds"] == [WLAN, CELL]
    point = namespace(system, "wlan1")

    def until(expected: list[int]) -> None:
        deadline = time.monotonic() + FOLLOWED_S_MAX
        while (said := httpx.get(one, trust_env=False).json())["waysideSteering"][
            "accessIds"
        ] != expected:
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    drop = "add table inet lost\nadd chain inet lost in { type filter hook prerouting priority -300"
    netns.run_in(point, ["nft", "-f", "-"], stdin=drop + "; }\nadd rule inet lost in drop\n")
    try:
        until([CELL])
        assert ways(system) == {"cell1"}
    finally:
        netns.run_in(point, ["nft", "-f", "-"], stdin="delete table inet lost\n")
    until([WLAN, CELL])
    assert ways(system) == {"wlan1"}
    assert httpx.delete(one, trust_env=False).status_code == 204


def test_the_command_shows_networks_steers_and_releases(system: Wayside, instance: str) -> None:
    shown = system.json("traffic", "networks")
    assert [(each["host"], each["access"]["accessId"]) for each in shown] == [
        ("mec1", CELL),
        ("mec1", WLAN),
    ]
    needs = ("--device", "ue1", "--app-port", "8080", "--rate-mbps", "200")
    made = system.json("traffic", "steer", instance[:8], "qos", *needs)
    assert made["flowFilter"] == [{"sourcePort": 8080, "dstIp": "10.45.1.1"}]
    assert made["qosD"] == {"minTpt": 200_000}
    assert ways(system) == {"wlan1"}
    listed = system.run("traffic", "list").stdout
    assert made["sessionId"][:8] in listed and "network 3" in listed
    refused = system.run("traffic", "steer", instance[:8], "fastest", check=False)
    assert refused.returncode != 0 and "low-latency" in refused.stderr + refused.stdout
    system.run("traffic", "release", made["sessionId"][:8])
    assert ways(system) == {"cell1"}


def test_what_no_access_network_gives_is_refused_with_its_figures(
    system: Wayside, instance: str
) -> None:
    refused = steer(system, instance, 4, qosD={"maxLatency": 1_000})
    assert (refused.status_code, refused.json()["field"]) == (403, "$.qosD")
    assert "access network 1 has" in refused.json()["detail"]


def test_an_instance_that_ends_lets_go(system: Wayside, instance: str) -> None:
    assert steer(system, instance, 0).status_code == 201
    system.run("app", "stop", instance)
    listed = httpx.get(f"{system.url}/mec1/mts/v1/mts_sessions", trust_env=False)
    assert listed.json() == []
    rules = netns.run_in(namespace(system, "mec1"), ["ip", "rule"])
    assert "fwmark 0x4" not in rules
