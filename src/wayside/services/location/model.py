"""Data types of MEC 013 that both of its versions have. Never a subscription."""

from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.refpoints.net.values import Origin


class Shape(IntEnum):
    """What a location's figures describe. Ref: MEC 013 clause 6.5.3, TS 23.032 clause 5."""

    ELLIPSOID_ARC = 1
    ELLIPSOID_POINT = 2
    ELLIPSOID_POINT_ALTITUDE = 3
    ELLIPSOID_POINT_ALTITUDE_UNCERT_ELLIPSOID = 4
    ELLIPSOID_POINT_UNCERT_CIRCLE = 5
    ELLIPSOID_POINT_UNCERT_ELLIPSE = 6
    POLYGON = 7


class VelocityType(IntEnum):
    """What a velocity's figures describe. Ref: MEC 013 clause 6.5.3, TS 23.032 clause 8."""

    HORIZONTAL = 1
    HORIZONTAL_VERTICAL = 2
    HORIZONTAL_UNCERT = 3
    HORIZONTAL_VERTICAL_UNCERT = 4


class Velocity(Wire):
    """How fast and whereto. Ref: MEC 013 clause 6.5.3."""

    velocity_type: VelocityType
    bearing: int
    """Degrees clockwise from north, 0 to 360."""
    horizontal_speed: int
    """km/h."""
    uncertainty: int | None = None
    vertical_speed: int | None = None
    """km/h."""
    vertical_uncertainty: int | None = None


class LocationInfo(Wire):
    """Where something is. Ref: MEC 013 clause 6.5.3. Lengths are in metres, angles in degrees.

    Ours tell of points: ELLIPSOID_POINT, or ELLIPSOID_POINT_UNCERT_CIRCLE where the operator says
    how accurate its network is. Heights above ground are no altitudes above the ellipsoid, so there
    is no ``altitude``.
    """

    latitude: tuple[float, ...]
    longitude: tuple[float, ...]
    shape: Shape
    altitude: float | None = None
    accuracy: int | None = None
    accuracy_semi_minor: int | None = None
    accuracy_altitude: int | None = None
    orientation_major_axis: int | None = None
    confidence: int | None = None
    inner_radius: int | None = None
    uncertainty_radius: int | None = None
    offset_angle: int | None = None
    included_angle: int | None = None
    velocity: Velocity | None = None
    timestamp: TimeStamp | None = None
    """In V2.2.1 alone."""


class OperationStatus(StrEnum):
    """Whether an access point serves. Ref: MEC 013 clause 6.5 (both versions)."""

    SERVICEABLE = "Serviceable"
    UNSERVICEABLE = "Unserviceable"
    UNKNOWN = "Unknown"


class DistanceCriteria(StrEnum):
    """When a distance is worth telling. Ref: OMA Terminal Location clause 5.2.3.2."""

    ALL_WITHIN_DISTANCE = "AllWithinDistance"
    ANY_WITHIN_DISTANCE = "AnyWithinDistance"
    ALL_BEYOND_DISTANCE = "AllBeyondDistance"
    ANY_BEYOND_DISTANCE = "AnyBeyondDistance"


class TerminalDistance(Wire):
    """How far a device is from another or from a place. Ref: MEC 013 clause 6.2."""

    distance: int
    """Metres along the earth's surface."""
    accuracy: int | None = None
    """Metres, where the operator says how accurate its network is."""
    timestamp: TimeStamp | None = None
    wayside_origin: Origin | None = None
    """Ours: where the figures come from."""


class DistanceAnswer(Wire):
    """``TerminalDistance`` as it is answered. Ref: MEC 013 clause 7 (distance)."""

    terminal_distance: TerminalDistance | None = None


class ZoneInfo(Wire):
    """How much is in a zone. Ref: OMA Zonal Presence clause 5.2.2.2."""

    zone_id: str
    number_of_access_points: int
    number_of_unserviceable_access_points: int
    number_of_users: int
    """Devices whose access point is of this zone; each device is in one zone at most."""
    resource_url: str = msgspec.field(name="resourceURL")
    wayside_origin: Origin | None = None
    """Ours: where the figures come from."""


class ZoneList(Wire):
    """The zones. Ref: OMA Zonal Presence clause 5.2.2.1."""

    zone: tuple[ZoneInfo, ...] = ()
    resource_url: str = msgspec.field(name="resourceURL")
    wayside_origin: Origin | None = None


class ZonesAnswer(Wire):
    """``ZoneList`` as it is answered."""

    zone_list: ZoneList | None = None


class ZoneAnswer(Wire):
    """``ZoneInfo`` as it is answered."""

    zone_info: ZoneInfo | None = None


Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Metres = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Correlator = Annotated[str, msgspec.Meta(max_length=256)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Addresses = Annotated[tuple[Address, ...], msgspec.Meta(min_length=1, max_length=1000)]
