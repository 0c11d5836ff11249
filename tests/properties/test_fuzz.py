"""Whatever is asked of any operation, in both profiles: our OpenAPI describes the answer.

Requests are made by schemathesis from the very documents that we publish: fitting ones and broken
ones, at resources that exist and at others. ``WAYSIDE_FUZZ=500`` (``make fuzz``) asks each
operation that often, anew each time; a test run asks a few times, always the same.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from tests.properties.ground import PROFILES, Ground

from wayside.chassis import openapi
from wayside.chassis.signatures import PARAMETER
from wayside.core.operations import Operation, operations_of
from wayside.system.catalogue import Listed, catalogue

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("WAYSIDE_FUZZ", "0"))
FEW = 12
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = [
    pytest.param(listed, operation, id=f"{listed.name} {operation.name}")
    for listed in catalogue()
    for operation in operations_of(listed.api)
]


@schemathesis.serializer("application/zip")
def as_it_is(_: Any, value: Any) -> bytes:
    """Send a file as it is, and whatever stands for one as its text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(params=PROFILES)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A system of the test's own, so that what one test deletes is there for the next."""
    with Ground(request.param) as made:
        yield made


@cache
def described(listed: Listed) -> Any:
    """Our document of an API, as schemathesis reads it."""
    return schemathesis.openapi.from_dict(openapi.document(listed.api))


def sentence(case: Any, answer: Any) -> None:
    """Fail where a refusal is no problem with the answer's own status and a sentence."""
    if answer.status_code >= 400 and "problem" in answer.headers.get("content-type", [""])[0]:
        problem = json.loads(answer.content)
        assert problem["status"] == answer.status_code, problem
        assert len(problem["detail"]) > 10, problem


@pytest.mark.parametrize(("listed", "operation"), OPERATIONS)
def test_every_answer_is_one_that_our_document_describes(
    ground: Ground, listed: Listed, operation: Operation
) -> None:
    asked = described(listed)[operation.path][operation.method]
    root = ground.urls[listed.element] + listed.api.info.root
    cases = st.one_of(*(asked.as_strategy(generation_mode=mode) for mode in GenerationMode))
    existing = st.fixed_dictionaries(
        {
            name: st.none() | st.sampled_from(list(ground.known.get(name, ["none"])))
            for name in PARAMETER.findall(operation.path)
        }
    )

    @settings(
        max_examples=EXAMPLES or FEW,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, known=existing)
    def ask(case: Any, known: dict[str, str | None]) -> None:
        case.path_parameters |= {name: id_ for name, id_ in known.items() if id_ is not None}
        answer = case.call(base_url=root, headers=dict(ground.headers))
        case.validate_response(answer, checks=CHECKS)
        sentence(case, answer)

    ask()
