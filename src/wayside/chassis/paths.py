"""Paths to attributes as query parameters write them: ``parts/color``, with escapes.

Pure; never knows a type. Ref: MEC 009 clauses 6.18.2 and 6.19.2, RFC 6901 section 3.
"""

import re

from .attributes import KEY, Path

_ESCAPES = {"~0": "~", "~1": "/", "~a": ",", "~b": "@"}
_ESCAPE = re.compile("~.?", re.DOTALL)


class BadPath(ValueError):
    """A path that is not written by the rules; the message says why."""


def path_of(text: str) -> Path:
    """Return the names in ``text``, unescaped, ``@key`` as KEY; raise BadPath."""
    return tuple(_name(part) for part in text.split("/"))


def _name(part: str) -> str | None:
    if part == "@key":
        return KEY
    if not part:
        raise BadPath("an attribute name is missing")
    if "@" in part:
        raise BadPath(f"write the @ in {part!r} as ~b")
    return _ESCAPE.sub(_unescaped, part)


def _unescaped(match: re.Match[str]) -> str:
    try:
        return _ESCAPES[match[0]]
    except KeyError:
        raise BadPath(f"{match[0]!r} is no escape; write ~0 for ~, ~1 for /, ~a for ,") from None


def text_of(path: Path) -> str:
    """Return ``path`` as it is written, for sentences."""
    return "/".join("@key" if name is KEY else _escaped(name) for name in path)


def _escaped(name: str) -> str:
    for escape, plain in _ESCAPES.items():  # ~0 comes first: later escapes bring new tildes
        name = name.replace(plain, escape)
    return name
