"""Which boxes of one shape overlap: found among ten thousand without looking at each.

For every field the boxes are kept sorted by their first number, in classes of similar width; a
question looks along the field in which the fewest could overlap. Never holds what a box means.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from .matches import Box
from .values import Span


class _Spans:
    """One field of all boxes, by width class: sorted (first number, box)."""

    def __init__(self, field: int) -> None:
        self._field = field
        self._classes: dict[int, list[tuple[int, Box]]] = {}

    def add(self, box: Box) -> None:
        first, last = box[self._field]
        insort(self._classes.setdefault((last - first).bit_length(), []), (first, box))

    def remove(self, box: Box) -> None:
        first, last = box[self._field]
        width = (last - first).bit_length()
        entries = self._classes[width]
        del entries[bisect_left(entries, (first, box))]
        if not entries:
            del self._classes[width]

    def slices(self, span: Span) -> list[tuple[int, int, int]]:
        """Return (width class, from, to) of the entries that could overlap ``span``."""
        found = []
        for width, entries in self._classes.items():
            # Of width class w a span is shorter than 2**w, so it starts less than that before.
            start = bisect_left(entries, (span[0] - (1 << width) + 1,))
            stop = bisect_right(entries, (span[1] + 1,))
            if start < stop:
                found.append((width, start, stop))
        return found

    def entries(self, slices: list[tuple[int, int, int]]) -> Iterator[Box]:
        for width, start, stop in slices:
            entries = self._classes[width]
            for place in range(start, stop):
                yield entries[place][1]


class Overlaps:
    """A set of boxes that all have ``fields`` spans; answers which of them overlap a box."""

    def __init__(self, fields: int) -> None:
        self._spans = [_Spans(field) for field in range(fields)]

    def add(self, box: Box) -> None:
        """Put a box in that is not there."""
        for spans in self._spans:
            spans.add(box)

    def remove(self, box: Box) -> None:
        """Take a box out that is there."""
        for spans in self._spans:
            spans.remove(box)

    def of(self, box: Box) -> list[Box]:
        """Return the boxes, other than ``box`` itself, that share a point with it."""
        return [other for other in self.meeting(box) if other != box]

    def meeting(self, box: Box) -> Iterator[Box]:
        """Yield the boxes that share a point with ``box``, one by one; change nothing meanwhile."""
        best: list[tuple[int, int, int]] = []
        along = None
        for spans, span in zip(self._spans, box, strict=True):
            slices = spans.slices(span)
            size = sum(stop - start for _, start, stop in slices)
            if along is None or size < sum(stop - start for _, start, stop in best):
                best, along = slices, spans
        if along is not None:
            yield from (other for other in along.entries(best) if _meet(other, box))


def _meet(a: Box, b: Box) -> bool:
    for (a_first, a_last), (b_first, b_last) in zip(a, b, strict=True):
        if a_last < b_first or b_last < a_first:
            return False
    return True
