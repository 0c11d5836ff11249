"""The index of overlapping boxes finds exactly what comparing each with each would."""

from hypothesis import given
from hypothesis import strategies as st

from wayside.dataplane.matches import Box
from wayside.dataplane.overlaps import Overlaps

spans = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: tuple(sorted(pair)))
boxes = st.tuples(spans, spans)


def _meet(a: Box, b: Box) -> bool:
    return all(x[0] <= y[1] and y[0] <= x[1] for x, y in zip(a, b, strict=True))


@given(st.sets(boxes, max_size=30), st.sets(boxes, max_size=10), boxes)
def test_it_finds_what_overlaps_and_nothing_else(
    kept: set[Box], removed: set[Box], asked: Box
) -> None:
    index = Overlaps(2)
    for box in kept | removed:
        index.add(box)
    for box in removed:
        index.remove(box)
    there = kept - removed
    assert sorted(index.of(asked)) == sorted(
        box for box in there if box != asked and _meet(box, asked)
    )
