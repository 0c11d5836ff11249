"""The operations of bandwidth management. Ref: MEC 015 clause 8.

Never decides: each operation sees that the caller asks for itself, and hands on.
"""

from wayside.chassis.query import require_one_filter
from wayside.chassis.subscribing import holder_of, require_held
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller, held_of, require_own, speaks_for
from wayside.core.ids import AppInstanceId, SubscriptionId
from wayside.core.operations import Api, delete, get, patch, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.model.common import SubscriptionLinkList
from wayside.refpoints.hosting import Instances

from .book import AllocationBook
from .logic import check_subscription, criteria_of
from .model import BwChgEventSubscription, BwInfo, BwInfoDeltas
from .volumes import VolumeFeed

READ, WRITE = "bwm:read", "bwm:write"
ROOT = "/bwm/v1"
SUBSCRIPTIONS = f"{ROOT}/subscriptions"


class BandwidthManagement(
    Api, name="bwm", version="v1", spec="MEC 015 V3.1.1", title="Bandwidth management"
):
    """Bandwidth that is promised to applications and their sessions, and held to."""

    def __init__(
        self,
        book: AllocationBook,
        instances: Instances,
        subscriptions: SubscriptionBook[BwChgEventSubscription],
        *,
        feed: VolumeFeed,
    ) -> None:
        self._book = book
        self._instances = instances
        self._subscriptions = subscriptions
        self._feed = feed

    @get("/bw_allocations", clause="8.3.3.1", scope=READ)
    async def list_bw_allocations(
        self,
        *,
        app_instance_id: tuple[str, ...] = (),
        app_name: tuple[str, ...] = (),
        session_id: tuple[str, ...] = (),
        caller: Caller | None = None,
    ) -> tuple[BwInfo, ...]:
        """List the allocations of some instances, applications or sessions, or all the caller's.

        The filters exclude each other; a session's id is that of its allocation.
        """
        require_one_filter(
            app_instance_id=app_instance_id, app_name=app_name, session_id=session_id
        )
        return tuple(
            entry.value
            for entry in self._book.all()
            if speaks_for(caller, entry.value.app_ins_id)
            and (not app_instance_id or entry.value.app_ins_id in app_instance_id)
            and (not app_name or entry.value.app_name in app_name)
            and (not session_id or entry.id in session_id)
        )

    @post("/bw_allocations", clause="8.3.3.4", scope=WRITE, errors=(404,))
    async def create_bw_allocation(
        self, body: BwInfo, caller: Caller | None = None
    ) -> Created[BwInfo]:
        """Allocate bandwidth to an instance or its sessions; when this is answered, packets obey.

        ``fixedAllocation`` of the answer is what is granted: look at it, it may be less. 403 where
        nothing is left, and where the packets may be those of another allocation too.
        """
        require_own(caller, body.app_ins_id, "appInsId")
        app = self._present(body)
        entry = await self._instances.in_turn(app, self._book.create(body))
        return Created(f"{ROOT}/bw_allocations/{entry.id}", entry)

    @get("/bw_allocations/{allocationId}", clause="8.4.3.1", scope=READ)
    async def get_bw_allocation(
        self, allocation_id: str, caller: Caller | None = None
    ) -> Entry[BwInfo]:
        """Read an allocation as it is granted."""
        return self._own(allocation_id, caller)

    @put("/bw_allocations/{allocationId}", clause="8.4.3.2", scope=WRITE, errors=(412,))
    async def replace_bw_allocation(
        self,
        allocation_id: str,
        body: BwInfo,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[BwInfo]:
        """Replace an allocation whole; when this is answered, packets obey."""
        app = self._app_of(allocation_id, caller)
        return await self._instances.in_turn(
            app, self._book.replace(allocation_id, body, if_match=if_match)
        )

    @patch("/bw_allocations/{allocationId}", clause="8.4.3.3", scope=WRITE, errors=(412,))
    async def modify_bw_allocation(
        self,
        allocation_id: str,
        body: BwInfoDeltas,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[BwInfo]:
        """Change some members of an allocation; the identifiers are to be repeated."""
        app = self._app_of(allocation_id, caller)
        return await self._instances.in_turn(
            app, self._book.modify(allocation_id, body, if_match=if_match)
        )

    @delete("/bw_allocations/{allocationId}", clause="8.4.3.5", scope=WRITE)
    async def delete_bw_allocation(self, allocation_id: str, caller: Caller | None = None) -> None:
        """Give an allocation back; those that got less than they asked get of it."""
        self._own(allocation_id, caller)
        await self._book.delete(allocation_id)

    @get("/subscriptions", clause="8.5.3.1", scope=READ)
    async def list_subscriptions(
        self, *, subscription_type: str | None = None, caller: Caller | None = None
    ) -> SubscriptionLinkList:
        """List the caller's subscriptions as links, those of one type where it is given."""
        return self._subscriptions.list(
            holder_of(caller), subscription_type=subscription_type, held=held_of(caller)
        )

    @post("/subscriptions", clause="8.5.3.4", scope=WRITE)
    async def create_subscription(
        self, body: BwChgEventSubscription, caller: Caller | None = None
    ) -> Created[BwChgEventSubscription]:
        """Subscribe to changes of bandwidth and to what applications exchange with devices."""
        _require_own_alone(body, caller)
        check_subscription(body)
        require_held(caller, body)
        entry = await self._subscriptions.create(holder_of(caller), body)
        self._feed.watch()
        return Created(f"{SUBSCRIPTIONS}/{entry.id}", entry)

    @get("/subscriptions/{subscriptionId}", clause="8.6.3.1", scope=READ)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[BwChgEventSubscription]:
        """Read one of the caller's subscriptions."""
        found = self._subscriptions.get(holder_of(caller), subscription_id)
        require_held(caller, found.value)
        return found

    @put("/subscriptions/{subscriptionId}", clause="8.6.3.2", scope=WRITE, errors=(412,))
    async def replace_subscription(
        self,
        subscription_id: SubscriptionId,
        body: BwChgEventSubscription,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[BwChgEventSubscription]:
        """Replace a subscription whole."""
        _require_own_alone(body, caller)
        await self.get_subscription(subscription_id, caller)
        check_subscription(body)
        require_held(caller, body)
        entry = await self._subscriptions.replace(
            holder_of(caller), subscription_id, body, if_match=if_match
        )
        self._feed.watch()
        return entry

    @delete("/subscriptions/{subscriptionId}", clause="8.6.3.5", scope=WRITE)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self.get_subscription(subscription_id, caller)
        await self._subscriptions.delete(holder_of(caller), subscription_id)
        self._feed.watch()

    def _own(self, allocation_id: str, caller: Caller | None) -> Entry[BwInfo]:
        entry = self._book.get(allocation_id)
        require_own(caller, entry.value.app_ins_id, "allocationId")
        return entry

    def _app_of(self, allocation_id: str, caller: Caller | None) -> AppInstanceId:
        """Return the instance of an allocation that the caller may change."""
        return self._present(self._own(allocation_id, caller).value)

    def _present(self, info: BwInfo) -> AppInstanceId:
        self._instances.require_present(info.app_ins_id)
        return AppInstanceId(info.app_ins_id)


def _require_own_alone(body: BwChgEventSubscription, caller: Caller | None) -> None:
    for app in {each.app_ins_id for each in criteria_of(body)}:
        require_own(caller, app, "filterCriteria.appInsId")
