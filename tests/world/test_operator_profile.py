"""A whole system in the operator profile: everything wants a token, and no command an option."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.exclusive import simulated_town
from tests.system.old_tls import LOOPBACK, refuses_tls_1_1

from wayside.linux import netns, probe
from wayside.system.state import OPERATOR, StateFolder

from .conftest import Wayside, free_port

pytestmark = [pytest.mark.netns, pytest.mark.slow]

PATIENCE_S = 60.0
READS = (
    "/wayside/v1/status",
    "/lab/v1/town",
    "/app_pkgm/v1/app_packages",
    "/app_lcm/v1/app_instances",
    "/mec1/app_lcm/v1/app_instances",
    "/mec1/mec_service_mgmt/v1/services",
    "/mec2/wayside_vim/v1/workloads",
    "/mec2/wayside_dataplane/v1/state",
)


@pytest.fixture(scope="module", params=["real", "simulated"])
def guarded(request: pytest.FixtureRequest) -> Iterator[Wayside]:
    """A system that was started in the operator profile, and nothing else was said."""
    way = probe.Way.SIMULATED if request.param == "simulated" else probe.mode().way
    if request.param == "real" and way is probe.Way.SIMULATED:
        pytest.skip("no real town can be made here")
    with ExitStack() as stack:
        if way is probe.Way.SIMULATED:
            stack.enter_context(simulated_town())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ws", dir="/tmp"))
        running = Wayside(Path(folder) / "state", free_port(), way.value)
        stack.callback(running.run, "down", check=False)
        up(running)
        yield running


def up(system: Wayside) -> str:
    """Start the system; return what was said."""
    words = ("--port", str(system.port), "--mode", system.way, "--profile", "operator")
    return system.run("up", *words).stdout


def folder_of(system: Wayside) -> StateFolder:
    return StateFolder(system.state)


def client(system: Wayside, token: str | None = None) -> httpx.Client:
    """A caller at the front door that trusts the system's authority."""
    trust = ssl.create_default_context(cafile=str(folder_of(system).authority_certificate))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"https://{LOOPBACK}:{system.port}"
    return httpx.Client(verify=trust, trust_env=False, base_url=url, headers=headers)


def test_the_demonstration_runs_as_in_the_sandbox(guarded: Wayside) -> None:
    edge, cloud = guarded.json("demo", "--requests", "10")["arms"]
    assert (edge["servedBy"], cloud["servedBy"]) == ("edge", "cloud")
    assert edge["failures"] == cloud["failures"] == 0
    status = guarded.json("status")
    assert (status["profile"], status["ready"]) == ("operator", True)
    assert len(guarded.json("app", "list")["instances"]) == 1


def test_it_is_the_same_in_a_user_namespace(short_folder: Path) -> None:
    if not probe.finding("user namespaces").available:
        pytest.skip(probe.finding("user namespaces").detail)
    nested = Wayside(short_folder / "nested", free_port(), probe.Way.USERNS.value)
    try:
        up(nested)
        edge, cloud = nested.json("demo", "--requests", "10")["arms"]
        assert (edge["servedBy"], cloud["servedBy"]) == ("edge", "cloud")
        with client(nested) as nobody:
            assert nobody.get("/mec1/mec_service_mgmt/v1/services").status_code == 401
    finally:
        nested.run("down", check=False)


def test_nothing_is_answered_without_a_token(guarded: Wayside) -> None:
    token = guarded.run("token").stdout.strip()
    with client(guarded) as nobody, client(guarded, token) as operator:
        for path in READS:
            refused = nobody.get(path)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert operator.get(path).status_code == 200, path


def test_a_client_that_is_added_comes_in_and_one_that_is_removed_does_not(
    guarded: Wayside,
) -> None:
    refused = guarded.run("client", "add", "oss", "app_lcm:raed", check=False)
    assert "No operation needs the scope app_lcm:raed" in refused.stderr
    added = guarded.json("client", "add", "oss", "app_lcm:read")
    as_oss = ("--client-id", "oss", "--client-secret-file", added["secretFile"])
    token = guarded.run(*as_oss, "token").stdout.strip()
    with client(guarded, token) as oss:
        assert oss.get("/app_lcm/v1/app_instances").status_code == 200
        assert oss.get("/app_pkgm/v1/app_packages").status_code == 403
        listed = {each["name"]: each for each in guarded.json("client", "list")}
        assert listed["oss"] == {"name": "oss", "ofTheSystem": False, "scopes": ["app_lcm:read"]}
        assert listed[OPERATOR]["ofTheSystem"]
        guarded.run("client", "remove", "oss")
        assert oss.get("/app_lcm/v1/app_instances").status_code == 401
    assert "invalid_client" in guarded.run(*as_oss, "token", check=False).stderr


def test_links_are_those_of_the_front_door(guarded: Wayside) -> None:
    with client(guarded, guarded.run("token").stdout.strip()) as operator:
        for package in operator.get("/app_pkgm/v1/app_packages").json():
            href = package["_links"]["self"]["href"]
            assert href.startswith(f"https://{LOOPBACK}:{guarded.port}/")
            assert operator.get(href).status_code == 200


def test_plain_http_gets_no_answer(guarded: Wayside) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{guarded.url}/", trust_env=False)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_front_door_speaks_tls_1_2_and_1_3(guarded: Wayside, version: ssl.TLSVersion) -> None:
    trust = ssl.create_default_context(cafile=str(folder_of(guarded).authority_certificate))
    trust.minimum_version = trust.maximum_version = version
    with (
        socket.create_connection((LOOPBACK, guarded.port)) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() == version.name.replace("v1_", "v1.")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_front_door_refuses_tls_1_1(guarded: Wayside) -> None:
    refuses_tls_1_1(guarded.port, folder_of(guarded).authority_certificate)


def test_secrets_are_their_owners_alone_and_shown_nowhere(guarded: Wayside) -> None:
    keys = folder_of(guarded).keys
    assert keys.stat().st_mode & 0o077 == 0
    secrets = {path: path.read_text().strip() for path in keys.glob("*.secret")}
    assert folder_of(guarded).secret(OPERATOR) in secrets
    for path in (*secrets, *keys.glob("*.key"), keys / "clients.toml"):
        assert path.stat().st_mode & 0o077 == 0, path
    shown = [path for path in guarded.state.rglob("*") if path.is_file() and path not in secrets]
    shown += list(Path("/proc").glob("[0-9]*/cmdline"))
    for path in shown:
        try:
            content = path.read_bytes()
        except OSError:
            continue  # a process that ended meanwhile
        assert not any(secret.encode() in content for secret in secrets.values()), path


def test_starting_again_says_the_same_and_changes_nothing(guarded: Wayside) -> None:
    before = guarded.processes()
    said = up(guarded)
    assert str(folder_of(guarded).secret(OPERATOR)) in said
    assert folder_of(guarded).secret(OPERATOR).read_text().strip() not in said
    assert guarded.processes() == before


@pytest.mark.parametrize("name", ["front", "world", "system"])
def test_what_was_killed_is_started_again_and_believed(guarded: Wayside, name: str) -> None:
    before = guarded.processes()
    os.kill(before[name], signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while (after := running(guarded)).get(name) in (None, before[name]):
        assert time.monotonic() < deadline
        up(guarded)
    assert after | {name: 0} == before | {name: 0}
    assert guarded.json("demo", "--requests", "5")["arms"][0]["servedBy"] == "edge"


DEVICE = """
import http.client, json, ssl, sys
address, source, trust, token, method, path, body = sys.argv[1:8]
context = ssl.create_default_context(cafile=trust)
http_ = http.client.HTTPSConnection(
    address, 8000, timeout=25, context=context, source_address=(source, 0)
)
headers = {"content-type": "application/json"}
if token:
    headers["authorization"] = "Bearer " + token
http_.request(method, path, body or None, headers)
answer = http_.getresponse()
text = answer.read().decode()
print(json.dumps([answer.status, json.loads(text) if text else None]))
"""


def as_device(
    system: Wayside, token: str, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    """What the device ue1 is answered by the proxy for device applications."""
    first = "127" if system.way == probe.Way.SIMULATED else "10"
    folder = folder_of(system)
    argv = [
        sys.executable, "-c", DEVICE, f"{first}.47.0.1", f"{first}.45.1.1",
        str(folder.authority_certificate), token, method, path,
        "" if body is None else json.dumps(body),
    ]  # fmt: skip
    if system.way != probe.Way.SIMULATED:
        argv = netns.command_in(f"{folder.prefix}-ue1", argv)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    status, answer = json.loads(done.stdout)
    return status, answer


def token_of(system: Wayside, name: str, *scopes: str) -> str:
    """A token of a new client."""
    system.run("client", "add", name, *scopes)
    (secret,) = folder_of(system).keys.rglob(f"{name}.secret")
    with client(system) as http:
        asked = {"grant_type": "client_credentials"}
        auth = (name, secret.read_text().strip())
        answer = http.post("/oauth2/v1/token", data=asked, auth=auth)
    return str(answer.json()["access_token"])


def test_a_device_application_is_a_client_and_its_context_is_nobody_elses(
    guarded: Wayside,
) -> None:
    if guarded.way == probe.Way.USERNS:
        pytest.skip("namespaces inside a user namespace are not reached from outside")
    guarded.run("demo", "--requests", "5")
    contexts = "/dev_app/v1/app_contexts"
    info = {
        "appDId": "hello-edge-1.0", "appName": "hello-edge", "appProvider": "Wayside examples",
        "appDVersion": "1.0", "userAppInstanceInfo": [{}],
    }  # fmt: skip
    wish = {"associateDevAppId": "phone", "appInfo": info}
    own = token_of(guarded, "phone-app", "dev_app:read", "dev_app:write")
    other = token_of(guarded, "other-app", "dev_app:write")
    reader = token_of(guarded, "reading-app", "dev_app:read")
    assert as_device(guarded, "", "POST", contexts, wish)[0] == 401
    assert as_device(guarded, reader, "POST", contexts, wish)[0] == 403
    for callback in ("http://10.255.0.1:8000/x", "http://127.0.0.1:1/x", "http://10.45.1.2:1/x"):
        wrong = as_device(guarded, own, "POST", contexts, wish | {"callbackReference": callback})
        assert (wrong[0], wrong[1]["field"]) == (422, "$.callbackReference")
    status, made = as_device(guarded, own, "POST", contexts, wish)
    assert status == 201, made
    one = f"{contexts}/{made['contextId']}"
    assert as_device(guarded, other, "DELETE", one)[0] == 404
    (shown,) = guarded.json("device", "contexts")
    assert (shown["owner"], shown["cells"]) == ("phone-app", ["cell1"])
    assert as_device(guarded, own, "DELETE", one)[0] == 204
    with client(guarded, own) as front:
        assert front.get("/dev_app/v1/app_list").status_code == 404


def running(system: Wayside) -> dict[str, int]:
    """The processes as the system says; none while it cannot say."""
    said = system.run("status", "--json", check=False).stdout
    return {each["name"]: each["pid"] for each in json.loads(said)["processes"]} if said else {}


def test_down_leaves_nothing_running_and_the_next_start_knows_the_same_client(
    guarded: Wayside,
) -> None:
    secret = folder_of(guarded).secret(OPERATOR).read_text()
    guarded.run("down")
    assert list(folder_of(guarded).run.iterdir()) == []
    with pytest.raises(OSError):
        socket.create_connection((LOOPBACK, guarded.port)).close()
    up(guarded)
    assert folder_of(guarded).secret(OPERATOR).read_text() == secret
    assert guarded.json("status")["ready"]
    assert [each["appDId"] for each in guarded.json("app", "list")["instances"]] == [
        "hello-edge-1.0"
    ]
