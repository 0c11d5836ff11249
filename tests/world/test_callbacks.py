"""An OSS on this machine: told at its loopback address, with links that lead to the front door."""

import httpx
import pytest

from .conftest import Wayside
from .listening import subscriber

pytestmark = [pytest.mark.netns, pytest.mark.slow]

PATIENCE_S = 20.0
SUBSCRIPTIONS = "/app_pkgm/v1/subscriptions"


def test_an_oss_on_this_machine_is_told_and_can_follow_the_links(system: Wayside) -> None:
    with subscriber() as (url, told), httpx.Client(base_url=system.url, trust_env=False) as http:
        wish = {"subscriptionType": "AppPackageOnBoardingSubscription", "callbackUri": url}
        made = http.post(SUBSCRIPTIONS, json=wish)
        assert made.status_code == 201, made.text
        system.run("demo", "--requests", "5")
        got = told.get(timeout=PATIENCE_S)
        assert got["notificationType"] == "AppPackageOnBoarded"
        href = got["_links"]["subscription"]["href"]
        assert href == made.headers["location"]
        assert http.get(href).json()["id"] == got["subscriptionId"]


def test_a_hosts_manager_tells_it_of_operations_too(system: Wayside) -> None:
    path = "/mec1/app_lcm/v1/subscriptions"
    with subscriber() as (url, told), httpx.Client(base_url=system.url, trust_env=False) as http:
        wish = {"subscriptionType": "AppLcmOpOccStateChangeSubscription", "callbackUri": url}
        made = http.post(path, json=wish)
        assert made.status_code == 201, made.text
        running = system.json("app", "list")["instances"]
        assert running, "the demonstration left one"
        system.run("app", "stop", running[0]["id"])
        got = told.get(timeout=PATIENCE_S)
        assert got["_links"]["subscription"]["href"] == made.headers["location"]
        for link in got["_links"].values():
            assert link["href"].startswith(f"{system.url}/mec1/app_lcm/v1/"), link
        assert http.get(got["_links"]["appLcmOpOcc"]["href"]).status_code == 200
