"""Whether the parts of a scenario fit together: names, addresses, one way between any two nodes.

Pure. Never checks the form of a single field: ``reading`` did.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from .model import Backhaul, Cell, Device, Scenario
from .paths import reach
from .sessions import tunnelled_link

LINKS_MAX = 250
"""Each link has a third number of its own in 10.46.x.0/30."""


def faults_of(scenario: Scenario) -> list[str]:
    """Return every fault, each starting with the path of its field; none for a sound scenario."""
    return [
        *_names(scenario),
        *_numbers(scenario),
        *_devices(scenario),
        *_cloud(scenario),
        *_links(scenario),
        *_backhauls(scenario),
    ]


def _node_ids(scenario: Scenario) -> list[tuple[str, str]]:
    """Return (field, id) of every node."""
    return [
        *((f"cells[{index}].id", cell.id) for index, cell in enumerate(scenario.cells)),
        *((f"devices[{index}].id", device.id) for index, device in enumerate(scenario.devices)),
        *((f"hosts[{index}].id", host.id) for index, host in enumerate(scenario.hosts)),
        ("core.id", scenario.core.id),
        ("cloud.id", scenario.cloud.id),
        ("system.id", scenario.system.id),
    ]


def _names(scenario: Scenario) -> Iterator[str]:
    seen: set[str] = set()
    for field, node in _node_ids(scenario):
        if node in seen:
            yield f"{field}: {node} is the name of another node too. Names are unique."
        if node in ("lo", "oam", "links"):
            yield f"{field}: {node} is reserved. Choose another name."
        seen.add(node)
    for name in ("cells", "devices", "hosts"):
        if not getattr(scenario, name):
            yield f"{name}: at least one is needed."


def _numbers(scenario: Scenario) -> Iterator[str]:
    for name, numbers in (
        ("cells", [cell.number for cell in scenario.cells]),
        ("hosts", [host.number for host in scenario.hosts]),
    ):
        for index, number in enumerate(numbers):
            if number in numbers[:index]:
                yield f"{name}[{index}].number: {number} is taken. Numbers are unique."


def _address(field: str, text: str) -> Iterator[str]:
    try:
        IPv4Address(text)
    except AddressValueError:
        yield f"{field}: {text!r} is not an IPv4 address."


def _devices(scenario: Scenario) -> Iterator[str]:
    cells = {cell.id: cell for cell in scenario.cells}
    taken: set[str] = set()
    for index, device in enumerate(scenario.devices):
        field = f"devices[{index}]"
        if device.cell not in cells:
            yield f"{field}.cell: there is no cell {device.cell}."
        if faults := list(_address(f"{field}.address", device.address)):
            yield from faults
        elif device.cell in cells:
            pool = IPv4Network(f"10.45.{cells[device.cell].number}.0/24")
            address = IPv4Address(device.address)
            if address not in pool or int(address) & 255 in (0, 254, 255):
                yield f"{field}.address: {device.cell} takes {pool}, without .0, .254 and .255."
        if device.address in taken:
            yield f"{field}.address: {device.address} is taken by another device."
        taken.add(device.address)
        yield from _further_cells(field, device, cells)


def _further_cells(field: str, device: Device, cells: Mapping[str, Cell]) -> Iterator[str]:
    for cell in device.also:
        if cell not in cells:
            yield f"{field}.also: there is no cell {cell}."
        if device.cells.count(cell) > 1:
            yield f"{field}.also: {device.id} has {cell} already. Each cell is named once."
    for cell in device.cells if device.also else ():
        if cell in cells and cells[cell].backhaul is Backhaul.GTP_U:
            yield (
                f"{field}.also: the sessions of {cell} are of devices with one link. Give {cell} "
                'the backhaul "ip".'
            )


def _cloud(scenario: Scenario) -> Iterator[str]:
    cloud = scenario.cloud
    fields = {"cloud.address": cloud.address, "cloud.dns_address": cloud.dns_address}
    fields |= {f"cloud.names.{name}": address for name, address in cloud.names.items()}
    ours = (IPv4Network("10.0.0.0/8"), IPv4Network("127.0.0.0/8"))
    for field, address in fields.items():
        faults = list(_address(field, address))
        yield from faults
        if not faults and any(IPv4Address(address) in network for network in ours):
            yield f"{field}: 10.0.0.0/8 and 127.0.0.0/8 are the town's own. Choose another."
    if cloud.address == cloud.dns_address:
        yield "cloud.dns_address: it must differ from cloud.address."


def _links(scenario: Scenario) -> Iterator[str]:
    known = {node for _, node in _node_ids(scenario)} - {scenario.system.id}
    cells_of = {device.id: device.cells for device in scenario.devices}
    sound = True
    if len(scenario.links) > LINKS_MAX:
        yield f"links: there are {len(scenario.links)}; the address plan holds {LINKS_MAX}."
    for index, link in enumerate(scenario.links):
        for end, node in enumerate(link.ends):
            if node not in known:
                sound = False
                yield f"links[{index}].ends[{end}]: there is no node {node} that takes a cable."
        if link.kind == "radio" and link.ends[1] not in cells_of.get(link.ends[0], ()):
            yield f"links[{index}].ends: a radio link joins a device and its cell, in this order."
    if sound:
        yield from _shape(scenario, known)


def _backhauls(scenario: Scenario) -> Iterator[str]:
    for index, cell in enumerate(scenario.cells):
        if cell.backhaul is Backhaul.GTP_U and tunnelled_link(scenario, cell) is None:
            yield (
                f"cells[{index}].backhaul: GTP-U ends at a MEC host, and no link joins {cell.id} "
                'to one (ends = ["cell", "host"]). Add the link, or write "ip".'
            )


def _shape(scenario: Scenario, known: set[str]) -> Iterator[str]:
    """A town is a tree: exactly one way leads from any node to any other."""
    tree = scenario.tree
    pairs = Counter(frozenset(link.ends) for link in scenario.links)
    for pair, count in pairs.items():
        if count > 1 or len(pair) < 2:
            yield f"links: {'-'.join(sorted(pair))} is given twice, or joins a node to itself."
    reached = reach(tree, scenario.core.id)
    for node in sorted(known - set(reached)):
        yield f"links: no way leads from {scenario.core.id} to {node}."
    if known == set(reached) and len(tree) > len(known) - 1:
        yield "links: they form a ring. Exactly one way may lead from any node to any other."
    radio = Counter(link.ends[0] for link in scenario.links if link.kind == "radio")
    for index, device in enumerate(scenario.devices):
        wanted = len(device.cells)
        if radio[device.id] != wanted:
            yield (
                f"devices[{index}].id: {device.id} has {radio[device.id]} radio links; its cells "
                f"are {wanted}."
            )
    for index, host in enumerate(scenario.hosts):
        if sum(link.ends[0] == host.id for link in scenario.links) != 1:
            yield f"hosts[{index}].id: {host.id} needs one link on its way to the core."
