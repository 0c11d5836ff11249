"""Nesting is bounded before a decoder follows it, and only real brackets count."""

import pytest

from wayside.core.errors import BadRequest
from wayside.core.wire import DEPTH_MAX, decode, require_shallow


def nested(depth: int) -> bytes:
    """Arrays in each other."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "raw",
    [
        nested(DEPTH_MAX),
        b"[" + b"[{}]," * 1000 + b"0]",
        b'{"text": "' + b"[" * 1000 + b'"}',
        b'{"text": "' + b'\\"[' * 1000 + b'"}',
        b'{"text": "' + b"[" * 1000,
    ],
    ids=["deep", "wide", "in a string", "after escaped quotes", "in a string without end"],
)
def test_what_is_not_nested_too_deep_may_be_read(raw: bytes) -> None:
    require_shallow(raw)


@pytest.mark.parametrize(
    "raw",
    [
        nested(DEPTH_MAX + 1),
        b'{"a": ' * 200 + b"1" + b"}" * 200,
        b'{"text": "\\\\", "more": ' + nested(200) + b"}",
        b'{"text": ""' + nested(200),
    ],
    ids=["arrays", "objects", "after an escaped backslash", "after an empty string"],
)
def test_what_is_nested_too_deep_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest, match="deep"):
        require_shallow(raw)


def test_what_no_decoder_can_follow_is_a_bad_request_too() -> None:
    with pytest.raises(BadRequest):
        decode(nested(100_000), list)  # type: ignore[type-arg]
