"""How a device with several access networks follows the host's choice. Pure.

What the host has chosen for a flow shows in where its packets come in: the device sends the flow's
own by the same link, from the next packet on. A flow that it starts goes by its first link until an
answer has come. Of packets that come twice, by two links, it takes the first. Ours: how a real
device is told is its operator's matter (ATSSS, MAMS).
"""

from collections.abc import Iterator, Sequence

TABLE = "wayside_links"
RULE_PREFERENCE = 100
COPY_MS = 248
"""How long a copy may come after the first; an identification is not used again within it."""

COPIES_MAX = 65_536

_IDENTITY = "ip saddr . meta mark . ip protocol . th sport . th dport"
"""The mark stands for the identification, which nft cannot list as a part of a key."""


def lines(links: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the ``ip`` lines for a device whose links are these: interface and gateway."""
    for number, (interface, gateway) in enumerate(links, 1):
        yield f"rule add pref {RULE_PREFERENCE} fwmark {number} lookup {number}"
        yield f"route replace default via {gateway} dev {interface} table {number}"


def filters(interfaces: Sequence[str]) -> str:
    """Return the nftables commands for the same device; none for one without such links."""
    if not interfaces:
        return ""
    at = f"ip {TABLE}"
    text = [
        f"add table {at}",
        f"add set {at} seen {{ type ipv4_addr . mark . inet_proto . inet_service . inet_service; "
        f"flags dynamic,timeout; timeout {COPY_MS}ms; size {COPIES_MAX}; }}",
        f"add chain {at} first {{ type filter hook prerouting priority raw + 10; }}",
        f"add chain {at} once",
        f"add chain {at} incoming {{ type filter hook prerouting priority mangle; }}",
        f"add chain {at} outgoing {{ type route hook output priority mangle; }}",
        f"add rule {at} first ip id != 0 meta l4proto {{ tcp, udp }} jump once",
        f"add rule {at} once meta mark set jhash ip id mod 4294967295",
        f"add rule {at} once {_IDENTITY} @seen drop",
        f"add rule {at} once add @seen {{ {_IDENTITY} }}",
        f"add rule {at} once meta mark set 0",
        f"add rule {at} outgoing meta mark set ct mark",
    ]
    for number, interface in enumerate(interfaces, 1):
        text.append(f'add rule {at} incoming iifname "{interface}" ct mark set {number}')
    return "\n".join(text) + "\n"
