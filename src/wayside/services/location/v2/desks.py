"""The six lists of subscriptions of V2.2.1, put together. Never decides what one means."""

from wayside.services.location.desk import Desk, Keeper, Trade

from . import bodies
from .keeping import like, linked
from .telling import Meaning, Sayings, limits

SUBSCRIPTIONS = "/location/v2/subscriptions"


def user_tracking_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptTracking, bodies.TrackingBody]:
    """Return ``/subscriptions/userTracking``."""
    path = f"{SUBSCRIPTIONS}/userTracking"
    return Desk(
        path,
        keep("v2.tracking", bodies.KeptTracking, path, with_self_link=linked),
        Trade(
            meaning.of_tracking,
            limits,
            sayings.of_presence,
            lambda kept: bodies.TrackingBody(user_tracking_subscription=kept.asked),
            like,
        ),
    )


def zonal_traffic_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptTraffic, bodies.TrafficBody]:
    """Return ``/subscriptions/zonalTraffic``."""
    path = f"{SUBSCRIPTIONS}/zonalTraffic"
    return Desk(
        path,
        keep("v2.traffic", bodies.KeptTraffic, path, with_self_link=linked),
        Trade(
            meaning.of_traffic,
            limits,
            sayings.of_presence,
            lambda kept: bodies.TrafficBody(zonal_traffic_subscription=kept.asked),
            like,
        ),
    )


def zone_status_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptStatus, bodies.StatusBody]:
    """Return ``/subscriptions/zoneStatus``."""
    path = f"{SUBSCRIPTIONS}/zoneStatus"
    return Desk(
        path,
        keep("v2.status", bodies.KeptStatus, path, with_self_link=linked),
        Trade(
            meaning.of_status,
            limits,
            sayings.of_status,
            lambda kept: bodies.StatusBody(zone_status_subscription=kept.asked),
            like,
        ),
    )


def circle_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptCircle, bodies.CircleBody]:
    """Return ``/subscriptions/area/circle``."""
    path = f"{SUBSCRIPTIONS}/area/circle"
    return Desk(
        path,
        keep("v2.circle", bodies.KeptCircle, path, with_self_link=linked),
        Trade(
            meaning.of_circle,
            limits,
            sayings.of_circle,
            lambda kept: bodies.CircleBody(circle_notification_subscription=kept.asked),
            like,
        ),
    )


def periodic_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptPeriodic, bodies.PeriodicBody]:
    """Return ``/subscriptions/periodic``."""
    path = f"{SUBSCRIPTIONS}/periodic"
    return Desk(
        path,
        keep("v2.periodic", bodies.KeptPeriodic, path, with_self_link=linked),
        Trade(
            meaning.of_periodic,
            limits,
            sayings.of_periodic,
            lambda kept: bodies.PeriodicBody(periodic_notification_subscription=kept.asked),
            like,
        ),
    )


def distance_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[bodies.KeptDistance, bodies.DistanceBody]:
    """Return ``/subscriptions/distance``."""
    path = f"{SUBSCRIPTIONS}/distance"
    return Desk(
        path,
        keep("v2.distance", bodies.KeptDistance, path, with_self_link=linked),
        Trade(
            meaning.of_distance,
            limits,
            sayings.of_distance,
            lambda kept: bodies.DistanceBody(distance_notification_subscription=kept.asked),
            like,
        ),
    )
