"""Subscriptions to instances and operations, the same at every element that has both.

What is told belongs to the very change that is durable. Never decides what a change means:
``model`` does. Ref: MEC 010-2 clauses 7.4.3 to 7.4.5.
"""

from collections.abc import Mapping

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet, SubscriptionBook
from wayside.core.authorisation import Caller, held_of
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.core.replies import Created, Entry
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import APP_LCM, AppInstanceInfo, AppLcmOpOcc
from wayside.model.app_lcm_notifications import Moment, of_instance, of_operation
from wayside.model.app_lcm_subscriptions import (
    KEPT_AS,
    AppInstanceSubscriptionLinkList,
    AppInstanceSubscriptionType,
    SubscriptionInfo,
    SubscriptionRequest,
)
from wayside.model.common import LinkType, SelfLink, TimeStamp

from .subscribing import (
    linked,
    owner_of,
    require_held,
    subscription_type_of,
    subscriptions_links,
)

PATH = f"{APP_LCM}/subscriptions"


class LcmSubscriptions:
    """The ``app_lcm`` subscriptions of one element.

    ``elsewhere`` holds the types that this element refuses, with the sentence that says where.
    """

    def __init__(
        self, store: Store, instances: Collection[AppInstanceInfo],
        occurrences: Collection[AppLcmOpOcc], *, outlet: Outlet, clock: Clock, nursery: Nursery,
        elsewhere: Mapping[AppInstanceSubscriptionType, str],
    ) -> None:  # fmt: skip
        self._store = store
        self._instances = instances
        self._clock = clock
        self._elsewhere = elsewhere
        self._book: SubscriptionBook[SubscriptionInfo] = SubscriptionBook(
            store,
            "app_lcm_subscriptions",
            SubscriptionInfo,  # type: ignore[arg-type]  # a union, which has no type of its own
            path=lambda owner: PATH,
            outlet=outlet,
            clock=clock,
            nursery=nursery,
            with_self_link=linked,
        )
        instances.watch(self._instance_changed)
        occurrences.watch(self._operation_changed)

    def start(self) -> None:
        """Begin to serve them."""
        self._book.start()

    async def create(
        self, body: SubscriptionRequest, caller: Caller | None
    ) -> Created[SubscriptionInfo]:
        """Keep a subscription; raise Unprocessable where it is not of this element.

        Raises Forbidden where the caller's token does not grant its type; so do the others.
        """
        require_held(caller, body)
        refused = self._elsewhere.get(AppInstanceSubscriptionType(subscription_type_of(body)))
        if refused is not None:
            raise Unprocessable(refused, field="$.subscriptionType")
        body.check()
        given = {name: getattr(body, name) for name in body.__struct_fields__}
        unlinked = SelfLink(self=LinkType(href=PATH))
        made = await self._book.create(
            owner_of(caller), KEPT_AS[type(body)](links=unlinked, id="", **given)
        )
        return Created(f"{PATH}/{made.id}", made)

    def list(
        self, caller: Caller | None, type_: AppInstanceSubscriptionType | None
    ) -> AppInstanceSubscriptionLinkList:
        """Return the caller's subscriptions as links, those of one type where it is given."""
        held = held_of(caller)
        found = self._book.list(owner_of(caller), subscription_type=type_, held=held)
        return AppInstanceSubscriptionLinkList(links=subscriptions_links(found))

    def get(self, id: str, caller: Caller | None) -> Entry[SubscriptionInfo]:
        """Return a subscription of the caller's; raise NotFound."""
        found = self._book.get(owner_of(caller), id)
        require_held(caller, found.value)
        return found

    async def delete(self, id: str, caller: Caller | None) -> None:
        """End a subscription of the caller's; raise NotFound."""
        self.get(id, caller)
        await self._book.delete(owner_of(caller), id)

    def _instance_changed(
        self, before: AppInstanceInfo | None, after: AppInstanceInfo | None
    ) -> None:
        if self._book.entries():
            at = self._moment()
            self._book.notify(lambda entry: of_instance(entry.value, before, after, at=at))

    def _operation_changed(self, before: AppLcmOpOcc | None, after: AppLcmOpOcc | None) -> None:
        if after is None or not self._book.entries():
            return
        info = self._instances.find(after.app_instance_id)
        if info is None or (before and before.operation_state is after.operation_state):
            return
        at, of = self._moment(), info.value
        self._book.notify(lambda entry: of_operation(entry.value, after, of, at=at))

    def _moment(self) -> Moment:
        return Moment(self._store.new_id(), TimeStamp.of(self._clock.now()))
