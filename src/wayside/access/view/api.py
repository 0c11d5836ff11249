"""The access network of a system, to look at. Ours: the standard has no view of a network whole."""

from collections.abc import Callable, Iterable, Sequence

from wayside.chassis.etags import entry_of
from wayside.core.errors import NotFound
from wayside.core.operations import Api, get
from wayside.core.replies import Page
from wayside.core.requests import ListQuery
from wayside.refpoints.net.picture import Picture

from .logic import cells_of, devices_of, state_of, zones_of
from .model import CellState, DeviceState, NetworkState, ZoneState

OURS = "Ours: what the source of facts says now"
SCOPE = "wayside_network:read"
WHOLE = ListQuery()


class NetworkView(Api, name="wayside_network", version="v1", spec="Ours", title="Access network"):
    """Cells, zones and devices as they are now; each says where the facts come from."""

    def __init__(self, picture: Callable[[], Picture]) -> None:
        self._picture = picture

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
        found = devices_of(picture, _rows(picture, cell, zone))
        return Page([entry_of(each.id, each) for each in found])

    @get("/devices/{deviceId}", clause=OURS, scope=SCOPE)
    async def get_device(self, device_id: str) -> DeviceState:
        """Return one device: where it is, what serves it, and how its radio is."""
        picture = self._picture()
        row = picture.network.row_of_id(device_id)
        if row is None:
            raise NotFound(
                f"There is no device {device_id[:80]!r}; list them to see which there are.",
                field="deviceId",
            )
        (found,) = devices_of(picture, [row])
        return found


def _rows(picture: Picture, cell: str | None, zone: str | None) -> Iterable[int]:
    rows: Sequence[int] = range(picture.network.size)
    if cell is not None:
        number = picture.network.cell_rows.get(cell)
        if number is None:
            raise NotFound(f"There is no cell {cell[:80]!r}; list them.", field="cell")
        rows = picture.devices_of_cell(number).tolist()
    if zone is not None:
        if zone not in {each.id for each in picture.network.zones}:
            raise NotFound(f"There is no zone {zone[:80]!r}; list them.", field="zone")
        here = set(picture.devices_of_zone(zone).tolist())
        rows = [row for row in rows if row in here]
    return rows
