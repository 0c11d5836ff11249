"""Radio network information: its queries, and subscriptions. Ref: MEC 012 clause 7.

Never decides: each operation sees that the caller asks for itself, and hands on.
"""

from wayside.chassis.subscribing import holder_of, require_held
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller, held_of, require_own
from wayside.core.ids import NewId, SubscriptionId
from wayside.core.operations import delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.model.common import SubscriptionLinkList
from wayside.refpoints.hosting import Instances
from wayside.refpoints.net.picture import AccessNetwork

from .logic import accepted, criteria_of, instance_of
from .names import NamesKeeper
from .queries_api import READ, RniQueries
from .wishes import TYPES, RniSubscription

WRITE = "rni:write"
SUBSCRIPTIONS = "/rni/v2/subscriptions"


class RadioNetworkInformation(
    RniQueries,
    name="rni",
    version="v2",
    spec="MEC 012 V2.2.1",
    title="Radio network information",
):
    """What the radio network is like around an application, and what happens in it."""

    def __init__(
        self,
        network: AccessNetwork,
        instances: Instances,
        names: NamesKeeper,
        *,
        book: SubscriptionBook[RniSubscription],
        new_id: NewId,
    ) -> None:
        super().__init__(network, instances, names, new_id=new_id)
        self._book = book

    @get("/subscriptions", clause="7.6.3.1", scope=READ, types=TYPES)
    async def list_subscriptions(
        self, *, subscription_type: str | None = None, caller: Caller | None = None
    ) -> SubscriptionLinkList:
        """List the caller's subscriptions as links, those of one type where it is given.

        Types are called ``cell_change``, ``rab_est`` and so on, or by their whole names.
        """
        return self._book.list(
            holder_of(caller), subscription_type=subscription_type, held=held_of(caller)
        )

    @post("/subscriptions", clause="7.6.3.4", scope=WRITE, errors=(404,), types=TYPES)
    async def create_subscription(
        self, body: RniSubscription, caller: Caller | None = None
    ) -> Created[RniSubscription]:
        """Subscribe to what happens, or to what is measured.

        404 where the criteria name an application instance that is not there.
        """
        _require_own(body, caller)
        entry = await self._book.create(holder_of(caller), self._wanted(body, caller))
        return Created(f"{SUBSCRIPTIONS}/{entry.id}", entry)

    @get("/subscriptions/{subscriptionId}", clause="7.7.3.1", scope=READ, types=TYPES)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[RniSubscription]:
        """Read one of the caller's subscriptions."""
        found = self._book.get(holder_of(caller), subscription_id)
        require_held(caller, found.value)
        return found

    @put(
        "/subscriptions/{subscriptionId}",
        clause="7.7.3.2",
        scope=WRITE,
        errors=(412,),
        types=TYPES,
    )
    async def replace_subscription(
        self,
        subscription_id: SubscriptionId,
        body: RniSubscription,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[RniSubscription]:
        """Replace a subscription whole; it begins anew, be it of the same type or another."""
        _require_own(body, caller)
        await self.get_subscription(subscription_id, caller)
        wanted = self._wanted(body, caller)
        return await self._book.replace(
            holder_of(caller), subscription_id, wanted, if_match=if_match
        )

    @delete("/subscriptions/{subscriptionId}", clause="7.7.3.5", scope=WRITE, types=TYPES)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription; what still waits is not delivered."""
        await self.get_subscription(subscription_id, caller)
        await self._book.delete(holder_of(caller), subscription_id)

    def _wanted(self, body: RniSubscription, caller: Caller | None) -> RniSubscription:
        """Return a subscription as it is kept, where the caller may have it."""
        require_held(caller, body)
        instance = instance_of(body)
        if instance is not None:
            self._instances.require_present(instance)
        return accepted(body)


def _require_own(body: RniSubscription, caller: Caller | None) -> None:
    instance = instance_of(body)
    if instance is not None:
        require_own(caller, instance, f"{criteria_of(body)[0]}.appInstanceId")
