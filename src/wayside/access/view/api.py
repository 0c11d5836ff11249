"""The access network of a system, to look at. Ours: the standard has no view of a network whole."""

from collections.abc import Callable, Set
from functools import reduce
from operator import and_

from wayside.chassis.etags import entry_of
from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.operations import Api, get, post, put
from wayside.core.replies import Entry, Made, Page
from wayside.core.requests import ListQuery
from wayside.refpoints.net.facts import Stage
from wayside.refpoints.net.picture import Picture

from .logic import DeviceStates, cells_of, state_of, zones_of
from .model import CellState, DeviceHandover, DeviceState, NetworkState, Place, ZoneState

OURS = "Ours: what the source of facts says now"
SCOPE = "wayside_network:read"
PLACED = "Ours: where a simulated device is"
PLACE = "wayside_network:write"
WHOLE = ListQuery()

HandOver = Callable[[int, int, Stage], None]
"""Has a device (its row) be handed over to a cell (its row), as far as the stage says. Raises
Unprocessable where that cannot be."""


class NetworkView(Api, name="wayside_network", version="v1", spec="Ours", title="Access network"):
    """Cells, zones and devices as they are now; each says where the facts come from.

    ``put`` moves the device of one row close to the cell of another; None: the network is none of
    ours to change. ``hand_over`` says of one that is written down that a device is handed over.
    """

    def __init__(
        self,
        picture: Callable[[], Picture],
        put: Callable[[int, int], None] | None = None,
        hand_over: HandOver | None = None,
    ) -> None:
        self._picture = picture
        self._put = put
        self._hand_over = hand_over

    @get("/state", clause=OURS, scope=SCOPE)
    async def get_state(self) -> NetworkState:
        """Return the network's time and how much of everything there is."""
        return state_of(self._picture())

    @get("/cells", clause=OURS, scope=SCOPE)
    async def list_cells(self, query: ListQuery = WHOLE) -> Page[CellState]:
        """List the cells and access points, with whom they serve and how busy they are."""
        return Page([entry_of(each.id, each) for each in cells_of(self._picture())])

    @get("/zones", clause=OURS, scope=SCOPE)
    async def list_zones(self, query: ListQuery = WHOLE) -> Page[ZoneState]:
        """List the zones, with their cells and how many devices are in each."""
        return Page([entry_of(each.id, each) for each in zones_of(self._picture())])

    @get("/devices", clause=OURS, scope=SCOPE, errors=(404,))
    async def list_devices(
        self, *, cell: str | None = None, zone: str | None = None, query: ListQuery = WHOLE
    ) -> Page[DeviceState]:
        """List the devices: all, those that a cell serves, or those that are in a zone."""
        picture = self._picture()
        named = picture.network.named
        if cell is not None or zone is not None:
            here = _rows(picture, cell, zone)
            named = tuple(pair for pair in named if pair[1] in here)
        state = DeviceStates(picture)

        def made(place: int) -> Entry[DeviceState]:
            name, row = named[place]
            return entry_of(name, state.of(row))

        return Page(Made([name for name, _ in named], made))

    @get("/devices/{deviceId}", clause=OURS, scope=SCOPE)
    async def get_device(self, device_id: str) -> DeviceState:
        """Return one device: where it is, what serves it, and how its radio is."""
        picture = self._picture()
        return DeviceStates(picture).of(_row(picture, device_id))

    @put("/devices/{deviceId}/place", clause=PLACED, scope=PLACE, errors=(404, 409))
    async def put_place(self, device_id: str, body: Place) -> None:
        """Put a simulated device close to a cell, at once; what serves it there, its radio decides.

        Raises Conflict where the network is not simulated, or the device moves by itself, and
        Unprocessable for a cell that is not there.
        """
        picture = self._picture()
        row = _row(picture, device_id)
        if self._put is None:
            raise Conflict(
                f"This network is {picture.origin}: nobody can be moved in it from here."
            )
        cell = picture.network.cell_rows.get(body.cell)
        if cell is None:
            raise Unprocessable(
                f"cell: there is no cell {body.cell[:80]!r}; list them.", field="cell"
            )
        self._put(row, cell)

    @post(
        "/devices/{deviceId}/handover",
        clause=OURS,
        scope="wayside_network:write",
        errors=(409,),
    )
    async def hand_over(self, device_id: str, body: DeviceHandover) -> DeviceState:
        """Say that a device's handover to a cell has come so far; every host hears of it.

        Only of a network that is written down: any other says by itself what serves a device (409).
        422 for a cell that is not there, or of a technology by which the device is not served.
        """
        row, picture = _row(self._picture(), device_id), self._picture()
        cell = picture.network.cell_rows.get(body.cell)
        if cell is None:
            raise Unprocessable(f"$.cell: there is no cell {body.cell[:80]!r}.", field="$.cell")
        if self._hand_over is None:
            raise Conflict(
                f"This network is {picture.origin}: it says by itself what serves a device. "
                'Take one that is written down ([source] kind = "static").'
            )
        self._hand_over(row, cell, body.stage)
        return DeviceStates(self._picture()).of(row)


def _row(picture: Picture, device_id: str) -> int:
    row = picture.network.row_of_id(device_id)
    if row is None:
        raise NotFound(
            f"There is no device {device_id[:80]!r}; list them to see which there are.",
            field="deviceId",
        )
    return row


def _rows(picture: Picture, cell: str | None, zone: str | None) -> Set[int]:
    """Return who is served by the cell and in the zone, as far as these are asked for."""
    found: list[Set[int]] = []
    if cell is not None:
        number = picture.network.cell_rows.get(cell)
        if number is None:
            raise NotFound(f"There is no cell {cell[:80]!r}; list them.", field="cell")
        found.append(set(picture.devices_of_cell(number).tolist()))
    if zone is not None:
        if zone not in {each.id for each in picture.network.zones}:
            raise NotFound(f"There is no zone {zone[:80]!r}; list them.", field="zone")
        found.append(set(picture.devices_of_zone(zone).tolist()))
    return reduce(and_, found)
