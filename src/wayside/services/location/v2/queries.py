"""The operations of V2.2.1 that ask. Ref: MEC 013 clauses 7.3 to 7.8."""

from typing import Annotated

from msgspec import Meta

from wayside.core.errors import BadRequest
from wayside.core.operations import get
from wayside.core.replies import Answer
from wayside.model.place import Position
from wayside.refpoints.net.network import Cell
from wayside.refpoints.net.values import Technology
from wayside.services.location.model import DistanceAnswer, ZoneAnswer, ZonesAnswer
from wayside.services.location.present import Point, Present
from wayside.services.location.users import Asked, Writer, link_to_next

from .model import (
    AccessPointAnswer,
    AccessPointInfo,
    AccessPointList,
    AccessPointsAnswer,
    ConnectionType,
    UsersAnswer,
)

READ = "location:read"
QUERIES = "/location/v2/queries"
USERS, ZONES = f"{QUERIES}/users", f"{QUERIES}/zones"
MEDIUM_RANGE_DBM, LOCAL_AREA_DBM = 38, 24
"""The rated powers that classes of base stations end at."""
Degrees = Annotated[float, Meta(ge=-180, le=180)]


class Queries:
    """What is so now."""

    _present: Present

    @get("/queries/distance", clause="7.3.3.1", scope=READ, errors=(404,))
    async def get_distance(
        self,
        *,
        address: tuple[str, ...],
        requester: str | None = None,
        latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None,
        longitude: Degrees | None = None,
    ) -> DistanceAnswer:
        """Return how far a terminal is from another, or from a place."""
        if latitude is not None and longitude is not None:
            place = Position(latitude=latitude, longitude=longitude)
            return self._present.distance(address, place)
        if latitude is not None or longitude is not None:
            raise BadRequest("latitude: give both latitude and longitude.", field="latitude")
        return self._present.distance(address, None)

    @get("/queries/users", clause="7.4.3.1", scope=READ)
    async def list_users(
        self,
        *,
        zoneId: tuple[str, ...] = (),
        accessPointId: tuple[str, ...] = (),
        address: tuple[str, ...] = (),
        nextpage_opaque_marker: str | None = None,
    ) -> Answer[UsersAnswer]:
        """Return the users at access points: all, or those that fit all filters that are given.

        Where they are more than one answer holds, a Link leads to the next.
        """
        present = self._present
        writer = Writer(
            USERS, stamped=True, addressing=present.addressing, accuracy_m=present.accuracy_m
        )
        asked = Asked(zoneId, accessPointId, address)
        body, marker = present.users(asked, writer, nextpage_opaque_marker)
        return Answer(200, body, link_to_next(marker))

    @get("/queries/zones", clause="7.5.3.1", scope=READ)
    async def list_zones(self) -> ZonesAnswer:
        """Return the zones."""
        return ZonesAnswer(zone_list=self._present.zones(ZONES))

    @get("/queries/zones/{zoneId}", clause="7.6.3.1", scope=READ)
    async def get_zone(self, zone_id: str) -> ZoneAnswer:
        """Return one zone: how many access points and users it has."""
        return ZoneAnswer(zone_info=self._present.zone(ZONES, zone_id))

    @get("/queries/zones/{zoneId}/accessPoints", clause="7.7.3.1", scope=READ)
    async def list_access_points(
        self, zone_id: str, *, interestRealm: str | None = None
    ) -> AccessPointsAnswer:
        """Return the access points of a zone; of an interest realm none: no source tells any."""
        found = self._present.access_points(ZONES, zone_id)
        return AccessPointsAnswer(
            access_point_list=AccessPointList(
                zone_id=zone_id,
                access_point=tuple(self._info(each) for each in found if interestRealm is None),
                resource_url=f"{ZONES}/{zone_id}/accessPoints",
                wayside_origin=self._present.picture.origin,
            )
        )

    @get("/queries/zones/{zoneId}/accessPoints/{accessPointId}", clause="7.8.3.1", scope=READ)
    async def get_access_point(self, zone_id: str, access_point_id: str) -> AccessPointAnswer:
        """Return one access point: where it is, whether it serves, and how many users it has."""
        found = self._present.access_point(ZONES, zone_id, access_point_id)
        return AccessPointAnswer(access_point_info=self._info(found))

    def _info(self, found: Point) -> AccessPointInfo:
        cell = found.cell
        return AccessPointInfo(
            access_point_id=cell.id,
            connection_type=connection_of(cell),
            operation_status=found.status,
            number_of_users=found.users,
            resource_url=f"{ZONES}/{cell.zone}/accessPoints/{cell.id}",
            timezone=found.timezone,
            location_info=found.location,
            wayside_origin=self._present.picture.origin,
        )


def connection_of(cell: Cell) -> ConnectionType:
    """Return what kind of access point a cell is."""
    if cell.technology is Technology.WLAN:
        return ConnectionType.WIFI
    if cell.power_dbm > MEDIUM_RANGE_DBM:
        return ConnectionType.MACRO
    return ConnectionType.MICRO if cell.power_dbm > LOCAL_AREA_DBM else ConnectionType.PICO
