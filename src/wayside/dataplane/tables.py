"""Our tables: their sets, chains and hooks, which are the same for every plan. Pure.

Never deletes or flushes a base chain, never touches a table of another's.
"""

from collections.abc import Mapping, Sequence

from .groups import PACKET_FIRST

TABLE = "wayside"
FORWARD_BIT = 0x10000
COPY_BIT = 0x20000
"""A packet's mark once it is decided: this bit and the number of the target."""

VERSIONS = (4, 6)
COUNTERS = ("steered", "copied", "dropped", "passed", "muted")
ELEMENTS_PER_COMMAND = 400
"""Of the longest keys so many fit a message that an ordinary user's socket may send."""

SETS = (("entries", "ifname"), ("uplinks", "ifname"), ("mirrors", "ifname"))
"""Sets that outlive every plan."""

NUMBERED = (
    ("set", "drops", "mark"),
    ("map", "routes", "mark : mark"),
    ("map", "returns", "mark : mark"),
    ("set", "symmetric", "mark"),
    ("map", "ranks", "mark : mark"),
    ("set", "owners", "ifname . mark"),
    ("set", "addresses4", "ifname . ipv4_addr"),
    ("set", "addresses6", "ifname . ipv6_addr"),
)
"""What tells the meaning of numbers: one of each for every epoch. A packet that began on the rules
of one finds its numbers in the maps of the same, whatever has taken their place meanwhile."""

CLASSIFIERS = (
    "refresh",
    "packets",
    *(f"{kind}{version}" for kind in ("flow", "header", "packet") for version in VERSIONS),
)
"""Chains that follow the plan: rewritten when its groups change."""

COPYING = ("copies0", "copies1")
"""Chains of the copying rules, by the half of numbers that the plan's targets have."""


def named(name: str, epoch: int) -> str:
    """Return the name that a map of the plan of this epoch has in the kernel."""
    return f"e{epoch}_{name}"


def chains(epoch: int) -> Mapping[str, tuple[str, ...]]:
    """Return the rules that are the same for all plans, but for the maps of ``epoch`` they ask."""
    drops, routes, returns, symmetric, _, owners, addresses4, addresses6 = (
        f"@{named(name, epoch)}" for _, name, _ in NUMBERED
    )
    return {
        "prerouting": (
            "iifname @entries goto transit",
            "iifname @mirrors goto answers",
        ),
        "transit": (
            "fib daddr type { local, broadcast, multicast } return",
            # Without a connection (invalid, untracked) a packet is judged by its own header.
            "ct state invalid,untracked goto strays",
            "jump refresh",
            "jump packets",
            "goto verdicts",
        ),
        "strays": (
            "meta mark set 0",
            "meta nfproto ipv4 jump header4",
            "meta nfproto ipv6 jump header6",
            "jump packets",
            "goto verdicts",
        ),
        "verdicts": (
            "meta mark 0 return",
            f"meta mark {drops} counter name dropped drop",
            # Rules that tell the sides apart: what comes from the core has a target of its own.
            f"iifname @uplinks meta mark set meta mark map {returns} goto moved",
            f"meta mark {symmetric} meta mark set meta mark map {routes} goto moved",
            # The answers of a flow that was moved go home the normal way.
            f"meta mark < {PACKET_FIRST:#x} ct direction reply meta mark set 0 return",
            f"meta mark set meta mark map {routes} goto moved",
            "counter name passed meta mark set 0",
        ),
        "moved": (
            f"meta mark and {COPY_BIT:#x} != 0 counter name copied return",
            "counter name steered",
        ),
        # What comes from an instance that is sent copies: its answers to a flow that is not
        # steered to it would reach the device beside the real ones, or the core as if from the
        # device. The latter go the flow's own direction, and tell themselves by a source that is
        # not behind here.
        "answers": (
            "fib daddr type { local, broadcast, multicast } return",
            "ct direction original fib saddr . iif oif exists return",
            "ct state invalid,untracked counter name muted drop",
            "jump refresh",
            f"meta mark set meta mark map {routes}",
            f"iifname . meta mark {owners} meta mark set 0 return",
            "ct direction original counter name muted drop",
            f"iifname . ct original ip daddr {addresses4} meta mark set 0 return",
            f"iifname . ct original ip6 daddr {addresses6} meta mark set 0 return",
            "counter name muted drop",
        ),
    }


def numbered(epoch: int) -> list[str]:
    """Return the commands that make the maps of ``epoch`` that every plan has, empty."""
    return [
        f"add {kind} inet {TABLE} {named(name, epoch)} {{ type {type_}; }}"
        for kind, name, type_ in NUMBERED
    ]


def install(interfaces: Sequence[str], uplinks: Sequence[str] = (), *, epoch: int) -> str:
    """Return the commands that make tables and base chains, asking the maps of ``epoch``.

    ``interfaces`` are the devices that transit traffic comes in by, ``uplinks`` those of them
    towards the core. Right as well where a former process left them: then they are filled anew in
    place. Goes after ``numbered``.
    """
    fixed = chains(epoch)
    lines = [f"add table inet {TABLE}"]
    lines += [f"add counter inet {TABLE} {name}" for name in COUNTERS]
    lines += [f"add set inet {TABLE} {name} {{ type {type_}; }}" for name, type_ in SETS]
    lines += [f"flush set inet {TABLE} {name}" for name in ("entries", "uplinks")]
    hook = "{ type filter hook prerouting priority mangle; policy accept; }"
    lines.append(f"add chain inet {TABLE} prerouting {hook}")
    lines += [f"add chain inet {TABLE} {name}" for name in (*fixed, *CLASSIFIERS)]
    lines += [f"flush chain inet {TABLE} {name}" for name in fixed]
    lines += [f"add rule inet {TABLE} {name} {rule}" for name in fixed for rule in fixed[name]]
    hook = "{ type filter hook prerouting priority mangle + 1; policy accept; }"
    for family in ("ip", "ip6"):
        lines.append(f"add table {family} {TABLE}")
        lines.append(f"add chain {family} {TABLE} prerouting {hook}")
        lines += [f"add chain {family} {TABLE} {name}" for name in COPYING]
        lines.append(f"flush chain {family} {TABLE} prerouting")
        lines += [
            f"add rule {family} {TABLE} prerouting meta mark and {COPY_BIT:#x} != 0 jump {name}"
            for name in COPYING
        ]
    lines += add("entries", [f'"{name}"' for name in dict.fromkeys(interfaces)])
    lines += add("uplinks", [f'"{name}"' for name in dict.fromkeys(uplinks)])
    return "\n".join(lines) + "\n"


def remove() -> str:
    """Return the commands that take our tables away, whether they are there or not."""
    tables = [f"{family} {TABLE}" for family in ("inet", "ip", "ip6")]
    return "".join(f"add table {table}\ndelete table {table}\n" for table in tables)


def add(name: str, elements: Sequence[str], *, command: str = "add") -> list[str]:
    """Return the commands that add (or ``delete``) elements of a set or map, some at a time."""
    return [
        f"{command} element inet {TABLE} {name} "
        f"{{ {', '.join(elements[start : start + ELEMENTS_PER_COMMAND])} }}"
        for start in range(0, len(elements), ELEMENTS_PER_COMMAND)
    ]


def mark(number: int) -> str:
    """Return a number as marks are written."""
    return f"{number:#x}"
