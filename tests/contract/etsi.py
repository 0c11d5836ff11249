"""ETSI's OpenAPI documents, where they lie beside the project, and what they say of a message.

The documents have known faults; a test lists those that it meets, with a reason each.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "etsi" / "openapi"
METHODS = ("get", "post", "put", "patch", "delete")


def document(name: str) -> dict[str, Any]:
    """Return a document by its file name; skip the test where it is not on this machine."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"ETSI's OpenAPI {name} is not beside the project")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


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
    """Paths that the standard leaves open: ours → the document's."""
    seen: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        """Every operation of the document."""
        return [
            Route(method, path, item[method])
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def check(self, answer: httpx.Response) -> None:
        """Check an answer and the request that it answers."""
        request = answer.request
        route = self._route(request.method, request.url.path)
        self.seen.add(str(route))
        if request.content and answer.status_code < 400:
            schema = _json_schema(route.operation["requestBody"])
            self._check(f"{route} request", schema, answer.request.content)
        responses = route.operation["responses"]
        described = responses.get(str(answer.status_code))
        if described is None:
            self.faults.add(f"{route} answers {answer.status_code}")
            described = {"$ref": "#/components/responses/400"} if answer.is_error else {}
        if answer.content:
            schema = _json_schema(self._followed(described))
            self._check(f"{route} {answer.status_code}", schema, answer.content)
        elif answer.status_code != 204:
            self.faults.add(f"{route} {answer.status_code} has no body")

    def check_notification(self, route: str, body: dict[str, Any]) -> None:
        """Check a notification against the callback that an operation describes."""
        (found,) = [each for each in self.routes() if str(each) == route]
        (callback,) = found.operation["callbacks"].values()
        ((_, item),) = callback.items()
        self._report(f"{route} notification", _json_schema(item["post"]["requestBody"]), body)

    def _route(self, method: str, path: str) -> Route:
        inner = path.removeprefix(self.root)
        for ours, theirs in self.renamed.items():
            if re.fullmatch(ours, inner):
                inner = theirs
        for route in self.routes():
            pattern = re.sub(r"\{\w+\}", "[^/]+", route.path)
            if route.method == method.lower() and re.fullmatch(pattern, inner):
                return route
        raise AssertionError(f"{method} {path} is not in the document")

    def _check(self, what: str, schema: dict[str, Any] | None, content: bytes) -> None:
        if schema is not None:
            self._report(what, schema, yaml.safe_load(content))

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


def _json_schema(node: dict[str, Any]) -> dict[str, Any] | None:
    for content in node.get("content", {}).values():
        schema: dict[str, Any] = content["schema"]
        return schema
    return None
