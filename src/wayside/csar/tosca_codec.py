"""Between AppD values and TOSCA property values, both ways and without loss.

Writing gives plain data for YAML; reading gives data under the AppD's wire names, for msgspec to
check, and remembers which wire path came from which place in the template.
"""

import re
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from wayside.core.wire import Wire
from wayside.model.appd import AppNetworkPolicy, ServiceDependency, TransportDependency
from wayside.model.services import SecurityInfo, TransportDescriptor

from .tosca_maps import WAYS
from .tosca_types import (
    ALSO_READ,
    FACTORS,
    KEPT,
    LOWER,
    NEEDED,
    ONLY_IN_TOSCA,
    RENAMED,
    SPELT,
    UNITS,
)
from .yamltext import Path, YamlText

Plain = dict[str, Any]
SCALAR_UNIT = re.compile(r"^\s*([0-9.eE+-]+)\s*([A-Za-z]+)\s*$")


def to_tosca(value: Any) -> Any:
    """Return ``value`` as TOSCA writes it: mappings, lists and scalars."""
    if isinstance(value, Wire):
        return _fold(type(value), _properties(value))
    if isinstance(value, tuple | list):
        return [to_tosca(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value


def _properties(value: Wire) -> Plain:
    found: Plain = {}
    names = RENAMED.get(type(value), {})
    for each in msgspec.structs.fields(type(value)):
        here = getattr(value, each.name)
        if not each.required and here == each.default:
            continue
        unit = UNITS.get(each.name)
        plain = f"{here!r} {unit}" if unit and here is not None else to_tosca(here)
        found[names.get(each.name, each.name)] = plain
    return found


def _fold(kind: type, found: Plain) -> Plain:
    """Bring what MEC 037 arranges otherwise than MEC 010-2 into its shape."""
    if kind is SecurityInfo:
        inner: Plain = found.pop("o_auth2_info", {})
        return inner | found
    if kind is AppNetworkPolicy:
        return dict(found["steered_network"])
    if kind is TransportDependency:
        both = {"transport": found.pop("transport"), "serializers": found.pop("serializers")}
        return {"transport_serializer": both} | found
    if kind is TransportDescriptor:
        found.setdefault("security", {})
    if kind is ServiceDependency and "requested_permissions" in found:
        found["requested_permissions"] = [{"id": each} for each in found["requested_permissions"]]
    if (name := LOWER.get(kind)) in found:
        found[name] = _each(found[name], str.lower)
    for name, words in SPELT.get(kind, {}).items():
        if name in found:
            found[name] = words.get(found[name], found[name])
    for name, kept in KEPT.get(kind, {}).items():
        if name in found:
            found[name] = WAYS[kept].there(found[name])
    if kind in NEEDED:
        found.setdefault(NEEDED[kind], {})
    return found


def _each(values: Any, change: Callable[[str], str]) -> Any:
    """Return a text or a list of texts changed; anything else as it is, for the types to judge."""
    if isinstance(values, list):
        return [_each(each, change) for each in values]
    return change(values) if isinstance(values, str) else values


def _upper(value: str) -> str:
    return value.upper().replace("_", "-")


@dataclass(frozen=True)
class Strange:
    """A property that its type does not define: where it stands, and what could be meant."""

    at: Path
    known: frozenset[str]


@dataclass
class ToscaReader:
    """Reads properties of one template; ``places`` leads from wire paths back to the YAML."""

    text: YamlText
    places: dict[Path, Path] = field(default_factory=dict)
    strange: list[Strange] = field(default_factory=list)
    """Properties that their type does not define."""

    def read(self, data: Any, kind: Any, at: Path, wire: Path) -> Any:
        """Return ``data`` under wire names, as far as it has the shape of ``kind``."""
        self.places.setdefault(wire, at)
        kind = _chosen(kind, data)
        if isinstance(kind, type) and issubclass(kind, Wire) and isinstance(data, dict):
            return self.struct(data, kind, at, wire)
        if get_origin(kind) is tuple and isinstance(data, list):
            item = get_args(kind)[0]
            return [
                self.read(each, item, (*at, number), (*wire, number))
                for number, each in enumerate(data)
            ]
        if _is_text(kind) and data is not None and not isinstance(data, str | dict | list):
            return self.text.texts.get(at, str(data))
        return data

    def struct(self, data: Plain, kind: type[Wire], at: Path, wire: Path) -> Plain:
        """Return a mapping under wire names; what TOSCA alone knows is left out."""
        data, within = self.unfold(data, kind)
        self.note_strange(data, kind, at)
        found: Plain = {}
        for each in msgspec.structs.fields(kind):
            name = RENAMED.get(kind, {}).get(each.name, each.name)
            if name not in data:
                name = ALSO_READ.get(kind, {}).get(each.name, name)
            if name not in data:
                continue
            place = (*at, *within.get(name, (name,)))
            here = self.read(data[name], each.type, place, (*wire, each.encode_name))
            if each.name in UNITS:
                here = in_unit(here, UNITS[each.name])
            found[each.encode_name] = here
        return found

    def note_strange(self, data: Plain, kind: type[Wire], at: Path) -> None:
        """Keep in mind the properties that ``kind`` does not define: a misspelt one is lost."""
        known = set(ONLY_IN_TOSCA.get(kind, ()))
        for each in msgspec.structs.fields(kind):
            known.add(RENAMED.get(kind, {}).get(each.name, each.name))
            known.add(ALSO_READ.get(kind, {}).get(each.name, each.name))
        self.strange += [
            Strange((*at, name), frozenset(known)) for name in data if name not in known
        ]

    def unfold(self, data: Plain, kind: type[Wire]) -> tuple[Plain, dict[str, Path]]:
        """Undo ``_fold``; the second value says where moved properties stand."""
        if kind is SecurityInfo and any(name.startswith("oauth2_") for name in data):
            inner = {name: value for name, value in data.items() if name.startswith("oauth2_")}
            if isinstance(inner.get("oauth2_grant_type"), str):
                inner["oauth2_grant_type"] = [inner["oauth2_grant_type"]]
            return {"o_auth2_info": inner} | data, {"o_auth2_info": ()}
        if kind is AppNetworkPolicy and "steered_network" not in data:
            return {"steered_network": data}, {"steered_network": ()}
        both = data.get("transport_serializer")
        if kind is TransportDependency and isinstance(both, dict):
            moved: dict[str, Path] = {name: ("transport_serializer", name) for name in both}
            return both | data, moved
        if kind is ServiceDependency and isinstance(data.get("requested_permissions"), list):
            given = data["requested_permissions"]
            ids = [each.get("id", each) if isinstance(each, dict) else each for each in given]
            return data | {"requested_permissions": ids}, {}
        if (small := LOWER.get(kind)) in data:
            data = data | {small: _each(data[small], _upper)}
        for name, words in SPELT.get(kind, {}).items():
            meant = {small: large for large, small in words.items()}
            if isinstance(data.get(name), str):
                data = data | {name: meant.get(data[name], data[name])}
        arranged = KEPT.get(kind, {})
        return data | {
            name: WAYS[kept].back(data[name]) for name, kept in arranged.items() if name in data
        }, {}


def in_unit(value: Any, unit: str) -> Any:
    """Return ``64 MiB`` as a number of ``unit``; anything else as it is, for the types to judge."""
    match = SCALAR_UNIT.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    number = _number(match[1])
    for factors in FACTORS.values():
        by_name = {name.lower(): factor for name, factor in factors.items()}
        if unit in factors and number is not None and match[2].lower() in by_name:
            factor = by_name[match[2].lower()]
            if factor == factors[unit]:
                return number
            scaled = number * factor / factors[unit]
            return int(scaled) if scaled == int(scaled) else scaled
    return value


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def _chosen(kind: Any, data: Any) -> Any:
    """Return the member of a union that fits the shape of ``data``."""
    if get_origin(kind) is Annotated:
        return _chosen(get_args(kind)[0], data)
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    members = [each for each in get_args(kind) if each is not type(None)]
    for each in members:
        is_wire = isinstance(each, type) and issubclass(each, Wire)
        if (is_wire and isinstance(data, dict)) or (
            get_origin(each) is tuple and isinstance(data, list)
        ):
            return each
    if not isinstance(data, dict | list) and str in members and not _has_numbers(members):
        return str
    return members[0]


def _has_numbers(members: list[Any]) -> bool:
    return int in members or float in members


def _is_text(kind: Any) -> bool:
    return kind is str
