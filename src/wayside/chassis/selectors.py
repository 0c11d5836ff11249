"""Attribute selectors of list requests: which complex attributes an answer has.

Pure. Only complex attributes that may be absent anyway can be left out; others are refused by
name. A type names what lists leave out by default in ``excluded_by_default: ClassVar[tuple[str,
...]]``. Ref: MEC 009 clause 6.18.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from msgspec import inspect

from wayside.core.errors import BadRequest
from wayside.core.requests import ListQuery

from .attributes import (
    Attribute,
    Kind,
    Path,
    alternatives,
    attributes_of,
    is_complex,
    items,
    kind_of,
)
from .paths import BadPath, path_of, text_of

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Selector:
    """Which attributes stay: all but ``without``, or (``only``) of the complex ones just those."""

    kind: Kind
    without: frozenset[Path] = frozenset()
    only: frozenset[Path] | None = None

    def is_whole(self) -> bool:
        """Tell whether nothing is left out."""
        return not self.without and self.only is None

    def applied(self, document: Any) -> Any:
        """Return the decoded JSON ``document`` with what is not selected left out."""
        if self.only is not None:
            return _only(document, self.kind, self.only)
        return _without(document, self.without)


def parse(query: ListQuery, type_: Any) -> Selector:
    """Return what the selectors of ``query`` say about items of ``type_``.

    Raises BadRequest for a combination that table 6.18.3-1 does not have, or a wrong attribute.
    """
    given = [
        name
        for name in ("all_fields", "fields", "exclude_fields", "exclude_default")
        if getattr(query, name) not in (None, False)
    ]
    if len(given) > 1 and set(given) != {"fields", "exclude_default"}:
        raise BadRequest(
            f"{' and '.join(given)} cannot be given together; give one, or exclude_default with "
            "fields.",
            field=given[1],
        )
    kind = kind_of(type_)
    fields = _paths("fields", query.fields, kind)
    excluded = _paths("exclude_fields", query.exclude_fields, kind)
    if query.all_fields:
        return Selector(kind)
    if excluded is not None:
        return Selector(kind, without=excluded)
    if fields is not None and not query.exclude_default:
        return Selector(kind, only=fields)
    default = frozenset(path_of(name) for name in getattr(type_, "excluded_by_default", ()))
    return Selector(kind, without=default - (fields or frozenset()))


def _paths(parameter: str, text: str | None, kind: Kind) -> frozenset[Path] | None:
    if text is None:
        return None
    return frozenset(_path(parameter, each, kind) for each in text.split(","))


def _path(parameter: str, text: str, kind: Kind) -> Path:
    try:
        path = path_of(text)
    except BadPath as fault:
        raise BadRequest(f"{parameter}: {fault}.", field=parameter) from fault
    kinds = [kind]
    for depth, name in enumerate(path):
        known = {each.name: each for of in kinds for each in _members(of)}
        if name not in known:
            where = f" in {text_of(path[:depth])}" if depth else ""
            raise BadRequest(
                f"{parameter}: there is no attribute {text_of((name,))}{where}; "
                f"known are {', '.join(sorted(known)) or 'none'}.",
                field=parameter,
            )
        found = known[name]
        kinds = [found.kind]
    if not (found.optional and is_complex(found.kind)):
        raise BadRequest(
            f"{parameter}: {text_of(path)} is always present; only structures and arrays that may "
            "be absent can be selected.",
            field=parameter,
        )
    return path


def _members(kind: Kind) -> Iterable[Attribute]:
    for each in items(kind):
        if isinstance(each, inspect.StructType):
            yield from attributes_of(each.cls).values()


def _without(document: Any, paths: frozenset[Path]) -> Any:
    if isinstance(document, list):
        return [_without(each, paths) for each in document]
    if not isinstance(document, dict) or not paths:
        return document
    kept = {name: value for name, value in document.items() if (name,) not in paths}
    return {name: _without(value, _below(name, paths)) for name, value in kept.items()}


def _only(document: Any, kind: Kind, paths: frozenset[Path]) -> Any:
    if isinstance(document, list):
        return [_only(each, kind, paths) for each in document]
    if not isinstance(document, dict) or not _describes(kind):
        return document
    known: Mapping[str, Attribute] = {each.name: each for each in _members(kind)}
    kept: Document = {}
    for name, value in document.items():
        attribute = known.get(name)
        below = _below(name, paths)
        if attribute is None or (name,) in paths or not is_complex(attribute.kind):
            kept[name] = value
        elif below or not attribute.optional:
            kept[name] = _only(value, attribute.kind, below)
    return kept


def _describes(kind: Kind) -> bool:
    """Tell whether the type says which attributes an object has; a map does not."""
    return any(
        isinstance(each, inspect.StructType) for of in alternatives(kind) for each in items(of)
    )


def _below(name: str, paths: frozenset[Path]) -> frozenset[Path]:
    return frozenset(path[1:] for path in paths if len(path) > 1 and path[0] == name)
