"""ETSI's OpenAPI documents, where they lie beside the project, and what they say of a message.

The documents have known faults; a test lists those that it meets, with a reason each. Our own
documents have none: ``own_faults`` holds the same messages against them.
"""

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from tests.evidence import EVIDENCE

from wayside.chassis import openapi
from wayside.core.operations import Api

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "etsi" / "openapi"
LEDGER = Path(__file__).with_name("uncovered.toml")
DOCUMENTS = {
    "app_pkgm": "mec010-2-app-pkg-mgmt-v3.1.1.yaml",
    "app_lcm": "mec010-2-app-lcm-v3.1.1.yaml",
    "granting": "mec010-2-app-grant-v3.1.1.yaml",
    "mec_app_support": "mec011-app-support-v3.1.1.yaml",
    "mec_service_mgmt": "mec011-service-mgmt-v3.1.1.yaml",
    "amsi": "mec021-ams-v2.2.1.yaml",
    "dev_app": "mec016-dev-app-v2.2.1.yaml",
    "rni": "mec012-rni-v2.2.1.yaml",
    "bwm": "mec015-bwm-v2.2.1.yaml",
    "mts": "mec015-mts-v2.2.1.yaml",
    "location": "mec013-location-v3.1.1.yaml",
    "location/v2": "mec013-location-v2.2.1.yaml",
    "ui": "mec014-ue-identity-v3.1.1.yaml",
    "wai": "mec028-wai-v2.3.1.yaml",
}
"""The name of an API → the document that it is compared with; an older version has its own."""
ADDITIONS = {"mec015-bwm-v2.2.1.yaml": "mec015-bwm-subscriptions-v3.1.1-reconstructed.yaml"}
"""What a later version adds, where the document of that version is not to be had whole."""
METHODS = ("get", "post", "put", "patch", "delete")
LIVENESS = "/resource_uri_allocated_by_MEC_platform"
RENAMED = {r"/applications/[^/]+/services/[^/]+/liveness": LIVENESS}
"""What the standard leaves to the platform: ours → the document's."""
UNSAID = {"type": "object", "properties": {}}
"""What the documents write where the standard's table has no data type."""


def document(name: str) -> dict[str, Any]:
    """Return a document by its file name; skip the test where it is not on this machine."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"ETSI's OpenAPI {name} is not beside the project")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    if (addition := ADDITIONS.get(name)) is not None:
        added = document(addition)
        loaded["paths"] |= added["paths"]
        loaded["components"]["schemas"] |= added["components"]["schemas"]
    return loaded


def contract(api: type[Api]) -> "Contract":
    """Return the document of an API; skip the test where it is not on this machine."""
    name = document_of(api)
    assert name is not None, api
    return Contract(document(name), api.info.root, RENAMED)


def document_of(api: type[Api]) -> str | None:
    """Return the name of an API's document, that of its version where there are several."""
    versioned = DOCUMENTS.get(f"{api.info.name}/{api.info.version}")
    return versioned or DOCUMENTS.get(api.info.name)


def uncovered(api: str, at: str | None = None) -> set[str]:
    """The operations of ETSI's document of an API that the ledger excuses.

    ``at`` is the API's name in the catalogue: some entries are for one element alone.
    """
    entries: list[dict[str, str]] = tomllib.loads(LEDGER.read_text())["uncovered"]
    assert all(entry["reason"] for entry in entries)
    return {f"{each['method']} {each['path']}" for each in entries if _means(each, api, at or api)}


def _means(entry: dict[str, str], api: str, at: str) -> bool:
    return entry["api"] == api and entry.get("at", at) == at


@dataclass(frozen=True)
class Route:
    """One operation of a document."""

    method: str
    path: str
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@dataclass
class Contract:
    """A document applied to real messages; remembers what it saw and what did not fit."""

    document: dict[str, Any]
    root: str
    renamed: dict[str, str] = field(default_factory=dict)
    """Paths of ours → those of the document."""
    seen: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)
    answers: list[httpx.Response] = field(default_factory=list)
    """Those that were checked."""

    def routes(self) -> list[Route]:
        """Every operation of the document."""
        return [
            Route(method, path, item[method])
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def query_parameters(self, route: Route) -> set[str]:
        """The names of an operation's query parameters, without the generator's numbers."""
        described = [self._followed(each) for each in route.operation.get("parameters", [])]
        return {each["name"].rstrip("0123456789") for each in described if each["in"] == "query"}

    def check(self, answer: httpx.Response) -> None:
        """Check an answer and the request that it answers."""
        request, status = answer.request, answer.status_code
        route = self._route(request.method, request.url.path)
        self.seen.add(str(route))
        self.answers.append(answer)
        EVIDENCE.compared.add(f"{route.method.upper()} {self.root}{route.path}")
        if _has_body(request) and status < 400:
            self._check_body(f"{route} request", route.operation["requestBody"], request)
        described = route.operation["responses"].get(str(status))
        if described is None:
            self.faults.add(f"{route} answers {status}")
            problems = self.document["components"]["responses"]
            described = problems.get("400", {}) if answer.is_error else {}
        described = self._followed(described)
        if answer.content:
            self._check_body(f"{route} {status}", described, answer)
        elif _json_schema(described) not in (None, UNSAID):
            self.faults.add(f"{route} {status} has no body")
        if status in (201, 202) and "location" not in answer.headers:
            self.faults.add(f"{route} {status} has no Location")

    def check_notification(self, route: str, body: dict[str, Any]) -> None:
        """Check a notification against the callback that an operation describes."""
        (found,) = [each for each in self.routes() if str(each) == route]
        (callback,) = found.operation["callbacks"].values()
        ((_, item),) = callback.items()
        self._report(f"{route} notification", _json_schema(item["post"]["requestBody"]), body)

    def check_as(self, schema: str, body: dict[str, Any]) -> None:
        """Check a body against one of the document's types, where several are allowed."""
        self._report(schema, {"$ref": f"#/components/schemas/{schema}"}, body)

    def _route(self, method: str, path: str) -> Route:
        inner = theirs(path.removeprefix(self.root), self.renamed)
        for route in self.routes():
            pattern = re.sub(r"\{\w+\}", "[^/]+", route.path)
            if route.method == method.lower() and re.fullmatch(pattern, inner):
                return route
        raise AssertionError(f"{method} {path} is not in the document")

    def _check_body(
        self, what: str, described: dict[str, Any], message: httpx.Request | httpx.Response
    ) -> None:
        media_type = message.headers["content-type"].partition(";")[0]
        if media_type not in described.get("content", {media_type: None}):
            self.faults.add(f"{what} is {media_type}")
        schema = _json_schema(described)
        if schema is not None and media_type.endswith("json"):
            self._report(what, schema, json.loads(message.content))

    def _report(self, what: str, schema: dict[str, Any] | None, body: object) -> None:
        assert schema is not None, f"{what}: the document has no schema"
        whole = {**schema, "components": self.document["components"]}
        for fault in jsonschema.Draft202012Validator(whole).iter_errors(body):
            place = re.sub(r"\[\d+\]", "[]", fault.json_path)
            missing = re.match(r"'(\w+)' is a required property", fault.message)
            self.faults.add(f"{what} {place}" + (f" lacks {missing[1]}" if missing else ""))

    def _followed(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node


def theirs(path: str, renamed: dict[str, str]) -> str:
    """A path of ours as the document has it."""
    for ours, other in renamed.items():
        if re.fullmatch(ours, path):
            return other
    return path


def own_faults(api: type[Api], answers: list[httpx.Response]) -> set[str]:
    """What our own document of an API says of messages that do not fit it."""
    contract = Contract(openapi.document(api), api.info.root)
    for answer in answers:
        contract.check(answer)
    return contract.faults


def _has_body(request: httpx.Request) -> bool:
    return request.headers.get("content-length", "0") != "0"


def _json_schema(node: dict[str, Any]) -> dict[str, Any] | None:
    for content in node.get("content", {}).values():
        schema: dict[str, Any] = content["schema"]
        return schema
    return None
