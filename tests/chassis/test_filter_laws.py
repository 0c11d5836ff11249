"""Filters against a naive evaluator that knows JSON alone and tries every array entry."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.chassis.filters import parse
from wayside.core.wire import Wire, encode


class Leaf(Wire):
    n: int
    s: str


class Branch(Wire):
    n: int
    leaves: list[Leaf]
    ns: list[int]


class Tree(Wire):
    s: str
    branches: list[Branch]
    one: Branch


numbers = st.integers(-2, 3)
texts = st.sampled_from(["", "a", "b", "ab", "a,b", "it's", ")"])
leaves = st.builds(Leaf, n=numbers, s=texts)
branches = st.builds(
    Branch, n=numbers, leaves=st.lists(leaves, max_size=3), ns=st.lists(numbers, max_size=3)
)
trees = st.builds(Tree, s=texts, branches=st.lists(branches, max_size=3), one=branches)

NUMERIC = ["n", "ns"]
PREFIXES = {
    (): ["s"],
    ("one",): ["n", "ns"],
    ("branches",): ["n", "ns"],
    ("branches", "leaves"): ["n", "s"],
    ("one", "leaves"): ["n", "s"],
}
Term = tuple[str, tuple[str, ...], str, list[Any]]


@st.composite
def terms(draw: st.DrawFn) -> Term:
    prefix = draw(st.sampled_from(list(PREFIXES)))
    leaf = draw(st.sampled_from(PREFIXES[prefix]))
    one = ["eq", "neq", "gt", "lt", "gte", "lte"]
    many = ["in", "nin"] if leaf in NUMERIC else ["in", "nin", "cont", "ncont"]
    operator = draw(st.sampled_from(one + many))
    values = draw(
        st.lists(
            numbers if leaf in NUMERIC else texts,
            min_size=1,
            max_size=1 if operator in one else 3,
        )
    )
    return operator, prefix, leaf, values


def written(term: Term) -> str:
    operator, prefix, leaf, values = term
    quoted = [str(v) if isinstance(v, int) else "'" + v.replace("'", "''") + "'" for v in values]
    return f"({operator},{'/'.join([*prefix, leaf])},{','.join(quoted)})"


def compares(operator: str, value: Any, given: list[Any]) -> bool:
    if operator in ("in", "nin"):
        return (value in given) == (operator == "in")
    if operator in ("cont", "ncont"):
        return any(each in value for each in given) == (operator == "cont")
    other = given[0]
    return {
        "eq": value == other,
        "neq": value != other,
        "gt": value > other,
        "lt": value < other,
        "gte": value >= other,
        "lte": value <= other,
    }[operator]


def nodes(document: Any, prefix: tuple[str, ...]) -> Iterator[Any]:
    current = [document]
    for name in prefix:
        below = [node[name] for node in current]
        current = list(
            itertools.chain.from_iterable(b if isinstance(b, list) else [b] for b in below)
        )
    return iter(current)


def naive(document: Any, wanted: list[Term]) -> bool:
    for prefix in PREFIXES:
        same = [term for term in wanted if term[1] == prefix]
        if same and not any(
            all(
                any(
                    compares(operator, value, values)
                    for value in (node[leaf] if isinstance(node[leaf], list) else [node[leaf]])
                )
                for operator, _, leaf, values in same
            )
            for node in nodes(document, prefix)
        ):
            return False
    return True


@settings(max_examples=400, deadline=None, database=None)
@given(trees, st.lists(terms(), min_size=1, max_size=4))
def test_the_filter_and_the_naive_evaluator_agree(tree: Tree, wanted: list[Term]) -> None:
    text = ";".join(written(term) for term in wanted)
    assert parse(text, Tree).matches(tree) == naive(json.loads(encode(tree)), wanted)
