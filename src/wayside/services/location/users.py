"""Users as they are answered, written straight from columns: hundred thousand in one answer.

Pure. The two versions of the API differ by a few names: a ``Style`` has them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayside.chassis.paging import PARAMETER
from wayside.core.wire import encode
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows

from .addresses import Addressing, in_query
from .places import KMH_PER_MPS, shape_of

HEAD = b'{"address":"%s","accessPointId":%s,"zoneId":%s,"resourceURL":"%s?address=%s","timestamp":'
VELOCITY = b',"velocity":{"velocityType":1,"bearing":%d,"horizontalSpeed":%d}'


@dataclass(frozen=True)
class Asked:
    """Which users a request is about; what is empty bounds nothing."""

    zones: tuple[str, ...] = ()
    access_points: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def rows_of(picture: Picture, asked: Asked, addressing: Addressing) -> Rows:
    """Return the rows of the users that are asked for, in their order.

    Raises BadRequest for an address that nobody can have; whoever is not here is left out.
    """
    network = picture.network
    points = picture.access_points()
    if asked.addresses:
        found = {addressing.asked(network, each) for each in asked.addresses}
        rows = np.array(sorted(each for each in found if each is not None), dtype=np.int32)
        rows = rows[points[rows] != NOBODY]
    else:
        rows = np.flatnonzero(points != NOBODY).astype(np.int32)
    if asked.zones:
        zones = [network.zone_rows[each] for each in asked.zones if each in network.zone_rows]
        rows = rows[np.isin(network.zones_of_cells[points[rows]], zones)]
    if asked.access_points:
        cells = [
            network.cell_rows[each] for each in asked.access_points if each in network.cell_rows
        ]
        rows = rows[np.isin(points[rows], cells)]
    return rows


@dataclass(frozen=True)
class Writer:
    """Writes users in the words of one version of the API."""

    path: str
    """Of the users' list: each user's own link leads there."""
    stamped: bool
    """Whether a place says when it was so."""
    addressing: Addressing
    accuracy_m: int | None

    def users(self, picture: Picture, rows: Rows) -> bytes:
        """Return the JSON array of these users; all of them are served."""
        names = [encode(cell.id) for cell in picture.network.cells]
        zones = [encode(cell.zone) for cell in picture.network.cells]
        called = self.addressing.all_shown(picture.network)
        seconds, nanos = divmod(picture.time_ns, 1_000_000_000)
        stamp = b'{"seconds":%d,"nanoSeconds":%d}' % (seconds, nanos)
        path = self.path.encode()
        cells = picture.access_points()[rows].tolist()
        places = self._places(picture, rows, stamp)
        found = []
        for row, cell, place in zip(rows.tolist(), cells, places, strict=True):
            address = called[row]
            link = in_query(address).encode()
            head = HEAD % (address.encode(), names[cell], zones[cell], path, link)
            found.append(head + stamp + place)
        return b"[%s]" % b",".join(found)

    def _places(self, picture: Picture, rows: Rows, stamp: bytes) -> list[bytes]:
        """Return what ends each user: where it is, as far as anybody knows."""
        latitude = np.round(picture.latitude[rows], 7)
        longitude = np.round(picture.longitude[rows], 7)
        speed, heading = picture.speed_mps[rows], picture.heading_deg[rows]
        moving = ~(np.isnan(speed) | np.isnan(heading))
        kmh, bearing = _whole(speed.astype(np.float64) * KMH_PER_MPS), _whole(heading)
        known = ~(np.isnan(latitude) | np.isnan(longitude))
        shape = b'"shape":%d' % shape_of(self.accuracy_m)
        if self.accuracy_m is not None:
            shape += b',"accuracy":%d' % self.accuracy_m
        end = (b',"timestamp":' + stamp + b"}}") if self.stamped else b"}}"
        columns = (latitude, longitude, known, moving, kmh, bearing)
        found = []
        for lat, lon, is_known, moves, speed_kmh, degrees in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            if not is_known:
                found.append(b"}")
                continue
            velocity = VELOCITY % (degrees, speed_kmh) if moves else b""
            place = f',"locationInfo":{{"latitude":[{lat}],"longitude":[{lon}],'.encode()
            found.append(place + shape + velocity + end)
        return found


def _whole(column: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.rint(np.nan_to_num(column)).astype(np.int64)
    return found


def link_to_next(marker: str | None) -> tuple[tuple[str, str], ...]:
    """Return the header that leads to the users that follow, if any do."""
    return () if marker is None else (("link", f'<?{PARAMETER}={marker}>; rel="next"'),)
