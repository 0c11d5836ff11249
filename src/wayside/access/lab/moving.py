"""A device's link from one cell to another: what becomes of the town, and the lines for it. Pure.

The new link is there before the old one goes, the device keeps its address, and the routes to it
are turned from its new cell outwards, so that no two nodes send its packets to each other. Never
decides that a device moves: ``following`` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from wayside.core.errors import Unprocessable

from .model import Backhaul, LinkKind, Scenario
from .paths import reach
from .plan import gateways, link_lines, mac


@dataclass(frozen=True)
class Handover:
    """What is done, in this order; ``ip`` lines with the node in whose namespace they are run."""

    cable: str
    """Run outside of the namespaces."""
    near: tuple[tuple[str, tuple[str, ...]], ...]
    """Brings up the new link, and has the device send by it."""
    routes: tuple[tuple[str, tuple[str, ...]], ...]
    """Node by node, the nearest to the new cell first."""
    device: str
    cells: tuple[str, ...]
    """Those that the device has no link to afterwards."""


def handed_over(scenario: Scenario, device_id: str, cell_id: str) -> Scenario:
    """Return the town with the device at the cell; its link keeps its number.

    Raises Unprocessable naming what is in the way.
    """
    devices = {device.id: device for device in scenario.devices}
    cells = {cell.id: cell for cell in scenario.cells}
    if device_id not in devices:
        raise Unprocessable(f"device: there is no device {device_id} here.", field="device")
    if cell_id not in cells:
        raise Unprocessable(f"cell: there is no cell {cell_id} here.", field="cell")
    device = devices[device_id]
    index = next(n for n, link in enumerate(scenario.links) if link.ends[0] == device_id)
    link = scenario.links[index]
    tunnelled = [each for each in {device.cell, cell_id} if cells[each].backhaul is Backhaul.GTP_U]
    if tunnelled or device.also or link.delay_ms:
        what = f"{tunnelled[0]} sends in GTP-U" if tunnelled else f"{device_id} has several links"
        what = f"the link {link.name} has a delay of its own" if link.delay_ms else what
        raise Unprocessable(f"cell: {device_id} cannot be handed over: {what}.", field="cell")
    moved = replace(link, ends=(device_id, cell_id))
    return replace(
        scenario,
        devices=tuple(
            replace(each, cell=cell_id) if each is device else each for each in scenario.devices
        ),
        links=(*scenario.links[:index], moved, *scenario.links[index + 1 :]),
    )


def handover(scenario: Scenario, device_id: str, *, prefix: str) -> Handover:
    """Return what makes the device's link to its cell in ``scenario`` its only one."""
    device = next(each for each in scenario.devices if each.id == device_id)
    cell = device.cell
    index = next(
        number
        for number, link in enumerate(scenario.links)
        if link.kind is LinkKind.RADIO and link.ends == (device_id, cell)
    )
    ends = [
        f"{(device_id, cell)[1 - end]} netns {prefix}-{(device_id, cell)[end]} "
        f"address {mac(index, end)}"
        for end in (0, 1)
    ]
    default = f"route replace default {gateways(scenario, device_id)[cell]}"
    return Handover(
        cable=f"link add name {ends[0]} type veth peer name {ends[1]}",
        near=(
            (cell, (*link_lines(scenario, index, cell), _straight(device.address, device_id))),
            (device_id, (*link_lines(scenario, index, device_id), default)),
        ),
        routes=tuple(_routes(scenario, device.address, device_id, cell)),
        device=device_id,
        cells=tuple(each.id for each in scenario.cells if each.id != cell),
    )


def _straight(address: str, device: str) -> str:
    return f"route replace {address}/32 dev {device}"


def _routes(
    scenario: Scenario, address: str, device: str, cell: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the route to the device in every node but its cell, the nearest to that first."""
    ends = {each.id for each in scenario.devices} | {scenario.cloud.id, scenario.system.id, cell}
    for node, way in reach(scenario.tree, cell).items():
        if node not in ends:
            back = way.nodes[-2]
            yield node, (f"route replace {address}/32 {gateways(scenario, node)[back]}",)
