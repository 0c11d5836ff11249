"""Reads TOML into frozen records and reports every fault at once, by field.

Never stops at the first fault, and never guesses what was meant.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, dataclass_transform, get_args, get_origin

import msgspec

from wayside.core.errors import Unprocessable

R = TypeVar("R", bound=msgspec.Struct)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is read from a scenario file: the field names are the file's names."""


class Faulty(Unprocessable):
    """A file that cannot be used; ``faults`` holds every reason, each with its field."""

    def __init__(self, source: str, faults: list[str]) -> None:
        lines = "\n".join(f"{source}: {fault}" for fault in faults)
        super().__init__(lines, field=faults[0].partition(":")[0])
        self.faults = tuple(faults)


def text_of(path: Path, fault_kind: type[Faulty]) -> str:
    """Return what is in the file; raises ``fault_kind`` where it cannot be read."""
    try:
        return path.read_text()
    except OSError as fault:
        raise fault_kind(str(path), [f"file: {fault.strerror}."]) from fault
    except UnicodeDecodeError as fault:
        raise fault_kind(str(path), ["file: it is not UTF-8."]) from fault


def values_of(text: str, source: str, fault_kind: type[Faulty]) -> dict[str, Any]:
    """Return the values in TOML ``text``; raises ``fault_kind`` where it is something else."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise fault_kind(source, [f"file: it is not TOML: {fault}."]) from fault


def read(kind: type[R], value: object, *, at: str, faults: list[str]) -> R | None:
    """Return ``value`` as ``kind``, or None after adding to ``faults`` what does not fit.

    Each fault starts with the path of its field below ``at``.
    """
    if not isinstance(value, Mapping):
        faults.append(f"{at or 'file'}: a table is expected here.")
        return None
    fields = msgspec.structs.fields(kind)
    before = len(faults)
    known = {field.name for field in fields}
    for name in value:
        if name not in known:
            faults.append(f"{_below(at, name)}: unknown. Known are {', '.join(sorted(known))}.")
    read_fields: dict[str, Any] = {}
    for field in fields:
        place = _below(at, field.name)
        if field.name in value:
            read_fields[field.name] = _read_any(field.type, value[field.name], place, faults)
        elif field.required:
            faults.append(f"{place}: missing.")
    return kind(**read_fields) if len(faults) == before else None


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _read_any(kind: Any, value: object, at: str, faults: list[str]) -> object:
    if isinstance(value, Mapping):
        kind = next((each for each in get_args(kind) if _is_record(each)), kind)
    if _is_record(kind):
        return read(kind, value, at=at, faults=faults)
    item = get_args(kind)[0] if get_origin(kind) is tuple else None
    if _is_record(item):
        return _read_list(item, value, at, faults)
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        message, _, below = str(fault).partition(" - at `$")
        faults.append(f"{at}{below.rstrip('`')}: {message}.")
        return None


def _is_record(kind: Any) -> TypeGuard[type[Record]]:
    return isinstance(kind, type) and issubclass(kind, Record)


def _read_list(
    kind: type[Record], value: object, at: str, faults: list[str]
) -> tuple[Record | None, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        faults.append(f"{at}: a list of tables is expected here.")
        return ()
    return tuple(
        read(kind, item, at=f"{at}[{index}]", faults=faults) for index, item in enumerate(value)
    )
