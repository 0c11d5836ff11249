"""Which cells are joined to their host by GTP-U, and the sessions of their devices. Pure.

Never an address of its own: ``addresses`` has the plan.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address

from wayside.linux.gtpu.messages import OVERHEAD_BYTES
from wayside.linux.tap import MTU_BYTES
from wayside.refpoints.n3 import N3Side, Session

from .addresses import link_address
from .model import Backhaul, Cell, Link, Scenario

LINK_MTU_BYTES = 1600
"""Of the links that carry GTP-U: a whole packet and what it grows by."""

assert LINK_MTU_BYTES >= MTU_BYTES + OVERHEAD_BYTES


def tunnelled_link(scenario: Scenario, cell: Cell) -> tuple[int, Link] | None:
    """Return number and link on which a cell's packets are in GTP-U; None: they go plain."""
    if cell.backhaul is not Backhaul.GTP_U:
        return None
    hosts = {host.id for host in scenario.hosts}
    for index, link in enumerate(scenario.links):
        if link.ends[0] == cell.id and link.ends[1] in hosts:
            return index, link
    return None


def carries_gtpu(scenario: Scenario, link: Link) -> bool:
    """Tell whether the packets on ``link`` are in GTP-U."""
    found = (tunnelled_link(scenario, cell) for cell in scenario.cells)
    return any(each is not None and each[1] is link for each in found)


def tap_to(neighbour: str) -> str:
    """Return the device that packets for ``neighbour`` go into GTP-U by; no node is called so."""
    return f"tun-{neighbour}"


def taps_of(scenario: Scenario, node: str) -> dict[str, str]:
    """Return the tunnel devices of a cell or host, by the neighbour that each leads to."""
    found = (tunnelled_link(scenario, cell) for cell in scenario.cells)
    pairs = [each[1].ends for each in found if each is not None and node in each[1].ends]
    return {other: tap_to(other) for pair in pairs for other in pair if other != node}


def sides_of(scenario: Scenario, cell: Cell) -> tuple[N3Side, N3Side] | None:
    """Return N3 of a cell as the cell and as its host have it; None: its packets go plain."""
    found = tunnelled_link(scenario, cell)
    if found is None:
        return None
    index, link = found
    sessions = tuple(_sessions(scenario, cell, index))
    return (
        N3Side(interface=tap_to(link.ends[1]), address=link_address(index, 0), sessions=sessions),
        N3Side(interface=tap_to(cell.id), address=link_address(index, 1), sessions=sessions),
    )


def _sessions(scenario: Scenario, cell: Cell, index: int) -> Iterator[Session]:
    """Yield the sessions of a cell's devices.

    A TEID is the cell's number, the last octet of the device's address, and 1 uplink, 2 downlink.
    """
    for device in scenario.devices:
        if device.cell == cell.id:
            yield Session(
                device=device.address,
                base_station=link_address(index, 0),
                user_plane=link_address(index, 1),
                uplink_teid=_teid(cell, device.address, 1),
                downlink_teid=_teid(cell, device.address, 2),
                qfi=device.qfi,
                q_ci=device.q_ci,
            )


def _teid(cell: Cell, address: str, way: int) -> int:
    return cell.number << 16 | (int(IPv4Address(address)) & 0xFF) << 8 | way
