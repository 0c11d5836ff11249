"""Two hosts of a whole system: what one shares is found on the other, over the town's network."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from tests.mep.world import service

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

PATIENCE_S = 30.0
SERVICES = "mec_service_mgmt/v1"


def eventually(true: Callable[[], bool], what: str) -> float:
    """Wait until ``true()`` and return the seconds it took; fail naming ``what`` after a while."""
    began = time.monotonic()
    while not true():
        if time.monotonic() > began + PATIENCE_S:
            pytest.fail(f"not within {PATIENCE_S:.0f} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def register(system: Wayside, host: str) -> str:
    """Return the identifier of an application that registered itself at a host's platform."""
    body = {"appName": "own", "endpoint": {"uris": ["http://10.60.1.2:8000/"]}}
    url = f"{system.url}/{host}/mec_app_support/v2/registrations"
    made = httpx.post(url, json=body, trust_env=False)
    assert made.status_code == 201, made.text
    return made.headers["location"].rpartition("/")[2]


def offer(system: Wayside, host: str, app: str, **more: object) -> str:
    """Offer a service; return its URL."""
    url = f"{system.url}/{host}/{SERVICES}/applications/{app}/services"
    made = httpx.post(url, json=service(**more), trust_env=False)
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


def names(system: Wayside, host: str) -> dict[str, Any]:
    """The states of the services found at a host, by name."""
    url = f"{system.url}/{host}/{SERVICES}/services"
    found = httpx.get(url, trust_env=False)
    return {each["serName"]: each["state"] for each in found.json()}


def test_a_service_for_the_system_is_found_on_the_other_host_and_one_for_the_host_is_not(
    system: Wayside,
) -> None:
    app = register(system, "mec1")
    url = offer(
        system, "mec1", app, serName="far", scopeOfLocality="MEC_SYSTEM", consumedLocalOnly=False
    )
    offer(system, "mec1", app, serName="near")
    assert set(names(system, "mec1")) >= {"far", "near"}
    eventually(lambda: "far" in names(system, "mec2"), "the service on the other host")
    assert "near" not in names(system, "mec2")
    (peer,) = httpx.get(f"{system.url}/mec2/wayside_mp3/v1/platforms", trust_env=False).json()
    assert peer == {"hostId": "mec1", "reachable": True, "services": 1}
    assert httpx.delete(url, trust_env=False).status_code == 204
    eventually(lambda: "far" not in names(system, "mec2"), "the service gone on the other host")


def answers(system: Wayside, host: str) -> bool:
    """Whether a host's platform answers."""
    with suppress(httpx.TransportError):
        url = f"{system.url}/{host}/{SERVICES}/services"
        return httpx.get(url, trust_env=False).status_code == 200
    return False


def test_a_host_that_was_killed_finds_what_changed_meanwhile(system: Wayside) -> None:
    if system.way != "root":
        pytest.skip("processes inside a user namespace cannot be killed by number from outside")
    app = register(system, "mec1")
    wide: dict[str, Any] = {"scopeOfLocality": "MEC_SYSTEM", "consumedLocalOnly": False}
    url = offer(system, "mec1", app, serName="old", **wide)
    eventually(lambda: "old" in names(system, "mec2"), "the service on the other host")
    before = system.processes()["mec2"]
    os.kill(before, signal.SIGKILL)
    assert httpx.delete(url, trust_env=False).status_code == 204
    offer(system, "mec1", app, serName="new", **wide)
    eventually(lambda: answers(system, "mec2"), "the killed host is back")
    assert system.processes()["mec2"] != before
    eventually(lambda: "new" in names(system, "mec2"), "what came meanwhile")
    eventually(lambda: "old" not in names(system, "mec2"), "what went meanwhile is gone")
