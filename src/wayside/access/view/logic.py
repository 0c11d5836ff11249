"""A picture put into the words that people read. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from wayside.model.place import Position
from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NEAREST_FIRST, NOBODY, Rows, Technology

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


class DeviceStates:
    """The devices of one picture, each put into words when it is asked for."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._places = {
            technology: _places(picture, each) for technology, each in picture.measured.items()
        }

    def of(self, row: int) -> DeviceState:
        """Return the device of ``row``, which there is."""
        picture = self._picture
        device = picture.network.device(row)
        latitude, longitude = picture.latitude[row], picture.longitude[row]
        known = not np.isnan(latitude)
        return DeviceState(
            id=device.id,
            address=device.address,
            group=device.group,
            operator=device.operator,
            position=Position(
                latitude=round(float(latitude), 7), longitude=round(float(longitude), 7)
            )
            if known
            else None,
            speed_mps=_rounded(picture.speed_mps[row]),
            zone=picture.zone_of(row),
            radios=tuple(
                self._radio(technology, row)
                for technology in NEAREST_FIRST
                if picture.cells[technology][row] != NOBODY
            ),
            origin=picture.origin,
        )

    def _radio(self, technology: Technology, row: int) -> RadioState:
        picture = self._picture
        cell = picture.network.cells[int(picture.cells[technology][row])].id
        measured = picture.measured.get(technology)
        if measured is None or (at := int(self._places[technology][row])) == NOBODY:
            return RadioState(technology=technology, cell=cell)
        return RadioState(
            technology=technology,
            cell=cell,
            power_dbm=_rounded(measured.power_dbm[at]),
            quality_db=_rounded(measured.quality_db[at]),
            sinr_db=_rounded(measured.sinr_db[at]),
            downlink_bps=_rounded(measured.downlink_bps[at]),
            uplink_bps=_rounded(measured.uplink_bps[at]),
        )


def _places(picture: Picture, measured: Measured) -> Rows:
    """Return for each device which figures of ``measured`` are its own; NOBODY for none."""
    found = np.full(picture.network.size, NOBODY, dtype=np.int32)
    found[measured.devices] = np.arange(len(measured.devices), dtype=np.int32)
    return found


def _rounded(figure: float) -> float | None:
    return None if np.isnan(figure) else round(float(figure), 2)
