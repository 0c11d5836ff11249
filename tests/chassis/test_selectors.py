"""Selectors: what may be absent can be left out, nothing else."""

import json
from typing import Any, ClassVar

import pytest

from wayside.chassis.selectors import parse
from wayside.core.errors import BadRequest
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire, encode


class Inner(Wire):
    depth: int
    notes: tuple[str, ...] = ()
    labels: dict[str, str] | None = None


class Item(Wire):
    excluded_by_default: ClassVar[tuple[str, ...]] = ("history", "box/notes")

    name: str
    comment: str | None = None
    links: Inner
    box: Inner | None = None
    boxes: tuple[Inner, ...] = ()
    history: tuple[int, ...] | None = None


INNER = Inner(depth=1, notes=("n",), labels={"a": "b"})
ITEM = Item(name="x", comment="c", links=INNER, box=INNER, boxes=(INNER,), history=(1, 2))


def selected(**query: Any) -> Any:
    return parse(ListQuery(**query), Item).applied(json.loads(encode(ITEM)))


WHOLE = json.loads(encode(ITEM))
DEFAULT = {
    **{name: value for name, value in WHOLE.items() if name != "history"},
    "box": {"depth": 1, "labels": {"a": "b"}},
}


def test_all_fields_is_everything() -> None:
    assert selected(all_fields=True) == WHOLE
    assert parse(ListQuery(all_fields=True), Item).is_whole()


def test_nothing_said_is_the_same_as_exclude_default() -> None:
    assert selected() == selected(exclude_default=True) == DEFAULT


def test_a_type_without_a_default_set_is_whole_where_nothing_is_said() -> None:
    assert parse(ListQuery(), Inner).is_whole()


def test_fields_keeps_of_the_optional_complex_ones_just_those() -> None:
    assert selected(fields="history") == {
        "name": "x",
        "comment": "c",
        "links": {"depth": 1},
        "history": [1, 2],
    }


def test_fields_reaches_into_structures_and_arrays() -> None:
    assert selected(fields="box/notes,boxes/labels,links/notes") == {
        "name": "x",
        "comment": "c",
        "links": {"depth": 1, "notes": ["n"]},
        "box": {"depth": 1, "notes": ["n"]},
        "boxes": [{"depth": 1, "labels": {"a": "b"}}],
    }


def test_exclude_fields_leaves_out_just_those() -> None:
    assert selected(exclude_fields="boxes,box/labels") == {
        **{name: value for name, value in WHOLE.items() if name != "boxes"},
        "box": {"depth": 1, "notes": ["n"]},
    }


def test_exclude_default_with_fields_brings_some_back() -> None:
    assert selected(exclude_default=True, fields="history") == {
        **DEFAULT,
        "history": [1, 2],
    }


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"fields": "name"}, "fields: name is always present"),
        ({"fields": "comment"}, "fields: comment is always present; only structures"),
        ({"fields": "links"}, "fields: links is always present"),
        ({"exclude_fields": "history,links"}, "exclude_fields: links is always present"),
        ({"fields": "nothing"}, "no attribute nothing; known are box, boxes"),
        ({"fields": "box/nothing"}, "no attribute nothing in box; known are depth"),
        ({"fields": ""}, "attribute name is missing"),
        ({"fields": "history,"}, "attribute name is missing"),
        ({"fields": "his~tory"}, "no escape"),
        ({"fields": "box", "exclude_fields": "box"}, "cannot be given together"),
        ({"all_fields": True, "fields": "box"}, "cannot be given together"),
        ({"all_fields": True, "exclude_default": True}, "cannot be given together"),
    ],
)
def test_a_wrong_selector_is_refused_by_name(query: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        selected(**query)
