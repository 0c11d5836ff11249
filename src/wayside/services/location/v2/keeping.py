"""How subscriptions of V2.2.1 are kept and listed: each ends when its duration has passed."""

from dataclasses import dataclass
from typing import Any

import msgspec

from wayside.core.authorisation import Caller
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import Unprocessable
from wayside.model.common import TimeStamp
from wayside.services.location.desk import Desk

from . import bodies
from . import subscriptions as asked


@dataclass(frozen=True)
class Keeping:
    """Makes what is kept of what is asked."""

    clock: Clock
    duration_s: int
    """How long a subscription lasts that leaves it to the operator."""

    def user_tracking(self, body: bodies.TrackingBody) -> bodies.KeptTracking:
        """Return the subscription, and when it ends."""
        wish = body.user_tracking_subscription
        require_json(wish)
        return bodies.KeptTracking(user_tracking_subscription=wish, ends=self._end(wish))

    def zonal_traffic(self, body: bodies.TrafficBody) -> bodies.KeptTraffic:
        """Return the subscription, and when it ends."""
        wish = body.zonal_traffic_subscription
        require_json(wish)
        return bodies.KeptTraffic(zonal_traffic_subscription=wish, ends=self._end(wish))

    def zone_status(self, body: bodies.StatusBody) -> bodies.KeptStatus:
        """Return the subscription, and when it ends."""
        wish = body.zone_status_subscription
        require_json(wish)
        return bodies.KeptStatus(zone_status_subscription=wish, ends=self._end(wish))

    def circle(self, body: bodies.CircleBody) -> bodies.KeptCircle:
        """Return the subscription, and when it ends."""
        wish = body.circle_notification_subscription
        require_json(wish)
        return bodies.KeptCircle(circle_notification_subscription=wish, ends=self._end(wish))

    def periodic(self, body: bodies.PeriodicBody) -> bodies.KeptPeriodic:
        """Return the subscription, and when it ends."""
        wish = body.periodic_notification_subscription
        require_json(wish)
        return bodies.KeptPeriodic(periodic_notification_subscription=wish, ends=self._end(wish))

    def distance(self, body: bodies.DistanceBody) -> bodies.KeptDistance:
        """Return the subscription, and when it ends."""
        wish = body.distance_notification_subscription
        require_json(wish)
        return bodies.KeptDistance(distance_notification_subscription=wish, ends=self._end(wish))

    def _end(self, wish: asked.Subscribed) -> TimeStamp | None:
        seconds = wish.duration if isinstance(wish, asked.Ending) else None
        if seconds is None:
            return None
        lasts_ns = (seconds or self.duration_s) * 1_000_000_000
        return TimeStamp.of(Nanoseconds(self.clock.now() + lasts_ns))


def require_json(wish: asked.Subscribed) -> None:
    """Return where notifications may be JSON; raise Unprocessable."""
    if wish.callback.notification_format is asked.NotificationFormat.XML:
        raise Unprocessable(
            "$.callbackReference.notificationFormat: notifications are JSON here; say so, or "
            "leave it out.",
            field="$.callbackReference.notificationFormat",
        )


def listed(desk: Desk[Any, Any], caller: Caller | None, name: str) -> bodies.SubscriptionsAnswer:
    """Return a caller's subscriptions under the name of their type."""
    found = tuple(entry.value.asked for entry in desk.list(caller))
    return bodies.SubscriptionsAnswer(
        notification_subscription_list=bodies.NotificationSubscriptionList(
            **{name: found}, resource_url=desk.path
        )
    )


def linked(kept: Any, href: str) -> Any:
    """Return what is kept with the path that it has, for a book."""
    name = next(each for each in kept.__struct_fields__ if each != "ends")
    named = msgspec.structs.replace(getattr(kept, name), resource_url=href)
    return msgspec.structs.replace(kept, **{name: named})


def like(kept: Any) -> object:
    """Return what the client asked for, without what the platform adds."""
    return msgspec.structs.replace(kept.asked, resource_url=None)
