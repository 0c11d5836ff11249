"""What NFV-SOL 001 keeps as a map and an AppD as a list, both ways and without loss.

A list that a map cannot hold (an id or key twice, more than a key at a place) stays a list, and is
read as one. Pure; never looks at a type: ``tosca_types`` says what is kept how.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

Plain = dict[str, Any]


class Kept(Enum):
    """How a map stands for an AppD's value."""

    BY_ID = "the key is the entry's id"
    BY_NUMBER = "the keys only tell entries apart"
    PAIRS = "each entry is one pair"
    TEXTS = "the values are the entries"
    TEXT = "the one value is the text"
    ONE = "a list of the one entry"
    SNAKE = "names in snake case"


class Way(NamedTuple):
    """Into TOSCA and back; what has not the wanted shape is returned as it is."""

    there: Callable[[Any], Any]
    back: Callable[[Any], Any]


def _ids_there(entries: list[Plain]) -> Any:
    ids = [entry.get("id") for entry in entries]
    if len(set(ids)) < len(ids):
        return entries
    return {
        str(entry["id"]): {name: value for name, value in entry.items() if name != "id"}
        for entry in entries
    }


def _ids_back(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    return [
        {"id": key} | value if isinstance(value, dict) else value for key, value in found.items()
    ]


def _numbered(entries: list[Any]) -> Any:
    return {str(number): entry for number, entry in enumerate(entries, 1)}


def _values(found: Any) -> Any:
    return list(found.values()) if isinstance(found, dict) else found


def _pairs_there(entries: list[Plain]) -> Any:
    keys = [key for entry in entries for key in entry]
    texts = all(isinstance(value, str) for entry in entries for value in entry.values())
    if not texts or len(set(keys)) < len(keys) or any(len(entry) != 1 for entry in entries):
        return entries
    return {key: value for entry in entries for key, value in entry.items()}


def _pairs_back(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    return [{key: value} for key, value in found.items()]


def _texts_back(found: Any) -> Any:
    """Return the values of keys that only count; others mean something and stay before theirs."""
    if not isinstance(found, dict):
        return found
    if list(found) == [str(number) for number in range(1, len(found) + 1)]:
        return list(found.values())
    return [f"{key}: {value}" for key, value in found.items()]


def _text_back(found: Any) -> Any:
    if found == {}:
        return None
    return "; ".join(_texts_back(found)) if isinstance(found, dict) else found


def _one_back(found: Any) -> Any:
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _snake_there(names: list[str]) -> list[str]:
    return [re.sub("([A-Z])", r"_\1", name).lower() for name in names]


def _snake_back(found: Any) -> Any:
    """Return names in camel case; what is in it already stays."""
    if not isinstance(found, list):
        return found
    return [re.sub("_([a-z])", lambda at: at[1].upper(), str(name)) for name in found]


WAYS: dict[Kept, Way] = {
    Kept.BY_ID: Way(_ids_there, _ids_back),
    Kept.BY_NUMBER: Way(_numbered, _values),
    Kept.PAIRS: Way(_pairs_there, _pairs_back),
    Kept.TEXTS: Way(_numbered, _texts_back),
    Kept.TEXT: Way(lambda text: {"1": text}, _text_back),
    Kept.ONE: Way(lambda entry: [entry], _one_back),
    Kept.SNAKE: Way(_snake_there, _snake_back),
}
