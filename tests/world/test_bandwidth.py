"""A whole system: what an application is allocated is what a device gets of it, by MEC 015."""

import httpx
import pytest

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

CLOUD = "203.0.113.10"
M = 1_000_000
OCTETS = 4 * M
HEADERS = 1514 / 1448
"""What Ethernet, IP and TCP add to a segment: an allocation counts them."""


def downloaded_bps(running: Wayside) -> float:
    """What a device gets of the application, bits on the wire per second."""
    body = {"device": "ue1", "address": CLOUD, "port": 8080, "path": f"/bytes?n={OCTETS}"}
    answer = httpx.post(f"{running.url}/lab/v1/downloads", json=body, trust_env=False, timeout=60)
    report = answer.json()
    assert report["bytes"] == OCTETS and report["backhaulBytes"] < OCTETS / 10, report
    return float(report["throughputBps"]) * HEADERS


def test_a_device_downloads_at_the_allocated_rate_until_it_is_given_back(system: Wayside) -> None:
    shown = system.json("demo", "--requests", "5")
    instance = shown["instance"]
    before = downloaded_bps(system)
    assert before > 40 * M
    wish = {
        "appInsId": instance,
        "requestType": 0,
        "fixedAllocation": str(16 * M),
        "allocationDirection": "00",
    }
    allocations = f"{system.url}/mec1/bwm/v1/bw_allocations"
    made = httpx.post(allocations, json=wish, trust_env=False)
    assert made.status_code == 201, made.text
    assert downloaded_bps(system) == pytest.approx(16 * M, rel=0.05)
    one = f"{allocations}/{made.json()['allocationId']}"
    assert httpx.delete(one, trust_env=False).status_code == 204
    assert downloaded_bps(system) > 40 * M
