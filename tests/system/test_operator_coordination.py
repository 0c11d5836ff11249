"""An operator's OSS decides who ends for another, over TLS, while the orchestrator is killed."""

import json
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.system.operators import LOOPBACK, PATIENCE_S, Operator, free_port
from tests.system.test_operator import INSTANCES, eventually
from tests.system.test_operator_applications import EXAMPLE, instantiated, onboard

from wayside.csar.build import build_package
from wayside.system.settings import (
    CoordinationSettings,
    ResourceSettings,
    SystemSettings,
    TlsSettings,
)

pytestmark = pytest.mark.slow
ROOT = "/lcmcoord/v1/coordinations"
ENDED = ("COMPLETED", "FAILED_TEMP", "FAILED")


class Oss(ThreadingHTTPServer):
    """Takes a question, and answers it once ``decided`` is set: whoever is suggested first."""

    def __init__(self, port: int, files: TlsSettings) -> None:
        super().__init__((LOOPBACK, port), OssRequest)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.reads = 0
        self.decided = threading.Event()


class OssRequest(BaseHTTPRequestHandler):
    """One request to the OSS."""

    server: Oss

    def do_POST(self) -> None:
        """Take the question."""
        self.server.tokens.append(self.headers["Authorization"])
        length = int(self.headers["Content-Length"])
        self.server.asked.append(json.loads(self.rfile.read(length)))
        self.answer(202, None, Location=f"https://oss.example{ROOT}/{len(self.server.asked)}")

    def do_GET(self) -> None:
        """Tell the answer, or that there is none yet."""
        self.server.reads += 1
        if not self.server.decided.is_set():
            return self.answer(202, None)
        asked = self.server.asked[-1]
        ids = asked["inputParams"]["terminationOptions"][0]["appInstIdTerminationCands"]
        apps = [{"appInstanceId": id_, "terminationType": "FORCEFUL"} for id_ in ids]
        kept = ("appInstanceId", "appLcmOpOccId", "lcmOperationType", "coordinationActionName")
        result = {
            "id": "1",
            "coordinationResult": "CONTINUE",
            "outputParams": {"terminateApps": apps},
        }
        return self.answer(200, {name: asked[name] for name in kept} | result)

    def answer(self, status: int, body: object, **headers: str) -> None:
        """Send an answer."""
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(port: int, files: TlsSettings) -> Iterator[Oss]:
    """An OSS in a thread of its own."""
    oss = Oss(port, files)
    thread = threading.Thread(target=oss.serve_forever, daemon=True)
    thread.start()
    try:
        yield oss
    finally:
        oss.shutdown()
        oss.server_close()
        thread.join()


@contextmanager
def system(folder: Path) -> Iterator[tuple[Operator, SystemSettings, Oss]]:
    """An operator's system whose host has room for one instance, and its OSS."""
    operator, port = Operator(folder), free_port()
    settings = msgspec.structs.replace(
        operator.system_settings(),
        coordination=CoordinationSettings(oss=f"https://{LOOPBACK}:{port}"),
    )
    small = ResourceSettings(cpu_milli=300, memory_bytes=2_000_000_000, storage_bytes=9_000_000_000)
    host = msgspec.structs.replace(operator.host_settings(), ready_timeout_s=20.0, capacity=small)
    with serving(port, operator.authority.issue("oss")) as oss:
        try:
            operator.run("system", settings, "system")
            operator.run("host", host, "mec1")
            yield operator, settings, oss
        finally:
            operator.state.ending.touch()
            operator.end()


def await_reads(oss: Oss, count: int) -> None:
    """Return when the OSS was asked for its answer so often."""
    deadline = time.monotonic() + PATIENCE_S
    while oss.reads < count:
        assert time.monotonic() < deadline, "the OSS is not asked"
        time.sleep(0.01)


def test_the_oss_selects_who_ends_and_a_kill_of_the_orchestrator_loses_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as name:
        folder = Path(name)
        with system(folder) as (operator, settings, oss):
            client = operator.client(operator.token("oss"))
            client.base_url = httpx.URL(operator.url())
            with client:
                onboard(client, build_package(EXAMPLE, folder / "app.csar").read_bytes())
                first = instantiated(client)
                made = client.post(INSTANCES, json={"appDId": "hello-edge-1.0"})
                candidates = {"terminationOptions": [{"appInstIdTerminationCands": [first]}]}
                begun = client.post(
                    f"{made.headers['Location']}/instantiate",
                    json={"appTermCandsForCoord": candidates},
                )
                assert begun.status_code == 202, begun.text
                await_reads(oss, 1)

                operator.processes["system"].send_signal(signal.SIGKILL)
                operator.processes["system"].wait(PATIENCE_S)
                operator.state.socket("system").unlink(missing_ok=True)
                operator.run("system", settings, "system")
                await_reads(oss, oss.reads + 1)
                oss.decided.set()

                ended = eventually(client, begun.headers["Location"], "operationState", ENDED)
                assert ended["operationState"] == "COMPLETED", ended["error"]
                assert client.get(f"{INSTANCES}/{first}").json()["instantiationState"] == (
                    "NOT_INSTANTIATED"
                )
                shown = client.get(f"{INSTANCES}/{made.json()['id']}").json()
                assert shown["waysideCoordination"]["state"] == "CONTINUE"
                keys = KeySet.import_key_set(client.get("/oauth2/v1/jwks").json())
            assert len(oss.asked) == 1
            (asked,) = oss.asked
            assert asked["coordinationActionName"] == "urn:etsi:mec:coord:select-apps-to-terminate"
            assert asked["_links"]["appInstance"]["href"].startswith(operator.url())
            scheme, _, token = oss.tokens[0].partition(" ")
            assert scheme == "Bearer"
            claims = jwt.decode(token, keys).claims
            assert (claims["sub"], claims["scope"]) == ("meo", "lcmcoord:read lcmcoord:write")
            with operator.client(token) as whoever_was_shown_it:
                for name in ("system", "mec1"):
                    answer = whoever_was_shown_it.get(operator.url(name) + INSTANCES)
                    assert answer.status_code == 403, "it opens nothing of ours"


def test_an_oss_is_not_asked_without_tls(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    settings = msgspec.structs.replace(
        operator.system_settings(), coordination=CoordinationSettings(oss="http://oss.example")
    )
    settings.save(tmp_path / "system.toml")
    done = subprocess.run(
        [sys.executable, "-m", "wayside.cli", "run", "system", str(tmp_path / "system.toml")],
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode != 0
    assert "http://oss.example must start with https://" in done.stderr
