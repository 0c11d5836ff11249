"""The four lists of subscriptions of V3.1.1, put together. Never decides what one means."""

from wayside.services.location.desk import Desk, Keeper, Trade

from . import subscriptions as asked
from .meaning import Meaning, like, limits
from .notifications import wrapped
from .subscribing import SUBSCRIPTIONS
from .telling import Sayings


def user_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[asked.UserSubscription, asked.AboutUser]:
    """Return ``/subscriptions/users``."""
    return Desk(
        f"{SUBSCRIPTIONS}/users",
        keep("v3.user", asked.UserSubscription, f"{SUBSCRIPTIONS}/users", told_as=wrapped),
        Trade(meaning.of_user, limits, sayings.to_user, _about_user, like),
    )


def zone_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[asked.ZoneSubscription, asked.AboutZone]:
    """Return ``/subscriptions/zones``."""
    return Desk(
        f"{SUBSCRIPTIONS}/zones",
        keep("v3.zone", asked.ZoneSubscription, f"{SUBSCRIPTIONS}/zones", told_as=wrapped),
        Trade(meaning.of_zone, limits, sayings.to_zone, _about_zone, like),
    )


def area_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[asked.UserAreaSubscription, asked.AboutArea]:
    """Return ``/subscriptions/area``."""
    return Desk(
        f"{SUBSCRIPTIONS}/area",
        keep("v3.area", asked.UserAreaSubscription, f"{SUBSCRIPTIONS}/area", told_as=wrapped),
        Trade(
            meaning.of_area,
            limits,
            sayings.to_area,
            lambda value: asked.AboutArea(user_area_subscription=value),
            like,
        ),
    )


def distance_desk(
    keep: Keeper, meaning: Meaning, sayings: Sayings
) -> Desk[asked.UserDistanceSubscription, asked.AboutDistance]:
    """Return ``/subscriptions/distance``."""
    return Desk(
        f"{SUBSCRIPTIONS}/distance",
        keep(
            "v3.distance",
            asked.UserDistanceSubscription,
            f"{SUBSCRIPTIONS}/distance",
            told_as=wrapped,
        ),
        Trade(
            meaning.of_distance,
            limits,
            sayings.to_distance,
            lambda value: asked.AboutDistance(user_distance_subscription=value),
            like,
        ),
    )


def _about_user(value: asked.UserSubscription) -> asked.AboutUser:
    if isinstance(value, asked.UserLocationEventSubscription):
        return asked.AboutUser(user_location_event_subscription=value)
    return asked.AboutUser(user_location_periodic_subscription=value)


def _about_zone(value: asked.ZoneSubscription) -> asked.AboutZone:
    if isinstance(value, asked.ZoneLocationEventSubscription):
        return asked.AboutZone(zone_location_event_subscription=value)
    return asked.AboutZone(zone_status_subscription=value)
