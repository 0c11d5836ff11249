"""A whole system in a living town: an application hears of handovers as they happen, by MEC 012."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.exclusive import simulated_town

from wayside.system.state import StateFolder

from .conftest import Wayside, free_port
from .listening import Told, subscriber

pytestmark = pytest.mark.slow

HANDOVER_S_MAX = 120.0
"""In the town some device of LTE is handed over every other second."""


def registered(http: httpx.Client) -> str:
    """Register an application that runs by itself; return its instance."""
    body = {"appName": "radio-watch", "endpoint": {"uris": ["http://192.0.2.7/"]}}
    made = http.post("/mec1/mec_app_support/v2/registrations", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["appInstanceId"])


def hear(told: Told, type_: str) -> dict[str, Any]:
    """The next notification of a type."""
    deadline = time.monotonic() + HANDOVER_S_MAX
    while True:
        got = told.get(timeout=max(0.1, deadline - time.monotonic()))
        if got["notificationType"] == type_:
            return got


def show_it(running: Wayside, namespace: str | None = None) -> None:
    """Subscribe, hear of a handover, and find the device in the cell that it says."""
    with (
        subscriber(namespace) as (url, told),
        httpx.Client(base_url=running.url, trust_env=False) as http,
    ):
        instance = registered(http)
        wish = {
            "subscriptionType": "CellChangeSubscription",
            "callbackReference": url,
            "filterCriteriaAssocHo": {"appInstanceId": instance},
        }
        made = http.post("/mec1/rni/v2/subscriptions", json=wish)
        assert made.status_code == 201, made.text
        got = hear(told, "CellChangeNotification")
        assert (got["waysideOrigin"], got["hoStatus"]) == ("SIMULATED", 3)
        path = f"/rni/v2/subscriptions/{made.headers['location'].rpartition('/')[2]}"
        assert got["_links"]["subscription"]["href"].endswith(path)
        (address,), (cell,) = got["associateId"], got["trgEcgi"]
        assert got["srcEcgi"] != cell
        cells = {each["ecgi"]["cellId"] for each in _layer2(http)["cellInfo"]}
        assert {cell["cellId"], got["srcEcgi"]["cellId"]} <= cells and len(cells) == 3
        (bearers,) = http.get(
            "/mec1/rni/v2/queries/rab_info", params={"ue_ipv4_address": address["value"]}
        ).json()["cellUserInfo"]
        assert bearers["ueInfo"][0]["associateId"] == [address]
        assert http.delete(made.headers["location"]).status_code == 204


def _layer2(http: httpx.Client) -> dict[str, Any]:
    answer = http.get("/mec1/rni/v2/queries/layer2_meas")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["waysideOrigin"] == "SIMULATED"
    return found


@pytest.mark.netns
def test_an_application_hears_of_a_handover_in_the_living_town(system: Wayside) -> None:
    show_it(system, f"{StateFolder(system.state).prefix}-mec1")


@pytest.fixture
def simulated(short_folder: Path) -> Iterator[Wayside]:
    """The town without a single namespace."""
    running = Wayside(short_folder / "simulated", free_port(), "simulated")
    with simulated_town():
        running.run("up", "--port", str(running.port), "--mode", "simulated")
        try:
            yield running
        finally:
            running.run("down", check=False)


def test_the_simulated_town_does_the_same(simulated: Wayside) -> None:
    show_it(simulated)
