"""Choices of access networks as nftables text: which packets of instances go by which. Pure.

A table of its own for each version of IP. What belongs to one wish (chains, sets of devices) is
named by its epoch and filled beside the old; one transaction turns the base chain to it, so there
is no moment without rules, and the old goes with the next wish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from wayside.model.accesses import AccessPath, FlowMatch
from wayside.refpoints.mp2 import AccessChoice

TABLE = "wayside_access"
FAMILIES: Mapping[str, int] = {"ip": 4, "ip6": 6}
KINDS: Mapping[str, str] = {"ip": "ipv4_addr", "ip6": "ipv6_addr"}
ACCESS_BIT = 0x40000
"""A packet's mark once its access network is chosen: this bit and the path's number."""

IDENTIFY = "identify"
AFTER_RULES = 5
"""Of our hook beyond ``mangle``: when it is decided which packets go to instances."""

ELEMENTS_PER_COMMAND = 400
TCP, UDP = 6, 17

Numbered = Mapping[int, AccessPath]
"""Paths by the numbers of their marks."""


def mark_of(number: int) -> int:
    """Return the mark of packets for the path of this number."""
    return ACCESS_BIT | number


def base(family: str, numbers: Iterable[int]) -> str:
    """Return the commands that make the table and its hook, where they are not there yet.

    ``numbers`` are those of all paths.
    """
    hook = f"{{ type filter hook prerouting priority mangle + {AFTER_RULES}; policy accept; }}"
    at = f"{family} {TABLE}"
    lines = [f"add table {at}", f"add chain {at} prerouting {hook}"]
    lines += [f"add set {at} {away_of(number)} {{ type {KINDS[family]}; }}" for number in numbers]
    return "".join(f"{line}\n" for line in lines)


def away_of(number: int) -> str:
    """Return the name of the set of devices that the path of this number does not reach now."""
    return f"away{number}"


def identify(start: int) -> str:
    """Return the commands that make what gives copied packets of IPv4 an identification.

    A device tells copies by it, and packets that may not be fragmented often have none. It outlives
    wishes, so that it never counts anew while copies are on their way; ``start`` says where it
    begins, of 16 bits. nft writes the upper half of the number that it counts.
    """
    at = f"ip {TABLE} {IDENTIFY}"
    count = f"numgen inc mod 65535 offset 1 << 16 ^ {start << 16:#x}"
    return f"add chain {at}\nadd rule {at} ip id 0 ip id set {count}\n"


def leave(number: int, gone: Iterable[str], back: Iterable[str]) -> Iterator[str]:
    """Yield transactions that have devices not be reached by a path, and others again."""
    for command, devices in (("add", sorted(gone)), ("delete", sorted(back))):
        for start in range(0, len(devices), ELEMENTS_PER_COMMAND):
            listed = ", ".join(devices[start : start + ELEMENTS_PER_COMMAND])
            yield f"{command} element ip {TABLE} {away_of(number)} {{ {listed} }}\n"


def remove() -> str:
    """Return the commands that take our tables away, whether they are there or not."""
    return "".join(
        f"add table {family} {TABLE}\ndelete table {family} {TABLE}\n" for family in FAMILIES
    )


def fill(
    family: str,
    choices: Sequence[AccessChoice],
    paths: Numbered,
    *,
    indexes: Mapping[int, int],
    epoch: int,
) -> Iterator[str]:
    """Yield transactions that make what ``choices`` need, which no packet comes by yet.

    ``indexes`` are the numbers of the paths' devices, by the paths' numbers.
    """
    at = f"{family} {TABLE}"
    for number, path in paths.items():
        name = _devices(epoch, number)
        yield f"add set {at} {name} {{ type {KINDS[family]}; flags interval; auto-merge; }}\n"
        for start in range(0, len(path.devices), ELEMENTS_PER_COMMAND):
            listed = ", ".join(path.devices[start : start + ELEMENTS_PER_COMMAND])
            yield f"add element {at} {name} {{ {listed} }}\n"
    numbers = {path.id: number for number, path in paths.items()}
    for place, choice in enumerate(choices):
        wanted = {numbers[each]: paths[numbers[each]] for each in choice.paths if each in numbers}
        chain = f"{at} {_chain(epoch, place)}"
        rules = _ways(family, wanted, copied=choice.copied, indexes=indexes, epoch=epoch)
        yield "".join([f"add chain {chain}\n", *(f"add rule {chain} {each}\n" for each in rules)])


def turn(family: str, choices: Sequence[AccessChoice], *, epoch: int) -> str:
    """Return the commands that have packets obey what ``fill`` made, at one instant."""
    at = f"{family} {TABLE} prerouting"
    places = sorted(range(len(choices)), key=lambda place: -_members(choices[place]))
    lines = [f"flush chain {at}"]
    for place in places:
        choice = choices[place]
        for match in _matches(choice, family):
            goto = f"goto {_chain(epoch, place)}"
            lines.append(f'add rule {at} iifname "{choice.device}" {match}{goto}')
    return "\n".join(lines) + "\n"


def drop(family: str, names: Iterable[tuple[str, str]]) -> str:
    """Return the commands that delete chains and sets (kind and name) that nothing asks for."""
    at = f"{family} {TABLE}"
    listed = sorted(names)  # chains before the sets that they ask
    lines = [f"flush chain {at} {name}" for kind, name in listed if kind == "chain"]
    lines += [f"delete {kind} {at} {name}" for kind, name in listed]
    return "".join(f"{line}\n" for line in lines)


def _chain(epoch: int, place: int) -> str:
    return f"e{epoch}_choice{place}"


def _devices(epoch: int, number: int) -> str:
    return f"e{epoch}_devices{number}"


def _members(choice: AccessChoice) -> int:
    """Return how much a choice asks of a packet: the one that asks most of an instance's wins."""
    return max((sum(each is not None for each in flow) for flow in choice.flows), default=0)


def _ways(
    family: str, paths: Numbered, *, copied: bool, indexes: Mapping[int, int], epoch: int
) -> Iterator[str]:
    """Yield the rules of one choice: whoever is reached by a path goes by the first."""
    to = {
        number: f"{family} daddr @{_devices(epoch, number)} {family} daddr != @{away_of(number)}"
        for number in paths
    }
    go = {number: f"meta mark set {mark_of(number):#x} return" for number in paths}
    for first, second in combinations(paths, 2) if copied else ():
        both = f"{to[first]} {to[second]}"
        if family == "ip":
            yield f"{both} jump {IDENTIFY}"
        copy = f"dup to {paths[second].gateway} device {indexes[second]}"
        yield f"{both} {copy} {go[first]}"
    for number in paths:
        yield f"{to[number]} {go[number]}"


def _matches(choice: AccessChoice, family: str) -> Iterator[str]:
    """Yield the conditions of a choice, one for each rule, with a space behind."""
    if not choice.flows:
        yield ""
    for flow in choice.flows:
        if FAMILIES[family] in flow.versions:
            yield "".join(f"{each} " for each in _conditions(flow, family))


def _conditions(flow: FlowMatch, family: str) -> Iterator[str]:
    has_ports = flow.source_port is not None or flow.destination_port is not None
    if flow.protocol is not None:
        yield f"meta l4proto {flow.protocol}"
    elif has_ports:
        yield f"meta l4proto {{ {TCP}, {UDP} }}"
    for words, value in (
        (f"{family} saddr", flow.source),
        (f"{family} daddr", flow.destination),
        ("th sport", flow.source_port),
        ("th dport", flow.destination_port),
        (f"{family} dscp", flow.dscp),
        ("ip6 flowlabel", flow.flow_label),
    ):
        if value is not None:
            yield f"{words} {value}"
