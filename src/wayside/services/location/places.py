"""What a picture of the access network says of users, zones and access points. Pure.

A user is a device that is served; its access point is the one that says most of where it is.
"""

from math import isnan

import numpy as np
from numpy.typing import NDArray

from wayside.core.clock import Nanoseconds
from wayside.model.common import TimeStamp
from wayside.model.place import Position
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Degrees, Rows

from .model import LocationInfo, OperationStatus, Shape, Velocity, VelocityType

EARTH_M = 6_371_008.8
"""The mean radius of the ellipsoid."""
KMH_PER_MPS = 3.6

Counts = NDArray[np.int64]


def time_of(picture: Picture) -> TimeStamp:
    """Return the network's own time."""
    return TimeStamp.of(Nanoseconds(picture.time_ns))


def users_by_cell(picture: Picture, points: Rows) -> Counts:
    """Return how many users each cell has; ``points`` is the access point of each device."""
    served = points[points != NOBODY]
    return np.bincount(served, minlength=len(picture.network.cells))


def status_of(picture: Picture, cell: int) -> OperationStatus:
    """Return whether an access point serves."""
    return OperationStatus.UNSERVICEABLE if cell in picture.off else OperationStatus.SERVICEABLE


def location_of(picture: Picture, row: int, accuracy_m: int | None) -> LocationInfo | None:
    """Return where a device is and how it moves; None where nobody knows."""
    latitude, longitude = float(picture.latitude[row]), float(picture.longitude[row])
    if isnan(latitude) or isnan(longitude):
        return None
    return LocationInfo(
        latitude=(round(latitude, 7),),
        longitude=(round(longitude, 7),),
        shape=shape_of(accuracy_m),
        accuracy=accuracy_m,
        velocity=_velocity(float(picture.speed_mps[row]), float(picture.heading_deg[row])),
    )


def point_of(position: Position) -> LocationInfo:
    """Return where something stands that does not move."""
    return LocationInfo(
        latitude=(round(position.latitude, 7),),
        longitude=(round(position.longitude, 7),),
        shape=Shape.ELLIPSOID_POINT,
    )


def shape_of(accuracy_m: int | None) -> Shape:
    """Return the shape of a device's place."""
    if accuracy_m is None:
        return Shape.ELLIPSOID_POINT
    return Shape.ELLIPSOID_POINT_UNCERT_CIRCLE


def _velocity(speed_mps: float, heading_deg: float) -> Velocity | None:
    if isnan(speed_mps) or isnan(heading_deg):
        return None
    return Velocity(
        velocity_type=VelocityType.HORIZONTAL,
        bearing=round(heading_deg),
        horizontal_speed=round(speed_mps * KMH_PER_MPS),
    )


def distances_m(
    one: tuple[Degrees, Degrees], other: tuple[Degrees, Degrees]
) -> NDArray[np.float64]:
    """Return how far places (latitudes, longitudes) are apart, along a great circle."""
    (latitude1, longitude1), (latitude2, longitude2) = (np.radians(each) for each in (one, other))
    half = np.sin((latitude2 - latitude1) / 2) ** 2
    half += np.cos(latitude1) * np.cos(latitude2) * np.sin((longitude2 - longitude1) / 2) ** 2
    found: NDArray[np.float64] = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def distance_m(picture: Picture, row: int, other: int | Position) -> float:
    """Return how far a device is from another or from a place; NaN where nobody knows."""
    if isinstance(other, Position):
        place = (other.latitude, other.longitude)
    else:
        place = (float(picture.latitude[other]), float(picture.longitude[other]))
    there = np.array([place[0]]), np.array([place[1]])
    here = picture.latitude[row : row + 1], picture.longitude[row : row + 1]
    return float(distances_m(here, there)[0])
