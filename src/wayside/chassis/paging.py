"""Pages of a long list: an opaque marker that names the last entry seen.

Pure; keeps nothing between two requests. Pages go by identifier, which never changes, so entries
that come or go meanwhile make no other skipped or repeated. Ref: MEC 009 clause 6.20.
"""

import base64
import binascii
import hashlib
import heapq
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from wayside.core.errors import BadRequest
from wayside.core.replies import Entry, Listing, Made

T = TypeVar("T")

PAGE_SIZE = 100
"""Entries of one page where nothing else is said."""

CHECK_BYTES = 6
PARAMETER = "nextpage_opaque_marker"


def first_page(
    entries: Iterable[Entry[T]], page_size: int
) -> tuple[Sequence[Entry[T]], str | None]:
    """Return the page that a list begins with, and its last identifier where more follow."""
    if isinstance(entries, Made):
        return _cut(entries[: page_size + 1], page_size)
    return _cut(heapq.nsmallest(page_size + 1, entries, key=lambda entry: entry.id), page_size)


def next_page(
    entries: Sequence[Entry[T]],
    after: str,
    page_size: int,
    *,
    wanted: Callable[[Entry[T]], bool] | None = None,
) -> tuple[Sequence[Entry[T]], str | None]:
    """Return the page of ``wanted`` entries behind ``after``, and its last id where more follow.

    Looks at no more of them than it needs, so that a list costs what it holds and not its square.
    """
    whole = entries if isinstance(entries, Listing | Made) else Listing(entries)
    following = filter(wanted, whole.behind(after)) if wanted else whole.behind(after)
    return _cut(list(islice(following, page_size + 1)), page_size)


def _cut(page: Sequence[Entry[T]], page_size: int) -> tuple[Sequence[Entry[T]], str | None]:
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
