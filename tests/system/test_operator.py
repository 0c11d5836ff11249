"""The operator profile on real processes: TLS and tokens for people, and between the elements."""

import hashlib
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet
from tests.csar.packages import project
from tests.system.old_tls import refuses_tls_1_1
from tests.system.operators import CLIENTS, LOOPBACK, PATIENCE_S, Operator

from wayside.adapters.clocks import SystemClock, VirtualClock
from wayside.csar.build import build_package
from wayside.security.clients import ClientBook, new_entry
from wayside.security.tokens import TokenIssuer, signing_key

pytestmark = pytest.mark.slow

INSTANCES = "/app_lcm/v1/app_instances"
PACKAGES = "/app_pkgm/v1/app_packages"


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    """A system process and a host process."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        made = Operator(Path(folder))
        try:
            made.run("system", made.system_settings(), "system")
            made.run("host", made.host_settings(), "mec1")
            yield made
        finally:
            made.end()


def get(operator: Operator, path: str, token: str | None = None) -> httpx.Response:
    with operator.client(token) as client:
        return client.get(operator.url() + path)


# ---- who may come in


def test_plain_http_gets_no_answer(operator: Operator) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{LOOPBACK}:{operator.ports['system']}{INSTANCES}", trust_env=False)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("name", ["system", "mec1", "mp1"])
def test_a_caller_that_speaks_at_most_tls_1_1_is_refused(operator: Operator, name: str) -> None:
    refuses_tls_1_1(operator.ports[name], operator.authority.trust)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken_with_ciphers_of_today(
    operator: Operator, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=str(operator.authority.trust))
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((LOOPBACK, operator.ports["system"])) as plain,
        context.wrap_socket(plain, server_hostname=LOOPBACK) as secured,
    ):
        cipher = secured.cipher()
        assert cipher is not None
        assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]


@pytest.mark.parametrize("name", ["system", "mec1", "mp1"])
def test_without_a_token_the_answer_is_401_and_says_how_to_come_again(
    operator: Operator, name: str
) -> None:
    path = "/mec_app_support/v2/timing/current_time" if name == "mp1" else INSTANCES
    with operator.client() as client:
        answer = client.get(operator.url(name) + path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "token endpoint" in answer.json()["detail"]


@pytest.mark.parametrize("garbage", ["x", "a.b.c", "." * 3000])
def test_garbage_is_no_token(operator: Operator, garbage: str) -> None:
    answer = get(operator, INSTANCES, garbage)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def forged(operator: Operator, key: ECKey, *, seconds_ago: int = 0) -> str:
    start = SystemClock().now() - seconds_ago * 1_000_000_000
    client = ClientBook.load(operator.clients).clients["oss"]
    issuer = TokenIssuer(key, VirtualClock(type(start)(start)))  # type: ignore[call-arg]
    return issuer.issue(client, frozenset({"all"}))


def test_an_expired_token_is_refused_and_one_of_the_same_key_in_time_is_not(
    operator: Operator,
) -> None:
    key = signing_key(operator.folder / "keys" / "tokens.key")
    assert get(operator, INSTANCES, forged(operator, key)).status_code == 200
    late = get(operator, INSTANCES, forged(operator, key, seconds_ago=3700))
    assert late.status_code == 401
    assert "expired" in late.json()["detail"]


def test_others_check_tokens_with_the_keys_that_each_issuer_shows(operator: Operator) -> None:
    shown = {}
    with operator.client() as anybody:
        for name in ("system", "mp1"):
            answer = anybody.get(f"{operator.url(name)}/oauth2/v1/jwks")
            assert answer.status_code == 200, answer.text
            shown[name] = answer.json()
    assert [each["kid"] for each in shown["system"]["keys"]] == ["wayside"]
    assert [each["kid"] for each in shown["mp1"]["keys"]] == ["wayside/mec1"]
    assert not any("d" in key for keys in shown.values() for key in keys["keys"])
    token = operator.token("oss")
    read = jwt.decode(token, KeySet.import_key_set(shown["system"]), algorithms=["ES256"])
    assert (read.claims["iss"], read.claims["sub"]) == ("wayside", "oss")
    with pytest.raises(InvalidKeyIdError):
        jwt.decode(token, KeySet.import_key_set(shown["mp1"]), algorithms=["ES256"])


def test_a_token_that_another_key_signed_is_refused(operator: Operator) -> None:
    foreign = ECKey.generate_key("P-256", private=True)
    assert get(operator, INSTANCES, forged(operator, foreign)).status_code == 401


def test_the_right_scope_opens_an_operation_and_another_does_not(operator: Operator) -> None:
    token = operator.token("reader")
    assert get(operator, INSTANCES, token).json() == []
    refused = get(operator, PACKAGES, token)
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert "app_pkgm:read" in refused.json()["detail"]


def test_a_token_may_be_asked_for_with_fewer_scopes_than_the_client_has(
    operator: Operator,
) -> None:
    token = operator.token("oss", scope="app_pkgm:read")
    assert get(operator, PACKAGES, token).status_code == 200
    assert get(operator, INSTANCES, token).status_code == 403


# ---- the token endpoint


def test_a_token_is_spelt_as_oauth_spells_it_and_kept_by_nobody_on_the_way(
    operator: Operator,
) -> None:
    answer = operator.ask_token(
        grant_type="client_credentials", client_id="reader", client_secret="peekaboo"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] > 0
    assert told["scope"] == "app_lcm:read"


def test_a_client_may_prove_itself_with_http_basic_too(operator: Operator) -> None:
    with operator.client() as client:
        answer = client.post(
            f"{operator.url()}/oauth2/v1/token",
            data={"grant_type": "client_credentials"},
            auth=("oss", CLIENTS["oss"][0]),
        )
    assert answer.status_code == 200
    assert get(operator, PACKAGES, answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "oss"}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "eve", "client_secret": "x"},
            401,
            "invalid_client",
        ),
        ({"client_id": "oss"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (
            {
                "grant_type": "client_credentials",
                "client_id": "reader",
                "client_secret": "peekaboo",
                "scope": "app_lcm:read app_lcm:write",
            },
            400,
            "invalid_scope",
        ),
    ],
)
def test_whoever_gets_no_token_learns_why(
    operator: Operator, form: dict[str, str], status: int, error: str
) -> None:
    answer = operator.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_the_endpoint_takes_forms_alone_and_none_without_end(operator: Operator) -> None:
    url = f"{operator.url()}/oauth2/v1/token"
    with operator.client() as client:
        as_json = client.post(url, json={"grant_type": "client_credentials"})
        endless = client.post(
            url,
            content=b"a=" + b"x" * 20_000,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert as_json.status_code == 415
    assert endless.status_code == 413


def test_the_endpoint_describes_itself(operator: Operator) -> None:
    told = get(operator, "/oauth2/v1/openapi.json").json()
    operation = told["paths"]["/token"]["post"]
    assert operation["security"] == []
    assert list(operation["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert set(operation["responses"]) >= {"200", "400", "401", "413", "415"}
    assert "204" not in operation["responses"]
    success = operation["responses"]["200"]["content"]["application/json"]["schema"]
    described = told["components"]["schemas"][success["$ref"].rpartition("/")[2]]
    assert set(described["required"]) == {"access_token", "expires_in"}


# ---- the elements among themselves


def start_instance(operator: Operator, client: httpx.Client, folder: Path) -> httpx.Response:
    """On-board a package and have an instance of it made; return the operation's first answer."""
    content = build_package(project(folder / "app"), folder / "app.csar").read_bytes()
    checksum = {"algorithm": "SHA-256", "hash": hashlib.sha256(content).hexdigest()}
    made = client.post(
        operator.url() + PACKAGES,
        json={"appPkgName": "app", "appPkgVersion": "1.0", "checksum": checksum},
    )
    assert made.status_code == 201, made.text
    sent = client.put(
        f"{made.headers['Location']}/package_content",
        content=content,
        headers={"Content-Type": "application/zip"},
    )
    assert sent.status_code == 202, sent.text
    eventually(client, made.headers["Location"], "onboardingState", ("ONBOARDED",))
    instance = client.post(operator.url() + INSTANCES, json={"appDId": "app-1.0"})
    assert instance.status_code == 201, instance.text
    return client.post(f"{instance.headers['Location']}/instantiate", json={})


def eventually(
    client: httpx.Client, url: str, attribute: str, values: tuple[str, ...]
) -> dict[str, object]:
    """Return the resource once its attribute has one of the values."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found: dict[str, object] = client.get(url).json()
        if found[attribute] in values:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_orchestrator_and_manager_work_together_with_tokens_of_their_own(
    operator: Operator, tmp_path: Path
) -> None:
    """The orchestrator reads the capacity (Mm4) and instantiates (Mm3); the manager fetches the
    package and is granted resources (Mm3, the other way). The application is a single print: that
    it ended is the first thing that goes wrong."""
    with operator.client(operator.token("oss")) as client:
        accepted = start_instance(operator, client, tmp_path)
        assert accepted.status_code == 202, accepted.text
        ended = eventually(
            client, accepted.headers["Location"], "operationState", ("FAILED_TEMP", "FAILED")
        )
    assert "On mec1" in str(ended["error"])
    assert "ended by itself" in str(ended["error"])
    assert "Traceback" not in operator.log("system") + operator.log("mec1")


def test_a_host_does_not_believe_the_orchestrator_without_its_token(operator: Operator) -> None:
    with operator.client(operator.token("reader")) as client:
        assert client.get(f"{operator.url('mec1')}/wayside_vim/v1/capacity").status_code == 403
    with operator.client(operator.token("meo")) as client:
        told = client.get(f"{operator.url('mec1')}/wayside_vim/v1/capacity")
    assert told.json()["total"]["cpuMilli"] == 4000


def test_whom_the_operator_adds_comes_in_at_once_and_whom_it_removes_does_not(
    operator: Operator,
) -> None:
    before, form = operator.clients.read_text(), {"grant_type": "client_credentials"}
    guest = form | {"client_id": "guest", "client_secret": "let-me-in"}
    assert operator.ask_token(**guest).json()["error"] == "invalid_client"
    operator.clients.write_text(before + new_entry("guest", ["app_lcm:read"], "let-me-in"))
    token = operator.ask_token(**guest).json()["access_token"]
    assert get(operator, INSTANCES, token).status_code == 200
    operator.clients.write_text(before + new_entry("guest", ["app_pkgm:read"], "let-me-in"))
    for _ in ("narrowed, and hashed anew", "removed"):
        refused = get(operator, INSTANCES, token)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
        operator.clients.write_text(before)
    operator.clients.write_text("not a file of clients")
    assert get(operator, INSTANCES, operator.token("reader")).status_code == 200
    assert "the clients stay as they were" in operator.log("system")
    operator.clients.write_text(before)


def test_the_host_holds_no_key_that_could_sign_a_token(operator: Operator) -> None:
    public = operator.host_settings().guard.token_key
    assert public is not None
    assert "PRIVATE" not in public.read_text()
