"""Pages of a long list: an opaque marker that names the last entry seen.

Pure; keeps nothing between two requests. Pages go by identifier, which never changes, so entries
that come or go meanwhile make no other skipped or repeated. Ref: MEC 009 clause 6.20.
"""

import base64
import binascii
import hashlib
import heapq
from collections.abc import Iterable
from typing import TypeVar

from wayside.core.errors import BadRequest
from wayside.core.replies import Entry

T = TypeVar("T")

PAGE_SIZE = 100
"""Entries of one page where nothing else is said."""

CHECK_BYTES = 6
PARAMETER = "nextpage_opaque_marker"


def page_of(
    entries: Iterable[Entry[T]], *, after: str | None, page_size: int
) -> tuple[list[Entry[T]], str | None]:
    """Return the page behind the entry ``after``, and the last identifier where more follow."""
    following = (entry for entry in entries if after is None or entry.id > after)
    page = heapq.nsmallest(page_size + 1, following, key=lambda entry: entry.id)
    if len(page) <= page_size:
        return page, None
    return page[:page_size], page[page_size - 1].id


def marker_of(id: str, request: str) -> str:
    """Return the marker for the page after ``id`` of the list that ``request`` describes."""
    raw = id.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(_check(raw, request) + raw).decode().rstrip("=")


def id_of(marker: str, request: str) -> str:
    """Return the identifier in ``marker``; raise BadRequest where it is not one of ours for it."""
    try:
        padded = marker + "=" * (-len(marker) % 4)
        whole = base64.b64decode(padded, altchars=b"-_", validate=True)
        check, raw = whole[:CHECK_BYTES], whole[CHECK_BYTES:]
        if check == _check(raw, request):
            return raw.decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        pass
    raise BadRequest(
        f"{PARAMETER}: this marker was not given for this request. Follow the Link of a page "
        "unchanged, or ask again without the marker.",
        field=PARAMETER,
    )


def _check(raw: bytes, request: str) -> bytes:
    # Not a secret: a marker tells nothing that its bearer could not list. It catches mistakes.
    return hashlib.blake2b(request.encode(), key=raw[:64], digest_size=CHECK_BYTES).digest()
