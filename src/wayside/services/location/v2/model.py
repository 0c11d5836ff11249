"""Data types of MEC 013 V2.2.1 that answer queries. Ref: clauses 6.2 and 6.5."""

from enum import StrEnum

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.refpoints.net.values import Origin
from wayside.services.location.model import LocationInfo, OperationStatus


class ConnectionType(StrEnum):
    """What kind of access point it is. Ref: OMA Zonal Presence clause 5.2.3.1.

    Cells are told apart by their power, as classes of base stations are. Ref: TS 36.104 table
    6.2-1, TS 38.104 table 6.2.1-1.
    """

    FEMTO = "Femto"
    LTE_FEMTO = "LTE-femto"
    SMALLCELL = "Smallcell"
    LTE_SMALLCELL = "LTE-smallcell"
    WIFI = "Wifi"
    PICO = "Pico"
    MICRO = "Micro"
    MACRO = "Macro"
    WIMAX = "Wimax"
    UNKNOWN = "Unknown"


class UserInfo(Wire):
    """Where a user is. Ref: clause 6.2.2."""

    address: str
    access_point_id: str
    zone_id: str
    resource_url: str = msgspec.field(name="resourceURL")
    timestamp: TimeStamp
    location_info: LocationInfo | None = None
    """Absent where the network knows no more than the access point."""


class UserList(Wire):
    """Users at access points. Ref: OMA Zonal Presence clause 5.2.2.4."""

    user: tuple[UserInfo, ...] = ()
    resource_url: str = msgspec.field(name="resourceURL")
    wayside_origin: Origin | None = None
    """Ours: where the figures come from."""


class UsersAnswer(Wire):
    """``UserList`` as it is answered."""

    user_list: UserList | None = None


class AccessPointInfo(Wire):
    """An access point: a cell, or one of a WLAN. Ref: OMA Zonal Presence clause 5.2.2.6."""

    access_point_id: str
    connection_type: ConnectionType
    operation_status: OperationStatus
    number_of_users: int
    resource_url: str = msgspec.field(name="resourceURL")
    timezone: str | None = None
    """The time there, with its distance from UTC, where the operator says which zone of time."""
    interest_realm: str | None = None
    location_info: LocationInfo | None = None
    wayside_origin: Origin | None = None
    """Ours: where the figures come from."""


class AccessPointList(Wire):
    """The access points of a zone. Ref: OMA Zonal Presence clause 5.2.2.3."""

    zone_id: str
    access_point: tuple[AccessPointInfo, ...] = ()
    resource_url: str = msgspec.field(name="resourceURL")
    wayside_origin: Origin | None = None


class AccessPointsAnswer(Wire):
    """``AccessPointList`` as it is answered."""

    access_point_list: AccessPointList | None = None


class AccessPointAnswer(Wire):
    """``AccessPointInfo`` as it is answered."""

    access_point_info: AccessPointInfo | None = None
