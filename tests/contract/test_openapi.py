"""Our own OpenAPI documents: valid 3.1, and with all of ETSI's but what the ledger excuses."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.contract.differences import KINDS, entries, known
from tests.contract.etsi import DOCUMENTS, LEDGER, RENAMED, contract, theirs, uncovered
from tests.contract.openapi31 import OPENAPI
from tests.contract.schemas import Comparison

from wayside.chassis import openapi
from wayside.refpoints import mm1, mm3
from wayside.system.catalogue import Listed, catalogue

HELD = [
    pytest.param(listed, id=listed.name)
    for listed in catalogue()
    if listed.api.info.name in DOCUMENTS
]
"""The APIs that a document of ETSI's describes."""


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and Operation Object of each operation of a document."""
    for path, item in told["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def references(value: object) -> Iterator[str]:
    """Every $ref in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("listed", catalogue(), ids=lambda listed: listed.name)
def test_our_document_is_openapi_3_1(listed: Listed) -> None:
    told = openapi.document(listed.api)
    faults = [
        f"{fault.json_path}: {fault.message}"
        for fault in Draft202012Validator(OPENAPI).iter_errors(told)
    ]
    assert faults == []


@pytest.mark.parametrize("listed", catalogue(), ids=lambda listed: listed.name)
def test_what_our_document_names_is_there(listed: Listed) -> None:
    told = openapi.document(listed.api)
    for reference in references(told):
        found: Any = told
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    scopes = told["components"]["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"]["scopes"]
    names = [operation["operationId"] for _, _, operation in operations(told)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(told):
        parameters = [(each["in"], each["name"]) for each in operation.get("parameters", [])]
        assert len(parameters) == len(set(parameters))
        in_path = {name for place, name in parameters if place == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert method not in ("GET", "DELETE") or "requestBody" not in operation
        for needed in operation["security"]:
            assert set(needed["OAuth2"]) <= scopes.keys()


@pytest.mark.parametrize("listed", HELD)
def test_we_declare_every_operation_of_etsis_document_but_those_in_the_ledger(
    listed: Listed,
) -> None:
    etsis = {str(route) for route in contract(listed.api).routes()}
    ours = {
        f"{method} {theirs(path, RENAMED)}"
        for path, method, _ in operations(openapi.document(listed.api))
    }
    assert etsis - ours == uncovered(listed.api.info.name, listed.name)
    assert ours <= etsis


@pytest.mark.parametrize("listed", HELD)
def test_our_operations_have_the_query_parameters_of_etsis(listed: Listed) -> None:
    etsis = contract(listed.api)
    ours = {
        f"{method} {theirs(path, RENAMED)}": {each["name"] for each in operation["parameters"]}
        for path, method, operation in operations(openapi.document(listed.api))
        if "parameters" in operation
    }
    missing = {
        f"{route} {parameter}"
        for route in etsis.routes()
        if str(route) not in uncovered(listed.api.info.name, listed.name)
        for parameter in etsis.query_parameters(route) - ours.get(str(route), set())
    }
    assert missing == known(listed.name, "parameters")


@pytest.mark.parametrize("listed", HELD)
def test_our_schemas_have_every_member_type_requirement_and_value_of_etsis(listed: Listed) -> None:
    told = openapi.document(listed.api)
    assert Comparison(contract(listed.api).document, told).run() == known(listed.name, "schemas")


def test_the_ledgers_name_no_api_that_is_not_held_against_a_document() -> None:
    listed: list[dict[str, str]] = tomllib.loads(LEDGER.read_text())["uncovered"]
    assert {entry["api"] for entry in listed} <= DOCUMENTS.keys()
    for one in listed:
        assert one.keys() - {"at"} == {"api", "method", "path", "reason"}
    assert len({tuple(entry.items()) for entry in listed}) == len(listed)
    held = {each.name for each in catalogue() if each.api.info.name in DOCUMENTS}
    for entry in entries():
        assert set(entry["apis"]) <= held
        assert entry["reason"] and entry.keys() <= {"apis", "reason", *KINDS}


def test_mm3_reads_packages_and_subscribes_to_them_and_does_nothing_else_with_them() -> None:
    written = list(operations(openapi.document(mm1.AppPkgm)))
    read = list(operations(openapi.document(mm3.AppPkgm)))
    assert {(path, method) for path, method, _ in read} == {
        (path, method) for path, method, _ in written if method == "GET" or "/subscriptions" in path
    }
