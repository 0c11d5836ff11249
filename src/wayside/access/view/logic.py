"""A picture put into the words that people read. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from wayside.model.place import Position
from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NEAREST_FIRST, NOBODY, Reals, Rows, Technology

from .model import CellState, DeviceState, NetworkState, RadioState, ZoneState


def state_of(picture: Picture) -> NetworkState:
    """Return the whole, counted."""
    network = picture.network
    return NetworkState(
        origin=picture.origin,
        time=datetime.fromtimestamp(picture.time_ns / 1e9, UTC).isoformat(timespec="milliseconds"),
        sequence=picture.sequence,
        operators=tuple(each.id for each in network.operators),
        zones=len(network.zones),
        cells=len(network.cells),
        devices=network.size,
        served=int(np.count_nonzero(picture.access_points() != NOBODY)),
    )


def cells_of(picture: Picture) -> Sequence[CellState]:
    """Return every cell, in the network's order."""
    loads = {}
    if (loaded := picture.loaded) is not None:
        columns = (loaded.cells, loaded.downlink_share, loaded.uplink_share)
        loads = {int(row): (down, up) for row, down, up in zip(*columns, strict=True)}
    return [
        CellState(
            id=cell.id,
            technology=cell.technology,
            operator=cell.operator,
            zone=cell.zone,
            position=cell.position,
            on=row not in picture.off,
            devices=len(picture.devices_of_cell(row)),
            downlink_share=_rounded(loads[row][0]) if row in loads else None,
            uplink_share=_rounded(loads[row][1]) if row in loads else None,
            origin=picture.origin,
        )
        for row, cell in enumerate(picture.network.cells)
    ]


def zones_of(picture: Picture) -> Sequence[ZoneState]:
    """Return every zone, in the network's order."""
    return [
        ZoneState(
            id=zone.id,
            cells=tuple(cell.id for cell in picture.network.cells if cell.zone == zone.id),
            devices=len(picture.devices_of_zone(zone.id)),
            origin=picture.origin,
        )
        for zone in picture.network.zones
    ]


def devices_of(picture: Picture, rows: Iterable[int]) -> Iterator[DeviceState]:
    """Yield the devices of ``rows``, which there are."""
    places = {technology: _places(picture, each) for technology, each in picture.measured.items()}
    for row in rows:
        yield _device(picture, row, places)


def _places(picture: Picture, measured: Measured) -> Rows:
    """Return for each device which figures of ``measured`` are its own; NOBODY for none."""
    found = np.full(picture.network.size, NOBODY, dtype=np.int32)
    found[measured.devices] = np.arange(len(measured.devices), dtype=np.int32)
    return found


def _device(picture: Picture, row: int, places: Mapping[Technology, Rows]) -> DeviceState:
    device = picture.network.device(row)
    latitude, longitude = picture.latitude[row], picture.longitude[row]
    known = not np.isnan(latitude)
    return DeviceState(
        id=device.id,
        address=device.address,
        group=device.group,
        operator=device.operator,
        position=Position(latitude=round(float(latitude), 7), longitude=round(float(longitude), 7))
        if known
        else None,
        speed_mps=_rounded(picture.speed_mps[row]),
        zone=picture.zone_of(row),
        radios=tuple(
            _radio(picture, technology, row, places)
            for technology in NEAREST_FIRST
            if picture.cells[technology][row] != NOBODY
        ),
        origin=picture.origin,
    )


def _radio(
    picture: Picture, technology: Technology, row: int, places: Mapping[Technology, Rows]
) -> RadioState:
    cell = picture.network.cells[int(picture.cells[technology][row])].id
    measured = picture.measured.get(technology)
    if measured is None or (at := int(places[technology][row])) == NOBODY:
        return RadioState(technology=technology, cell=cell)

    def figure(column: Reals) -> float | None:
        return _rounded(column[at])

    return RadioState(
        technology=technology,
        cell=cell,
        power_dbm=figure(measured.power_dbm),
        quality_db=figure(measured.quality_db),
        sinr_db=figure(measured.sinr_db),
        downlink_bps=figure(measured.downlink_bps),
        uplink_bps=figure(measured.uplink_bps),
    )


def _rounded(figure: float) -> float | None:
    return None if np.isnan(figure) else round(float(figure), 2)
