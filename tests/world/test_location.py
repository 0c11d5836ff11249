"""A whole system in a living town: an application is told that a device comes into a zone."""

import time
from typing import Any

import httpx
import pytest

from wayside.system.state import StateFolder

from .conftest import Wayside
from .listening import Told, subscriber

pytestmark = [pytest.mark.netns, pytest.mark.slow]

COMING_S_MAX = 180.0
V3, V2 = "/mec1/location/v3", "/mec1/location/v2"


def register(http: httpx.Client) -> None:
    """Register an application that runs by itself."""
    body = {"appName": "gate", "endpoint": {"uris": ["http://192.0.2.7/"]}}
    made = http.post("/mec1/mec_app_support/v2/registrations", json=body)
    assert made.status_code == 201, made.text


def offered(http: httpx.Client) -> list[str]:
    """The versions of location that an application finds."""
    found = http.get("/mec1/mec_service_mgmt/v1/services", params={"ser_name": "location"}).json()
    return [each["version"] for each in found if each["isLocal"]]


def hear(told: Told, name: str) -> dict[str, Any]:
    """The next notification in this wrapper."""
    deadline = time.monotonic() + COMING_S_MAX
    while True:
        got = told.get(timeout=max(0.1, deadline - time.monotonic()))
        if name in got:
            found: dict[str, Any] = got[name]
            return found


def test_an_application_is_told_that_a_device_enters_a_zone(system: Wayside) -> None:
    namespace = f"{StateFolder(system.state).prefix}-mec1"
    with (
        subscriber(namespace) as (url, told),
        httpx.Client(base_url=system.url, trust_env=False) as http,
    ):
        register(http)
        assert offered(http) == ["v3", "v2"]
        zones = [
            each["zoneId"] for each in http.get(f"{V3}/queries/zones").json()["zoneList"]["zone"]
        ]
        for zone in zones:
            wish = {
                "subscriptionType": "ZoneLocationEventSubscription",
                "callbackReference": url,
                "zoneId": zone,
                "locationEventCriteria": ["ENTERING_AREA_EVENT"],
            }
            made = http.post(
                f"{V3}/subscriptions/zones", json={"zoneLocationEventSubscription": wish}
            )
            assert made.status_code == 201, made.text
        old = {"callbackReference": {"notifyURL": url}, "zoneId": zones[0]}
        made = http.post(f"{V2}/subscriptions/zonalTraffic", json={"zonalTrafficSubscription": old})
        assert made.status_code == 201, made.text

        entered = hear(told, "zoneLocationEventNotification")
        assert entered["userLocationEvent"] == "ENTERING_AREA_EVENT"
        assert entered["waysideOrigin"] == "SIMULATED" and entered["zoneId"] in zones
        assert entered["address"].startswith("acr:") and "10." not in entered["address"]
        (user,) = http.get(f"{V3}/queries/users", params={"address": entered["address"]}).json()[
            "userList"
        ]["user"]
        assert user["address"] == entered["address"] and user["locationInfo"]["shape"] == 2
        assert hear(told, "zonalPresenceNotification")["zoneId"] == zones[0]
