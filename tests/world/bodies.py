"""Request bodies made from the declared types: one that fits, and hostile ones that nearly do.

Never knows an API: what a type says is all that there is.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import inspect

DEPTH = 20_000
"""More brackets than any reader follows, in less than what a body may have."""
STRINGS = (
    "",
    "a" * 100_000,
    "\x00",
    "line\r\nx-injected: yes",
    "\x1b[2J\u202e\ufeff",
    "../../../etc/passwd",
    "$(reboot);`id`|'\"",
    "}; flush ruleset; {",
    "%s%n{0}${instance.ip}",
    "\U0010ffff" * 100,
    "169.254.169.254",
    "fe80::1%lo",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/shadow",
    "http://[::1]:0/",
    "65536",
    "99999999999999999999",
    "-1",
    "٣",
)
NUMBERS = (-1, 0, 99_999, 2**31, 2**32, 2**63, 2**64, -(2**63), 10**400, 0.5, 1e308, True)
NESTED = "<nested>"
"""Stands for ``DEPTH`` arrays in each other, which no encoder would write."""


def fitting(type_: Any, *, full: bool = False) -> Any:
    """Return a value that fits ``type_``; ``full``: with every member that it may have."""
    return _fitting(inspect.type_info(type_), full)


def _fitting(kind: inspect.Type, full: bool) -> Any:
    match kind:
        case inspect.StructType():
            return _struct(kind, full)
        case inspect.UnionType():
            return _fitting(next(k for k in kind.types if not _is_none(k)), full)
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.IntType() | inspect.FloatType():
            return kind.ge or (kind.gt or 0) + 1
        case inspect.BoolType():
            return True
        case inspect.StrType():
            return _text(kind.pattern or "")
        case inspect.DateTimeType():
            return "2030-01-01T00:00:00Z"
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType():
            count = max(kind.min_length or 0, int(full))
            return [_fitting(kind.item_type, full) for _ in range(count)]
        case inspect.TupleType():
            return [_fitting(item, full) for item in kind.item_types]
        case inspect.DictType():
            return {"key": _fitting(kind.value_type, full)}
        case inspect.AnyType():
            return {"any": "thing"}
    raise TypeError(f"no value of {kind} is known")


def _text(pattern: str) -> str:
    if ":){5}" in pattern:
        return "02:00:00:00:00:01"
    return "DE" if "A-Z" in pattern else "x"


def _struct(kind: inspect.StructType, full: bool) -> dict[str, Any]:
    tag = {kind.tag_field: kind.tag} if kind.tag_field else {}
    return tag | {
        field.encode_name: _fitting(field.type, full)
        for field in kind.fields
        if field.required or full
    }


def _is_none(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.NoneType)


def hostile(type_: Any, seeds: Iterable[Any] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield (what is wrong, body): fitting bodies with each of their leaves hostile in turn.

    ``seeds`` are bodies that hold what the type alone does not tell; there is none without.
    """
    least = fitting(type_)
    for body in (least, fitting(type_, full=True), *seeds):
        for path, leaf in leaves(body):
            for value in _instead(leaf):
                yield f"{'/'.join(map(str, path))} = {value!r:.40}", encoded(put(body, path, value))
    for body in (least, *seeds):
        text = encoded(body)
        strange = encoded(body | {"no_such_member": "strange"})
        yield "a deep strange member", encoded(body | {"no_such_member": NESTED})
        yield "a lone surrogate", strange.replace(b'"strange"', b'"\\ud800"')
        yield "no UTF-8", strange.replace(b"strange", b"\xed\xa0\x80")
        yield "NaN", strange.replace(b'"strange"', b"NaN")
        yield "all twice", b"{" + b", ".join([text[1:-1]] * 2 if body else []) + b"}"
        yield "a NUL before it", b"\x00" + text
        yield "something after it", text + b"{}"


def _instead(leaf: Any) -> tuple[Any, ...]:
    if isinstance(leaf, bool):
        return (NESTED, None, "true", 1)
    if isinstance(leaf, int | float):
        return (*NUMBERS, NESTED, None)
    return (*STRINGS, *NUMBERS, NESTED, None)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield (path, value) of whatever has nothing below it."""
    members = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else ()
    for name, below in (*members, *items):
        if isinstance(below, dict | list) and below:
            yield from leaves(below, (*path, name))
        else:
            yield (*path, name), below


def put(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    """Return a copy of ``value`` with ``leaf`` at ``path``."""
    if not path:
        return leaf
    copy = value.copy()
    copy[path[0]] = put(copy[path[0]], path[1:], leaf)
    return copy


def encoded(body: Any) -> bytes:
    """Return a body as JSON, ``NESTED`` as deep as it says."""
    deep = "[" * DEPTH + "]" * DEPTH
    return json.dumps(body).replace(json.dumps(NESTED), deep).encode()
