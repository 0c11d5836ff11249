"""Comparison values of a filter: which operators fit which type, and how values are written.

Pure. Ref: MEC 009 tables 6.19.2-1 and 6.19.2-2, RFC 3339, RFC 8259.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, TypeAlias

import msgspec
from msgspec import inspect

from .attributes import Kind, is_open

Scalar: TypeAlias = str | float | bool | datetime


class ScalarKind(StrEnum):
    """The data types of table 6.19.2-2."""

    STRING = "string"
    NUMBER = "number"
    DATE_TIME = "date-time"
    ENUMERATION = "enumeration"
    BOOLEAN = "boolean"


_S, _N, _D, _E, _B = ScalarKind
APPLICABLE: Mapping[str, frozenset[ScalarKind]] = {
    "eq": frozenset({_S, _N, _E, _B}),
    "neq": frozenset({_S, _N, _E, _B}),
    "in": frozenset({_S, _N, _E}),
    "nin": frozenset({_S, _N, _E}),
    "gt": frozenset({_S, _N, _D}),
    "gte": frozenset({_S, _N, _D}),
    "lt": frozenset({_S, _N, _D}),
    "lte": frozenset({_S, _N, _D}),
    "cont": frozenset({_S}),
    "ncont": frozenset({_S}),
}
MANY = frozenset({"in", "nin", "cont", "ncont"})
"""Operators that take several values."""

Test: TypeAlias = Callable[[Any, Sequence[Any]], bool]
TESTS: Mapping[str, Test] = {
    "eq": lambda value, given: bool(value == given[0]),
    "neq": lambda value, given: bool(value != given[0]),
    "in": lambda value, given: value in given,
    "nin": lambda value, given: value not in given,
    "gt": lambda value, given: bool(value > given[0]),
    "gte": lambda value, given: bool(value >= given[0]),
    "lt": lambda value, given: bool(value < given[0]),
    "lte": lambda value, given: bool(value <= given[0]),
    "cont": lambda value, given: any(each in value for each in given),
    "ncont": lambda value, given: not any(each in value for each in given),
}

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_DIGITS_MAX = 1000
_STRINGS = (
    inspect.StrType,
    inspect.UUIDType,
    inspect.BytesType,
    inspect.DateType,
    inspect.TimeType,
    inspect.TimeDeltaType,
)


def scalar_kinds(kind: Kind) -> frozenset[ScalarKind]:
    """Return the data types that a leaf of ``kind`` may have; empty where it is a structure."""
    if is_open(kind):
        return frozenset(ScalarKind)
    if isinstance(kind, inspect.BoolType):
        return frozenset({_B})
    if isinstance(kind, inspect.IntType | inspect.FloatType | inspect.DecimalType):
        return frozenset({_N})
    if isinstance(kind, inspect.DateTimeType):
        return frozenset({_D})
    if isinstance(kind, inspect.EnumType):
        return frozenset({_E})
    if isinstance(kind, inspect.LiteralType):
        return frozenset({_S if isinstance(value, str) else _N for value in kind.values})
    return frozenset({_S}) if isinstance(kind, _STRINGS) else frozenset()


def operand(text: str, kind: ScalarKind) -> Scalar | None:
    """Return a value as written in a filter; None where it is not one of ``kind``."""
    if kind is _B:
        return {"true": True, "false": False}.get(text)
    if kind is _N:
        return _number(text)
    if kind is _D:
        try:
            return _aware(msgspec.convert(text, datetime))
        except (msgspec.ValidationError, OverflowError):
            return None
    return text


def compared(value: Any) -> tuple[ScalarKind, Scalar] | None:
    """Return the data type and the comparable form of an attribute's value; None: a structure."""
    if isinstance(value, Enum):
        return _E, str(value.value)
    if isinstance(value, bool):
        return _B, value
    if isinstance(value, str):
        return _S, value
    if isinstance(value, int | float):
        return _N, value
    if isinstance(value, datetime):
        return _D, _aware(value)
    plain = msgspec.to_builtins(value)
    return (_S, plain) if isinstance(plain, str) else None


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > _DIGITS_MAX:
        return None
    if found[2] is None and found[3] is None:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None


def _aware(moment: datetime) -> datetime:
    # RFC 3339 always has an offset; a value of ours without one is UTC.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
