"""A device's link moved to another cell: what the kernel must do for it, in which order. Pure.

The new link and the ways to it are there before the old link goes, so that no packet is lost
between them. Never runs anything: ``instruments`` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from wayside.core.errors import Conflict

from .addresses import cell_gateway
from .model import Backhaul, Device, LinkKind, Scenario
from .paths import reach
from .plan import mac, ways_from


@dataclass(frozen=True)
class Handover:
    """The new cable, and ``ip`` lines by node in the order in which they are to be done."""

    cable: tuple[str, str, str, str]
    """The ends of the new link: device, its interface; cell, its interface."""
    macs: tuple[str, str]
    steps: tuple[Mapping[str, tuple[str, ...]], ...]
    """The new link's ends are furnished; the device sends by it; the town sends to the new cell
    what is for the device; the old link goes. The device first: who steers its flows at the new
    host is to see their beginning, not an answer."""


def plan_handover(scenario: Scenario, device: Device, source: str, target: str) -> Handover:
    """Return what moves a device's only link from the cell ``source`` to ``target``.

    Raises Conflict where the device has several links, or a cell's packets travel in GTP-U.
    """
    if device.also:
        raise Conflict(f"{device.id} has several access networks; it moves between them by itself.")
    cells = {cell.id: cell for cell in scenario.cells}
    for name in (source, target):
        if cells[name].backhaul is Backhaul.GTP_U:
            raise Conflict(f"The sessions of {name} end at its host; its devices stay there.")
    after = moved(scenario, device, target)
    index = next(
        number for number, link in enumerate(after.links)
        if link.kind is LinkKind.RADIO and link.ends[0] == device.id
    )  # fmt: skip
    gateway = cell_gateway(cells[target].number)
    ends = {
        device.id: (target, device.address, gateway),
        target: (device.id, gateway, device.address),
    }
    link = {
        node: (
            f"address add {own} peer {other} dev {interface}",
            f"link set dev {interface} up",
            f"neighbour replace {other} lladdr {mac(index, 1 - end)} dev {interface} nud permanent",
        )
        for end, (node, (interface, own, other)) in enumerate(ends.items())
    }
    turn = {device.id: (f"route replace default via {gateway} dev {target}",)}
    ways = {
        node: (f"route replace {device.address}/32 {words}",)
        for node, words in _steps(after, device, target).items()
    }
    return Handover(
        cable=(device.id, target, target, device.id),
        macs=(mac(index, 0), mac(index, 1)),
        steps=(link, turn, ways, {device.id: (f"link delete {source}",)}),
    )


def moved(scenario: Scenario, device: Device, target: str) -> Scenario:
    """Return the town with the device in another cell."""
    links = tuple(
        replace(link, ends=(device.id, target))
        if link.kind is LinkKind.RADIO and link.ends[0] == device.id
        else link
        for link in scenario.links
    )
    devices = tuple(
        replace(each, cell=target) if each.id == device.id else each for each in scenario.devices
    )
    return replace(scenario, links=links, devices=devices)


def _steps(after: Scenario, device: Device, target: str) -> dict[str, str]:
    """Return the words of the route to the device, at each node that forwards."""
    cells = [cell.id for cell in after.cells]
    nodes = [*cells, *(host.id for host in after.hosts), after.core.id]
    found = {target: f"dev {device.id}"}
    for node in nodes:
        if node != target:
            step = reach(after.tree, node)[device.id].nodes[1]
            found[node] = ways_from(after, node)[step]
    return found
