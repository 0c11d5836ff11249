"""A whole system, as a device sees it from its own namespace: it asks, is served, and is told."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wayside.linux import netns
from wayside.system.state import StateFolder

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
UALCMP = "http://10.47.0.1:8000"
CONTEXTS = f"{UALCMP}/dev_app/v1/app_contexts"
ASK = """
import json, sys, urllib.error, urllib.request
method, url, body, timeout_s = sys.argv[1:5]
request = urllib.request.Request(url, method=method, data=body.encode() or None)
request.add_header("content-type", "application/json")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    answer = opener.open(request, timeout=int(timeout_s))
except urllib.error.HTTPError as refused:
    answer = refused
except OSError:
    print(json.dumps([0, None]))
    sys.exit()
text = answer.read().decode()
print(json.dumps([answer.status, json.loads(text) if text else None]))
"""
LISTEN = """
import http.server, sys
class Told(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()
        print(body.decode(), flush=True)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer((sys.argv[1], 9001), Told)
print("listens", flush=True)
server.serve_forever()
"""


class Town:
    """The nodes of a system's town, entered from outside."""

    def __init__(self, system: Wayside) -> None:
        self._prefix = StateFolder(system.state).prefix

    def ask(
        self, node: str, method: str, url: str, body: object = None, *, timeout_s: int = 25
    ) -> tuple[int, Any]:
        """What a node is answered; 0 where nobody answers."""
        text = "" if body is None else json.dumps(body)
        argv = [sys.executable, "-c", ASK, method, url, text, str(timeout_s)]
        status, answer = json.loads(netns.run_in(f"{self._prefix}-{node}", argv))
        return status, answer

    @contextmanager
    def running(self, node: str, argv: list[str], says: str) -> Iterator[subprocess.Popen[str]]:
        """A program in a node, once it has said that it is there."""
        command = netns.command_in(f"{self._prefix}-{node}", argv)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
            try:
                assert says in process.stdout.readline()
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def package(system: Wayside, short_folder: Path) -> Path:
    """hello-edge, built and signed as its developer does it."""
    project = short_folder / "hello-edge"
    shutil.copytree(EXAMPLE, project)
    system.run("app", "build", str(project))
    (made,) = project.glob("*.csar")
    system.run("app", "sign", str(made))
    return made


@pytest.fixture(scope="module")
def town(system: Wayside, package: Path) -> Town:
    """The town, with hello-edge on-boarded."""
    if system.way != "root":
        pytest.skip("namespaces inside a user namespace are not reached from outside")
    system.run("app", "onboard", str(package))
    return Town(system)


def wish(**changes: Any) -> dict[str, Any]:
    info = {
        "appDId": "hello-edge-1.0",
        "appName": "hello-edge",
        "appProvider": "Wayside examples",
        "appDVersion": "1.0",
        "userAppInstanceInfo": [{}],
    }
    info |= {name: changes.pop(name) for name in ("appPackageSource",) if name in changes}
    if "appPackageSource" in info:
        del info["appDId"]
    return {"associateDevAppId": "phone", "appInfo": info} | changes


def ended(system: Wayside) -> None:
    """Return when no instance is left."""
    deadline = time.monotonic() + 20
    while system.json("app", "list")["instances"]:
        assert time.monotonic() < deadline, system.json("app", "list")
        time.sleep(0.2)


def test_a_device_is_served_at_the_address_that_it_is_answered(system: Wayside, town: Town) -> None:
    _, listed = town.ask("ue1", "GET", f"{UALCMP}/dev_app/v1/app_list")
    (entry,) = listed["appList"]
    assert entry["appInfo"]["appDId"] == "hello-edge-1.0"
    assert entry["appInfo"]["appCharcs"]["latency"] == 4, "2 ms one way are 4 there and back"

    status, context = town.ask("ue1", "POST", CONTEXTS, wish())
    assert status == 201, context
    (info,) = context["appInfo"]["userAppInstanceInfo"]
    status, said = town.ask("ue1", "GET", info["referenceURI"])
    assert (status, said["served_by"], said["host"]) == (200, "edge", "mec1")
    assert (said["device"], said["instance"]) == ("10.45.1.1", info["appInstanceId"])

    (shown,) = system.json("device", "contexts")
    assert (shown["contextId"], shown["cells"]) == (context["contextId"], ["cell1"])
    assert "10.60.1." in system.run("device", "contexts").stdout
    status, _ = town.ask("ue1", "DELETE", f"{CONTEXTS}/{context['contextId']}")
    assert status == 204
    ended(system)


def test_a_device_that_is_too_far_from_every_host_is_told_so(town: Town) -> None:
    status, refused = town.ask("ue3", "POST", CONTEXTS, wish())
    assert status == 403
    assert "latency" in refused["detail"]


def test_a_device_is_told_when_its_application_is_ended(system: Wayside, town: Town) -> None:
    argv = [sys.executable, "-c", LISTEN, "10.45.1.2"]
    with town.running("ue2", argv, "listens") as listener:
        asked = wish(callbackReference="http://10.45.1.2:9001/told")
        status, context = town.ask("ue2", "POST", CONTEXTS, asked)
        assert status == 201, context
        (info,) = context["appInfo"]["userAppInstanceInfo"]
        system.run("app", "stop", info["appInstanceId"])
        assert listener.stdout is not None
        told = json.loads(listener.stdout.readline())
    assert told == {
        "notificationType": "ApplicationContextDeleteNotification",
        "contextId": context["contextId"],
    }
    assert system.json("device", "contexts") == []


def test_a_device_brings_its_own_application(system: Wayside, town: Town, package: Path) -> None:
    own = package.with_name("own")
    own.mkdir()
    text = (EXAMPLE / "app.yaml").read_text().replace("hello-edge-1.0", "own-edge-1.0")
    shutil.copytree(EXAMPLE / "files", own / "files")
    (own / "app.yaml").write_text(text)
    system.run("app", "build", str(own))
    (made,) = own.glob("*.csar")
    system.run("app", "sign", str(made))
    serve = [
        sys.executable, "-u", "-m", "http.server", "9000", "--bind", "10.45.1.1",
        "--directory", str(own),
    ]  # fmt: skip
    with town.running("ue1", serve, "Serving HTTP"):
        source = f"http://10.45.1.1:9000/{made.name}"
        status, context = town.ask("ue1", "POST", CONTEXTS, wish(appPackageSource=source))
    assert status == 201, context
    (info,) = context["appInfo"]["userAppInstanceInfo"]
    status, said = town.ask("ue1", "GET", info["referenceURI"])
    assert (status, said["instance"]) == (200, info["appInstanceId"])
    system.run("device", "stop", context["contextId"])
    ended(system)


def test_the_command_line_asks_as_a_device_does(system: Wayside, town: Town) -> None:
    assert "hello-edge" in system.run("device", "apps").stdout
    assert "Valbonne" in system.run("device", "where", "hello-edge").stdout
    made = system.json("device", "start", "hello-edge-1.0", "--device-app", "desk")
    assert made["associateDevAppId"] == "desk"
    system.run("device", "stop", made["contextId"][:8])
    ended(system)


def test_devices_alone_reach_the_proxy_and_nothing_else_there(town: Town) -> None:
    listed = f"{UALCMP}/dev_app/v1/app_list"
    assert town.ask("ue4", "GET", listed)[0] == 200
    assert town.ask("cloud", "GET", listed, timeout_s=2)[0] == 0
    for url in (
        "http://10.255.0.1:8000/app_lcm/v1/app_instances",
        f"{UALCMP}/app_lcm/v1/app_instances",
        f"{UALCMP}/wayside_contexts/v1/contexts",
    ):
        assert town.ask("ue1", "GET", url, timeout_s=2)[0] in (0, 404), url
