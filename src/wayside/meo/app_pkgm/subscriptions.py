"""Subscriptions to packages: kept, and told of each change in the moment when it is durable.

Never decides which packages a subscriber means: ``model`` does. Ref: MEC 010-2 clause 7.3.3.
"""

from wayside.chassis.subscribing import (
    linked,
    owner_of,
    require_held,
    subscriptions_links,
)
from wayside.chassis.subscriptions import Outlet, SubscriptionBook
from wayside.core.authorisation import Caller, held_of
from wayside.core.clock import Clock
from wayside.core.replies import Created, Entry
from wayside.core.tasks import Nursery
from wayside.meo.books import Books
from wayside.meo.catalogue import ROOT
from wayside.model.app_pkgm import AppPkgInfo
from wayside.model.app_pkgm_subscriptions import (
    AppPkgNotification,
    AppPkgSubscription,
    AppPkgSubscriptionInfo,
    AppPkgSubscriptionLinkList,
)
from wayside.model.common import LinkType, SelfLink, TimeStamp
from wayside.model.subscriptions import NotificationLinks

from .logic import what_happened

PATH = f"{ROOT}/subscriptions"


class PackageSubscriptions:
    """Who wants to be told of packages."""

    def __init__(self, books: Books, *, outlet: Outlet, clock: Clock, nursery: Nursery) -> None:
        self._store = books.store
        self._clock = clock
        self._book = SubscriptionBook(
            books.store,
            "app_pkg_subscriptions",
            AppPkgSubscriptionInfo,
            path=lambda owner: PATH,
            outlet=outlet,
            clock=clock,
            nursery=nursery,
            with_self_link=linked,
        )
        books.packages.watch(self._changed)

    def start(self) -> None:
        """Begin to serve them."""
        self._book.start()

    async def create(
        self, body: AppPkgSubscription, caller: Caller | None
    ) -> Created[AppPkgSubscriptionInfo]:
        """Keep a subscription; raise Unprocessable where its filters do not fit its type.

        Raises Forbidden where the caller's token does not grant its type; so do the others.
        """
        require_held(caller, body)
        body.check()
        blank = AppPkgSubscriptionInfo(
            links=SelfLink(self=LinkType(href=PATH)),
            id="",
            subscription_type=body.subscription_type,
            callback_uri=body.callback_uri,
            app_pkg_filter=body.app_pkg_filter,
        )
        made = await self._book.create(owner_of(caller), blank)
        return Created(f"{PATH}/{made.id}", made)

    def list(self, caller: Caller | None) -> AppPkgSubscriptionLinkList:
        """Return the caller's subscriptions as links."""
        found = self._book.list(owner_of(caller), held=held_of(caller))
        return AppPkgSubscriptionLinkList(links=subscriptions_links(found))

    def get(self, id: str, caller: Caller | None) -> Entry[AppPkgSubscriptionInfo]:
        """Return a subscription of the caller's; raise NotFound."""
        found = self._book.get(owner_of(caller), id)
        require_held(caller, found.value)
        return found

    async def delete(self, id: str, caller: Caller | None) -> None:
        """End a subscription of the caller's; raise NotFound."""
        self.get(id, caller)
        await self._book.delete(owner_of(caller), id)

    def _changed(self, before: AppPkgInfo | None, after: AppPkgInfo | None) -> None:
        what = what_happened(before, after)
        package = after or before
        if what is None or package is None or not self._book.entries():
            return
        id_, now = self._store.new_id(), TimeStamp.of(self._clock.now())

        def told(entry: Entry[AppPkgSubscriptionInfo]) -> AppPkgNotification | None:
            if not entry.value.wants(what, package):
                return None
            return AppPkgNotification(
                links=NotificationLinks(subscription=entry.value.links.self),
                id=id_,
                notification_type=what,
                subscription_id=entry.id,
                time_stamp=now,
                app_pkg_id=package.id,
                app_d_id=package.app_d_id,
                operational_state=package.operational_state,
            )

        self._book.notify(told)
