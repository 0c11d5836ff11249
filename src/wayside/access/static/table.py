"""The operator's table: its form, what has to fit together, and the network that it describes.

Never tells anybody: ``source`` does.
"""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from wayside.access.reading import Faulty, Record, read, text_of, values_of
from wayside.model.place import Position
from wayside.refpoints.net.network import Cell, Group, Mcc, Mnc, Network, Operator, Zone
from wayside.refpoints.net.values import Technology

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class OperatorLine(Record):
    """An operator."""

    id: str
    mcc: Mcc
    mnc: Mnc


class CellLine(Record):
    """A cell or an access point."""

    id: str
    technology: Technology
    operator: str
    zone: str
    latitude: Latitude
    longitude: Longitude
    identity: Annotated[int, Meta(ge=0, lt=2**48)]
    """The E-UTRAN cell identity, the NR cell identity, or the BSSID as a number."""
    tracking_area: int = 0
    physical_id: int = 0
    ssid: str | None = None


class SubscriberLine(Record):
    """A device, its address, and where it is if that is known and does not change."""

    id: str
    operator: str
    address: str
    supi: Annotated[str, Meta(pattern=r"^imsi-\d{6,15}$")]
    mac: Annotated[str, Meta(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")] = "00:00:00:00:00:00"
    cell: str | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Table(Record):
    """All of it. Ours: the form of the table is this project's."""

    operators: tuple[OperatorLine, ...]
    cells: tuple[CellLine, ...] = ()
    subscribers: tuple[SubscriberLine, ...] = ()


class TableFault(Faulty):
    """A table that cannot be true."""


def load(path: Path) -> Table:
    """Return the table in ``path``; raises TableFault with all its faults."""
    return parse(text_of(path, TableFault), source=str(path))


def parse(text: str, *, source: str) -> Table:
    """Return the table in TOML ``text``; ``source`` names it in every fault."""
    faults: list[str] = []
    table = read(Table, values_of(text, source, TableFault), at="", faults=faults)
    if table is not None:
        faults += faults_of(table)
    if table is None or faults:
        raise TableFault(source, faults)
    return table


def network_of(table: Table) -> Network:
    """Return the network that a sound table describes; rows are in the table's order."""
    zones = dict.fromkeys(cell.zone for cell in table.cells)
    technologies = tuple(dict.fromkeys(cell.technology for cell in table.cells))
    return Network(
        operators=tuple(
            Operator(id=each.id, mcc=each.mcc, mnc=each.mnc) for each in table.operators
        ),
        zones=tuple(Zone(id=zone) for zone in zones),
        cells=tuple(_cell(cell) for cell in table.cells),
        groups=tuple(
            Group(
                id=each.id,
                first=row,
                count=1,
                operator=each.operator,
                address=each.address,
                supi=each.supi,
                mac=each.mac,
                radios=technologies,
                alone=True,
            )
            for row, each in enumerate(table.subscribers)
        ),
    )


def _cell(cell: CellLine) -> Cell:
    return Cell(
        id=cell.id,
        technology=cell.technology,
        operator=cell.operator,
        zone=cell.zone,
        position=Position(latitude=cell.latitude, longitude=cell.longitude),
        height_m=0.0,
        identity=cell.identity,
        physical_id=cell.physical_id,
        tracking_area=cell.tracking_area,
        carrier_hz=0.0,
        bandwidth_hz=0.0,
        power_dbm=0.0,
        ssid=cell.ssid,
    )


def faults_of(table: Table) -> Iterator[str]:
    """Yield what does not fit together, each with its field."""
    operators = {each.id for each in table.operators}
    cells = {each.id for each in table.cells}
    if not operators:
        yield "operators: at least one is needed."
    for kind in ("operators", "cells", "subscribers"):
        yield from _twice(kind, "id", [each.id for each in getattr(table, kind)])
    for field in ("address", "supi"):
        values = [getattr(each, field) for each in table.subscribers]
        yield from _twice("subscribers", field, values)
    for kind in ("cells", "subscribers"):
        for index, each in enumerate(getattr(table, kind)):
            if each.operator not in operators:
                yield f"{kind}[{index}].operator: there is no operator {each.operator}."
    for index, line in enumerate(table.subscribers):
        if line.cell is not None and line.cell not in cells:
            yield f"subscribers[{index}].cell: there is no cell {line.cell}."
        if (line.latitude is None) != (line.longitude is None):
            yield f"subscribers[{index}].latitude: latitude and longitude go together."
        try:
            IPv4Address(line.address)
        except AddressValueError:
            yield f"subscribers[{index}].address: {line.address!r} is not an IPv4 address."


def _twice(kind: str, field: str, values: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield f"{kind}[{index}].{field}: {value} is there already."
        seen.add(value)
