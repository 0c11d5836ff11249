"""What there is in an access network: operators, zones, cells, and devices in groups.

Rows count through ``Network.cells`` and through the groups of devices, and hold for one epoch of a
source. Never says where a device is or what serves it: facts do.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from ipaddress import IPv4Address
from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta

from wayside.core.wire import Wire
from wayside.model.place import Position

from .values import Rows, Technology

Mcc = Annotated[str, Meta(pattern=r"^\d{3}$")]
Mnc = Annotated[str, Meta(pattern=r"^\d{2,3}$")]


class Operator(Wire):
    """Whose cells and subscribers they are."""

    id: str
    mcc: Mcc
    mnc: Mnc


class Zone(Wire):
    """A set of cells and access points. Ref: MEC 013 clause 5.3.4."""

    id: str


class Cell(Wire):
    """A cell, or an access point of a WLAN."""

    id: str
    technology: Technology
    operator: str
    zone: str
    position: Position
    height_m: float
    identity: int
    """The E-UTRAN cell identity (28 bits), the NR cell identity (36 bits), or 48 bits of BSSID."""
    physical_id: int = 0
    """PCI; 0 to 503 in LTE, to 1007 in NR."""
    tracking_area: int = 0
    carrier_hz: float
    bandwidth_hz: float
    power_dbm: float
    ssid: str | None = None


class TunnelEnd(Wire):
    """Where packets of a bearer enter GTP-U at one side. Ref: TS 29.281 clause 5."""

    address: str
    teid: Annotated[int, Meta(ge=0, le=2**32 - 1)]


class Tunnel(Wire):
    """A bearer's way between base station and core."""

    base_station: TunnelEnd
    gateway: TunnelEnd


class Bearer(Wire):
    """What is promised to a device: an E-RAB, a QoS flow. Ref: TS 23.401 clause 4.7.2.1."""

    id: Annotated[int, Meta(ge=0, le=63)]
    """The E-RAB identity, or the QoS flow's."""
    q_ci: Annotated[int, Meta(ge=0, le=255)]
    """QCI or 5QI."""
    downlink_guaranteed_bps: int = 0
    uplink_guaranteed_bps: int = 0
    downlink_bps_max: int = 0
    """0: no bound of its own."""
    uplink_bps_max: int = 0
    tunnel: Tunnel | None = None
    """None where the source does not say; never in a group's, as each device has its own."""


class Device(NamedTuple):
    """One device: who it is to its operator, and its address."""

    row: int
    id: str
    address: str
    operator: str
    group: str
    supi: str
    mac: str


class Group(Wire):
    """Devices of one kind, ``count`` rows from ``first`` on: a million are told in one record.

    Their names, addresses and identifiers count upwards from the first's.
    """

    id: str
    first: int
    count: Annotated[int, Meta(ge=1)]
    operator: str
    address: str
    """The first's, IPv4."""
    supi: str
    """The first's, ``imsi-`` and 14 or 15 digits. Ref: TS 23.003 clause 2.2A."""
    mac: str
    """The first's station address."""
    radios: tuple[Technology, ...]
    bearers: tuple[Bearer, ...] = ()
    """What each has for as long as LTE or NR serves it; facts tell of others and of changes."""
    data_network: str | None = None
    """Where their sessions lead."""
    alone: bool = False
    """Whether ``id`` is the one device's own name, without a number behind it."""

    def device(self, row: int) -> Device:
        """Return the device of ``row``, which lies in this group."""
        number = row - self.first
        head, digits = self.supi[:5], self.supi[5:]
        return Device(
            row,
            self.id if self.alone else f"{self.id}-{number + 1}",
            ".".join(map(str, (_address(self.address) + number).to_bytes(4))),
            self.operator,
            self.id,
            f"{head}{int(digits) + number:0{len(digits)}d}",
            as_mac(_number(self.mac) + number),
        )

    def named(self) -> Iterator[tuple[str, int]]:
        """Yield the id and the row of each device."""
        if self.alone:
            yield self.id, self.first
            return
        for number in range(self.count):
            yield f"{self.id}-{number + 1}", self.first + number

    def row_of_id(self, name: str) -> int | None:
        """Return the row of the device called ``name``, None where it is not of this group."""
        if self.alone:
            return self.first if name == self.id else None
        head, found, number = name.rpartition("-")
        if head != self.id or not found or not number.isascii() or not number.isdecimal():
            return None
        if number != str(int(number)) or not 1 <= int(number) <= self.count:
            return None
        return self.first + int(number) - 1

    def row_of_address(self, address: IPv4Address) -> int | None:
        """Return the row of the device with this address, None where it is not of this group."""
        number = int(address) - _address(self.address)
        return self.first + number if 0 <= number < self.count else None

    def stations(self) -> Iterator[tuple[str, int]]:
        """Yield the station address and the row of each device."""
        first = _number(self.mac)
        for number in range(self.count):
            yield as_mac(first + number), self.first + number


def as_mac(number: int) -> str:
    """Return 48 bits, of a station's address or a BSSID, as text."""
    return number.to_bytes(6).hex(":")


def _number(mac: str) -> int:
    return int(mac.replace(":", ""), 16)


@lru_cache(maxsize=65_536)
def _address(text: str) -> int:
    return int(IPv4Address(text))


class Network(Wire, dict=True):
    """All of it, as it is in one epoch; groups may join later (``Enrolled``)."""

    operators: tuple[Operator, ...]
    zones: tuple[Zone, ...]
    cells: tuple[Cell, ...]
    groups: tuple[Group, ...] = ()

    @property
    def size(self) -> int:
        """How many devices there are: every row is below."""
        return max((group.first + group.count for group in self.groups), default=0)

    @cached_property
    def cell_rows(self) -> dict[str, int]:
        """The row of each cell, by its id."""
        return {cell.id: row for row, cell in enumerate(self.cells)}

    @cached_property
    def named(self) -> tuple[tuple[str, int], ...]:
        """The id and the row of each device, in the order of ids."""
        pairs = (pair for group in self.groups for pair in group.named())
        return tuple(sorted(pairs))

    @cached_property
    def zone_rows(self) -> dict[str, int]:
        """The place of each zone among the zones, by its id."""
        return {zone.id: row for row, zone in enumerate(self.zones)}

    @cached_property
    def zones_of_cells(self) -> Rows:
        """The place of each cell's zone among the zones, by the cell's row."""
        return np.array([self.zone_rows[cell.zone] for cell in self.cells], dtype=np.int32)

    @cached_property
    def stations(self) -> dict[str, int]:
        """The row of each device by its station address, in the order of addresses."""
        pairs = (pair for group in self.groups for pair in group.stations())
        return dict(sorted(pairs))

    @cached_property
    def _in_order(self) -> tuple[list[int], list[Group]]:
        """The first rows of the groups, and the groups."""
        groups = sorted(self.groups, key=lambda group: group.first)
        return [group.first for group in groups], groups

    def device(self, row: int) -> Device:
        """Return the device of ``row``; KeyError where there is none."""
        firsts, groups = self._in_order
        at = bisect_right(firsts, row) - 1
        if at >= 0 and row < groups[at].first + groups[at].count:
            return groups[at].device(row)
        raise KeyError(row)

    def row_of_id(self, name: str) -> int | None:
        """Return the row of the device called ``name``; None where nobody is."""
        found = (group.row_of_id(name) for group in self.groups)
        return next((row for row in found if row is not None), None)

    def row_of_address(self, address: str) -> int | None:
        """Return the row of the device with this IPv4 address; None where nobody has it."""
        wanted = IPv4Address(address)
        found = (group.row_of_address(wanted) for group in self.groups)
        return next((row for row in found if row is not None), None)

    def row_of_mac(self, mac: str) -> int | None:
        """Return the row of the station with this address, as ``as_mac`` writes it, if any."""
        return self.stations.get(mac)
