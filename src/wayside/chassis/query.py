"""Query strings: decoded strictly, checked against what the operation declares.

Never ignores a parameter: one that is unknown, repeated or malformed is refused by its name.
Ref: MEC 009 clause 6.18 (attribute-based filtering), annex E (400).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from wayside.core.errors import BadRequest
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire

LIST_NAMES = tuple(field for field in ListQuery.__dataclass_fields__)
FLAGS = ("all_fields", "exclude_default")


@dataclass(frozen=True)
class Parameter:
    """One declared query parameter; ``type_`` is that of one item where ``many``."""

    name: str
    """Of the handler's parameter; in the query string it may have hyphens."""
    type_: Any
    many: bool
    required: bool
    members: tuple[str, ...] = ()
    """Of a flat structure: it may come as parameters of these names, as OpenAPI's default style
    writes it. A structure may always come as one JSON document under ``name``."""


def decoded(raw: bytes, name: str = "query") -> str:
    """Return a query component percent-decoded; raise BadRequest where it is not UTF-8."""
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BadRequest(f"{name}: percent-encode its UTF-8.", field=name) from fault


def split(query: bytes) -> dict[str, list[str]]:
    """Return the values of each parameter in a query string, in their order."""
    found: dict[str, list[str]] = {}
    for part in query.split(b"&"):
        if part:
            raw_name, _, raw_value = part.partition(b"=")
            name = decoded(raw_name)
            found.setdefault(name, []).append(decoded(raw_value, name))
    return found


def read(
    query: bytes, declared: Mapping[str, Parameter], *, lists: bool = False
) -> tuple[dict[str, Any], ListQuery]:
    """Return the values given, as declared, and where ``lists`` the list parameters of MEC 009.

    What is absent is left to the handler's default. Raises BadRequest by the parameter's name.
    """
    found = split(query) if query else {}
    members = tuple(member for each in declared.values() for member in each.members)
    known = tuple(declared) + members + (LIST_NAMES if lists else ())
    for name in found:
        if name not in known:
            hint = f"known are {', '.join(known)}" if known else "this resource takes none"
            raise BadRequest(f"{name[:80]}: no such query parameter; {hint}.", field=name[:80])
    given = {}
    for name, parameter in declared.items():
        spread = [member for member in parameter.members if member in found]
        if name in found:
            given[parameter.name] = _value(parameter, found[name], name)
        elif spread:
            given[parameter.name] = _gathered(parameter, spread, found)
        elif parameter.required:
            raise BadRequest(f"{name}: this query parameter is required.", field=name)
    return given, list_query_of(found) if lists and found else NO_LIST_QUERY


def list_query_of(found: Mapping[str, list[str]]) -> ListQuery:
    """Return the list parameters among those found."""
    given: dict[str, Any] = {}
    for name in LIST_NAMES:
        if name in found:
            values = found[name]
            if name in FLAGS:
                values = [value or "true" for value in values]
            type_ = bool if name in FLAGS else str
            given[name] = _value(Parameter(name, type_, many=False, required=False), values, name)
    return ListQuery(**given)


def _value(parameter: Parameter, values: list[str], name: str) -> Any:
    if parameter.many:
        items = [item for value in values for item in value.split(",") if item]
        return tuple(_converted(item, parameter.type_, name) for item in items)
    if len(values) > 1:
        raise BadRequest(f"{name}: give this query parameter once.", field=name)
    return _converted(values[0], parameter.type_, name)


def _gathered(parameter: Parameter, spread: list[str], found: Mapping[str, list[str]]) -> Any:
    for member in spread:
        if len(found[member]) > 1:
            raise BadRequest(f"{member}: give this query parameter once.", field=member)
    try:
        whole = {member: found[member][0] for member in spread}
        return msgspec.convert(whole, parameter.type_, strict=False)
    except msgspec.ValidationError as fault:
        raise BadRequest(f"{', '.join(spread)}: {fault}.", field=spread[0]) from fault


def _document(value: str, type_: type[Wire], name: str) -> Any:
    try:
        return msgspec.json.decode(value.encode(), type=type_)
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise BadRequest(f"{name}: send one JSON document; {fault}.", field=name) from fault


def is_document(type_: Any) -> bool:
    """Tell whether a parameter of this type is a structure, not one plain value."""
    return isinstance(type_, type) and issubclass(type_, Wire)


def _converted(value: str, type_: Any, name: str) -> Any:
    if type_ is str:
        return value
    if is_document(type_):
        return _document(value, type_, name)
    try:
        return msgspec.convert(value, type_, strict=False)
    except msgspec.ValidationError as fault:
        raise BadRequest(f"{name}: {fault}.", field=name) from fault


NO_LIST_QUERY = ListQuery()


def require_one_filter(**filters: Sequence[str]) -> None:
    """Return where at most one of these filters is given; raise BadRequest naming them all."""
    if sum(map(bool, filters.values())) > 1:
        *others, last = filters
        raise BadRequest(
            f"Give one of {', '.join(others)} and {last}, not several.", field=next(iter(filters))
        )
