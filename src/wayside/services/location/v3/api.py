"""``location/v3`` as it is served. Never decides: each operation hands on."""

from wayside.core.operations import Api
from wayside.services.location.desk import Desk
from wayside.services.location.present import Present

from . import subscriptions as asked
from .queries import Queries
from .subscribing import (
    AreaSubscriptions,
    DistanceSubscriptions,
    UserSubscriptions,
    ZoneSubscriptions,
)


class Location(
    Queries,
    UserSubscriptions,
    ZoneSubscriptions,
    AreaSubscriptions,
    DistanceSubscriptions,
    Api,
    name="location",
    version="v3",
    spec="MEC 013 V3.1.1",
    title="Location",
):
    """Where devices are, and what becomes of them: zones, access points, areas, distances."""

    def __init__(
        self,
        present: Present,
        *,
        users: Desk[asked.UserSubscription, asked.AboutUser],
        zones: Desk[asked.ZoneSubscription, asked.AboutZone],
        areas: Desk[asked.UserAreaSubscription, asked.AboutArea],
        distances: Desk[asked.UserDistanceSubscription, asked.AboutDistance],
    ) -> None:
        self._present = present
        self._users, self._zones = users, zones
        self._areas, self._distances = areas, distances
