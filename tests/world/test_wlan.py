"""A whole system on access points of the real hostapd: what happens there is asked for and told."""

import asyncio
import json
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.access.hostapd.twin import CAFE, HOSTAPD, PHONE, TABLE, real
from tests.exclusive import simulated_town

from wayside.access.hostapd.control import opened
from wayside.system.scenarios import scenario_path

from .conftest import Wayside, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(HOSTAPD is None, reason="hostapd is not installed"),
]
TOLD_S_MAX = 20.0


class Access:
    """A running hostapd without a radio, and words for what happens at it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.control = Path()

    @contextmanager
    def running(self, folder: Path) -> Iterator["Access"]:
        """Run it until the block ends."""
        self._thread.start()
        program = real(folder)
        self.control = self._do(program.__aenter__())
        try:
            yield self
        finally:
            self._do(program.__aexit__(None, None, None))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def ask(self, command: str) -> str:
        """Have an operator say something at the control socket."""

        async def asked() -> str:
            async with opened(self.control) as control:
                return await control.ask(command)

        return str(self._do(asked())).strip()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@pytest.fixture(scope="module")
def access(short_folder: Path) -> Iterator[Access]:
    with Access().running(short_folder) as running:
        yield running


@pytest.fixture(scope="module")
def system(short_folder: Path, access: Access) -> Iterator[Wayside]:
    """A simulated town whose access points are hostapd's."""
    town = scenario_path("town").read_text()
    (short_folder / "table.toml").write_text(TABLE)
    file = short_folder / "cafe.toml"
    file.write_text(
        town[: town.index("\n[network]")]
        + '\n[source]\nkind = "hostapd"\ntable = "table.toml"\nlook_every_s = 0.2\n'
        + f'access_points = [{{ cell = "cafe", control = "{access.control}" }}]\n'
    )
    assert "network" not in tomllib.loads(file.read_text())
    with simulated_town():
        running = start(short_folder / "state", "simulated", scenario=str(file))
        try:
            yield running
        finally:
            running.run("down", check=False)


@contextmanager
def callbacks() -> Iterator[tuple[str, "list[dict[str, Any]]", threading.Event]]:
    """Take notifications on loopback: where, what came, and a flag for each."""
    taken: list[dict[str, Any]] = []
    came = threading.Event()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()
            came.set()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/told", taken, came
    finally:
        server.shutdown()
        server.server_close()


def stations(system: Wayside) -> list[dict[str, Any]]:
    answer = httpx.get(f"{system.url}/mec1/wai/v2/queries/sta/sta_information", trust_env=False)
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def until(system: Wayside, count: int) -> list[dict[str, Any]]:
    """Wait until so many stations are told of."""
    gone = threading.Event()
    for _ in range(int(TOLD_S_MAX / 0.1)):
        found = stations(system)
        if len(found) == count:
            return found
        gone.wait(0.1)
    raise AssertionError(f"{len(found)} stations instead of {count}")


def test_a_station_of_hostapd_is_told_of_as_measured_and_when_it_goes(
    system: Wayside, access: Access
) -> None:
    (cafe,) = system.json("wlan", "points")
    assert (cafe["apId"]["bssid"], cafe["waysideOrigin"]) == (CAFE, "MEASURED")
    assert access.ask(f"NEW_STA {PHONE}") == "OK"
    (phone,) = until(system, 1)
    assert (phone["staId"]["macId"], phone["waysideOrigin"]) == (PHONE, "MEASURED")
    assert phone["staId"]["ipAddress"] == ["10.45.9.1"]
    shown = system.run("wlan", "stations", "--ap", CAFE.upper()).stdout
    assert PHONE in shown and "10.45.9.1" in shown
    assert system.json("wlan", "stations", "--ap", "02:00:00:00:0a:02") == []
    with callbacks() as (url, taken, came):
        wanted = {
            "subscriptionType": "AssocStaSubscription",
            "callbackReference": url,
            "apId": {"bssid": CAFE},
            "notificationEvent": {"trigger": 2, "threshold": 0},
        }
        answer = httpx.post(f"{system.url}/mec1/wai/v2/subscriptions", json=wanted, trust_env=False)
        assert answer.status_code == 201, answer.text
        assert access.ask(f"DISASSOCIATE {PHONE}") == "OK"
        assert came.wait(TOLD_S_MAX)
        assert [each["notificationType"] for each in taken] == ["AssocStaNotification"]
    assert until(system, 0) == []


def test_an_access_point_that_is_switched_off_is_not_told_of(
    system: Wayside, access: Access
) -> None:
    assert access.ask("DISABLE") == "OK"
    gone = threading.Event()
    for _ in range(int(TOLD_S_MAX / 0.1)):
        if not (found := system.json("wlan", "points")):
            break
        gone.wait(0.1)
    assert found == []
    assert access.ask("ENABLE") == "OK"
    for _ in range(int(TOLD_S_MAX / 0.1)):
        if found := system.json("wlan", "points"):
            break
        gone.wait(0.1)
    assert [each["apId"]["bssid"] for each in found] == [CAFE]
