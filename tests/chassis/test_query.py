"""Query strings as laws: what was meant comes out, whatever bytes it holds."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.chassis.query import Parameter, read, split
from wayside.core.errors import BadRequest
from wayside.core.wire import Wire

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@given(pairs=st.lists(st.tuples(texts.filter(bool), texts), max_size=6), plus=st.booleans())
def test_what_was_encoded_is_decoded(pairs: list[tuple[str, str]], plus: bool) -> None:
    encode = quote_plus if plus else quote
    query = "&".join(f"{encode(name, safe='')}={encode(value, safe='')}" for name, value in pairs)
    found = split(query.encode())
    assert found == {name: [value for other, value in pairs if other == name] for name, _ in pairs}


@given(raw=st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    try:
        found = split(raw)
    except BadRequest as refused:
        assert refused.detail
    else:
        assert all(isinstance(value, str) for values in found.values() for value in values)


@given(
    values=st.lists(st.lists(texts.filter(lambda t: t and "," not in t), min_size=1), min_size=1)
)
def test_lists_may_be_joined_by_comma_or_repeated(values: list[list[str]]) -> None:
    declared = {"name": Parameter("name", str, many=True, required=False)}
    query = "&".join("name=" + ",".join(quote(item, safe="") for item in one) for one in values)
    given, _ = read(query.encode(), declared)
    assert given == {"name": tuple(item for one in values for item in one)}


class Basket(Wire):
    """A flat structure."""

    of_fruit: int | None = None
    kind: str | None = None


BASKET = {"the-basket": Parameter("the_basket", Basket, False, False, members=("ofFruit", "kind"))}


@pytest.mark.parametrize(
    "query",
    [b"ofFruit=3&kind=red%20ones", b"the-basket=%7B%22ofFruit%22:3,%22kind%22:%22red%20ones%22%7D"],
    ids=["spread over parameters", "one document"],
)
def test_a_structure_comes_as_one_document_or_member_by_member(query: bytes) -> None:
    given, _ = read(query, BASKET)
    assert given == {"the_basket": Basket(of_fruit=3, kind="red ones")}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (b"the-basket=%7B", "the-basket"),
        (b"the-basket=%7B%22ofFruit%22:%22x%22%7D", "the-basket"),
        (b"the-basket=3", "the-basket"),
        (b"ofFruit=many", "ofFruit"),
        (b"ofFruit=1&ofFruit=2", "ofFruit"),
        (b"ofNuts=1", "ofNuts"),
    ],
)
def test_a_structure_that_is_none_is_refused_by_its_name(query: bytes, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(query, BASKET)
    assert refused.value.field == field


def test_flags_may_stand_alone() -> None:
    _, query = read(b"all_fields&exclude_default=false", {}, lists=True)
    assert (query.all_fields, query.exclude_default) == (True, False)


def test_an_operation_without_parameters_says_so() -> None:
    with pytest.raises(BadRequest, match="takes none") as refused:
        read(b"x=1", {})
    assert refused.value.field == "x"
