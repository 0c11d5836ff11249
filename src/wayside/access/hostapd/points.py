"""The access points and who may be their stations: an operator's table, and what hostapd adds.

The table says who a station's address belongs to and where access points stand; hostapd says BSSID,
SSID and band. Where a table also says where a subscriber is, hostapd knows better. Never asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from wayside.access.static.table import Table, TableFault, network_of
from wayside.refpoints.net.network import Cell, Network
from wayside.refpoints.net.values import Technology

from .answers import Radio

NO_MAC = "00:00:00:00:00:00"


@dataclass(frozen=True)
class Point:
    """An access point of the table, and the control socket of its BSS."""

    cell: str
    control: Path


def network_with(table: Table, points: Sequence[Point], *, source: str) -> Network:
    """Return the access points in the order of ``points``, and the subscribers who have a MAC.

    Raises TableFault, naming ``source``, where they do not fit the table.
    """
    faults = list(_faults(table, points))
    if faults:
        raise TableFault(source, faults)
    cells = {each.id: each for each in table.cells}
    return network_of(
        replace(
            table,
            cells=tuple(cells[each.cell] for each in points),
            subscribers=tuple(each for each in table.subscribers if each.mac != NO_MAC),
        )
    )


def _faults(table: Table, points: Sequence[Point]) -> Sequence[str]:
    cells = {each.id: each for each in table.cells}
    found, seen = [], set()
    for number, each in enumerate(points):
        at = f"source.access_points[{number}].cell"
        if each.cell not in cells:
            found.append(f"{at}: the table has no cell {each.cell}.")
        elif cells[each.cell].technology is not Technology.WLAN:
            found.append(f"{at}: {each.cell} is no access point of a WLAN.")
        if each.cell in seen:
            found.append(f"{at}: {each.cell} is there already.")
        seen.add(each.cell)
    if not points:
        found.append("source.access_points: at least one is needed.")
    macs: set[str] = set()
    for number, line in enumerate(table.subscribers):
        if line.mac != NO_MAC and line.mac in macs:
            found.append(f"subscribers[{number}].mac: {line.mac} is there already.")
        macs.add(line.mac)
    return found


def described(cell: Cell, radio: Radio) -> Cell:
    """Return an access point as hostapd describes it; what it does not say stays as it was."""
    return replace(
        cell,
        identity=int((radio.bssid or "").replace(":", ""), 16) if radio.bssid else cell.identity,
        ssid=radio.ssid or cell.ssid,
        carrier_hz=radio.carrier_hz or cell.carrier_hz,
        bandwidth_hz=radio.bandwidth_hz or cell.bandwidth_hz,
        power_dbm=radio.power_dbm or cell.power_dbm,
    )


def with_cell(network: Network, row: int, cell: Cell) -> Network:
    """Return a network in which one access point is described anew."""
    cells = (*network.cells[:row], cell, *network.cells[row + 1 :])
    return Network(
        operators=network.operators, zones=network.zones, cells=cells, groups=network.groups
    )
