"""``location/v2`` as it is served. Never decides: each operation hands on."""

from wayside.core.operations import Api
from wayside.services.location.desk import Desk
from wayside.services.location.present import Present

from . import bodies
from .keeping import Keeping
from .queries import Queries
from .terminal import CircleSubscriptions, DistanceSubscriptions, PeriodicSubscriptions
from .zonal import StatusSubscriptions, TrackingSubscriptions, TrafficSubscriptions


class LocationV2(
    Queries,
    TrackingSubscriptions,
    TrafficSubscriptions,
    StatusSubscriptions,
    CircleSubscriptions,
    PeriodicSubscriptions,
    DistanceSubscriptions,
    Api,
    name="location",
    version="v2",
    spec="MEC 013 V2.2.1",
    title="Location (V2)",
):
    """Where devices are, and what becomes of them, as clients of V2.2.1 ask."""

    def __init__(
        self,
        present: Present,
        keeping: Keeping,
        *,
        zonal: tuple[
            Desk[bodies.KeptTracking, bodies.TrackingBody],
            Desk[bodies.KeptTraffic, bodies.TrafficBody],
            Desk[bodies.KeptStatus, bodies.StatusBody],
        ],
        terminal: tuple[
            Desk[bodies.KeptCircle, bodies.CircleBody],
            Desk[bodies.KeptPeriodic, bodies.PeriodicBody],
            Desk[bodies.KeptDistance, bodies.DistanceBody],
        ],
    ) -> None:
        self._present, self._keeping = present, keeping
        self._user_tracking, self._zonal_traffic, self._zone_status = zonal
        self._circle, self._periodic, self._distance = terminal
