"""Allocated bandwidth as trees of classes, and their text for ``tc``. Pure.

One tree for an instance and direction, at the instance's own cable: what goes up is held back on
the host's device to it, what comes down on a device of its own (``IFB``) that packets pass as they
enter the host. So an allocation holds whatever cell, core or neighbour the packets come from or go
to, and needs no mark of theirs. Never decides how much anyone gets.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import NamedTuple

from wayside.core.errors import Unprocessable
from wayside.model.bandwidth import Direction, Flow
from wayside.refpoints.mp2 import Allocation

HANDLE = 0xBA
"""Of our queueing disciplines; others' have other numbers."""

APPLICATION, REST, SESSION_FIRST, SESSION_MAX = 0x1, 0x2, 0x10, 0xEFFF
"""Classes: all of an instance's traffic, of it what no session claims, and each session's."""

UNLIMITED_BPS = 100_000_000_000
BURST_S, QUEUE_S = 0.020, 0.160
BURST_MIN_BYTES, QUEUE_MIN_BYTES = 4_000, 32_000
QUANTUM_BYTES = 6_000
IFB = "ba-"
NAME_MAX = 15
TCP, UDP = 6, 17
PREFERENCES: Mapping[str, tuple[int, int]] = {"ip": (10, 11), "ipv6": (20, 21)}
"""Filters are rewritten beside the old ones, which go when the new ones are there."""


class Lane(NamedTuple):
    """A session's share of a tree."""

    key: str
    rate_bps: int
    flows: tuple[Flow, ...]


class Tree(NamedTuple):
    """All allocations of an instance in one direction.

    ``rate_bps`` is for what no lane claims; None: without a limit.
    """

    device: str
    direction: Direction
    rate_bps: int | None
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class Held:
    """What the kernel holds of a tree: class numbers by key, stale numbers, filters' places."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    stale: frozenset[int] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()


def trees(allocations: Iterable[Allocation]) -> dict[tuple[str, Direction], Tree]:
    """Return the tree of each instance and direction that something is allocated in."""
    found: dict[tuple[str, Direction], Tree] = {}
    for each in sorted(allocations, key=lambda each: each.key):
        at = (each.device, each.direction)
        tree = found.get(at) or Tree(*at, None, ())
        if each.flows:
            lane = Lane(each.key, each.rate_bps, each.flows)
            found[at] = tree._replace(lanes=(*tree.lanes, lane))
        else:
            found[at] = tree._replace(rate_bps=(tree.rate_bps or 0) + each.rate_bps)
    return found


def shaped_device(device: str, direction: Direction) -> str:
    """Return the device that holds a tree's packets back."""
    if direction is Direction.UPLINK:
        return device
    if len(IFB + device) > NAME_MAX:
        raise Unprocessable(f"The device {device} has a name too long to be shaped by.")
    return IFB + device


def make(tree: Tree) -> tuple[list[str], list[str]]:
    """Return the lines for ``ip`` and ``tc`` that make a tree's device and discipline, empty."""
    shaped = shaped_device(tree.device, tree.direction)
    root = f"qdisc add dev {shaped} root handle {HANDLE:x}: htb default {REST:#x}"
    if tree.direction is Direction.UPLINK:
        return [], [root]
    turn = f"qdisc add dev {tree.device} handle ffff: ingress"
    redirect = (
        f"filter add dev {tree.device} parent ffff: protocol all pref 1 u32 match u32 0 0"
        f" action mirred egress redirect dev {shaped}"
    )
    return [f"link add {shaped} type ifb", f"link set {shaped} up"], [root, turn, redirect]


def release(device: str, direction: Direction) -> tuple[list[str], list[str]]:
    """Return the lines for ``tc`` and then ``ip`` that take a tree away."""
    if direction is Direction.UPLINK:
        return [f"qdisc del dev {device} root"], []
    shaped = shaped_device(device, direction)
    return [f"qdisc del dev {device} ingress"], [f"link del {shaped}"]


def change(tree: Tree, held: Held) -> tuple[list[str], Held]:
    """Return the ``tc`` lines that bring what is held of a tree up to it, and what is then held.

    First the classes, then the filters that lead to them, then what nothing leads to any more.
    """
    shaped = shaped_device(tree.device, tree.direction)
    numbers = _numbers(tree, held)
    rest_bps = UNLIMITED_BPS if tree.rate_bps is None else tree.rate_bps
    whole_bps = rest_bps + sum(lane.rate_bps for lane in tree.lanes)
    lines = [_class(shaped, APPLICATION, whole_bps), *_leaf(shaped, REST, rest_bps)]
    for lane in tree.lanes:
        lines += _leaf(shaped, numbers[lane.key], lane.rate_bps)
    places, filters = _filters(tree, numbers, held.places)
    lines += [f"filter add dev {shaped} {each}" for each in filters]
    lines += [
        f"filter del dev {shaped} parent {HANDLE:x}: protocol {protocol} pref {preference}"
        for protocol, preference in sorted(held.places)
    ]
    unused = (held.stale | set(held.numbers.values())) - set(numbers.values())
    lines += [f"class del dev {shaped} classid {HANDLE:x}:{number:x}" for number in sorted(unused)]
    return lines, replace(held, numbers=numbers, stale=frozenset(), places=places)


def _numbers(tree: Tree, held: Held) -> dict[str, int]:
    numbers = {lane.key: held.numbers[lane.key] for lane in tree.lanes if lane.key in held.numbers}
    taken = held.stale | set(held.numbers.values())
    free = (n for n in range(SESSION_FIRST, SESSION_MAX + 1) if n not in taken)
    for lane in tree.lanes:
        if lane.key not in numbers:
            numbers[lane.key] = next(free)
    return numbers


def _class(shaped: str, number: int, rate_bps: int, parent: str = "") -> str:
    burst = max(int(rate_bps * BURST_S / 8), BURST_MIN_BYTES)
    return (
        f"class replace dev {shaped} parent {HANDLE:x}:{parent} classid {HANDLE:x}:{number:x} htb"
        f" rate {rate_bps}bit ceil {rate_bps}bit burst {burst} cburst {burst}"
        f" quantum {QUANTUM_BYTES}"
    )


def _leaf(shaped: str, number: int, rate_bps: int) -> list[str]:
    queue = max(int(rate_bps * QUEUE_S / 8), QUEUE_MIN_BYTES)
    return [
        _class(shaped, number, rate_bps, f"{APPLICATION:x}"),
        f"qdisc replace dev {shaped} parent {HANDLE:x}:{number:x} handle {number + 0x1000:x}:"
        f" bfifo limit {queue}",
    ]


def _filters(
    tree: Tree, numbers: Mapping[str, int], held: frozenset[tuple[str, int]]
) -> tuple[frozenset[tuple[str, int]], list[str]]:
    wanted = [
        (-_members(flow), tree.lanes.index(lane), numbers[lane.key], protocol, match)
        for lane in tree.lanes
        for flow in lane.flows
        for protocol, match in _matches(flow, tree.direction)
    ]
    places, lines = set(), []
    for _, _, number, protocol, match in sorted(wanted):
        preference = next(n for n in PREFERENCES[protocol] if (protocol, n) not in held)
        places.add((protocol, preference))
        lines.append(
            f"parent {HANDLE:x}: protocol {protocol} pref {preference} u32 {match}"
            f" flowid {HANDLE:x}:{number:x}"
        )
    return frozenset(places), lines


def _members(flow: Flow) -> int:
    return sum(each is not None for each in flow)


def _matches(flow: Flow, direction: Direction) -> Sequence[tuple[str, str]]:
    """Return protocol and condition of each filter that a flow needs: one per family and kind."""
    seen = flow if direction is Direction.DOWNLINK else flow.reverse
    from_, from_port, to, to_port, protocol = seen
    addresses = [each for each in (from_, to) if each is not None]
    families = {ip_address(each).version for each in addresses} or {4, 6}
    has_ports = from_port is not None or to_port is not None
    kinds = [protocol] if protocol is not None or not has_ports else [TCP, UDP]
    found = []
    for version in sorted(families):
        name, bits = ("ip", 32) if version == 4 else ("ip6", 128)
        for kind in kinds:
            parts = [
                f"match {name} {word} {value}"
                for word, value in (
                    ("src", f"{from_}/{bits}" if from_ else None),
                    ("dst", f"{to}/{bits}" if to else None),
                    ("protocol", f"{kind} 0xff" if kind is not None else None),
                    ("sport", f"{from_port} 0xffff" if from_port is not None else None),
                    ("dport", f"{to_port} 0xffff" if to_port is not None else None),
                )
                if value is not None
            ]
            match = " ".join(parts) or "match u32 0 0"
            found.append(("ip" if version == 4 else "ipv6", match))
    return found
