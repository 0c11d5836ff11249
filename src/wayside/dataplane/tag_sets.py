"""The members of tags as named sets of the packet filter. Pure.

Single addresses and ranges lie in sets of their own: a hash takes ten thousand of the ones at once,
and an element comes or goes in it without a look at the others. Never names a rule.
"""

from collections.abc import Iterator
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


def change_members(tag: str, was: Members | None, now: Members, *, epoch: int) -> list[str]:
    """Return the commands that bring a tag's sets from ``was`` (None: empty) to ``now``."""
    lines = []
    for each in all_sets_of(tag, epoch):
        before = _of_kind(was[each.version] if was else (), each)
        after = _of_kind(now[each.version], each)
        gone = [each.key(span) for span in before if span not in after]
        come = [each.key(span) for span in after if span not in before]
        lines += add(each.name, gone, command="delete") + add(each.name, come)
    return lines


def _of_kind(spans: tuple[Span, ...], kind: MemberSet) -> dict[Span, None]:
    return {span: None for span in spans if (span[0] != span[1]) is kind.is_ranged}
