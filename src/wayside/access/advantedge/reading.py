"""Reads an AdvantEDGE scenario, YAML or JSON, and says what is wrong with it.

Aliases are refused: its own tools write none, and a few of them make gigabytes. Never reads a file.
"""

from math import isfinite
from typing import Any

import msgspec
import yaml

from wayside.access.reading import Faulty

from .model import Scenario

BYTES_MAX = 64 * 1024 * 1024
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ForeignFault(Faulty):
    """A file that is no scenario of AdvantEDGE, or one of which nothing can be made."""


def parse(raw: bytes, *, source: str) -> tuple[Scenario, Any]:
    """Return the scenario in ``raw`` and the same as plain values; ``source`` names it in faults.

    Raises ForeignFault where it is something else.
    """
    if len(raw) > BYTES_MAX:
        raise ForeignFault(source, [f"file: it has more than {BYTES_MAX >> 20} MiB."])
    values = _values(raw, source)
    try:
        return msgspec.convert(values, Scenario), values
    except (msgspec.ValidationError, RecursionError) as fault:
        message, _, path = str(fault).partition(" - at `$")
        place = path.strip(".`") or "file"
        raise ForeignFault(
            source, [f"{place}: {message}; a scenario of AdvantEDGE is expected."]
        ) from fault


def _values(raw: bytes, source: str) -> Any:
    if raw.lstrip()[:1] == b"{":
        try:
            return msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            pass  # a mapping of YAML may begin so too
    try:
        text = raw.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=Loader):
            if isinstance(event, yaml.AliasEvent):
                raise ForeignFault(source, [f"file: the alias *{event.anchor} is not read."])
        values = yaml.load(text, Loader=Loader)
        _require_finite(values)
        return values
    except UnicodeDecodeError as fault:
        raise ForeignFault(source, ["file: it is not UTF-8."]) from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        why = " ".join(str(fault).split())
        raise ForeignFault(source, [f"file: it is neither YAML nor JSON: {why}."]) from fault


def _require_finite(value: Any) -> None:
    """Raise ValueError for infinity and what is no number, which YAML can say."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _require_finite(each)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is no number that can be meant here")
