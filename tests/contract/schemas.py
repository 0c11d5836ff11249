"""ETSI's schemas beside ours, member by member: what theirs have and ours have not.

A schema is named by its component where it has one, otherwise by the operation it is of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.contract.etsi import METHODS, RENAMED, UNSAID, theirs

Json = dict[str, Any]


@dataclass
class Comparison:
    """Two documents of one API; ``run`` says what the second lacks of the first."""

    etsis: Json
    ours: Json
    _found: set[str] = field(default_factory=set)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def run(self) -> set[str]:
        """Compare the body of every request and of every success that both describe."""
        described = {
            (theirs(path, RENAMED), method): operation
            for path, item in self.ours["paths"].items()
            for method, operation in item.items()
        }
        for path, item in self.etsis["paths"].items():
            for method in METHODS:
                ours = described.get((path, method))
                if method in item and ours is not None:
                    self._operation(f"{method.upper()} {path}", item[method], ours)
        return self._found

    def _operation(self, name: str, etsis: Json, ours: Json) -> None:
        self._bodies(f"{name} request", etsis.get("requestBody"), ours.get("requestBody"))
        for status, answer in etsis["responses"].items():
            if status.startswith("2"):
                self._bodies(f"{name} {status}", answer, ours["responses"].get(status))

    def _bodies(self, name: str, etsis: Json | None, ours: Json | None) -> None:
        wanted, given = _json(_followed(self.etsis, etsis)), _json(_followed(self.ours, ours))
        if wanted is None or _followed(self.etsis, wanted) in ({}, UNSAID):
            return
        if given is None:
            self._found.add(f"{name}: no JSON")
        else:
            self._compare(name, wanted, given)

    def _compare(self, name: str, etsis: Json, ours: Json) -> None:
        name = etsis["$ref"].rpartition("/")[2] if "$ref" in etsis else name
        etsis = _followed(self.etsis, etsis) or {}
        if (id(etsis), id(ours)) in self._seen:
            return
        self._seen.add((id(etsis), id(ours)))
        alternatives = list(self._alternatives(etsis))
        choices = list(_choices(self.ours, ours))
        if len(alternatives) > 1:
            self._each(name, alternatives, choices)
        elif choices:
            self._plain(name, _whole(self.etsis, etsis), choices)

    def _alternatives(self, etsis: Json) -> Iterator[Json]:
        yield from etsis.get("oneOf", etsis.get("anyOf", ()))

    def _each(self, name: str, alternatives: list[Json], choices: list[Json]) -> None:
        """Find each alternative among ours by its name or its type."""
        for one in alternatives:
            title = one.get("$ref", "").rpartition("/")[2]
            kind = _followed(self.etsis, one)
            same = [c for c in choices if c.get("title") == title] or [
                c for c in choices if c.get("type") == (kind or {}).get("type")
            ]
            if same:
                self._compare(title or name, one, same[0])
            else:
                self._found.add(f"{name}: no alternative {title or kind}")

    def _plain(self, name: str, etsis: Json, choices: list[Json]) -> None:
        type_ = etsis.get("type", "object" if "properties" in etsis else None)
        fitting = [ours for ours in choices if _fits(type_, ours)]
        if not fitting:
            kinds = sorted({str(ours.get("type")) for ours in choices})
            self._found.add(f"{name}: {type_}, ours {' or '.join(kinds)}")
            return
        self._values(name, etsis, fitting)
        # Of a tuple ours says what each place holds, and ``items: false`` that there is no more.
        if type_ == "array" and "items" in etsis and isinstance(fitting[0].get("items"), dict):
            self._compare(f"{name}[]", etsis["items"], fitting[0]["items"])
        for member, schema in etsis.get("properties", {}).items():
            self._member(name, member, schema, fitting)
        self._required(name, etsis, fitting)

    def _values(self, name: str, etsis: Json, ours: list[Json]) -> None:
        given = {value for each in ours for value in each.get("enum", [each.get("const")])}
        for value in etsis.get("enum", etsis.get("x-enum-from-description", ())):
            if given != {None} and value not in given:
                self._found.add(f"{name}: no value {value}")

    def _member(self, name: str, member: str, schema: Json, choices: list[Json]) -> None:
        found = [ours["properties"][member] for ours in choices if member in _members(ours)]
        if found:
            for ours in found:
                self._compare(f"{name}.{member}", schema, ours)
        elif any("properties" in ours for ours in choices):
            self._found.add(f"{name}.{member}: not there")

    def _required(self, name: str, etsis: Json, choices: list[Json]) -> None:
        for member in etsis.get("required", ()):
            for ours in choices:
                if member in _members(ours) and member not in ours.get("required", ()):
                    self._found.add(f"{name}.{member}: not required")


def _json(node: Json | None) -> Json | None:
    for media_type, content in (node or {}).get("content", {}).items():
        if media_type.endswith("json"):
            schema: Json = content["schema"]
            return schema
    return None


def _followed(document: Json, node: Json | None) -> Json | None:
    while node is not None and "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _choices(document: Json, ours: Json) -> Iterator[Json]:
    """Yield what a value of ours may be, null aside: absent is all that it means."""
    found = _followed(document, ours) or {}
    if "anyOf" in found:
        for each in found["anyOf"]:
            yield from _choices(document, each)
    elif found.get("type") != "null":
        yield found


def _whole(document: Json, etsis: Json) -> Json:
    """Return a schema with the parts that it is put together from."""
    whole = dict(etsis)
    for part in etsis.get("allOf", ()):
        for key, value in _whole(document, _followed(document, part) or {}).items():
            present = whole.get(key)
            if isinstance(value, dict):
                whole[key] = {**value, **(present or {})}
            elif isinstance(value, list):
                whole[key] = [*value, *(present or ())]
            else:
                whole.setdefault(key, value)
    return whole


def _fits(type_: str | None, ours: Json) -> bool:
    kind = ours.get("type")
    if kind is None and "enum" in ours:
        kind = "integer" if all(isinstance(value, int) for value in ours["enum"]) else "string"
    return type_ is None or kind in (None, type_) or (type_, kind) == ("number", "integer")


def _members(ours: Json) -> Json:
    members: Json = ours.get("properties", {})
    return members
