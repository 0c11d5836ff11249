"""Bad input at the front door: every operation refuses it with the right code and a sentence.

Generated from the declarations, so that a new operation is tried without being named here.
"""

import inspect
import json
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from wayside.chassis.signatures import signature_of
from wayside.core.operations import Operation, operations_of
from wayside.system.catalogue import Listed, catalogue

from .bodies import fitting
from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

AT_A_HOST = {"mepm", "mep", "services", "vim", "dataplane"}
OPERATIONS = [
    pytest.param(listed, operation, id=f"{listed.name}.{operation.name}")
    for listed in catalogue()
    if listed.element != "security"  # the sandbox has no token endpoint
    for operation in operations_of(listed.api)
]
WITH_BODY = [
    pytest.param(listed, operation, id=f"{listed.name}.{operation.name}")
    for listed, operation in (case.values for case in OPERATIONS)
    if "application/json" in operation.consumes  # type: ignore[union-attr]
    and "body" in inspect.signature(operation.handler).parameters  # type: ignore[union-attr]
]
TAKING = [
    case
    for case in OPERATIONS
    if signature_of(case.values[1]).body is not None  # type: ignore[arg-type]
    or signature_of(case.values[1]).uploads  # type: ignore[arg-type]
]
WITH_NAMES = [case for case in OPERATIONS if "{" in case.values[1].path]  # type: ignore[union-attr]
HOSTILE = [
    "../../etc/passwd", "%00", "%2e%2e%2f", "a" * 5000, "%ff%fe", "{}", "<script>", "%F0%9F%92%A5",
]  # fmt: skip
REFUSALS = {400, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422}


@pytest.fixture(scope="module")
def http(system: Wayside) -> Iterator[httpx.Client]:
    """A client of the front door."""
    with httpx.Client(base_url=system.url, timeout=20) as client:
        yield client


def path_of(listed: Listed, operation: Operation, value: str = "no-such-thing") -> str:
    prefix = "/mec1" if listed.element in AT_A_HOST else ""
    return prefix + listed.api.info.root + re.sub(r"{\w+}", value, operation.path)


def refused(answer: httpx.Response, *codes: int) -> None:
    """Assert a refusal as MEC 009 has it: problem details with status and a sentence."""
    assert answer.status_code in (codes or REFUSALS), (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert len(problem["detail"]) > 10


@pytest.mark.parametrize(("listed", "operation"), WITH_BODY)
def test_a_body_that_will_not_do_is_refused(
    http: httpx.Client, listed: Listed, operation: Operation
) -> None:
    url = path_of(listed, operation)
    json = {"content-type": operation.consumes[0]}
    for body in (b"{", b"\xff\xfe", b"", b'"text"', b"[" * 100_000, b"17"):
        answer = http.request(operation.method, url, content=body, headers=json)
        refused(answer, 400, 404, 422)
    wrong = http.request(operation.method, url, content=b"{}", headers={"content-type": "a/b"})
    refused(wrong, 415)


@pytest.mark.parametrize(("listed", "operation"), OPERATIONS)
def test_a_path_or_query_that_will_not_do_is_refused(
    http: httpx.Client, listed: Listed, operation: Operation
) -> None:
    json = {"content-type": operation.consumes[0]}
    if operation.method == "GET":
        url = path_of(listed, operation)
        refused(http.get(f"{url}?no_such_parameter=1"), 400)
        refused(http.get(url, headers={"accept": "image/png"}), 406)
    if "{" in operation.path:
        for value in ("no-such-thing", *HOSTILE):
            url = path_of(listed, operation, value)
            answer = http.request(operation.method, url, headers=json)
            refused(answer)
    answer = http.request("TRACE", path_of(listed, operation))
    refused(answer, 405)
    assert operation.method in answer.headers["allow"]


@pytest.mark.parametrize(("listed", "operation"), WITH_NAMES)
def test_what_does_not_exist_is_404_also_with_a_body_that_fits(
    http: httpx.Client, listed: Listed, operation: Operation
) -> None:
    signature = signature_of(operation)
    body = fitting(signature.body) if signature.body is not None else None
    content = b"PK" if signature.uploads else b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": operation.consumes[0]} if content else {}
    url = path_of(listed, operation)
    params = {name: "x" for name, each in signature.query.items() if each.required}
    answer = http.request(operation.method, url, content=content, headers=headers, params=params)
    # Where every member is optional, some are needed all the same; the type does not tell which.
    refused(answer, *((404, 422) if body == {} else (404,)))


@pytest.mark.parametrize(("listed", "operation"), TAKING)
def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(
    system: Wayside, listed: Listed, operation: Operation
) -> None:
    head = (
        f"{operation.method} {path_of(listed, operation)} HTTP/1.1\r\nhost: localhost\r\n"
        f"content-type: {operation.consumes[0]}\r\ncontent-length: {1 << 40}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", system.port), timeout=20) as wire:
        wire.sendall(head.encode())
        answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "url", ["/app_lcm/v1/app_instances", "/mec1/mec_app_support/v2/registrations"]
)
def test_a_body_that_is_too_large_is_413(http: httpx.Client, url: str) -> None:
    large = b'{"x":"' + b"x" * (20 << 20) + b'"}'
    refused(http.post(url, content=large, headers={"content-type": "application/json"}), 413)


def test_what_is_nowhere_is_404_and_what_is_too_long_is_414(http: httpx.Client) -> None:
    refused(http.get("/no/such/path"), 404)
    refused(http.get("/mec1/no/such/path"), 404)
    refused(http.get("/app_lcm/v1/app_instances?filter=" + "x" * 60_000), 414)


@pytest.mark.parametrize(
    "filter_",
    ["(eq", "(eq,id)", "(xx,id,1)", "(eq,no/such,1)", "eq,id,1", "(gt,id,'a", "(in,id)", ";;;"],
)
def test_a_filter_that_will_not_do_is_400(http: httpx.Client, filter_: str) -> None:
    refused(http.get("/app_lcm/v1/app_instances", params={"filter": filter_}), 400)


def test_after_all_this_everything_serves_and_no_log_has_a_trace(system: Wayside) -> None:
    assert system.json("status")["ready"]
    assert not any(p.get("restarts", 0) for p in system.json("status")["processes"])
    for log in system.state.glob("logs/*.log"):
        assert "Traceback" not in log.read_text(errors="replace"), log.name
