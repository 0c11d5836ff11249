"""The base of every type that crosses a wire, and the one place that encodes and decodes it.

Never knows a particular API; never reads a socket.
"""

import re
from typing import Any, TypeVar, dataclass_transform

import msgspec

from wayside.core.errors import BadRequest, Unprocessable

T = TypeVar("T")


class _KeywordOnly(msgspec.StructMeta):
    """Makes every field of every wire type keyword-only; msgspec does not inherit that."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        options.setdefault("kw_only", True)
        return super().__new__(mcls, name, bases, namespace, **options)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Wire(msgspec.Struct, metaclass=_KeywordOnly, frozen=True, omit_defaults=True, rename="camel"):
    """A frozen record: snake_case in Python, the standard's lowerCamel on the wire.

    Fields that equal their default are left out of the encoding; unknown fields are ignored on
    input, as MEC 009 asks of a receiver. Irregular names (``wi-fiNetwork``) are given with
    ``msgspec.field(name=...)``.
    """


DEPTH_MAX = 64
"""Arrays and objects in each other. Fixed, and far below what a decoder can follow, so that what
was once taken is read again however deep in its calls the reader is."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_ALL_BUT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """Return the JSON of a wire value, compact, UTF-8."""
    return _encoder.encode(value)


def decode(raw: bytes, type_: type[T]) -> T:
    """Return the JSON in ``raw`` as ``type_``.

    Raises BadRequest (400) where it is not JSON at all, Unprocessable (422) where it is JSON that
    does not fit the type; the detail names the field as a path from the body's root.
    Ref: MEC 009 annex E.
    """
    try:
        return msgspec.json.decode(raw, type=type_)
    except msgspec.ValidationError as fault:
        field = field_of(str(fault))
        raise Unprocessable(explain(str(fault)), field=field) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadRequest(f"The body is not JSON: {fault}. Send one JSON document.") from fault


def require_shallow(raw: bytes) -> None:
    """Raise BadRequest where JSON has arrays and objects more than ``DEPTH_MAX`` in each other."""
    if raw.count(b"[") + raw.count(b"{") <= DEPTH_MAX:
        return
    depth = 0
    for bracket in _STRING.sub(b"", raw).translate(None, _ALL_BUT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_MAX:
            raise BadRequest(
                f"The body has arrays and objects more than {DEPTH_MAX} deep in each other; send "
                "it flatter."
            )


def field_of(message: str) -> str | None:
    """Return the path (``$.callbackReference``) that a validation message ends with, if any."""
    head, found, path = message.rpartition(" - at `")
    return path.rstrip("`") if found and head else None


def explain(message: str) -> str:
    """Return a validation message as a sentence that puts the field first."""
    head, found, path = message.rpartition(" - at `")
    return f"{path.rstrip('`')}: {head}." if found else f"The body: {message}."
