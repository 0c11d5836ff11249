"""Applications in the operator profile: credentials of their own, tokens bound to the instance."""

import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.system.operators import CLIENTS, LOOPBACK, Operator
from tests.system.test_operator import INSTANCES, PACKAGES, eventually

from wayside.csar.build import build_package
from wayside.security.applications import InstanceClients, platform_key
from wayside.security.identity import application_of

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "hello-edge"
SUPPORT = "/mec_app_support/v2/applications"
SERVICES = "/mec_service_mgmt/v1"


@dataclass
class Edge:
    """An operator's edge with an application on it."""

    operator: Operator
    instances: tuple[str, ...]

    def secret(self, instance: str) -> str:
        """What the instance finds in its environment."""
        key = platform_key(self.operator.state.element("mec1") / "keys" / "instances.key")
        return InstanceClients(key, lambda id: True).secret_of(instance)

    def ask_token(self, instance: str, secret: str | None = None) -> httpx.Response:
        """What the platform's token endpoint answers to an instance."""
        form = {
            "grant_type": "client_credentials",
            "client_id": instance,
            "client_secret": self.secret(instance) if secret is None else secret,
        }
        with self.operator.client() as client:
            return client.post(f"{self.operator.url('mp1')}/oauth2/v1/token", data=form)

    def application(self, instance: str) -> httpx.Client:
        """A caller with the instance's token, on connections that are kept."""
        client = self.operator.client(self.ask_token(instance).json()["access_token"])
        client.base_url = httpx.URL(self.operator.url("mp1"))
        return client

    def oss(self) -> httpx.Client:
        """The operator's own caller."""
        client = self.operator.client(self.operator.token("oss"))
        client.base_url = httpx.URL(self.operator.url())
        return client


def onboard(client: httpx.Client, content: bytes) -> None:
    checksum = {"algorithm": "SHA-256", "hash": hashlib.sha256(content).hexdigest()}
    wanted = {"appPkgName": "hello-edge", "appPkgVersion": "1.0", "checksum": checksum}
    made = client.post(PACKAGES, json=wanted)
    assert made.status_code == 201, made.text
    place, zip_ = made.headers["Location"], {"Content-Type": "application/zip"}
    sent = client.put(f"{place}/package_content", content=content, headers=zip_)
    assert sent.status_code == 202, sent.text
    eventually(client, place, "onboardingState", ("ONBOARDED",))


def instantiated(client: httpx.Client) -> str:
    made = client.post(INSTANCES, json={"appDId": "hello-edge-1.0"})
    accepted = client.post(f"{made.headers['Location']}/instantiate", json={})
    assert accepted.status_code == 202, accepted.text
    ended = eventually(
        client,
        accepted.headers["Location"],
        "operationState",
        ("COMPLETED", "FAILED_TEMP", "FAILED"),
    )
    assert ended["operationState"] == "COMPLETED", ended["error"]
    return str(made.json()["id"])


@pytest.fixture(scope="module")
def edge() -> Iterator[Edge]:
    """Two instances of the example, which confirmed that they are ready: with their tokens."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        operator = Operator(Path(folder))
        try:
            operator.run("system", operator.system_settings(), "system")
            patient = msgspec.structs.replace(operator.host_settings(), ready_timeout_s=20.0)
            operator.run("host", patient, "mec1")
            found = Edge(operator, ())
            with found.oss() as oss:
                onboard(oss, build_package(EXAMPLE, Path(folder) / "app.csar").read_bytes())
                found.instances = (instantiated(oss), instantiated(oss))
            yield found
        finally:
            operator.state.ending.touch()
            operator.end()


def test_the_example_registered_its_service_with_a_token_of_its_own(edge: Edge) -> None:
    one = edge.instances[0]
    with edge.application(one) as application:
        services = application.get(f"{SERVICES}/services?ser_name=hello").json()
        assert [each["serName"] for each in services] == ["hello", "hello"]
        own = application.get(f"{SERVICES}/applications/{one}/services")
        assert len(own.json()) == 1


def test_a_token_opens_nothing_of_another_instance(edge: Edge) -> None:
    one, two = edge.instances
    closed = [
        ("GET", f"{SUPPORT}/{two}/traffic_rules"),
        ("GET", f"{SUPPORT}/{two}/dns_rules"),
        ("GET", f"{SUPPORT}/{two}/subscriptions"),
        ("GET", f"/mec_app_support/v2/registrations/{two}"),
        ("GET", f"{SERVICES}/applications/{two}/services"),
        ("POST", f"{SERVICES}/applications/{two}/services"),
        ("POST", f"{SUPPORT}/{two}/confirm_termination"),
    ]
    with edge.application(one) as application:
        for method, path in closed:
            answer = application.request(method, path, json={} if method == "POST" else None)
            assert answer.status_code == 403, (method, path, answer.text)
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_token_registers_nobody_but_its_own_instance(edge: Edge) -> None:
    one, two = edge.instances
    with edge.application(one) as application:
        for body in ({"appName": "x"}, {"appName": "x", "appInstanceId": two}):
            answer = application.post("/mec_app_support/v2/registrations", json=body)
            assert answer.status_code == 403, answer.text
            assert "bound to" in answer.json()["detail"]


def test_an_instances_token_is_good_at_its_platform_alone(edge: Edge) -> None:
    one = edge.instances[0]
    token = edge.ask_token(one).json()["access_token"]
    with edge.operator.client(token) as client:
        managed = client.get(f"{edge.operator.url('mec1')}{INSTANCES}")
        assert managed.status_code == 403
        system = client.get(f"{edge.operator.url()}{INSTANCES}")
    assert system.status_code == 401
    assert 'error="invalid_token"' in system.headers["WWW-Authenticate"]


@pytest.mark.parametrize("secret", ["", "x", "ä"])
def test_a_wrong_secret_gets_no_token(edge: Edge, secret: str) -> None:
    refused = edge.ask_token(edge.instances[0], secret)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("host", [LOOPBACK, "169.254.169.254", "2130706433", "[::1]", "localhost"])
def test_a_callback_leads_to_the_instances_own_address_alone(edge: Edge, host: str) -> None:
    one = edge.instances[0]
    body = {
        "subscriptionType": "SerAvailabilityNotificationSubscription",
        "callbackReference": f"http://{host}:8081/in",
    }
    with edge.application(one) as application:
        answer = application.post(f"{SERVICES}/applications/{one}/subscriptions", json=body)
    assert answer.status_code == 422, answer.text
    assert "callbackReference" in answer.text


def test_whoever_onboards_gets_a_secret_and_the_application_a_token(edge: Edge) -> None:
    with edge.oss() as oss:
        package = oss.get(PACKAGES).json()[0]
        place = f"/wayside_clients/v1/app_packages/{package['id']}/client"
        assert oss.get(place).status_code == 404
        first = oss.post(place).json()
        issued = oss.post(place).json()
        assert oss.get(place).json()["issue"] == 2
        assert "Secret" not in oss.get(place).text
    assert application_of(first["clientId"]) == (package["appProvider"], package["appName"])
    form = {"grant_type": "client_credentials", "client_id": first["clientId"]}
    refused = edge.operator.ask_token(**form, client_secret=first["clientSecret"])
    assert refused.json()["error"] == "invalid_client"
    given = edge.operator.ask_token(**form, client_secret=issued["clientSecret"])
    assert given.status_code == 200, given.text
    with edge.operator.client(given.json()["access_token"]) as application:
        mp1 = edge.operator.url("mp1")
        for instance in edge.instances:
            answer = application.get(f"{mp1}{SUPPORT}/{instance}/traffic_rules")
            assert answer.status_code == 200, answer.text
        assert application.get(f"{mp1}{SERVICES}/services").status_code == 200
        assert application.get(f"{mp1}{SUPPORT}/another/traffic_rules").status_code == 403
        named = {"appName": "x", "appInstanceId": "another"}
        registered = application.post(f"{mp1}/mec_app_support/v2/registrations", json=named)
        assert registered.status_code == 403
        assert application.get(edge.operator.url() + INSTANCES).status_code == 403
    written = edge.operator.state.element("system").glob("clients.db*")
    kept = b"".join(each.read_bytes() for each in written)
    assert first["clientId"].encode() in kept
    assert issued["clientSecret"].encode() not in kept


def test_no_secret_is_written_down_or_shown(edge: Edge) -> None:
    secrets = [edge.secret(each) for each in edge.instances]
    secrets += [CLIENTS[name][0] for name in ("oss", "reader")]
    secrets.append(edge.ask_token(edge.instances[0]).json()["access_token"])
    root = edge.operator.state.root
    files = [path for path in root.rglob("*") if path.is_file()]
    files += [edge.operator.folder / f"{name}.log" for name in ("system", "mec1")]
    files += list(Path("/proc").glob("[0-9]*/cmdline"))
    for path in files:
        try:
            content = path.read_bytes()
        except OSError:
            continue  # a process that ended meanwhile
        for secret in secrets:
            assert secret.encode() not in content, path
    for kept in root.rglob("*.key"):
        assert kept.stat().st_mode & 0o077 == 0, kept


def test_an_instances_environment_is_its_owners_alone(edge: Edge) -> None:
    needle = f"MEC_CLIENT_ID={edge.instances[0]}".encode()
    held = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if needle in path.read_bytes().split(b"\0"):
                held.append(path)
        except OSError:
            continue  # not ours, or ended
    assert held
    for path in held:
        assert path.stat().st_mode & 0o077 == 0
        assert path.stat().st_uid in (os.getuid(), path.parent.stat().st_uid)


def test_the_platform_issues_tokens_while_the_system_level_is_away_and_none_to_the_dead(
    edge: Edge,
) -> None:
    one, two = edge.instances
    with edge.application(one) as ended, edge.application(two) as other, edge.oss() as oss:
        path = f"{SUPPORT}/{one}/traffic_rules"
        assert ended.get(path).status_code == 200
        accepted = oss.post(f"{INSTANCES}/{one}/terminate", json={"terminationType": "FORCEFUL"})
        assert accepted.status_code == 202, accepted.text
        eventually(oss, accepted.headers["Location"], "operationState", ("COMPLETED", "FAILED"))
        refused = ended.get(path)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
        assert ended.get(f"{SERVICES}/services").status_code == 401
        assert edge.ask_token(one).json()["error"] == "invalid_client"
        assert other.get(f"{SERVICES}/services").status_code == 200
    system = edge.operator.processes.pop("system")
    system.terminate()
    system.wait(30)
    assert edge.ask_token(two).status_code == 200
    with edge.application(two) as other:
        assert other.get(f"{SUPPORT}/{two}/traffic_rules").status_code == 200


def test_an_application_speaks_to_the_platform_over_tls_alone(edge: Edge) -> None:
    context = ssl.create_default_context(cafile=str(edge.operator.authority.trust))
    with httpx.Client(verify=context, trust_env=False) as client:
        assert client.get(f"{edge.operator.url('mp1')}{SERVICES}/services").status_code == 401
        with pytest.raises(httpx.TransportError):
            client.get(f"http://{LOOPBACK}:{edge.operator.ports['mp1']}{SERVICES}/services")
