"""A scenario turned into what the kernel must do for it: a plan, as data that a test can read.

Pure. Never runs anything: ``town`` does.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from wayside.linux import tap

from . import joins, multihomed, mx2
from .addresses import (
    MANAGEMENT,
    OAM,
    SYSTEM_ADDRESS,
    cell_gateway,
    dns_address,
    link_address,
    mp1_address,
    oam_address,
    owned_networks,
)
from .facts import HostFacts, host_facts
from .model import Host, Link, LinkKind, Scenario
from .paths import reach
from .sessions import LINK_MTU_BYTES, carries_gtpu, taps_of

LINKS = "links"
"""The node that holds the delay line; no packet is ever addressed to it."""

QUEUE_MS = 50
"""How long a full queue in front of a link may keep a packet."""


class DelayBy(StrEnum):
    """What delays the packets of a link."""

    NETEM = "netem"
    """The kernel."""
    LINE = "line"
    """A process of ours, ``delay``, that stands in the middle of the link."""


@dataclass(frozen=True)
class NodePlan:
    """One node's namespace and what is done inside it, in this order."""

    node: str
    namespace: str
    sysctls: tuple[tuple[str, str], ...]
    ip_lines: tuple[str, ...]
    tc_lines: tuple[str, ...]
    nft: str = ""


@dataclass(frozen=True)
class DelayedLink:
    """A link that a packet takes ``delay_ms`` to cross, each way."""

    name: str
    delay_ms: float
    near: str
    """The delay line's interface towards the first end; unused with netem."""
    far: str
    near_namespace: str
    """Where an echo is sent from; it answers at ``far_address``."""
    far_address: str


@dataclass(frozen=True)
class TownPlan:
    """All of a town. Equal scenarios give equal plans, and equal ``digest``."""

    prefix: str
    scenario: Scenario
    delay_by: DelayBy
    nodes: tuple[NodePlan, ...]
    cables: tuple[str, ...]
    """``ip`` lines that join the namespaces, run outside of them."""
    delayed: tuple[DelayedLink, ...]
    hosts: tuple[HostFacts, ...]
    digest: str

    def namespace(self, node: str) -> str:
        """Return the namespace of a node."""
        return f"{self.prefix}-{node}"


def plan_town(
    scenario: Scenario, *, prefix: str, delay_by: DelayBy, joined: bool = False
) -> TownPlan:
    """Return the plan of ``scenario`` with namespaces named ``<prefix>-<node>``.

    ``joined``: hosts have ways to each other for packets of devices that moved.
    """
    hosts = tuple(
        host_facts(scenario, host, namespace=f"{prefix}-{host.id}", joined=joined)
        for host in scenario.hosts
    )
    names = [*_nodes(scenario), *([LINKS] if delay_by is DelayBy.LINE else [])]
    plan = TownPlan(
        prefix=prefix,
        scenario=scenario,
        delay_by=delay_by,
        nodes=tuple(
            _joined(scenario, _node(scenario, node, prefix, delay_by))
            if joined
            else _node(scenario, node, prefix, delay_by)
            for node in names
        ),
        cables=tuple(_cables(scenario, prefix, delay_by)),
        delayed=tuple(_delayed(scenario, prefix)),
        hosts=hosts,
        digest="",
    )
    return replace(plan, digest=hashlib.blake2s(repr(plan).encode(), digest_size=8).hexdigest())


def _nodes(scenario: Scenario) -> list[str]:
    lists = (scenario.devices, scenario.cells, scenario.hosts)
    listed = [node.id for nodes in lists for node in nodes]
    return [*listed, scenario.core.id, scenario.cloud.id, scenario.system.id]


def _line(link: Link, delay_by: DelayBy) -> bool:
    """Tell whether the delay line stands in the middle of the link."""
    return delay_by is DelayBy.LINE and link.delay_ms > 0


def mac(index: int, end: int) -> str:
    """Return the hardware address of an end of a link: locally administered."""
    return f"02:57:53:00:{index:02x}:{end + 1:02x}"


def _cables(scenario: Scenario, prefix: str, delay_by: DelayBy) -> Iterator[str]:
    for index, link in enumerate(scenario.links):
        ends = [
            f"{link.ends[1 - end]} netns {prefix}-{link.ends[end]} address {mac(index, end)}"
            for end in (0, 1)
        ]
        if _line(link, delay_by):
            for end, side in ((0, "a"), (1, "b")):
                middle = f"d{index}{side} netns {prefix}-{LINKS}"
                yield f"link add name {ends[end]} type veth peer name {middle}"
        else:
            yield f"link add name {ends[0]} type veth peer name {ends[1]}"
    yield from mx2.cables(scenario, prefix)
    yield f"link add name {OAM} netns {prefix}-{scenario.system.id} type bridge"
    for host in scenario.hosts:
        port = f"{host.id} netns {prefix}-{scenario.system.id}"
        yield f"link add name {OAM} netns {prefix}-{host.id} type veth peer name {port}"


def _delayed(scenario: Scenario, prefix: str) -> Iterator[DelayedLink]:
    for index, link in enumerate(scenario.links):
        if link.delay_ms > 0:
            yield DelayedLink(
                name=link.name,
                delay_ms=link.delay_ms,
                near=f"d{index}a",
                far=f"d{index}b",
                near_namespace=f"{prefix}-{link.ends[0]}",
                far_address=link_address(index, 1),
            )


def _node(scenario: Scenario, node: str, prefix: str, delay_by: DelayBy) -> NodePlan:
    forwards = node in {cell.id for cell in scenario.cells} | {scenario.core.id} | {
        host.id for host in scenario.hosts
    }
    sysctls = [
        ("net.ipv6.conf.all.disable_ipv6", "1"),
        ("net.ipv6.conf.default.disable_ipv6", "1"),
        # A steered flow's replies leave by another way than its packets came in.
        ("net.ipv4.conf.all.rp_filter", "0"),
        ("net.ipv4.conf.default.rp_filter", "0"),
        ("net.ipv4.ip_forward", "1" if forwards else "0"),
    ]
    if node == LINKS:
        lines = list(_middle_lines(scenario))
    else:
        lines = [
            *_own_lines(scenario, node),
            *(line for each in taps_of(scenario, node).values() for line in tap.lines(each)),
            *_link_lines(scenario, node),
            *_route_lines(scenario, node),
            *multihomed.lines(_radios(scenario, node)),
        ]
    return NodePlan(
        node=node,
        namespace=f"{prefix}-{node}",
        sysctls=tuple(sysctls),
        ip_lines=tuple(lines),
        tc_lines=tuple(_tc_lines(scenario, node, delay_by)),
        nft=multihomed.filters([link[0] for link in _radios(scenario, node)]),
    )


def _joined(scenario: Scenario, node: NodePlan) -> NodePlan:
    return replace(node, ip_lines=(*node.ip_lines, *joins.lines(scenario, node.node)))


def _middle_lines(scenario: Scenario) -> Iterator[str]:
    for index, link in enumerate(scenario.links):
        if link.delay_ms > 0:
            mtu = _mtu(scenario, link)
            yield from (f"link set dev d{index}{side}{mtu} up" for side in "ab")


def _mtu(scenario: Scenario, link: Link) -> str:
    """Return the words that make room for GTP-U on a link that carries it."""
    return f" mtu {LINK_MTU_BYTES}" if carries_gtpu(scenario, link) else ""


def _own_lines(scenario: Scenario, node: str) -> Iterator[str]:
    """What a node has apart from its cables: addresses on ``lo`` and the management network."""
    cloud = scenario.cloud
    if node == cloud.id:
        addresses = {cloud.address, cloud.dns_address}
        yield from (f"address add {address}/32 dev lo" for address in sorted(addresses))
    if node == scenario.system.id:
        yield f"address add {SYSTEM_ADDRESS}/24 dev {OAM}"
        yield f"link set dev {OAM} up"
        for host in scenario.hosts:
            yield f"link set dev {host.id} master {OAM} up"
        yield from mx2.system_lines(scenario)
    if node == scenario.core.id:
        yield from mx2.core_lines(scenario)
    for host in scenario.hosts:
        if host.id == node:
            yield from _host_lines(scenario, host)


def _host_lines(scenario: Scenario, host: Host) -> Iterator[str]:
    yield f"address add {dns_address(host)}/32 dev lo"
    yield f"address add {mp1_address(host)}/32 dev lo"
    yield f"address add {oam_address(host)}/24 dev {OAM}"
    yield f"link set dev {OAM} up"
    # The management network is for the host itself: nothing that comes in elsewhere reaches it,
    # and the platform's own address is not for devices nor for the Internet. Rules stand before
    # the table of local addresses, which is moved back for that.
    yield "rule add pref 10 lookup local"
    yield "rule add pref 1 iif lo lookup local"
    yield f"rule add pref 2 iif {OAM} lookup local"
    yield f"rule add pref 3 iif lo to {MANAGEMENT} lookup main"
    yield f"rule add pref 4 to {MANAGEMENT} blackhole"
    for link in scenario.links:
        if host.id in link.ends:
            neighbour = link.ends[1 - link.ends.index(host.id)]
            yield f"rule add pref 5 iif {neighbour} to {mp1_address(host)} blackhole"
    for device in taps_of(scenario, host.id).values():
        yield f"rule add pref 5 iif {device} to {mp1_address(host)} blackhole"
    yield "rule del pref 0"


def _link_lines(scenario: Scenario, node: str) -> Iterator[str]:
    """Addresses and neighbours of a node's cables; nobody has to ask who has which address."""
    for index, link in enumerate(scenario.links):
        if node in link.ends:
            yield from link_lines(scenario, index, node)


def link_lines(scenario: Scenario, index: int, node: str) -> Iterator[str]:
    """Yield what gives ``node`` its end of the link number ``index``."""
    link = scenario.links[index]
    end = link.ends.index(node)
    device = link.ends[1 - end]
    if link.kind is LinkKind.RADIO:
        address = next(each.address for each in scenario.devices if each.id == link.ends[0])
        number = next(each.number for each in scenario.cells if each.id == link.ends[1])
        pair = (address, cell_gateway(number))
        yield f"address add {pair[end]} peer {pair[1 - end]} dev {device}"
    else:
        pair = (link_address(index, 0), link_address(index, 1))
        yield f"address add {pair[end]}/30 dev {device}"
    yield f"link set dev {device}{_mtu(scenario, link)} up"
    neighbour = f"{pair[1 - end]} lladdr {mac(index, 1 - end)}"
    yield f"neighbour replace {neighbour} dev {device} nud permanent"


def gateways(scenario: Scenario, node: str) -> dict[str, str]:
    """Return the words of a route to each neighbour of ``node``, by its tunnel where one is."""
    numbers = {cell.id: cell.number for cell in scenario.cells}
    found: dict[str, str] = {}
    for index, link in enumerate(scenario.links):
        if node in link.ends:
            end = link.ends.index(node)
            other = link.ends[1 - end]
            radio = link.kind is LinkKind.RADIO
            address = cell_gateway(numbers[link.ends[1]]) if radio else link_address(index, 1 - end)
            found[other] = f"via {address} dev {other}"
    return found | {other: f"dev {device}" for other, device in taps_of(scenario, node).items()}


def _route_lines(scenario: Scenario, node: str) -> Iterator[str]:
    """One default route towards the Internet, and a route for what lies another way."""
    ways = reach(scenario.tree, node)
    known = gateways(scenario, node)
    if not known:
        return
    outwards = scenario.core.id if node == scenario.cloud.id else scenario.cloud.id
    default = ways[outwards].nodes[1]
    yield f"route replace default {known[default]}"
    for network, owner in owned_networks(scenario):
        step = ways[owner].nodes[1] if owner != node else None
        on_link = step is not None and network == _shared(scenario, node, step)
        if step is not None and step != default and not on_link:
            yield f"route replace {network} {known[step]}"


def _radios(scenario: Scenario, node: str) -> list[tuple[str, str]]:
    """Return interface and gateway of each link of a device that has several."""
    numbers = {cell.id: cell.number for cell in scenario.cells}
    found = [device for device in scenario.devices if device.id == node and device.also]
    return [(cell, cell_gateway(numbers[cell])) for device in found for cell in device.cells]


def _shared(scenario: Scenario, node: str, neighbour: str) -> str | None:
    """Return the network of the link between two neighbours: it needs no route."""
    for index, link in enumerate(scenario.links):
        if set(link.ends) == {node, neighbour}:
            return f"10.46.{index}.0/30"
    return None


def _tc_lines(scenario: Scenario, node: str, delay_by: DelayBy) -> Iterator[str]:
    for link in scenario.links:
        if node not in link.ends:
            continue
        device = link.ends[1 - link.ends.index(node)]
        rate = f"{link.rate_mbps:g}mbit"
        if delay_by is DelayBy.NETEM and link.delay_ms > 0:
            packets = int((link.delay_ms + QUEUE_MS) * (link.rate_mbps or 10_000) / 12) + 100
            bound = f" rate {rate}" if link.rate_mbps else ""
            yield (
                f"qdisc replace dev {device} root netem delay {link.delay_ms:g}ms{bound}"
                f" limit {packets}"
            )
        elif link.rate_mbps:
            burst = max(65_536, round(link.rate_mbps * 1000 / 8 * 4))  # 4 ms, or a full segment
            yield (
                f"qdisc replace dev {device} root tbf rate {rate} burst {burst}"
                f" latency {QUEUE_MS}ms"
            )
