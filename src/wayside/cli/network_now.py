"""``wayside network cells|zones|devices``: the access network of what runs, as it is now."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import typer

from wayside.access.view.api import NetworkView
from wayside.access.view.model import CellState, DeviceState, Place, RadioState, ZoneState
from wayside.core.replies import Entry
from wayside.core.requests import ListQuery
from wayside.refpoints.net.values import Origin

from .connection import Face, ask
from .output import output

T = TypeVar("T")

CellOption = Annotated[str | None, typer.Option("--cell", help="Only what this cell serves.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Only who is in this zone.")]


def cells() -> None:
    """Show the cells and access points: whom they serve, and how busy they are."""
    found = _values(ask(lambda face: _view(face).list_cells(ListQuery())).entries)
    output.table(
        [_cell(each) for each in found],
        columns=("CELL", "KIND", "ZONE", "ON", ">DEVICES", ">DOWN %", ">UP %"),
        value=found,
        empty="This network has no cells.",
    )
    _say_origin({each.origin for each in found})


def zones() -> None:
    """Show the zones, their cells, and how many devices are in each."""
    found = _values(ask(lambda face: _view(face).list_zones(ListQuery())).entries)
    output.table(
        [_zone(each) for each in found],
        columns=("ZONE", ">CELLS", ">DEVICES"),
        value=found,
        empty="This network has no zones.",
    )
    _say_origin({each.origin for each in found})


def devices(cell: CellOption = None, zone: ZoneOption = None) -> None:
    """Show the devices: where they are, what serves them, and how their radio is."""
    page = ask(lambda face: _view(face).list_devices(cell=cell, zone=zone, query=ListQuery()))
    found = _values(page.entries)
    output.table(
        [_device(each) for each in found],
        columns=("DEVICE", "ADDRESS", "ZONE", "SERVED BY", ">DBM", ">SINR dB", ">DOWN Mbit/s",
                 "AT", ">m/s"),
        value=found,
        empty="No device is there.",
    )  # fmt: skip
    _say_origin({each.origin for each in found})


def move(
    device: Annotated[str, typer.Argument(help="Its id, as `wayside network devices` shows it.")],
    to: Annotated[str, typer.Option("--to", help="The cell that it is put close to.")],
) -> None:
    """Put a simulated device that stands still close to a cell; its radio decides what follows."""
    ask(lambda face: _view(face).put_place(device, Place(cell=to)))
    output.value({"device": device, "cell": to}, text=f"{device} is close to {to} now.")


def register(commands: typer.Typer) -> None:
    """Add these commands to those of ``wayside network``."""
    for each in (cells, zones, devices, move):
        commands.command()(each)


def _view(face: Face) -> NetworkView:
    return face.at(NetworkView)


def _cell(cell: CellState) -> tuple[object, ...]:
    shares = (_percent(cell.downlink_share), _percent(cell.uplink_share))
    return (
        cell.id, cell.technology, cell.zone, "yes" if cell.on else "no", cell.devices, *shares,
    )  # fmt: skip


def _zone(zone: ZoneState) -> tuple[object, ...]:
    return (zone.id, len(zone.cells), zone.devices)


def _device(device: DeviceState) -> tuple[object, ...]:
    best = device.radios[0] if device.radios else None
    position = device.position
    at = "" if position is None else f"{position.latitude:.5f} {position.longitude:.5f}"
    return (
        device.id,
        device.address,
        device.zone or "-",
        ", ".join(each.cell for each in device.radios) or "-",
        *_radio(best),
        at,
        "" if device.speed_mps is None else f"{device.speed_mps:.1f}",
    )


def _radio(radio: RadioState | None) -> tuple[str, str, str]:
    if radio is None:
        return ("", "", "")
    down = None if radio.downlink_bps is None else radio.downlink_bps / 1e6
    return (_figure(radio.power_dbm), _figure(radio.sinr_db), _figure(down))


def _figure(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.1f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f}"


def _say_origin(origins: set[Origin]) -> None:
    if Origin.SIMULATED in origins:
        output.note("SIMULATED: no radio was measured.")


def _values(entries: Sequence[Entry[T]]) -> list[T]:
    return [each.value for each in entries]
