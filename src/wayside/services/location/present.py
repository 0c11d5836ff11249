"""What is so now: users, zones, access points and distances, asked of the picture of the network.

Never waits, and keeps nothing but the last long answers of one moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from zoneinfo import ZoneInfo as TimeZone

from wayside.chassis.paging import id_of, marker_of
from wayside.core.errors import BadRequest, NotFound
from wayside.core.wire import encode
from wayside.model.place import Position
from wayside.refpoints.net.network import Cell
from wayside.refpoints.net.picture import AccessNetwork, Picture

from .addresses import Addressing
from .model import (
    DistanceAnswer,
    LocationInfo,
    OperationStatus,
    TerminalDistance,
    ZoneInfo,
    ZoneList,
)
from .places import distance_m, point_of, status_of, time_of, users_by_cell
from .users import Asked, Writer, rows_of

KEPT_MAX = 16
Key = tuple[int, int, Asked, str, str | None]
"""The moment (epoch and sequence), and what was asked."""


@dataclass(frozen=True)
class Point:
    """An access point as it is now."""

    cell: Cell
    users: int
    status: OperationStatus
    timezone: str | None
    location: LocationInfo


@dataclass(frozen=True)
class Present:
    """Answers for both versions of the API."""

    network: AccessNetwork
    addressing: Addressing
    accuracy_m: int | None = None
    timezone: TimeZone | None = None
    users_max: int = 10_000
    """In one answer; a link leads to those that follow."""
    _kept: dict[Key, tuple[bytes, str | None]] = field(default_factory=dict)

    @property
    def picture(self) -> Picture:
        """The network as it is known now."""
        return self.network.picture

    def users(self, asked: Asked, writer: Writer, marker: str | None) -> tuple[bytes, str | None]:
        """Return the users as a JSON object, and the marker of those that follow, if any.

        Raises BadRequest for an address that nobody can have, and for a wrong marker.
        """
        picture = self.picture
        key = (picture.epoch, picture.sequence, asked, writer.path, marker)
        if (found := self._kept.get(key)) is not None:
            return found
        if len(self._kept) >= KEPT_MAX or any(each[:2] != key[:2] for each in self._kept):
            self._kept.clear()
        self._kept[key] = found = self._users(picture, asked, writer, marker)
        return found

    def _users(
        self, picture: Picture, asked: Asked, writer: Writer, marker: str | None
    ) -> tuple[bytes, str | None]:
        request = repr(asked)
        rows = rows_of(picture, asked, self.addressing)
        if marker is not None:
            after = self.addressing.find(picture.network, id_of(marker, request))
            rows = rows[rows > (-1 if after is None else after)]
        following = None
        if len(rows) > self.users_max:
            rows = rows[: self.users_max]
            last = self.addressing.shown(picture.network, int(rows[-1]))
            following = marker_of(last, request)
        body = b'{"userList":{"user":%s,"resourceURL":"%s","waysideOrigin":%s}}' % (
            writer.users(picture, rows),
            writer.path.encode(),
            encode(picture.origin),
        )
        return body, following

    def zones(self, path: str, wanted: tuple[str, ...] = ()) -> ZoneList:
        """Return the zones, or those wanted of them; ``path`` is that of their list."""
        return ZoneList(
            zone=tuple(each for each in self._zones(path) if not wanted or each.zone_id in wanted),
            resource_url=path,
            wayside_origin=self.picture.origin,
        )

    def zone(self, path: str, zone: str) -> ZoneInfo:
        """Return one zone; raise NotFound."""
        for each in self._zones(path):
            if each.zone_id == zone:
                return each
        raise NotFound(f"There is no zone {zone[:80]!r}. GET {path} lists them.", field="zoneId")

    def _zones(self, path: str) -> Iterator[ZoneInfo]:
        picture = self.picture
        users = users_by_cell(picture, picture.access_points())
        zones = picture.network.zones_of_cells
        for number, zone in enumerate(picture.network.zones):
            cells = [cell for cell, of in enumerate(zones.tolist()) if of == number]
            yield ZoneInfo(
                zone_id=zone.id,
                number_of_access_points=len(cells),
                number_of_unserviceable_access_points=len(picture.off.intersection(cells)),
                number_of_users=int(users[cells].sum()) if cells else 0,
                resource_url=f"{path}/{zone.id}",
                wayside_origin=picture.origin,
            )

    def access_points(self, path: str, zone: str) -> list[Point]:
        """Return the access points of a zone; raise NotFound where there is no such zone."""
        self.zone(path, zone)
        picture = self.picture
        users = users_by_cell(picture, picture.access_points())
        return [
            Point(
                cell,
                int(users[row]),
                status_of(picture, row),
                self._time_there(picture),
                point_of(cell.position),
            )
            for row, cell in enumerate(picture.network.cells)
            if cell.zone == zone
        ]

    def access_point(self, path: str, zone: str, name: str) -> Point:
        """Return one access point of a zone; raise NotFound."""
        for each in self.access_points(path, zone):
            if each.cell.id == name:
                return each
        raise NotFound(
            f"There is no access point {name[:80]!r} in the zone {zone[:80]}. "
            f"GET {path}/{zone[:80]}/accessPoints lists them.",
            field="accessPointId",
        )

    def _time_there(self, picture: Picture) -> str | None:
        if self.timezone is None:
            return None
        moment = datetime.fromtimestamp(picture.time_ns // 1_000_000_000, self.timezone)
        return moment.isoformat()

    def distance(self, addresses: tuple[str, ...], place: Position | None) -> DistanceAnswer:
        """Return how far a device is from another, or from a place.

        Raises BadRequest for anything but one of both, and for an address that nobody can have;
        NotFound where nobody knows.
        """
        if not 1 <= len(addresses) <= 2 or (len(addresses) == 2) is (place is not None):
            raise BadRequest("address: give two addresses, or one and a location.", field="address")
        picture = self.picture
        rows = [self._row(picture, each) for each in addresses]
        metres = distance_m(picture, rows[0], rows[1] if place is None else place)
        if isnan(metres):
            raise NotFound("address: nobody knows where that is now. Ask again.", field="address")
        accuracy = None if self.accuracy_m is None else self.accuracy_m * len(rows)
        return DistanceAnswer(
            terminal_distance=TerminalDistance(
                distance=round(metres),
                accuracy=accuracy,
                timestamp=time_of(picture),
                wayside_origin=picture.origin,
            )
        )

    def _row(self, picture: Picture, address: str) -> int:
        row = self.addressing.asked(picture.network, address)
        if row is None:
            raise NotFound(
                f"address: {address[:80]!r} is not here now. GET /queries/users lists who is.",
                field="address",
            )
        return row
