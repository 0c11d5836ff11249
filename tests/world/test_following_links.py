"""A whole system: a device moves in the living town, and its packets come from the other cell."""

import json
import time

import httpx
import pytest

from wayside.linux import netns
from wayside.system.state import StateFolder

from .conftest import Wayside

pytestmark = [pytest.mark.slow, pytest.mark.netns]

FOLLOWED_S_MAX = 30.0


def _cell(http: httpx.Client, device: str) -> tuple[str, str]:
    """The cell and the host that a device of the lab has now."""
    town = http.get("/lab/v1/town").json()
    found = next(each for each in town["devices"] if each["id"] == device)
    return found["cell"], found["host"]


def _moved(running: Wayside, http: httpx.Client, device: str, cell: str) -> None:
    running.run("network", "move", device, "--to", cell)
    deadline = time.monotonic() + FOLLOWED_S_MAX
    while _cell(http, device)[0] != cell:
        assert time.monotonic() < deadline, f"{device} does not come to {cell}"
        time.sleep(0.1)


def test_a_link_follows_its_device_to_another_cell_and_back(system: Wayside) -> None:
    prefix = StateFolder(system.state).prefix
    with httpx.Client(base_url=system.url, trust_env=False, timeout=30) as http:
        before = _cell(http, "ue2")
        assert before == ("cell1", "mec1")
        try:
            _moved(system, http, "ue2", "cell2")
            assert _cell(http, "ue2") == ("cell2", "mec2")
            told = http.get("/wayside_network/v1/devices/ue2").json()
            assert "cell2" in {each["cell"] for each in told["radios"]}
            links = json.loads(netns.run_in(f"{prefix}-ue2", ["ip", "-j", "link"]))
            assert {each["ifname"] for each in links} == {"lo", "cell2"}
            body = {"device": "ue2", "name": "hello.example", "count": 2}
            asked = http.post("/lab/v1/requests", json=body).json()
            assert asked["failures"] == [] and len(asked["timingsS"]) == 2
        finally:
            _moved(system, http, "ue2", "cell1")
        assert _cell(http, "ue2") == before
