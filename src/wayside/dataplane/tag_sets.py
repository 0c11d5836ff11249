"""The members of tags as named sets of the packet filter. Pure.

Single addresses and ranges lie in sets of their own: a hash takes ten thousand of the ones at once,
and an element comes or goes in it without a look at the others. Never names a rule.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .groups import Members, tag_name
from .matches import address_text
from .tables import TABLE, VERSIONS, add, named
from .values import Span

TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}


class MemberSet(NamedTuple):
    """One set of a tag."""

    name: str
    version: int
    is_ranged: bool

    @property
    def make(self) -> str:
        """The command that makes it, empty."""
        type_ = TYPES[self.version]
        # Only concatenations are kept in a pipapo set, so a range needs a second field.
        kind = f"{type_} . nf_proto; flags interval" if self.is_ranged else type_
        return f"add set inet {TABLE} {self.name} {{ type {kind}; }}"

    def asks(self, address: str) -> str:
        """Return the condition that ``address``, as rules write it, is in the set."""
        padding = " . meta nfproto" if self.is_ranged else ""
        return f"{address}{padding} @{self.name}"

    def key(self, span: Span) -> str:
        """Return a span as an element."""
        first = address_text(self.version, span[0])
        if not self.is_ranged:
            return first
        return f"{first}-{address_text(self.version, span[1])} . ipv{self.version}"


def sets_of(tag: str, version: int, epoch: int) -> tuple[MemberSet, MemberSet]:
    """Return the sets of a tag's members of one family: of single addresses, and of ranges."""
    name = named(f"{tag_name(tag)}_v{version}", epoch)
    return MemberSet(name, version, False), MemberSet(f"{name}_ranges", version, True)


def all_sets_of(tag: str, epoch: int) -> Iterator[MemberSet]:
    """Yield every set of a tag's members."""
    for version in VERSIONS:
        yield from sets_of(tag, version, epoch)


class Moves(NamedTuple):
    """The commands that bring a tag's sets from one membership to another, in this order.

    A device that stays a member by another element is in the sets at every moment, but where one
    range takes the place of another that it overlaps.
    """

    first: list[str]
    """What meets nothing that is there comes."""
    then: list[str]
    """What was there goes, and the rest comes."""


def moves(tag: str, was: Members | None, now: Members, *, epoch: int) -> Moves:
    """Return how a tag's sets get from ``was`` (None: empty) to ``now``."""
    first: list[str] = []
    then: list[str] = []
    for each in all_sets_of(tag, epoch):
        before = _of_kind(was[each.version] if was else (), each)
        after = _of_kind(now[each.version], each)
        gone = [span for span in before if span not in after]
        come = [span for span in after if span not in before]
        blocked = [span for span in come if each.is_ranged and _meets(span, gone)]
        free = [span for span in come if span not in blocked]
        first += add(each.name, [each.key(span) for span in free])
        then += add(each.name, [each.key(span) for span in gone], command="delete")
        then += add(each.name, [each.key(span) for span in blocked])
    return Moves(first, then)


def _meets(span: Span, others: Sequence[Span]) -> bool:
    """Tell whether a range overlaps one of ``others``, which are in order and apart."""
    place = bisect_right(others, span[1], key=lambda other: other[0]) - 1
    return place >= 0 and others[place][1] >= span[0]


def changes_ranges(was: Members | None, now: Members | None) -> bool:
    """Tell whether a set of ranges gets or loses an element."""
    return _ranges(was) != _ranges(now)


def _ranges(members: Members | None) -> list[tuple[int, Span]]:
    return [
        (version, span)
        for version, spans in (members or {}).items()
        for span in spans
        if span[0] != span[1]
    ]


def _of_kind(spans: tuple[Span, ...], kind: MemberSet) -> dict[Span, None]:
    return {span: None for span in spans if (span[0] != span[1]) is kind.is_ranged}
