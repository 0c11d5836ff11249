"""What is shown of an access network. Ours. Every figure says where it comes from: ``origin``."""

from wayside.core.wire import Wire
from wayside.model.place import Position
from wayside.refpoints.net.facts import Stage
from wayside.refpoints.net.values import Origin, Technology


class NetworkState(Wire, omit_defaults=False):
    """The whole, counted. ``time`` is the network's own, ISO 8601."""

    origin: Origin
    time: str
    sequence: int
    operators: tuple[str, ...]
    zones: int
    cells: int
    devices: int
    served: int
    """Devices that anything serves."""


class CellState(Wire, omit_defaults=False):
    """A cell or an access point. Shares are of resource blocks or of air time, 0 to 1."""

    id: str
    technology: Technology
    operator: str
    zone: str
    position: Position
    on: bool
    devices: int
    downlink_share: float | None
    uplink_share: float | None
    origin: Origin


class ZoneState(Wire, omit_defaults=False):
    """A zone: its cells, and the devices whose access point is one of them."""

    id: str
    cells: tuple[str, ...]
    devices: int
    origin: Origin


class RadioState(Wire, omit_defaults=False):
    """How a device is served in one technology; None is what is not known."""

    technology: Technology
    cell: str
    power_dbm: float | None = None
    """RSRP, or RSSI in a WLAN."""
    quality_db: float | None = None
    sinr_db: float | None = None
    downlink_bps: float | None = None
    uplink_bps: float | None = None


class DeviceState(Wire, omit_defaults=False):
    """A device: where it is, and what serves it."""

    id: str
    address: str
    group: str
    operator: str
    position: Position | None
    speed_mps: float | None
    zone: str | None
    radios: tuple[RadioState, ...]
    origin: Origin


class Place(Wire):
    """Where a device is put: close to the site of this cell."""

    cell: str


class DeviceHandover(Wire):
    """How far a device's handover to a cell is. Ours."""

    cell: str
    stage: Stage = Stage.COMPLETED
