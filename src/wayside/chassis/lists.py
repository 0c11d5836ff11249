"""A list answer: filtered, trimmed to the selected attributes, and paged.

Never sorts or encodes what it need not: a short list that is asked for whole is a join of bytes.
Ref: MEC 009 clauses 6.18 to 6.20.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from wayside.core.replies import Entry
from wayside.core.requests import ListQuery
from wayside.core.wire import encode

from . import filters, paging, selectors


def answer(
    entries: Sequence[Entry[Any]],
    query: ListQuery,
    type_: Any,
    *,
    page_size: int = paging.PAGE_SIZE,
) -> tuple[bytes, str | None]:
    """Return the JSON array that answers ``query``, and the marker of the next page, if any.

    Raises BadRequest where the filter, a selector or the marker is wrong.
    """
    selector = selectors.parse(query, type_)
    page, marker = _page(entries, query, type_, page_size)
    if selector.is_whole():
        return b"[%s]" % b",".join([entry.encoded for entry in page]), marker
    decoded = (msgspec.json.decode(entry.encoded) for entry in page)
    return encode([selector.applied(document) for document in decoded]), marker


def _page(
    entries: Sequence[Entry[Any]], query: ListQuery, type_: Any, page_size: int
) -> tuple[Sequence[Entry[Any]], str | None]:
    given, wanted = query.nextpage_opaque_marker, _wanted(query, type_)
    # A marker belongs to its filter: with another one it would lead into the midst of a list.
    request = query.filter or ""
    page: Sequence[Entry[Any]]
    if given is not None:
        after = paging.id_of(given, request)
        page, last = paging.next_page(entries, after, page_size, wanted=wanted)
    else:
        found = entries if wanted is None else [entry for entry in entries if wanted(entry)]
        if len(found) <= page_size:
            return found, None
        page, last = paging.first_page(found, page_size)
    return page, None if last is None else paging.marker_of(last, request)


def _wanted(query: ListQuery, type_: Any) -> Callable[[Entry[Any]], bool] | None:
    if query.filter is None:
        return None
    matches = filters.parse(query.filter, type_).matches
    return lambda entry: matches(entry.value)
