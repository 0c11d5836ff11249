"""Our tables: their sets, chains and hooks, which never change while the host runs. Pure.

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

SETS = (
    ("set", "entries", "ifname"),
    ("set", "drops", "mark"),
    ("map", "routes", "mark : mark"),
    ("map", "returns", "mark : mark"),
    ("set", "symmetric", "mark"),
    ("set", "uplinks", "ifname"),
    ("map", "ranks", "mark : mark"),
    ("set", "mirrors", "ifname"),
    ("set", "owners", "ifname . mark"),
    ("set", "addresses4", "ifname . ipv4_addr"),
    ("set", "addresses6", "ifname . ipv6_addr"),
)
FIXED = tuple(name for _, name, _ in SETS)

CLASSIFIERS = (
    "refresh",
    "packets",
    *(f"{kind}{version}" for kind in ("flow", "header", "packet") for version in VERSIONS),
)
"""Chains that follow the plan: rewritten when its groups change."""

CHAINS: Mapping[str, tuple[str, ...]] = {
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
        "meta mark @drops counter name dropped drop",
        # Rules that tell the sides apart: what comes from the core has a target of its own.
        "iifname @uplinks meta mark set meta mark map @returns goto moved",
        "meta mark @symmetric meta mark set meta mark map @routes goto moved",
        # The answers of a flow that was moved go home the normal way.
        f"meta mark < {PACKET_FIRST:#x} ct direction reply meta mark set 0 return",
        "meta mark set meta mark map @routes goto moved",
        "counter name passed meta mark set 0",
    ),
    "moved": (
        f"meta mark and {COPY_BIT:#x} != 0 counter name copied return",
        "counter name steered",
    ),
    # What comes from an instance that is sent copies: its answers to a flow that is not steered
    # to it would reach the device beside the real ones, or the core as if from the device. The
    # latter go the flow's own direction, and tell themselves by a source that is not behind here.
    "answers": (
        "fib daddr type { local, broadcast, multicast } return",
        "ct direction original fib saddr . iif oif exists return",
        "ct state invalid,untracked counter name muted drop",
        "jump refresh",
        "meta mark set meta mark map @routes",
        "iifname . meta mark @owners meta mark set 0 return",
        "ct direction original counter name muted drop",
        "iifname . ct original ip daddr @addresses4 meta mark set 0 return",
        "iifname . ct original ip6 daddr @addresses6 meta mark set 0 return",
        "counter name muted drop",
    ),
}


def install(interfaces: Sequence[str], uplinks: Sequence[str] = ()) -> str:
    """Return the commands that make tables, base chains and everything that never changes.

    ``interfaces`` are the devices that transit traffic comes in by, ``uplinks`` those of them
    towards the core. Right as well where a former
    process left them: then they are filled anew in place.
    """
    lines = [f"add table inet {TABLE}"]
    lines += [f"add counter inet {TABLE} {name}" for name in COUNTERS]
    lines += [f"add {kind} inet {TABLE} {name} {{ type {type_}; }}" for kind, name, type_ in SETS]
    lines += [f"flush {kind} inet {TABLE} {name}" for kind, name, _ in SETS]
    hook = "{ type filter hook prerouting priority mangle; policy accept; }"
    lines.append(f"add chain inet {TABLE} prerouting {hook}")
    lines += [f"add chain inet {TABLE} {name}" for name in (*CHAINS, *CLASSIFIERS)]
    lines += [f"flush chain inet {TABLE} {name}" for name in CHAINS]
    lines += [
        f"add rule inet {TABLE} {name} {rule}" for name, rules in CHAINS.items() for rule in rules
    ]
    hook = "{ type filter hook prerouting priority mangle + 1; policy accept; }"
    for family in ("ip", "ip6"):
        lines.append(f"add table {family} {TABLE}")
        lines.append(f"add chain {family} {TABLE} prerouting {hook}")
        lines.append(f"add chain {family} {TABLE} copies")
        lines.append(f"flush chain {family} {TABLE} prerouting")
        lines.append(f"add rule {family} {TABLE} prerouting meta mark and {COPY_BIT:#x} != 0 "
                     "jump copies")  # fmt: skip
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
