"""Where something is on the map. Never holds an area: those are of the API that asks for them."""

from wayside.core.wire import Wire


class Position(Wire):
    """A point on the WGS 84 ellipsoid, degrees; north and east are positive."""

    latitude: float
    longitude: float
