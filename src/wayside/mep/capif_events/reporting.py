"""Telling subscribers of events, as often and as long as each has asked for.

What was told is counted before it is sent, so that a restart tells nobody more than was asked.
Never decides who wants an event: ``logic`` does. Ref: TS 29.222 clause 8.3, TS 29.523 5.6.2.4.
"""

from collections.abc import Iterable
from functools import partial

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.mep.capif.catalogue import Publications
from wayside.mep.mec_service_mgmt.logic import ServiceChange
from wayside.model.services import ServiceInfo, ServiceState

from .logic import event_of, notification_of, reports_max, wants
from .model import CAPIFEvent, EventNotification, EventSubscription

Book = SubscriptionBook[EventSubscription]


class Told(Wire):
    """How many reports a subscription with a limit has had."""

    count: int


class Reporter:
    """Sends events to their subscribers, and ends the subscriptions that have had enough."""

    def __init__(
        self, store: Store, book: Book, nursery: Nursery, publications: Publications
    ) -> None:
        self._told = Collection(store, "event_report", Told, what="count of reports")
        self._book = book
        self._nursery = nursery
        self._describe = publications.describe

    async def start(self) -> None:
        """Forget the counts of subscriptions that are gone; end those that had all before."""
        live = {entry.id: entry for entry in self._book.entries()}
        for count in self._told.list():
            entry = live.get(count.id)
            most = None if entry is None else reports_max(entry.value)
            if most is None or count.value.count >= most:
                await self._end(count.id)

    async def begin(self, entry: Entry[EventSubscription], services: Iterable[ServiceInfo]) -> None:
        """Report what is available now to a new subscription that asks for it."""
        if entry.value.event_req is None or not entry.value.event_req.imm_rep:
            return
        event = CAPIFEvent.SERVICE_API_AVAILABLE
        for service in services:
            if service.state is ServiceState.ACTIVE and wants(entry.value, event, service):
                notification = notification_of(entry.id, event, self._describe(service))
                await self._tell(entry, notification)

    async def tell(self, changes: Iterable[ServiceChange]) -> None:
        """Tell of each change those who want to hear of it."""
        for change in changes if self._book.entries() else ():
            event, described = event_of(change), self._describe(change.service)
            for entry in self._book.entries():
                if wants(entry.value, event, change.service):
                    await self._tell(entry, notification_of(entry.id, event, described))

    async def _tell(self, entry: Entry[EventSubscription], notification: EventNotification) -> None:
        most = reports_max(entry.value)
        if most is None:
            self._book.send(entry, notification)
            return
        had = self._told.find(entry.id)
        count = 1 if had is None else had.value.count + 1
        if count > most:
            return
        if had is None:
            await self._told.create(entry.id, Told(count=count))
        else:
            await self._told.replace(entry.id, Told(count=count))
        last = partial(self._begin_end, entry.id) if count == most else None
        self._book.send(entry, notification, ended=last)

    def _begin_end(self, id: str) -> None:
        self._nursery.start(self._end(id), name=f"end of event subscription {id}")

    async def _end(self, id: str) -> None:
        await self._book.end(id)
        if self._told.find(id) is not None:
            await self._told.delete(id)
