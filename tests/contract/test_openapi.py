"""Our own OpenAPI documents: valid 3.1, and with all of ETSI's but what the ledger excuses."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.contract.etsi import LEDGER, RENAMED, Contract, document, theirs, uncovered
from tests.contract.openapi31 import OPENAPI

from wayside.chassis import openapi
from wayside.mep.mec_app_support.api import AppSupport
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.refpoints import mm1, mm3
from wayside.system.catalogue import Listed, catalogue

LIFE_CYCLE = "mec010-2-app-lcm-v3.1.1.yaml"
APIS = [
    pytest.param(mm1.AppPkgm, "mec010-2-app-pkg-mgmt-v3.1.1.yaml", id="app_pkgm"),
    pytest.param(mm1.AppLcm, LIFE_CYCLE, id="app_lcm on Mm1"),
    pytest.param(mm3.AppLcm, LIFE_CYCLE, id="app_lcm on Mm3"),
    pytest.param(mm3.Granting, "mec010-2-app-grant-v3.1.1.yaml", id="granting"),
    pytest.param(AppSupport, "mec011-app-support-v3.1.1.yaml", id="mec_app_support"),
    pytest.param(ServiceMgmt, "mec011-service-mgmt-v3.1.1.yaml", id="mec_service_mgmt"),
]
WHOLE_FILE = "a descriptor's file is answered whole; nothing is selected within it"
MISSING_PARAMETERS = {
    f"GET {tree}/appd {name}": WHOLE_FILE
    for tree in ("/app_packages/{appPkgId}", "/onboarded_app_packages/{appDId}")
    for name in ("filter", "fields", "exclude_fields", "all_fields", "exclude_default")
}


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


@pytest.mark.parametrize(("api", "name"), APIS)
def test_we_declare_every_operation_of_etsis_document_but_those_in_the_ledger(
    api: Any, name: str
) -> None:
    etsis = {str(route) for route in Contract(document(name), "").routes()}
    ours = {
        f"{method} {theirs(path, RENAMED)}" for path, method, _ in operations(openapi.document(api))
    }
    assert etsis - ours == uncovered(api.info.name)
    assert ours <= etsis


@pytest.mark.parametrize(("api", "name"), APIS)
def test_our_operations_have_the_query_parameters_of_etsis(api: Any, name: str) -> None:
    etsis = Contract(document(name), "")
    ours = {
        f"{method} {theirs(path, RENAMED)}": {each["name"] for each in operation["parameters"]}
        for path, method, operation in operations(openapi.document(api))
        if "parameters" in operation
    }
    missing = {
        f"{route} {parameter}"
        for route in etsis.routes()
        if str(route) not in uncovered(api.info.name)
        for parameter in etsis.query_parameters(route) - ours.get(str(route), set())
    }
    known = {each for each in MISSING_PARAMETERS if api is mm1.AppPkgm}
    assert missing == known


def test_the_ledger_names_no_api_that_is_not_held_against_a_document() -> None:
    entries: list[dict[str, str]] = tomllib.loads(LEDGER.read_text())["uncovered"]
    held = {each.values[0].info.name for each in APIS}  # type: ignore[union-attr]
    assert {entry["api"] for entry in entries} <= held
    assert all(entry.keys() == {"api", "method", "path", "reason"} for entry in entries)
    assert len({tuple(entry.items()) for entry in entries}) == len(entries)


def test_mm3_reads_packages_and_does_nothing_else_with_them() -> None:
    written = list(operations(openapi.document(mm1.AppPkgm)))
    read = list(operations(openapi.document(mm3.AppPkgm)))
    assert {(path, method) for path, method, _ in read} == {
        (path, method) for path, method, _ in written if method == "GET"
    }
