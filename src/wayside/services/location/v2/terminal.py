"""The operations of V2.2.1 that subscribe to places and distances. Ref: MEC 013 clause 7."""

from wayside.core.authorisation import Caller
from wayside.core.ids import SubscriptionId
from wayside.core.operations import delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.services.location.desk import Desk

from . import bodies
from .keeping import Keeping, listed

READ, WRITE = "location:read", "location:write"


class CircleSubscriptions:
    """``/subscriptions/area/circle``."""

    _circle: Desk[bodies.KeptCircle, bodies.CircleBody]
    _keeping: Keeping

    @get("/subscriptions/area/circle", clause="7.9.3.1", scope=READ)
    async def list_circle_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._circle, caller, "circle_notification_subscription")

    @post("/subscriptions/area/circle", clause="7.9.3.4", scope=WRITE, errors=(409,))
    async def create_circle_subscription(
        self, body: bodies.CircleBody, caller: Caller | None = None
    ) -> Created[bodies.CircleBody]:
        """Subscribe to comings and goings in a circle."""
        return await self._circle.create(caller, self._keeping.circle(body))

    @get("/subscriptions/area/circle/{subscriptionId}", clause="7.10.3.1", scope=READ)
    async def get_circle_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.CircleBody]:
        """Read one of the caller's subscriptions."""
        return self._circle.get(caller, subscription_id)

    @put(
        "/subscriptions/area/circle/{subscriptionId}",
        clause="7.10.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_circle_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.CircleBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.CircleBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._circle.get(caller, subscription_id)
        kept = self._keeping.circle(body)
        return await self._circle.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/area/circle/{subscriptionId}", clause="7.10.3.5", scope=WRITE)
    async def delete_circle_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._circle.delete(caller, subscription_id)


class PeriodicSubscriptions:
    """``/subscriptions/periodic``."""

    _periodic: Desk[bodies.KeptPeriodic, bodies.PeriodicBody]
    _keeping: Keeping

    @get("/subscriptions/periodic", clause="7.13.3.1", scope=READ)
    async def list_periodic_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._periodic, caller, "periodic_notification_subscription")

    @post("/subscriptions/periodic", clause="7.13.3.4", scope=WRITE, errors=(409,))
    async def create_periodic_subscription(
        self, body: bodies.PeriodicBody, caller: Caller | None = None
    ) -> Created[bodies.PeriodicBody]:
        """Subscribe to where terminals are, every so often."""
        return await self._periodic.create(caller, self._keeping.periodic(body))

    @get("/subscriptions/periodic/{subscriptionId}", clause="7.14.3.1", scope=READ)
    async def get_periodic_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.PeriodicBody]:
        """Read one of the caller's subscriptions."""
        return self._periodic.get(caller, subscription_id)

    @put(
        "/subscriptions/periodic/{subscriptionId}",
        clause="7.14.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_periodic_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.PeriodicBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.PeriodicBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._periodic.get(caller, subscription_id)
        kept = self._keeping.periodic(body)
        return await self._periodic.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/periodic/{subscriptionId}", clause="7.14.3.5", scope=WRITE)
    async def delete_periodic_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._periodic.delete(caller, subscription_id)


class DistanceSubscriptions:
    """``/subscriptions/distance``."""

    _distance: Desk[bodies.KeptDistance, bodies.DistanceBody]
    _keeping: Keeping

    @get("/subscriptions/distance", clause="7.11.3.1", scope=READ)
    async def list_distance_subscriptions(
        self, caller: Caller | None = None
    ) -> bodies.SubscriptionsAnswer:
        """List the caller's subscriptions of this type, whole."""
        return listed(self._distance, caller, "distance_notification_subscription")

    @post("/subscriptions/distance", clause="7.11.3.4", scope=WRITE, errors=(409,))
    async def create_distance_subscription(
        self, body: bodies.DistanceBody, caller: Caller | None = None
    ) -> Created[bodies.DistanceBody]:
        """Subscribe to terminals coming near to each other, or going far."""
        return await self._distance.create(caller, self._keeping.distance(body))

    @get("/subscriptions/distance/{subscriptionId}", clause="7.12.3.1", scope=READ)
    async def get_distance_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[bodies.DistanceBody]:
        """Read one of the caller's subscriptions."""
        return self._distance.get(caller, subscription_id)

    @put(
        "/subscriptions/distance/{subscriptionId}",
        clause="7.12.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_distance_subscription(
        self,
        subscription_id: SubscriptionId,
        body: bodies.DistanceBody,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[bodies.DistanceBody]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._distance.get(caller, subscription_id)
        kept = self._keeping.distance(body)
        return await self._distance.replace(caller, subscription_id, kept, if_match)

    @delete("/subscriptions/distance/{subscriptionId}", clause="7.12.3.5", scope=WRITE)
    async def delete_distance_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._distance.delete(caller, subscription_id)
