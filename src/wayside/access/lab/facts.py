"""What the process of each MEC host is told of the town around it. Pure.

Never decides an address: ``addresses`` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from wayside.model.accesses import AccessPath, Figures
from wayside.refpoints.n3 import N3Side

from .addresses import (
    SYSTEM_ADDRESS,
    UALCMP_ADDRESS,
    app_pool,
    cell_network,
    dns_address,
    link_address,
    mp1_address,
    oam_address,
)
from .joins import HostLink, links_of
from .model import Host, Link, Scenario
from .paths import latency_ns, serving_host, way
from .sessions import sides_of, taps_of


@dataclass(frozen=True)
class HostFacts:
    """What the process of one MEC host needs to know of the network around it."""

    host_id: str
    number: int
    namespace: str | None
    """None where the town is simulated."""
    oam_address: str
    system_address: str
    """Where the orchestrator is found in the management network."""
    ualcmp_address: str
    """Where devices find the UALCMP."""
    cell_networks: dict[str, str]
    """The cell of the devices in each network, of the whole town."""
    device_interfaces: tuple[str, ...]
    uplink_interface: str
    dns_address: str
    """The device-side address; it is on ``lo``, so every cell reaches it the same way."""
    dns_port: int
    upstream_dns: str
    upstream_dns_port: int
    mp1_address: str
    app_pool: str
    cells: tuple[str, ...]
    """The cells whose way to the core leads through this host."""
    latency_ns: dict[str, int]
    """One way, from every cell of the town."""
    links: dict[str, HostLink] = field(default_factory=dict)
    """Ways to the other hosts; none where the kernel has none."""
    n3: tuple[N3Side, ...] = ()
    """The host's side of each link on which packets are in GTP-U."""
    accesses: tuple[AccessPath, ...] = ()
    """By which cells it reaches devices that have several of its own."""


def host_facts(
    scenario: Scenario, host: Host, *, namespace: str | None, joined: bool = False
) -> HostFacts:
    """Return what the process of ``host`` needs to know, with interfaces named by neighbour.

    ``joined``: there is a way to each other host for packets of devices that moved.
    """
    neighbours = [_other(link, host.id) for link in scenario.links if host.id in link.ends]
    taps = taps_of(scenario, host.id)
    uplink = way(scenario, host.id, scenario.core.id).nodes[1]
    cells = [node for node in neighbours if node != uplink]
    links = links_of(scenario, host) if joined else {}
    return HostFacts(
        host_id=host.id,
        number=host.number,
        namespace=namespace,
        oam_address=oam_address(host),
        system_address=SYSTEM_ADDRESS,
        ualcmp_address=UALCMP_ADDRESS,
        cell_networks={cell_network(cell.number): cell.id for cell in scenario.cells},
        device_interfaces=(
            *(taps.get(node, node) for node in cells),
            *(each.device for each in links.values()),
        ),
        uplink_interface=uplink,
        dns_address=dns_address(host),
        dns_port=53,
        upstream_dns=scenario.cloud.dns_address,
        upstream_dns_port=53,
        mp1_address=mp1_address(host),
        app_pool=app_pool(host),
        cells=tuple(
            cell.id for cell in scenario.cells if serving_host(scenario, cell.id) == host.id
        ),
        latency_ns=latency_ns(scenario, host.id),
        links=links,
        n3=tuple(
            sides[1]
            for cell in scenario.cells
            if cell.id in taps and (sides := sides_of(scenario, cell)) is not None
        ),
        accesses=tuple(_accesses(scenario, host)),
    )


def _accesses(scenario: Scenario, host: Host) -> Iterator[AccessPath]:
    """Yield the cells at a host that a device has beside another of them."""
    cells = {cell.id: cell for cell in scenario.cells}
    joined = {
        link.ends[0]: (index, link)
        for index, link in enumerate(scenario.links)
        if link.ends[1] == host.id and link.ends[0] in cells
    }
    for id_, (index, link) in joined.items():
        devices = tuple(
            device.address
            for device in scenario.devices
            if id_ in device.cells and len(joined.keys() & set(device.cells)) > 1
        )
        if devices:
            yield AccessPath(
                id=cells[id_].number,
                kind=cells[id_].access_type,
                metered=cells[id_].metered,
                interface=id_,
                gateway=link_address(index, 0),
                devices=devices,
                figures=Figures(
                    delay_ns=round(link.delay_ms * 1_000_000),
                    rate_bps=round(link.rate_mbps * 1_000_000) or None,
                ),
            )


def _other(link: Link, node: str) -> str:
    return link.ends[1] if link.ends[0] == node else link.ends[0]
