"""Entity tags: made from a resource's bytes, compared with If-Match and If-None-Match.

Never stores a tag: the entry carries it. Ref: MEC 009 clause 5.4 (conflicts), RFC 9110 clause 13.
"""

import hashlib
from typing import TypeVar

from wayside.core.errors import PreconditionFailed
from wayside.core.replies import Entry
from wayside.core.wire import encode

T = TypeVar("T")

DIGEST_BYTES = 12


def etag_of(encoded: bytes) -> str:
    """Return the strong entity tag of these bytes, quotes included."""
    return f'"{hashlib.blake2b(encoded, digest_size=DIGEST_BYTES).hexdigest()}"'


def entry_of(id_: str, value: T) -> Entry[T]:
    """Return a value as a resource: encoded, and tagged by its bytes."""
    encoded = encode(value)
    return Entry(id_, value, encoded, etag_of(encoded))


def matches(header: str, etag: str, *, weak: bool = False) -> bool:
    """Tell whether ``header`` (``*`` or a list of tags) names ``etag``.

    If-Match compares strongly: a ``W/`` tag never matches. If-None-Match compares weakly.
    """
    if header.strip() == "*":
        return True
    given = [tag.strip() for tag in header.split(",")]
    if weak:
        given = [tag.removeprefix("W/") for tag in given]
    return etag in given


def require_match(if_match: str | None, etag: str, *, what: str) -> None:
    """Return where there is no condition or it holds; raise PreconditionFailed otherwise."""
    if if_match is not None and not matches(if_match, etag):
        raise PreconditionFailed(
            f"If-Match: the {what} was changed by someone else meanwhile (it is now {etag}). "
            "Read it again and repeat the change on that version.",
            field="If-Match",
        )
