"""What a wire type has on the wire: its attributes by their standard names, and what they hold.

Pure; filters and selectors ask here, so that a wrong name is refused before anything is searched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import inspect

Kind: TypeAlias = inspect.Type

KEY = None
"""Stands in a path for ``@key``: the keys of a map."""

Path: TypeAlias = tuple[str | None, ...]

_ARRAYS = (
    inspect.ListType,
    inspect.VarTupleType,
    inspect.SetType,
    inspect.FrozenSetType,
    inspect.CollectionType,
)
_OPEN = (inspect.AnyType, inspect.RawType, inspect.CustomType, inspect.ExtType)


@dataclass(frozen=True)
class Attribute:
    """One attribute of a structure: its name on the wire and in Python, its type, may it lack."""

    name: str
    attribute: str
    kind: Kind
    optional: bool


@lru_cache(maxsize=1024)
def kind_of(type_: Any) -> Kind:
    """Return what is known of a type; made once per type."""
    return inspect.type_info(type_)


@lru_cache(maxsize=1024)
def attributes_of(struct: Any) -> Mapping[str, Attribute]:
    """Return the attributes of a structure by their names on the wire."""
    info = kind_of(struct)
    assert isinstance(info, inspect.StructType)
    found = {
        field.encode_name: Attribute(
            field.encode_name, field.name, field.type, not field.required or _may_lack(field.type)
        )
        for field in info.fields
    }
    if info.tag_field is not None:
        found[info.tag_field] = Attribute(info.tag_field, "", kind_of(str), optional=False)
    return found


def tag_of(struct: Any) -> str:
    """Return what a structure's tag field says, such as its subscriptionType."""
    info = kind_of(struct)
    assert isinstance(info, inspect.StructType)
    return str(info.tag)


def alternatives(kind: Kind) -> Iterator[Kind]:
    """Yield what ``kind`` may be: the members of a union, without null."""
    if isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from alternatives(member)
    elif isinstance(kind, inspect.Metadata):
        yield from alternatives(kind.type)
    elif not isinstance(kind, inspect.NoneType):
        yield kind


def items(kind: Kind) -> Iterator[Kind]:
    """Yield what ``kind`` may be, the entries of arrays in place of the arrays."""
    for each in alternatives(kind):
        if isinstance(each, _ARRAYS):
            yield from items(each.item_type)
        elif isinstance(each, inspect.TupleType | inspect.NamedTupleType):
            for member in _members(each):
                yield from items(member)
        else:
            yield each


def step(kind: Kind, name: str | None) -> Iterator[Kind]:
    """Yield what the attribute ``name`` of ``kind`` (or of its entries) may be; none: no such."""
    for each in items(kind):
        if isinstance(each, inspect.StructType):
            found = None if name is KEY else attributes_of(each.cls).get(name)
            if found is not None:
                yield found.kind
        elif isinstance(each, inspect.DictType):
            yield each.key_type if name is KEY else each.value_type
        elif is_open(each):
            yield each


def is_open(kind: Kind) -> bool:
    """Tell whether the type says nothing of what it holds."""
    return isinstance(kind, _OPEN)


def is_structure(kind: Kind) -> bool:
    """Tell whether ``kind`` is an object on the wire."""
    return isinstance(kind, inspect.StructType | inspect.DictType)


def is_complex(kind: Kind) -> bool:
    """Tell whether an attribute is structured or an array. Ref: MEC 009 clause 6.18.2."""
    return any(
        is_structure(each)
        or is_open(each)
        or isinstance(each, (*_ARRAYS, inspect.TupleType, inspect.NamedTupleType))
        for each in alternatives(kind)
    )


def names_of(kind: Kind) -> list[str]:
    """Return the attribute names that the next part of a path may have, for a sentence."""
    found: set[str] = set()
    for each in items(kind):
        if isinstance(each, inspect.StructType):
            found.update(attributes_of(each.cls))
        elif isinstance(each, inspect.DictType):
            found.add("@key")
    return sorted(found)


def _may_lack(kind: Kind) -> bool:
    return isinstance(kind, inspect.UnionType) and any(
        isinstance(member, inspect.NoneType) for member in kind.types
    )


def _members(kind: inspect.TupleType | inspect.NamedTupleType) -> tuple[Kind, ...]:
    if isinstance(kind, inspect.TupleType):
        return kind.item_types
    return tuple(field.type for field in kind.fields)
