"""hello-edge by itself, before a platform that is played here over real HTTP on loopback."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from wayside.core.wire import decode
from wayside.csar.build import build_package
from wayside.csar.lint import lint
from wayside.csar.package import open_package
from wayside.csar.policy import Policy
from wayside.model.services import ServiceInfo

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
ADDRESS = f"127.{10 + os.getpid() % 200}.7.9"
PATIENCE_S = 20


class Platform(ThreadingHTTPServer):
    """Answers what a MEC platform answers, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: Queue[tuple[str, str, Any]] = Queue()
        self.refusals = {"/confirm_ready": [409, 409]}
        self.left_behind: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next(self) -> tuple[str, str, Any]:
        return self.asked.get(timeout=PATIENCE_S)


class Answers(BaseHTTPRequestHandler):
    server: Platform

    def do_GET(self) -> None:
        listed: Any = {"_links": {"self": {"href": self.path}}}
        if self.path.endswith("/services"):
            listed = self.server.left_behind
        self.reply(200, listed)

    def do_DELETE(self) -> None:
        self.note(None)
        self.reply(204, None)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for ending, statuses in self.server.refusals.items():
            if self.path.endswith(ending) and statuses:
                self.reply(statuses.pop(), {"status": 409, "detail": "Not yet."})
                return
        self.note(body)
        known = body | {"serInstanceId": "s-1"} if self.path.endswith("/services") else None
        self.reply(201 if known else 204, known)

    def note(self, body: Any) -> None:
        self.server.asked.put((self.command, self.path, body))

    def reply(self, status: int, body: Any) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def running(platform: Platform) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "MEC_APP_INSTANCE_ID": "i-1",
        "MEC_APP_ADDRESS": ADDRESS,
        "MEC_MP1_URL": platform.url,
        "MEC_HOST_ID": "mec1",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, str(EXAMPLE / "files" / "main.py")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def fetch(path: str, body: Any = None, *, port: int = 8080) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://{ADDRESS}:{port}{path}", data, PATIENCE_S) as answer:
        return bytes(answer.read())


SUPPORT = "/mec_app_support/v2/applications/i-1"
SERVICES = "/mec_service_mgmt/v1/applications/i-1/services"


def test_it_enters_serves_and_leaves_as_mec_011_has_it(platform: Platform) -> None:
    with running(platform) as process:
        subscribed, registered, ready = platform.next(), platform.next(), platform.next()
        assert subscribed[:2] == ("POST", f"{SUPPORT}/subscriptions")
        assert registered[:2] == ("POST", SERVICES)
        assert decode(json.dumps(registered[2]).encode(), ServiceInfo).ser_name == "hello"
        assert ready == ("POST", f"{SUPPORT}/confirm_ready", {"indication": "READY"})

        greeting = json.loads(fetch("/"))
        assert (greeting["served_by"], greeting["instance"]) == ("edge", "i-1")
        assert len(fetch("/bytes?n=100000")) == 100000

        notification = {
            "notificationType": "AppTerminationNotification",
            "operationAction": "TERMINATING",
            "maxGracefulTimeout": 5,
            "_links": {"confirmTermination": {"href": f"{platform.url}/confirm/here"}},
        }
        fetch("/", notification, port=8081)
        assert platform.next() == ("DELETE", f"{SERVICES}/s-1", None)
        confirmed = {"operationAction": "TERMINATING"}
        assert platform.next() == ("POST", "/confirm/here", confirmed)
        assert process.wait(PATIENCE_S) == 0


def test_sigterm_makes_it_deregister_and_go(platform: Platform) -> None:
    with running(platform) as process:
        for _ in range(3):
            platform.next()
        process.terminate()
        assert platform.next() == ("DELETE", f"{SERVICES}/s-1", None)
        assert process.wait(PATIENCE_S) == 0
        assert platform.asked.empty()


def test_started_again_it_takes_away_what_it_left_behind(platform: Platform) -> None:
    platform.left_behind = [{"serInstanceId": "old", "serName": "hello"}]
    with running(platform):
        assert platform.next() == ("DELETE", f"{SERVICES}/old", None)
        assert platform.next()[1] == f"{SUPPORT}/subscriptions"


@pytest.mark.parametrize(
    ("path", "status"), [("/bytes?n=-1", 400), ("/bytes?n=999999999999", 400), ("/other", 404)]
)
def test_bad_requests_are_refused(platform: Platform, path: str, status: int) -> None:
    with running(platform):
        for _ in range(3):
            platform.next()
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(path)
        assert refused.value.code == status
        refused.value.close()


def test_its_package_is_what_it_should_be(tmp_path: Path) -> None:
    assert lint(EXAMPLE, now=0) == []
    built = build_package(EXAMPLE, tmp_path / "hello.csar")
    with open_package(built, Policy.dev(), now=0) as package:
        appd = package.appd
    assert appd.app_d_id == "hello-edge-1.0"
    assert appd.app_latency is not None
    assert appd.app_latency.max_latency == 2_000_000
    (rule,) = appd.app_traffic_rule
    assert rule.traffic_filter[0].dst_port == ("80", "8080")
    assert [each.dst_ip_address for each in rule.dst_interfaces] == ["${instance.ip}"]
    assert appd.app_dns_rule[0].domain_name == "hello.example"
