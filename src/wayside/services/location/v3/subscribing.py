"""The operations of V3.1.1 that subscribe. Ref: MEC 013 clauses 7.9 to 7.16."""

from collections.abc import Sequence
from typing import Any

from wayside.chassis.subscribing import subscription_type_of
from wayside.core.authorisation import Caller, held_of
from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.ids import SubscriptionId
from wayside.core.operations import delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.model.common import LinkType, Subscription
from wayside.services.location.desk import Desk

from . import subscriptions as asked
from .model import NotificationSubscriptionList, SubscriptionsAnswer

READ, WRITE = "location:read", "location:write"
SUBSCRIPTIONS = "/location/v3/subscriptions"
USER_TYPES = (asked.EVENT, asked.PERIODIC)
ZONE_TYPES = (asked.ZONE_EVENT, asked.ZONE_STATUS)


class UserSubscriptions:
    """``/subscriptions/users``."""

    _users: Desk[asked.UserSubscription, asked.AboutUser]

    @get("/subscriptions/users", clause="7.9.3.1", scope=READ, types=USER_TYPES)
    async def list_user_subscriptions(
        self,
        *,
        subscription_type: str | None = None,
        address: str | None = None,
        caller: Caller | None = None,
    ) -> SubscriptionsAnswer:
        """List the caller's subscriptions to users: those of one type, to one user."""
        wanted = _type(subscription_type, {"event": asked.EVENT, "periodic": asked.PERIODIC})
        found = [
            each
            for each in self._users.list(caller)
            if address is None or each.value.address == address
        ]
        return listed(self._users.path, found, wanted, caller)

    @post("/subscriptions/users", clause="7.9.3.4", scope=WRITE, errors=(409,), types=USER_TYPES)
    async def create_user_subscription(
        self, body: asked.AboutUser, caller: Caller | None = None
    ) -> Created[asked.AboutUser]:
        """Subscribe to a user's comings and goings, or to its place every so often."""
        return await self._users.create(caller, only(body))

    @get("/subscriptions/users/{subscriptionId}", clause="7.10.3.1", scope=READ, types=USER_TYPES)
    async def get_user_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[asked.AboutUser]:
        """Read one of the caller's subscriptions."""
        return self._users.get(caller, subscription_id)

    @put(
        "/subscriptions/users/{subscriptionId}",
        clause="7.10.3.2",
        scope=WRITE,
        errors=(412,),
        types=USER_TYPES,
    )
    async def replace_user_subscription(
        self,
        subscription_id: SubscriptionId,
        body: asked.AboutUser,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[asked.AboutUser]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._users.get(caller, subscription_id)
        return await self._users.replace(caller, subscription_id, only(body), if_match)

    @delete(
        "/subscriptions/users/{subscriptionId}", clause="7.10.3.5", scope=WRITE, types=USER_TYPES
    )
    async def delete_user_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._users.delete(caller, subscription_id)


class ZoneSubscriptions:
    """``/subscriptions/zones``."""

    _zones: Desk[asked.ZoneSubscription, asked.AboutZone]

    @get("/subscriptions/zones", clause="7.11.3.1", scope=READ, types=ZONE_TYPES)
    async def list_zone_subscriptions(
        self,
        *,
        subscription_type: str | None = None,
        zoneId: str | None = None,
        caller: Caller | None = None,
    ) -> SubscriptionsAnswer:
        """List the caller's subscriptions to zones: those of one type, to one zone."""
        wanted = _type(subscription_type, {"event": asked.ZONE_EVENT, "status": asked.ZONE_STATUS})
        found = [each for each in self._zones.list(caller) if zoneId in (None, each.value.zone_id)]
        return listed(self._zones.path, found, wanted, caller)

    @post("/subscriptions/zones", clause="7.11.3.4", scope=WRITE, errors=(409,), types=ZONE_TYPES)
    async def create_zone_subscription(
        self, body: asked.AboutZone, caller: Caller | None = None
    ) -> Created[asked.AboutZone]:
        """Subscribe to who comes into a zone and goes, or to how full it is and what serves."""
        return await self._zones.create(caller, only(body))

    @get("/subscriptions/zones/{subscriptionId}", clause="7.12.3.1", scope=READ, types=ZONE_TYPES)
    async def get_zone_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[asked.AboutZone]:
        """Read one of the caller's subscriptions."""
        return self._zones.get(caller, subscription_id)

    @put(
        "/subscriptions/zones/{subscriptionId}",
        clause="7.12.3.2",
        scope=WRITE,
        errors=(412,),
        types=ZONE_TYPES,
    )
    async def replace_zone_subscription(
        self,
        subscription_id: SubscriptionId,
        body: asked.AboutZone,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[asked.AboutZone]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._zones.get(caller, subscription_id)
        return await self._zones.replace(caller, subscription_id, only(body), if_match)

    @delete(
        "/subscriptions/zones/{subscriptionId}", clause="7.12.3.5", scope=WRITE, types=ZONE_TYPES
    )
    async def delete_zone_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._zones.delete(caller, subscription_id)


class AreaSubscriptions:
    """``/subscriptions/area``."""

    _areas: Desk[asked.UserAreaSubscription, asked.AboutArea]

    @get("/subscriptions/area", clause="7.13.3.1", scope=READ)
    async def list_area_subscriptions(
        self, *, subscription_type: str | None = None, caller: Caller | None = None
    ) -> SubscriptionsAnswer:
        """List the caller's subscriptions to areas."""
        wanted = _type(subscription_type, {"event": asked.AREA})
        return listed(self._areas.path, self._areas.list(caller), wanted, caller)

    @post("/subscriptions/area", clause="7.13.3.4", scope=WRITE, errors=(409,))
    async def create_area_subscription(
        self, body: asked.AboutArea, caller: Caller | None = None
    ) -> Created[asked.AboutArea]:
        """Subscribe to users' comings and goings in a circle or a polygon.

        Who is within already is not told.
        """
        return await self._areas.create(caller, only(body))

    @get("/subscriptions/area/{subscriptionId}", clause="7.14.3.1", scope=READ)
    async def get_area_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[asked.AboutArea]:
        """Read one of the caller's subscriptions."""
        return self._areas.get(caller, subscription_id)

    @put("/subscriptions/area/{subscriptionId}", clause="7.14.3.2", scope=WRITE, errors=(412,))
    async def replace_area_subscription(
        self,
        subscription_id: SubscriptionId,
        body: asked.AboutArea,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[asked.AboutArea]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._areas.get(caller, subscription_id)
        return await self._areas.replace(caller, subscription_id, only(body), if_match)

    @delete("/subscriptions/area/{subscriptionId}", clause="7.14.3.5", scope=WRITE)
    async def delete_area_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._areas.delete(caller, subscription_id)


class DistanceSubscriptions:
    """``/subscriptions/distance``."""

    _distances: Desk[asked.UserDistanceSubscription, asked.AboutDistance]

    @get("/subscriptions/distance", clause="7.15.3.1", scope=READ)
    async def list_distance_subscriptions(
        self, caller: Caller | None = None
    ) -> SubscriptionsAnswer:
        """List the caller's subscriptions to distances."""
        return listed(self._distances.path, self._distances.list(caller), None, caller)

    @post("/subscriptions/distance", clause="7.15.3.4", scope=WRITE, errors=(409,))
    async def create_distance_subscription(
        self, body: asked.AboutDistance, caller: Caller | None = None
    ) -> Created[asked.AboutDistance]:
        """Subscribe to users coming near to each other, or going far.

        Told when it comes true; with ``checkImmediate`` at once where it is so already.
        """
        return await self._distances.create(caller, only(body))

    @get("/subscriptions/distance/{subscriptionId}", clause="7.16.3.1", scope=READ)
    async def get_distance_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[asked.AboutDistance]:
        """Read one of the caller's subscriptions."""
        return self._distances.get(caller, subscription_id)

    @put("/subscriptions/distance/{subscriptionId}", clause="7.16.3.2", scope=WRITE, errors=(412,))
    async def replace_distance_subscription(
        self,
        subscription_id: SubscriptionId,
        body: asked.AboutDistance,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[asked.AboutDistance]:
        """Replace a subscription whole; what it was told of counts anew."""
        self._distances.get(caller, subscription_id)
        return await self._distances.replace(caller, subscription_id, only(body), if_match)

    @delete("/subscriptions/distance/{subscriptionId}", clause="7.16.3.5", scope=WRITE)
    async def delete_distance_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._distances.delete(caller, subscription_id)


def only(body: Any) -> Any:
    """Return the one subscription in a body; raise Unprocessable where there is not one."""
    found = [each for name in body.__struct_fields__ if (each := getattr(body, name)) is not None]
    if len(found) != 1:
        names = " or ".join(type(body).__struct_encode_fields__)
        raise Unprocessable(f"The body: give one {names}.")
    return found[0]


def listed(
    path: str, found: Sequence[Entry[Any]], wanted: str | None, caller: Caller | None
) -> SubscriptionsAnswer:
    """Return subscriptions as links; those of types that the token does not grant are left out."""
    held = held_of(caller)
    lines = tuple(
        Subscription(href=f"{path}/{entry.id}", subscription_type=type_)
        for entry in found
        for type_ in [subscription_type_of(entry.value)]
        if wanted in (None, type_) and (held is None or type_ in held.names)
    )
    return SubscriptionsAnswer(
        notification_subscription_list=NotificationSubscriptionList(
            subscription=lines, resource_url=LinkType(href=path)
        )
    )


def _type(name: str | None, names: dict[str, str]) -> str | None:
    if name is None or name in names.values():
        return name
    if name not in names:
        raise BadRequest(
            f"subscription_type: there is no type {name[:80]!r}; known are {', '.join(names)}.",
            field="subscription_type",
        )
    return names[name]
