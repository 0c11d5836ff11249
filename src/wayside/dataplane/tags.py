"""What tags stand for: the addresses of devices, changed without touching the rules. Pure.

Never decides who may use a tag, nor which instance has it registered: the platform does, and asks
for a rule only while it is. Ref: MEC 014 clause 5.2 (tags of UEs in traffic rules).
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from .groups import Delta, Members
from .matches import Tagged
from .values import Span, Versioned, addresses

VERSIONS = (4, 6)
NOBODY: Members = dict.fromkeys(VERSIONS, ())


def members_of(tag: str, given: Sequence[str]) -> Members:
    """Return addresses and prefixes as sorted spans that neither meet nor touch, by family.

    Raises Unprocessable naming the tag and what is no address.
    """
    found = [_read(tag, text) for text in given]
    return {
        version: _merged(sorted(each.span for each in found if each.version == version))
        for version in VERSIONS
    }


@lru_cache(maxsize=65_536)
def _read(tag: str, text: str) -> Versioned:
    """Read an address; kept, as one device comes or goes among thousands that stay."""
    (found,) = addresses(f"tag {tag}", (text,))
    return found


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for first, last in spans:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def first_within(span: Span, members: Sequence[Span], *others: Sequence[Span]) -> Span | None:
    """Return the first addresses of ``span`` that lie in all of these sorted spans."""
    place = bisect_left(members, span[0], key=lambda each: each[1])
    for first, last in islice(members, place, None):
        if first > span[1]:
            return None
        met = max(first, span[0]), min(last, span[1])
        found = first_within(met, *others) if others else met
        if found is not None:
            return found
    return None


class Tags:
    """The tags that are known, who their members are, and which of them rules ask for.

    A tag that a rule asked for once stays at hand as long as it is known: its instance may register
    it again, and thousands of members are not to be told anew then.
    """

    def __init__(self, members: Mapping[str, Members] | None = None) -> None:
        self._members = dict(members or {})
        self._uses: Counter[str] = Counter()
        self._at_hand: dict[str, None] = {}

    @property
    def members(self) -> Mapping[str, Members]:
        """The members of each tag that is known."""
        return self._members

    def used(self) -> Iterator[tuple[str, Members]]:
        """Yield each tag that is at hand with its members; of one that is unknown, none."""
        for tag in self._at_hand:
            yield tag, self._members.get(tag, NOBODY)

    def in_use(self, tag: str) -> Members | None:
        """Return the members of a tag that is at hand; None: it is not."""
        return self._members.get(tag, NOBODY) if tag in self._at_hand else None

    def put(self, tag: str, members: Members | None, delta: Delta) -> None:
        """Have a tag stand for ``members`` from now on; None: it is not known any more."""
        if self._members.get(tag) == members:
            return
        was = self.in_use(tag)
        if members is None:
            del self._members[tag]
            if tag not in self._uses:
                self._at_hand.pop(tag, None)
        else:
            self._members[tag] = members
        if was is not None:
            delta.tags.setdefault(tag, was)

    def take(self, tag: str, delta: Delta) -> None:
        """Note that a match asks for the tag, once more."""
        if tag not in self._at_hand:
            delta.tags.setdefault(tag, None)
            self._at_hand[tag] = None
        self._uses[tag] += 1

    def give_back(self, tag: str, delta: Delta) -> None:
        """Note that a match asks for the tag no more."""
        self._uses[tag] -= 1
        if self._uses[tag]:
            return
        del self._uses[tag]
        if tag not in self._members:
            del self._at_hand[tag]
            delta.tags.setdefault(tag, NOBODY)

    def holds(self, tagged: Tagged, version: int, address: int) -> bool:
        """Tell whether an address is one of the tag's members."""
        spans = self.members_of(tagged, version)
        place = bisect_right(spans, address, key=lambda span: span[0]) - 1
        return place >= 0 and address <= spans[place][1]

    def members_of(self, tagged: Tagged, version: int) -> Sequence[Span]:
        """Return the members of one family; none of a tag that is not known."""
        return self._members.get(tagged.tag, NOBODY)[version]
