"""How packets of a device that moved get from host to host: a VXLAN between each two hosts. Pure.

It lies over the town's own cables, so that it takes as long as they do, and nobody but the other
host may speak in it: what devices and the Internet send to its port is dropped. Ref: RFC 7348.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .addresses import dns_address, mp1_address
from .model import Host, Scenario
from .paths import way

PORT = 4789
MTU_BYTES = 1500
"""As on the cables: what gets too long by the tunnel is fragmented outside of it."""


@dataclass(frozen=True)
class HostLink:
    """A way to another host, on which packets of devices that moved are handed over."""

    next_hop: str
    device: str


def links_of(scenario: Scenario, host: Host) -> dict[str, HostLink]:
    """Return a host's ways to the others."""
    return {
        other.id: HostLink(_address(other), _device(other))
        for other in scenario.hosts
        if other.id != host.id
    }


def lines(scenario: Scenario, node: str) -> Iterator[str]:
    """Yield the ``ip`` lines that make a host's ends, and keep others out; none for other nodes."""
    for host in scenario.hosts:
        if host.id == node:
            uplink = way(scenario, host.id, scenario.core.id).nodes[1]
            yield from _ends(scenario, host)
            yield from _fences(scenario, host, uplink)


def _ends(scenario: Scenario, host: Host) -> Iterator[str]:
    """Nobody has to ask who has which address: it is written down."""
    for other in scenario.hosts:
        if other.id == host.id:
            continue
        first, second = sorted((host.number, other.number))
        device = _device(other)
        yield (
            f"link add {device} address {_mac(host)} mtu {MTU_BYTES} type vxlan"
            f" id {first * 256 + second} local {dns_address(host)} remote {dns_address(other)}"
            f" dstport {PORT} nolearning"
        )
        yield f"link set {device} up"
        yield f"neighbour replace {_address(other)} lladdr {_mac(other)} dev {device} nud permanent"


def _fences(scenario: Scenario, host: Host, uplink: str) -> Iterator[str]:
    """The other hosts alone, from the core, speak in these ways."""
    port = f"to {dns_address(host)} ipproto udp dport {PORT}"
    for other in scenario.hosts:
        if other.id != host.id:
            yield f"rule add pref 4 iif {uplink} from {dns_address(other)} {port} lookup local"
            # What is wrapped keeps the mark by which it was sent into the way: it leaves by none.
            yield f"rule add pref 6 to {dns_address(other)} ipproto udp dport {PORT} lookup main"
    yield f"rule add pref 5 {port} blackhole"
    for link in links_of(scenario, host).values():
        yield f"rule add pref 5 iif {link.device} to {mp1_address(host)} blackhole"


def _device(other: Host) -> str:
    return f"to-{other.id}"


def _address(host: Host) -> str:
    return f"10.47.0.{host.number}"


def _mac(host: Host) -> str:
    return f"02:57:54:00:00:{host.number:02x}"
