"""The access points and stations of a picture, in MEC 028's words. Pure.

Work goes by rows: who asks for one station pays for one. Never reports a measurement.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from wayside.core.clock import Nanoseconds
from wayside.model.common import TimeStamp
from wayside.model.place import Position
from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.network import Cell, Device, as_mac
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Reals, Rows, Technology

from .capabilities import ApLocation, BssLoad, GeoLocation
from .channels import channel_of
from .identities import ApAssociated, ApIdentity, StaIdentity
from .model import ApInfo, Rssi, StaDataRate, StaInfo

UNKNOWN_MAC = as_mac(0)
WHOLE = 255
RCPI_FROM_DBM, RCPI_MAX = -110.0, 220
UINT32_MAX = 2**32 - 1
LATITUDE_BITS, FRACTION_BITS = 34, 25
WGS_84 = 1


def rcpi_of(power_dbm: float) -> int:
    """Return a power as RCPI, in halves of a dB. Ref: IEEE 802.11-2016 clause 9.4.2.38."""
    return min(RCPI_MAX, max(0, int((power_dbm - RCPI_FROM_DBM) * 2)))


def bssid_of(cell: Cell) -> str:
    """Return the BSSID of an access point."""
    return as_mac(cell.identity)


def names_of(cell: Cell) -> tuple[str, ...]:
    """Return the SSIDs of an access point."""
    return () if cell.ssid is None else (cell.ssid,)


def identity_of(cell: Cell) -> ApIdentity:
    """Return who an access point is."""
    return ApIdentity(bssid=bssid_of(cell), ssid=names_of(cell))


class Wlan:
    """The WLAN of a picture, as it is when this is made."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.origin = picture.origin
        self.stamp = TimeStamp.of(Nanoseconds(picture.time_ns))
        self.serving: Rows = picture.cells[Technology.WLAN]

    @cached_property
    def cells(self) -> Sequence[int]:
        """The rows of the access points that are on."""
        return [
            row
            for row, cell in enumerate(self.picture.network.cells)
            if cell.technology is Technology.WLAN and row not in self.picture.off
        ]

    @cached_property
    def stations(self) -> Sequence[tuple[str, int]]:
        """Who is associated and whose address is known: address and row, in order of addresses."""
        here = (self.serving != NOBODY).tolist()
        named = self.picture.network.stations.items()
        return [(mac, row) for mac, row in named if here[row] and mac != UNKNOWN_MAC]

    def cell_of(self, bssid: str) -> int | None:
        """Return the row of an access point; None where there is none."""
        return self._by_bssid.get(_bits(bssid))

    def row_of(self, mac: str) -> int | None:
        """Return the row of a station that is associated now; None for any other."""
        row = None if mac == UNKNOWN_MAC else self.picture.network.row_of_mac(mac.lower())
        return row if row is not None and self.serving[row] != NOBODY else None

    def rows_of(self, stations: Iterable[StaIdentity]) -> list[int]:
        """Return the rows of those that are associated now, in the order given."""
        found = (self.row_of(each.mac_id) for each in stations)
        return list(dict.fromkeys(row for row in found if row is not None))

    def stations_at(self, cell: int) -> Iterator[StaIdentity]:
        """Yield the stations of an access point."""
        for row in np.flatnonzero(self.serving == cell).tolist():
            device = self.picture.network.device(row)
            if device.mac != UNKNOWN_MAC:
                yield self._identity(device, cell)

    def count_at(self, cell: int) -> int:
        """Return how many stations an access point has whom the network knows."""
        return int(np.count_nonzero(self.serving == cell))

    def serving_cell(self, row: int) -> tuple[int, Cell]:
        """Return the access point of a station: its row, and itself."""
        cell = int(self.serving[row])
        return cell, self._cell(cell)

    def identity(self, row: int) -> StaIdentity:
        """Return who a station is."""
        return self._identity(self.picture.network.device(row), int(self.serving[row]))

    def power_dbm(self, row: int) -> float | None:
        """Return how strong a station is received; None where nobody tells."""
        return self._figure(row, lambda measured: measured.power_dbm)

    def neighbour(self, row: int) -> tuple[int, Cell, float] | None:
        """Return the strongest other access point that a station hears, and its power in dBm."""
        at = self._place(row)
        if at is None or self._measured is None:
            return None
        cell, power = int(self._measured.neighbours[at]), self._measured.neighbour_power_dbm[at]
        if cell == NOBODY or np.isnan(power):
            return None
        return cell, self._cell(cell), float(power)

    def load(self, cell: int) -> BssLoad | None:
        """Return how loaded an access point is; None where nobody tells.

        Its stations are those that it counts itself, whether they are known by name or not.
        """
        busy, at, loaded = self.busy(cell), self._loads.get(cell), self.picture.loaded
        if busy is None or at is None or loaded is None:
            return None
        return BssLoad(
            sta_count=int(loaded.devices[at]),
            channel_utilization=round(busy * WHOLE),
            avail_adm_cap=0,
        )

    def busy(self, cell: int) -> float | None:
        """Return the share of air time that is in use at an access point; None where not told."""
        at = self._loads.get(cell)
        loaded = self.picture.loaded
        if at is None or loaded is None or np.isnan(loaded.downlink_share[at]):
            return None
        both = np.nansum([loaded.downlink_share[at], loaded.uplink_share[at]])
        return min(1.0, float(both))

    def rate(self, row: int) -> StaDataRate | None:
        """Return the rates of a station's link; None where nobody tells either."""
        down = self._figure(row, lambda measured: measured.downlink_bps_max)
        up = self._figure(row, lambda measured: measured.uplink_bps_max)
        if down is None and up is None:
            return None
        return StaDataRate(
            sta_last_data_downlink_rate=_kbps(down), sta_last_data_uplink_rate=_kbps(up)
        )

    def ap_info(self, row: int) -> ApInfo:
        """Return an access point as it is now."""
        cell = self._cell(row)
        return ApInfo(
            wayside_origin=self.origin,
            time_stamp=self.stamp,
            ap_id=identity_of(cell),
            channel=channel_of(cell),
            bss_load=self.load(row),
            ap_location=ApLocation(geolocation=geolocation(cell.position)),
        )

    def sta_info(self, row: int) -> StaInfo:
        """Return a station as it is now, without reports."""
        _, cell = self.serving_cell(row)
        power = self.power_dbm(row)
        return StaInfo(
            wayside_origin=self.origin,
            time_stamp=self.stamp,
            sta_id=self.identity(row),
            channel=channel_of(cell),
            ap_associated=ApAssociated(bssid=bssid_of(cell), ssid=names_of(cell)),
            rssi=None if power is None else Rssi(rssi=rcpi_of(power)),
            sta_data_rate=self.rate(row),
        )

    @cached_property
    def _by_bssid(self) -> dict[int, int]:
        cells = enumerate(self.picture.network.cells)
        return {cell.identity: row for row, cell in cells if cell.technology is Technology.WLAN}

    @cached_property
    def _measured(self) -> Measured | None:
        return self.picture.measured.get(Technology.WLAN)

    @cached_property
    def _places(self) -> Rows:
        """Which figures are each device's own; NOBODY for none, and for those of another cell."""
        found = np.full(self.picture.network.size, NOBODY, dtype=np.int32)
        if self._measured is not None:
            here = self._measured.cells == self.serving[self._measured.devices]
            found[self._measured.devices[here]] = np.flatnonzero(here)
        return found

    @cached_property
    def _loads(self) -> dict[int, int]:
        loaded = self.picture.loaded
        return {} if loaded is None else {row: at for at, row in enumerate(loaded.cells.tolist())}

    def _place(self, row: int) -> int | None:
        at = int(self._places[row])
        return None if at == NOBODY else at

    def _figure(self, row: int, column: Callable[[Measured], Reals]) -> float | None:
        at = self._place(row)
        if at is None or self._measured is None:
            return None
        figure = column(self._measured)[at]
        return None if np.isnan(figure) else float(figure)

    def _cell(self, row: int) -> Cell:
        return self.picture.network.cells[row]

    def _identity(self, device: Device, cell: int) -> StaIdentity:
        return StaIdentity(
            mac_id=device.mac, ssid=names_of(self._cell(cell)), ip_address=(device.address,)
        )


def geolocation(position: Position) -> GeoLocation:
    """Return a place as RFC 6225 writes it; how sure it is nobody has told, nor how high."""
    return GeoLocation(
        lat_uncertainty=0,
        lat=_fixed(position.latitude),
        long_uncertainty=0,
        long=_fixed(position.longitude),
        datum=WGS_84,
    )


def _fixed(degrees: float) -> int:
    return round(degrees * (1 << FRACTION_BITS)) & ((1 << LATITUDE_BITS) - 1)


def _kbps(bps: float | None) -> int | None:
    return None if bps is None else min(UINT32_MAX, int(bps / 1000))


def _bits(mac: str) -> int:
    return int(mac.replace(":", ""), 16)
