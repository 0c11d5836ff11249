"""OpenAPI documents, the list of APIs, and the page."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.chassis.http.orchard import ROOT, Orchard, Stand

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.openapi import document
from wayside.core.operations import operations_of
from wayside.core.tasks import Nursery


class Silent(Orchard):
    """A further orchard."""

    async def get_newest(self):  # an implementation without words
        return await super().get_newest()


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """An orchard behind a prefix."""
    async with Nursery() as nursery:
        stand = Stand(Orchard(tmp_path), VirtualClock(), nursery, prefixes=("/mec1",))
        await stand.open()
        yield stand
        await stand.close()


def references(value: object) -> Iterator[str]:
    """Yield every $ref in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_operation_is_described_with_its_clause_and_scope() -> None:
    told = document(Orchard)
    for operation in operations_of(Orchard):
        described = told["paths"][operation.path][operation.method.lower()]
        assert described["operationId"] == operation.name
        assert described["x-etsi-ref"] == operation.clause
        assert described["security"] == [{"OAuth2": [operation.scope]}]
        assert described["summary"].endswith(".")
        in_path = [p["name"] for p in described.get("parameters", []) if p["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", operation.path)


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    told = document(Orchard)
    for reference in references(told):
        found = told
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(told)) == told


def test_answers_are_described_as_they_are_given() -> None:
    paths = document(Orchard)["paths"]
    tree = {"$ref": "#/components/schemas/Tree"}
    listed = paths["/trees"]["get"]["responses"]["200"]
    assert listed["content"]["application/json"]["schema"] == {"type": "array", "items": tree}
    created = paths["/trees"]["post"]["responses"]["201"]
    assert set(created["headers"]) == {"Location", "ETag"}
    assert set(paths["/trees/{treeId}"]["delete"]["responses"]) >= {"204", "404"}
    assert "412" in paths["/trees/{treeId}"]["put"]["responses"]
    assert "202" in paths["/trees/{treeId}/prune"]["post"]["responses"]
    assert set(paths["/map"]["get"]["responses"]) >= {"200", "206"}
    assert list(paths["/map"]["put"]["requestBody"]["content"]) == ["image/png"]
    picked = {p["name"]: p for p in paths["/basket"]["get"]["parameters"]}
    assert picked["count"]["required"]
    assert picked["fruit"]["schema"]["items"] == {"$ref": "#/components/schemas/Fruit"}
    filtered = [p["name"] for p in paths["/trees"]["get"]["parameters"]]
    assert "nextpage_opaque_marker" in filtered


def test_an_implementation_without_words_has_those_of_its_trait() -> None:
    newest = document(Silent)["paths"]["/trees/newest"]["get"]
    assert newest["summary"] == "Return the tree planted last."


async def test_an_element_publishes_its_documents(stand: Stand) -> None:
    for prefix in ("", "/mec1"):
        (listed,) = (await stand.client.get(f"{prefix}/apis")).json()
        assert listed["root"] == f"{stand.url}{prefix}{ROOT}"
        assert len(listed["operations"]) == len(operations_of(Orchard))
        told = (await stand.client.get(listed["openapi"])).json()
        assert told["servers"] == [{"url": listed["root"]}]
        assert told["openapi"] == "3.1.0"


class Sources(HTMLParser):
    """Collects what a page would load, and its data."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.data = ""
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_data = given.get("id") == "data"
        self.loads += [str(given[name]) for name in ("src", "href") if name in given]

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
            self._in_data = False


async def test_the_page_knows_the_documents_and_loads_nothing_else(stand: Stand) -> None:
    answer = await stand.client.get("/mec1/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Sources()
    page.feed(answer.text)
    assert page.loads == []
    told = json.loads(page.data)
    assert told["documents"] == [["Orchard v1", f"/mec1{ROOT}/openapi.json"]]
    for _, url in told["documents"]:
        assert (await stand.client.get(url)).json()["openapi"] == "3.1.0"
    assert (await stand.client.post("/mec1/")).status_code == 405
