"""The subscriptions of V2.2.1 as they are asked, answered, listed and kept: each in a wrapper."""

import msgspec

from wayside.core.wire import Wire

from . import subscriptions as said


class TrackingBody(Wire):
    """``UserTrackingSubscription`` as it is asked and answered."""

    user_tracking_subscription: said.UserTrackingSubscription


class TrafficBody(Wire):
    """``ZonalTrafficSubscription`` as it is asked and answered."""

    zonal_traffic_subscription: said.ZonalTrafficSubscription


class StatusBody(Wire):
    """``ZoneStatusSubscription`` as it is asked and answered."""

    zone_status_subscription: said.ZoneStatusSubscription


class CircleBody(Wire):
    """``CircleNotificationSubscription`` as it is asked and answered."""

    circle_notification_subscription: said.CircleNotificationSubscription


class PeriodicBody(Wire):
    """``PeriodicNotificationSubscription`` as it is asked and answered."""

    periodic_notification_subscription: said.PeriodicNotificationSubscription


class DistanceBody(Wire):
    """``DistanceNotificationSubscription`` as it is asked and answered."""

    distance_notification_subscription: said.DistanceNotificationSubscription


class NotificationSubscriptionList(Wire):
    """A caller's subscriptions of one type. Ref: clause 6.3.3."""

    user_tracking_subscription: tuple[said.UserTrackingSubscription, ...] = ()
    zonal_traffic_subscription: tuple[said.ZonalTrafficSubscription, ...] = ()
    zone_status_subscription: tuple[said.ZoneStatusSubscription, ...] = ()
    circle_notification_subscription: tuple[said.CircleNotificationSubscription, ...] = ()
    periodic_notification_subscription: tuple[said.PeriodicNotificationSubscription, ...] = ()
    distance_notification_subscription: tuple[said.DistanceNotificationSubscription, ...] = ()
    resource_url: str = msgspec.field(name="resourceURL")


class SubscriptionsAnswer(Wire):
    """``NotificationSubscriptionList`` as it is answered."""

    notification_subscription_list: NotificationSubscriptionList


class KeptTracking(said.Kept):
    """``UserTrackingSubscription`` as it is kept."""

    user_tracking_subscription: said.UserTrackingSubscription

    @property
    def asked(self) -> said.UserTrackingSubscription:
        """What the client asked for."""
        return self.user_tracking_subscription


class KeptTraffic(said.Kept):
    """``ZonalTrafficSubscription`` as it is kept."""

    zonal_traffic_subscription: said.ZonalTrafficSubscription

    @property
    def asked(self) -> said.ZonalTrafficSubscription:
        """What the client asked for."""
        return self.zonal_traffic_subscription


class KeptStatus(said.Kept):
    """``ZoneStatusSubscription`` as it is kept."""

    zone_status_subscription: said.ZoneStatusSubscription

    @property
    def asked(self) -> said.ZoneStatusSubscription:
        """What the client asked for."""
        return self.zone_status_subscription


class KeptCircle(said.Kept):
    """``CircleNotificationSubscription`` as it is kept."""

    circle_notification_subscription: said.CircleNotificationSubscription

    @property
    def asked(self) -> said.CircleNotificationSubscription:
        """What the client asked for."""
        return self.circle_notification_subscription


class KeptPeriodic(said.Kept):
    """``PeriodicNotificationSubscription`` as it is kept."""

    periodic_notification_subscription: said.PeriodicNotificationSubscription

    @property
    def asked(self) -> said.PeriodicNotificationSubscription:
        """What the client asked for."""
        return self.periodic_notification_subscription


class KeptDistance(said.Kept):
    """``DistanceNotificationSubscription`` as it is kept."""

    distance_notification_subscription: said.DistanceNotificationSubscription

    @property
    def asked(self) -> said.DistanceNotificationSubscription:
        """What the client asked for."""
        return self.distance_notification_subscription
