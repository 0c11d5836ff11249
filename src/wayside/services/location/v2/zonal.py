"""The operations of V2.2.1 that subscribe to zones and access points. Ref: MEC 013 clause 7."""

from wayside.core.authorisation import Caller
from wayside.core.ids import SubscriptionId
from wayside.core.operations import delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.services.location.desk import Desk

from . import bodies
from .keeping import Keeping, listed

READ, WRITE = "location:read", "location:write"


class TrackingSubscriptions:
    """``/subscriptions/userTracking``."""

    _user_tracking: Desk[bodies.KeptTracking, bodies.TrackingBody]
    _keeping: Keeping

    @get("/subscriptions/userTracking", clause="7.15.3.1", scope=READ)
    async def list_user_tracking_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._user_tracking, caller, "user_tracking_subscription")

    @post("/subscriptions/userTracking", clause="7.15.3.4", scope=WRITE, errors=(409,))
    async def create_user_tracking_subscription(
        self, body: bodies.TrackingBody, caller: Caller | None = None
    ) -> Created[bodies.TrackingBody]:
        """Subscribe to a user's comings and goings, zone by zone."""
        return await self._user_tracking.create(caller, self._keeping.user_tracking(body))

    @get("/subscriptions/userTracking/{subscriptionId}", clause="7.16.3.1", scope=READ)
    async def get_user_tracking_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.TrackingBody]:
        """Read one of the caller's subscriptions."""
        return self._user_tracking.get(caller, subscription_id)

    @put(
        "/subscriptions/userTracking/{subscriptionId}",
        clause="7.16.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_user_tracking_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.TrackingBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.TrackingBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._user_tracking.get(caller, subscription_id)
        kept = self._keeping.user_tracking(body)
        return await self._user_tracking.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/userTracking/{subscriptionId}", clause="7.16.3.5", scope=WRITE)
    async def delete_user_tracking_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._user_tracking.delete(caller, subscription_id)


class TrafficSubscriptions:
    """``/subscriptions/zonalTraffic``."""

    _zonal_traffic: Desk[bodies.KeptTraffic, bodies.TrafficBody]
    _keeping: Keeping

    @get("/subscriptions/zonalTraffic", clause="7.17.3.1", scope=READ)
    async def list_zonal_traffic_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._zonal_traffic, caller, "zonal_traffic_subscription")

    @post("/subscriptions/zonalTraffic", clause="7.17.3.4", scope=WRITE, errors=(409,))
    async def create_zonal_traffic_subscription(
        self, body: bodies.TrafficBody, caller: Caller | None = None
    ) -> Created[bodies.TrafficBody]:
        """Subscribe to who comes into a zone and who goes."""
        return await self._zonal_traffic.create(caller, self._keeping.zonal_traffic(body))

    @get("/subscriptions/zonalTraffic/{subscriptionId}", clause="7.18.3.1", scope=READ)
    async def get_zonal_traffic_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.TrafficBody]:
        """Read one of the caller's subscriptions."""
        return self._zonal_traffic.get(caller, subscription_id)

    @put(
        "/subscriptions/zonalTraffic/{subscriptionId}",
        clause="7.18.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_zonal_traffic_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.TrafficBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.TrafficBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._zonal_traffic.get(caller, subscription_id)
        kept = self._keeping.zonal_traffic(body)
        return await self._zonal_traffic.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/zonalTraffic/{subscriptionId}", clause="7.18.3.5", scope=WRITE)
    async def delete_zonal_traffic_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._zonal_traffic.delete(caller, subscription_id)


class StatusSubscriptions:
    """``/subscriptions/zoneStatus``."""

    _zone_status: Desk[bodies.KeptStatus, bodies.StatusBody]
    _keeping: Keeping

    @get("/subscriptions/zoneStatus", clause="7.19.3.1", scope=READ)
    async def list_zone_status_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._zone_status, caller, "zone_status_subscription")

    @post("/subscriptions/zoneStatus", clause="7.19.3.4", scope=WRITE, errors=(409,))
    async def create_zone_status_subscription(
        self, body: bodies.StatusBody, caller: Caller | None = None
    ) -> Created[bodies.StatusBody]:
        """Subscribe to how full a zone is, and what of it serves."""
        return await self._zone_status.create(caller, self._keeping.zone_status(body))

    @get("/subscriptions/zoneStatus/{subscriptionId}", clause="7.20.3.1", scope=READ)
    async def get_zone_status_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.StatusBody]:
        """Read one of the caller's subscriptions."""
        return self._zone_status.get(caller, subscription_id)

    @put(
        "/subscriptions/zoneStatus/{subscriptionId}",
        clause="7.20.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_zone_status_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.StatusBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.StatusBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._zone_status.get(caller, subscription_id)
        kept = self._keeping.zone_status(body)
        return await self._zone_status.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/zoneStatus/{subscriptionId}", clause="7.20.3.5", scope=WRITE)
    async def delete_zone_status_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._zone_status.delete(caller, subscription_id)
