"""The operations of V3.1.1 that ask. Ref: MEC 013 clauses 7.3 to 7.8."""

from wayside.core.operations import get
from wayside.core.replies import Answer
from wayside.model.place import Position
from wayside.refpoints.net.values import Technology
from wayside.services.location.model import DistanceAnswer, ZoneAnswer, ZonesAnswer
from wayside.services.location.present import Point as Found
from wayside.services.location.present import Present
from wayside.services.location.users import Asked, Writer, link_to_next

from .model import (
    AccessPointAnswer,
    AccessPointInfo,
    AccessPointList,
    AccessPointsAnswer,
    ConnectionType,
    UsersAnswer,
)
from .subscriptions import Point

READ = "location:read"
QUERIES = "/location/v3/queries"
USERS, ZONES = f"{QUERIES}/users", f"{QUERIES}/zones"
KINDS = {
    Technology.LTE: ConnectionType.LTE,
    Technology.NR: ConnectionType.NR,
    Technology.WLAN: ConnectionType.WIFI,
}


class Queries:
    """What is so now."""

    _present: Present

    @get("/queries/distance", clause="7.3.3.1", scope=READ, errors=(404,))
    async def get_distance(
        self, *, address: tuple[str, ...], location: Point | None = None
    ) -> DistanceAnswer:
        """Return how far a user is from another, or from a location."""
        place = None
        if location is not None:
            place = Position(latitude=location.latitude, longitude=location.longitude)
        return self._present.distance(address, place)

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
            USERS, stamped=False, addressing=present.addressing, accuracy_m=present.accuracy_m
        )
        asked = Asked(zoneId, accessPointId, address)
        body, marker = present.users(asked, writer, nextpage_opaque_marker)
        return Answer(200, body, link_to_next(marker))

    @get("/queries/zones", clause="7.5.3.1", scope=READ)
    async def list_zones(self, *, zoneId: tuple[str, ...] = ()) -> ZonesAnswer:
        """Return the zones: all, or those named."""
        return ZonesAnswer(zone_list=self._present.zones(ZONES, zoneId))

    @get("/queries/zones/{zoneId}", clause="7.6.3.1", scope=READ)
    async def get_zone(self, zone_id: str) -> ZoneAnswer:
        """Return one zone: how many access points and users it has."""
        return ZoneAnswer(zone_info=self._present.zone(ZONES, zone_id))

    @get("/queries/zones/{zoneId}/accessPoints", clause="7.7.3.1", scope=READ)
    async def list_access_points(
        self, zone_id: str, *, accessPointId: tuple[str, ...] = ()
    ) -> AccessPointsAnswer:
        """Return the access points of a zone: all, or those named."""
        found = self._present.access_points(ZONES, zone_id)
        return AccessPointsAnswer(
            access_point_list=AccessPointList(
                zone_id=zone_id,
                access_point=tuple(
                    self._info(each)
                    for each in found
                    if not accessPointId or each.cell.id in accessPointId
                ),
                resource_url=f"{ZONES}/{zone_id}/accessPoints",
                wayside_origin=self._present.picture.origin,
            )
        )

    @get("/queries/zones/{zoneId}/accessPoints/{accessPointId}", clause="7.8.3.1", scope=READ)
    async def get_access_point(self, zone_id: str, access_point_id: str) -> AccessPointAnswer:
        """Return one access point: where it is, whether it serves, and how many users it has."""
        found = self._present.access_point(ZONES, zone_id, access_point_id)
        return AccessPointAnswer(access_point_info=self._info(found))

    def _info(self, found: Found) -> AccessPointInfo:
        cell = found.cell
        return AccessPointInfo(
            access_point_id=cell.id,
            connection_type=KINDS[cell.technology],
            operation_status=found.status,
            number_of_users=found.users,
            resource_url=f"{ZONES}/{cell.zone}/accessPoints/{cell.id}",
            timezone=found.timezone,
            location_info=found.location,
            wayside_origin=self._present.picture.origin,
        )
