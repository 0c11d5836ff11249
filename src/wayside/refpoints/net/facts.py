"""What happened in an access network, and what was measured: all of one moment in one ``Facts``.

What concerns one device is a record; what concerns most of them each time (moved, measured) is
columns: the n-th values of all columns belong together. Units stand last in names; what the
services report as 3GPP's mapped integers is kept here in its physical unit. Never decides whom a
fact concerns.
"""

from enum import StrEnum

from wayside.core.wire import Wire

from .network import Bearer, Group
from .values import Degrees, Grades, Origin, Reals, Rows, Technology


class _Fact(Wire, tag_field="fact", gc=False):
    """Base of the single facts; the type's name tells them apart. They hold nothing that leads back
    to them, and come by the hundred thousand: the collector need not look at them."""


class Stage(StrEnum):
    """How far a handover is. Ref: MEC 012 clause 6.4.2, hoStatus."""

    PREPARED = "PREPARED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class Cause(StrEnum):
    """Why a device is no longer served."""

    LEFT = "LEFT"
    """It was switched off, or left the network."""
    COVERAGE = "COVERAGE"
    """Nothing reaches it well enough."""
    CELL = "CELL"
    """Its cell went away."""


class Enrolled(_Fact, tag="Enrolled"):
    """The network knows further devices."""

    group: Group


class Attached(_Fact, tag="Attached"):
    """A cell of LTE or NR serves the device, and none of that technology did."""

    device: int
    cell: int


class Detached(_Fact, tag="Detached"):
    """The cell does not serve the device any longer. Its bearers were released by facts before."""

    device: int
    cell: int
    cause: Cause


class HandedOver(_Fact, tag="HandedOver"):
    """A device's way from one cell to another of the same technology; COMPLETED: it is there."""

    device: int
    source: int
    target: int
    stage: Stage = Stage.COMPLETED


class BearerEstablished(_Fact, tag="BearerEstablished"):
    """The device has a bearer in this cell."""

    device: int
    cell: int
    bearer: Bearer


class BearerModified(_Fact, tag="BearerModified"):
    """The device's bearer with this id is now as told here."""

    device: int
    cell: int
    bearer: Bearer


class BearerReleased(_Fact, tag="BearerReleased"):
    """The device's bearer is gone."""

    device: int
    cell: int
    bearer: Bearer


class CarriersChanged(_Fact, tag="CarriersChanged"):
    """Cells were added to what serves the device beside its primary cell, or removed from it.

    Ref: TS 36.300 clause 5.5, TS 38.300 clause 5.4.1 (carrier aggregation).
    """

    device: int
    cell: int
    """The primary cell."""
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


class Associated(_Fact, tag="Associated"):
    """The device is a station of this access point."""

    device: int
    cell: int


class Disassociated(_Fact, tag="Disassociated"):
    """The device is not a station of this access point any longer."""

    device: int
    cell: int
    cause: Cause


class CellChanged(_Fact, tag="CellChanged"):
    """A cell was switched on or off."""

    cell: int
    on: bool


class LinkChanged(_Fact, tag="LinkChanged"):
    """A cable or a way between two nodes is now as told here, in each direction."""

    ends: tuple[str, str]
    delay_ms: float
    rate_bps: float = 0
    """0: no bound."""
    loss: float = 0
    """The share of packets that are lost, 0 to 1."""


Event = (
    Enrolled
    | Attached
    | Detached
    | HandedOver
    | BearerEstablished
    | BearerModified
    | BearerReleased
    | CarriersChanged
    | Associated
    | Disassociated
    | CellChanged
    | LinkChanged
)


class Moved(Wire):
    """Where devices are now. Those that are not named stay where they were."""

    devices: Rows
    latitude: Degrees
    longitude: Degrees
    altitude_m: Reals
    """Above ground."""
    speed_mps: Reals
    heading_deg: Reals
    """Clockwise from north, 0 to 360."""


class Measured(Wire):
    """How the radio of devices is, and what they get, in one technology."""

    technology: Technology
    devices: Rows
    cells: Rows
    """What serves them."""
    power_dbm: Reals
    """RSRP (TS 36.214 clause 5.1.1, TS 38.215 clause 5.1.1); in a WLAN the RSSI."""
    quality_db: Reals
    """RSRQ (5.1.3 in both); NaN in a WLAN."""
    sinr_db: Reals
    cqi: Grades
    """TS 38.214 table 5.2.2.1-2; in a WLAN the index of modulation and coding, -1 for none."""
    timing_advance_ns: Reals
    """The way there and back at the speed of light; NaN in a WLAN."""
    neighbours: Rows
    """The strongest cell that does not serve them; NOBODY where none is heard."""
    neighbour_power_dbm: Reals
    downlink_bps: Reals
    """What flows, as the cell shares itself among all who ask."""
    uplink_bps: Reals
    downlink_bps_max: Reals
    """What would flow if the device were alone in the cell and asked for all of it."""
    uplink_bps_max: Reals


class Loaded(Wire):
    """How busy cells are."""

    cells: Rows
    devices: Rows
    """How many each serves."""
    downlink_share: Reals
    """The share of the cell's resource blocks, or air time, that is in use: 0 to 1."""
    uplink_share: Reals
    """NaN in a WLAN where nobody tells both ways apart: the downlink's is then all of the air."""


class Facts(Wire):
    """All that a source tells of one moment. Events come in the order in which they happened.

    A reader takes the events first: what is moved or measured is so after them.
    """

    epoch: int
    sequence: int
    """One more each time; a gap is filled by a snapshot only."""
    time_ns: int
    """The network's own time, ns since 1970-01-01 UTC."""
    origin: Origin
    events: tuple[Event, ...] = ()
    moved: Moved | None = None
    measured: tuple[Measured, ...] = ()
    loaded: Loaded | None = None
