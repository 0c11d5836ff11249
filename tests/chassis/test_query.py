"""Query strings as laws: what was meant comes out, whatever bytes it holds."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.chassis.query import Parameter, read, split
from wayside.core.errors import BadRequest

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


def test_flags_may_stand_alone() -> None:
    _, query = read(b"all_fields&exclude_default=false", {}, lists=True)
    assert (query.all_fields, query.exclude_default) == (True, False)


def test_an_operation_without_parameters_says_so() -> None:
    with pytest.raises(BadRequest, match="takes none") as refused:
        read(b"x=1", {})
    assert refused.value.field == "x"
