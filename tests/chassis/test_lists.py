"""Lists: pages that skip and repeat nothing, whatever comes and goes between them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.chassis.etags import etag_of
from wayside.chassis.lists import answer
from wayside.core.errors import BadRequest
from wayside.core.replies import Entry
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire, encode


class Item(Wire):
    name: str
    cell: str = "a"
    notes: tuple[str, ...] = ()


def entry(id: str, cell: str = "a") -> Entry[Item]:
    value = Item(name=id, cell=cell, notes=("x",))
    raw = encode(value)
    return Entry(id, value, raw, etag_of(raw))


def listed(entries: list[Entry[Item]], *, page_size: int = 3, **query: Any) -> tuple[Any, Any]:
    body, marker = answer(entries, ListQuery(**query), Item, page_size=page_size)
    return [item["name"] for item in json.loads(body)], marker


def test_a_short_list_is_the_join_of_what_is_kept_in_its_order() -> None:
    entries = [entry("b"), entry("a")]
    body, marker = answer(entries, ListQuery(), Item)
    assert body == b"[" + entries[0].encoded + b"," + entries[1].encoded + b"]"
    assert marker is None


def test_an_empty_list_is_an_empty_array() -> None:
    assert answer([], ListQuery(), Item) == (b"[]", None)
    assert listed([entry("a")], filter="(eq,name,zz)") == ([], None)


def test_a_long_list_comes_in_pages_that_together_are_all_of_it() -> None:
    entries = [entry(name) for name in "hgfedcba"]
    first, marker = listed(entries)
    second, next_marker = listed(entries, nextpage_opaque_marker=marker)
    third, last = listed(entries, nextpage_opaque_marker=next_marker)
    assert first + second + third == list("abcdefgh") and last is None


def test_pages_hold_what_the_filter_finds_with_the_selected_attributes() -> None:
    entries = [entry(f"{n:02}", cell="a" if n % 2 else "b") for n in range(10)]
    query = {"filter": "(eq,cell,a)", "exclude_fields": "notes"}
    body, marker = answer(entries, ListQuery(**query), Item, page_size=3)  # type: ignore[arg-type]
    assert [list(item) for item in json.loads(body)] == [["name"]] * 3
    names, last = listed(entries, nextpage_opaque_marker=marker, **query)
    assert names == ["07", "09"] and last is None


@pytest.mark.parametrize("marker", ["", "x", "!!!", "AAAAAAAAAAAA", "é"])
def test_a_marker_that_is_not_ours_is_refused(marker: str) -> None:
    with pytest.raises(BadRequest, match="nextpage_opaque_marker"):
        listed([entry("a")], nextpage_opaque_marker=marker)


def test_a_marker_of_another_filter_is_refused() -> None:
    entries = [entry(name) for name in "abcdef"]
    _, marker = listed(entries)
    with pytest.raises(BadRequest, match="not given for this request"):
        listed(entries, nextpage_opaque_marker=marker, filter="(eq,cell,a)")


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
edits = st.lists(st.tuples(st.booleans(), names), max_size=6)


@settings(max_examples=200, deadline=None, database=None)
@given(st.sets(names, max_size=20), st.lists(edits, max_size=8), st.integers(1, 4))
def test_no_page_skips_or_repeats_whatever_comes_and_goes(
    start: set[str], changes: list[list[tuple[bool, str]]], page_size: int
) -> None:
    present = {name: entry(name) for name in sorted(start)}
    touched: set[str] = set()
    seen: list[str] = []
    query: dict[str, str] = {}
    waiting = list(changes)
    while True:
        page, marker = listed(list(present.values()), page_size=page_size, **query)
        seen += page
        if marker is None:
            break
        query = {"nextpage_opaque_marker": marker}
        for arrives, name in waiting.pop(0) if waiting else []:
            touched.add(name)
            if arrives:
                present.setdefault(name, entry(name))
            else:
                present.pop(name, None)
    assert len(seen) == len(set(seen)), "an entry was repeated"
    assert start - touched <= set(seen), "an entry that was there all along was skipped"
