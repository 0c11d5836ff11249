"""A table of moves as facts: CSV with a line for each device and moment. Pure but for the file.

Columns ``time_s``, ``device``, ``latitude``, ``longitude``; and where known ``altitude_m``,
``speed_mps``, ``heading_deg`` and ``cell``. Never guesses what a column does not say.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import groupby, pairwise
from math import isfinite, nan
from pathlib import Path

import numpy as np

from wayside.refpoints.net.coding import Told
from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    Cause,
    Detached,
    Disassociated,
    Event,
    Facts,
    HandedOver,
    Moved,
)
from wayside.refpoints.net.network import Group, Network, as_mac
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Technology

from .recording import TraceFault

NEEDED = ("time_s", "device", "latitude", "longitude")
KNOWN = (*NEEDED, "altitude_m", "speed_mps", "heading_deg", "cell")
FIRST_ADDRESS = IPv4Address("100.64.0.1")


@dataclass(frozen=True)
class Move:
    """A line of the table."""

    time_ns: int
    device: str
    figures: tuple[float, float, float, float, float]
    """Latitude, longitude, altitude, speed, heading; NaN for what is not known."""
    cell: str | None
    """"" for: served by none. None: the table does not say."""


def moves(path: Path, network: Network) -> tuple[Move, ...]:
    """Return the lines of ``path``; raises TraceFault with every line that is wrong.

    ``network`` has the cells that the table may name.
    """
    try:
        with path.open(newline="") as file:
            table = csv.DictReader(file)
            faults = _faults_of_header(tuple(table.fieldnames or ()))
            lines = [] if faults else [_move(line, network, faults) for line in _lines(table)]
    except OSError as fault:
        raise TraceFault(f"{path}: {fault.strerror}.", field="file") from fault
    found = tuple(move for move in lines if move is not None)
    if any(after.time_ns < before.time_ns for before, after in pairwise(found)):
        faults.append("time_s: the lines are not in the order of their times. Sort them.")
    if not found and not faults:
        faults.append("file: there is no line but the header.")
    if faults:
        text = "\n".join(f"{path}: {fault}" for fault in faults)
        raise TraceFault(text, field=faults[0].partition(":")[0])
    return found


def told(table: Sequence[Move], network: Network, origin: Origin) -> Iterator[Told]:
    """Return the moves as a snapshot of nobody's place, and the facts of each moment."""
    names = list(dict.fromkeys(move.device for move in table))
    rows = {name: row for row, name in enumerate(names)}
    whole = Network(
        operators=network.operators,
        zones=network.zones,
        cells=network.cells,
        groups=tuple(_group(network, name, row) for row, name in enumerate(names)),
    )
    start = table[0].time_ns
    yield Snapshot(epoch=0, sequence=0, time_ns=start, origin=origin, network=whole)
    serving: dict[tuple[int, Technology], int] = {}
    for sequence, (time_ns, lines) in enumerate(groupby(table, lambda move: move.time_ns), 1):
        last = {rows[move.device]: move for move in lines}
        yield Facts(
            epoch=0,
            sequence=sequence,
            time_ns=time_ns,
            origin=origin,
            events=tuple(_events(last, whole, serving)),
            moved=_moved(last),
        )


def _lines(table: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str | None]]]:
    for line in table:
        yield table.line_num, line


def _faults_of_header(names: Sequence[str]) -> list[str]:
    faults = [f"{name}: this column is missing." for name in NEEDED if name not in names]
    return faults + [
        f"{name}: unknown. Known are {', '.join(KNOWN)}." for name in names if name not in KNOWN
    ]


def _move(
    line: tuple[int, dict[str, str | None]], network: Network, faults: list[str]
) -> Move | None:
    number, values = line
    before = len(faults)

    def figure(name: str, low: float, high: float) -> float:
        text = (values.get(name) or "").strip()
        if not text and name not in NEEDED:
            return nan
        try:
            found = float(text)
        except ValueError:
            found = nan
        if not isfinite(found) or not low <= found <= high:
            faults.append(f"line {number}: {name}: {text!r} is no number from {low:g} to {high:g}.")
        return found

    time_s = figure("time_s", 0, 1e10)
    figures = (
        figure("latitude", -90, 90),
        figure("longitude", -180, 180),
        figure("altitude_m", -1e5, 1e5),
        figure("speed_mps", 0, 1e4),
        figure("heading_deg", 0, 360),
    )
    device, cell = (values.get("device") or "").strip(), values.get("cell")
    if not device:
        faults.append(f"line {number}: device: missing.")
    if cell and cell not in network.cell_rows:
        faults.append(f"line {number}: cell: there is no cell {cell}.")
    if len(faults) > before:
        return None
    return Move(round(time_s * 1e9), device, figures, cell)


def _group(network: Network, name: str, row: int) -> Group:
    operator = network.operators[0]
    width = 15 - len(operator.mcc + operator.mnc)
    return Group(
        id=name,
        first=row,
        count=1,
        operator=operator.id,
        address=str(FIRST_ADDRESS + row),
        supi=f"imsi-{operator.mcc}{operator.mnc}{row + 1:0{width}d}",
        mac=as_mac(0x0200_5E00_0000 + row),
        radios=tuple(dict.fromkeys(cell.technology for cell in network.cells)),
        alone=True,
    )


def _events(
    last: dict[int, Move], network: Network, serving: dict[tuple[int, Technology], int]
) -> Iterator[Event]:
    """Return what the named cells mean; a device is served by one at a time."""
    for row, move in last.items():
        if move.cell is None:
            continue
        new = network.cell_rows.get(move.cell, NOBODY)
        kind = network.cells[new].technology if new != NOBODY else None
        for technology in Technology:
            if technology is not kind and (row, technology) in serving:
                yield _left(row, serving.pop((row, technology)), technology)
        if kind is not None:
            yield from _came((row, new), kind, serving.get((row, kind)))
            serving[row, kind] = new


def _came(where: tuple[int, int], kind: Technology, old: int | None) -> Iterator[Event]:
    row, new = where
    if old == new:
        return
    if kind is not Technology.WLAN and old is not None:
        yield HandedOver(device=row, source=old, target=new)
        return
    if old is not None:
        yield _left(row, old, kind)
    came = Associated if kind is Technology.WLAN else Attached
    yield came(device=row, cell=new)


def _left(row: int, cell: int, kind: Technology) -> Event:
    left = Disassociated if kind is Technology.WLAN else Detached
    return left(device=row, cell=cell, cause=Cause.COVERAGE)


def _moved(last: dict[int, Move]) -> Moved:
    columns = np.array([move.figures for move in last.values()]).T
    altitude, speed, heading = (column.astype(np.float32) for column in columns[2:])
    return Moved(
        devices=np.array(list(last), dtype=np.int32),
        latitude=columns[0].copy(),
        longitude=columns[1].copy(),
        altitude_m=altitude,
        speed_mps=speed,
        heading_deg=heading,
    )
