"""How one group of matches is looked up: its map, its keys and the rule that asks it. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from .groups import Group
from .matches import Box, Field, address_text
from .tables import TABLE, add, mark, named
from .tag_sets import sets_of
from .values import Span


class _Keys(NamedTuple):
    """How the fields of one family are read from a packet."""

    flow: tuple[str, ...]
    own: tuple[str, ...]
    type_: str
    header: str


KEYS = {
    4: _Keys(
        ("ct original ip saddr", "ct original ip daddr"),
        ("ip saddr", "ip daddr"),
        "ipv4_addr",
        "ip",
    ),
    6: _Keys(
        ("ct original ip6 saddr", "ct original ip6 daddr"),
        ("ip6 saddr", "ip6 daddr"),
        "ipv6_addr",
        "ip6",
    ),
}
FLOW_PORTS = ("ct original proto-src", "ct original proto-dst")
OWN_PORTS = ("th sport", "th dport")


def name_of(group: Group, epoch: int) -> str:
    """Return the name of a group's map; whole plans that follow each other differ in ``epoch``."""
    return named(group.name, epoch)


def lookups(group: Group, number: int | None, *, epoch: int, of_flow: bool) -> list[str]:
    """Return what asks the group's map: of the flow, or by the packet's own header.

    A group without a map gives its one outcome ``number`` itself.

    One rule; where it asks for a tag, one for each set of the tag's members.
    """
    rule, tagged = _lookup(group, number, epoch=epoch, of_flow=of_flow), group.shape.tagged
    if tagged is None:
        return [rule]
    keys = KEYS[group.shape.version]
    address = (keys.flow if of_flow else keys.own)[tagged.side]
    sets = sets_of(tagged.tag, group.shape.version, epoch)
    return [f"{each.asks(address)} {rule}" for each in sets]


def _lookup(group: Group, number: int | None, *, epoch: int, of_flow: bool) -> str:
    shape = group.shape
    keys = KEYS[shape.version]
    conditions = []
    if shape.dscp is not None:
        conditions.append(f"{keys.header} dscp {shape.dscp}")
    if shape.traffic_class is not None:
        conditions.append(f"meta nfproto ipv6 @nh,4,8 {shape.traffic_class}")
    if shape.protocol is not None:
        protocol = "ct original protocol" if of_flow else "meta l4proto"
        conditions.append(f"meta nfproto ipv{shape.version} {protocol} {shape.protocol}")
    if number is not None:
        return " ".join([*conditions, f"meta mark set {mark(number)} return"])
    names = (*keys.flow, *FLOW_PORTS) if of_flow else (*keys.own, *OWN_PORTS)
    key = [names[each] for each in shape.fields]
    if _is_padded(group):
        key.append("meta nfproto")
    return " ".join(
        [*conditions, f"meta mark set {' . '.join(key)} map @{name_of(group, epoch)} return"]
    )


def is_keyed(group: Group) -> bool:
    """Whether a group has a map; one that asks for no field is a rule with its outcome in it."""
    return bool(group.shape.fields)


def _is_padded(group: Group) -> bool:
    """Whether a range needs a second field: only concatenations are kept in a pipapo set."""
    return group.shape.is_ranged and len(group.shape.fields) == 1


def map_text(group: Group, epoch: int) -> str:
    """Return the command that makes the map of a keyed group."""
    keys = KEYS[group.shape.version]
    types = [
        keys.type_ if each in (Field.SOURCE, Field.DESTINATION) else "inet_service"
        for each in group.shape.fields
    ]
    if _is_padded(group):
        types.append("nf_proto")
    flags = "flags interval; " if group.shape.is_ranged else ""
    kind = f"{{ type {' . '.join(types)} : mark; {flags}}}"
    return f"add map inet {TABLE} {name_of(group, epoch)} {kind}"


def key_text(group: Group, box: Box) -> str:
    """Return a box as the key of an element of the group's map."""
    parts = [
        _span(group.shape.version, each, span)
        for each, span in zip(group.shape.fields, box, strict=True)
    ]
    if _is_padded(group):
        parts.append(f"ipv{group.shape.version}")
    return " . ".join(parts)


def _span(version: int, each: Field, span: Span) -> str:
    first, last = span
    if each in (Field.SOURCE, Field.DESTINATION):
        text = address_text(version, first)
        return text if first == last else f"{text}-{address_text(version, last)}"
    return str(first) if first == last else f"{first}-{last}"


def add_matches(group: Group, elements: Mapping[Box, int], *, epoch: int) -> list[str]:
    """Return the commands that add ``elements`` to the group's map."""
    if not is_keyed(group):
        return []
    return add(
        name_of(group, epoch),
        [f"{key_text(group, box)} : {mark(n)}" for box, n in elements.items()],
    )
