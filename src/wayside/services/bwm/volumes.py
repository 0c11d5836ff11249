"""How much applications exchanged with devices, and who is told of it: facts in, notifications out.

A subscriber is told when an allocation of an application that it means was made, changed or ended,
and every so often when anything was exchanged meanwhile. Never measures: the platform does.
"""

from wayside.chassis.reconcile import Reconciler
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.clock import Clock
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.model.common import LinkType, TimeStamp
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.hosting import Bandwidth, Volumes

from .logic import criteria_of, dispersion
from .model import BwChgEventNotification, BwChgEventSubscription, BwInfo


class VolumeFeed:
    """Tells subscribers what was exchanged since they were last told."""

    def __init__(
        self,
        book: SubscriptionBook[BwChgEventSubscription],
        bandwidth: Bandwidth,
        *,
        clock: Clock,
        nursery: Nursery,
        every_s: float,
    ) -> None:
        self._book = book
        self._bandwidth = bandwidth
        self._clock = clock
        self._told: dict[str, Volumes] = {}
        self._due: set[str] = set()
        self._loop = Reconciler(
            clock, nursery, every_s=every_s, work=self._look, name="volumes of bandwidth"
        )

    def start(self) -> None:
        """Begin to look; what was exchanged before is not told again."""
        self._loop.start()

    def changed(self, info: BwInfo) -> None:
        """Tell, soon, who is subscribed to the application of an allocation that changed."""
        self._due.update(
            entry.id
            for entry in self._book.entries()
            if any(each.app_ins_id == info.app_ins_id for each in criteria_of(entry.value))
        )
        self._loop.kick()

    def watch(self) -> None:
        """Have the platform measure for whom is subscribed: they came, changed or went."""
        self._loop.kick()

    async def _look(self) -> None:
        entries = self._book.entries()
        apps = {each.app_ins_id for entry in entries for each in criteria_of(entry.value)}
        volumes = await self._bandwidth.exchanged(sorted(apps))
        due, self._due = self._due, set()
        told = {}
        for entry in entries:
            before = self._told.get(entry.id)
            told[entry.id] = volumes
            if before is not None:
                self._tell(entry, before, volumes, whatever=entry.id in due)
            elif entry.id in due:
                self._tell(entry, volumes, volumes, whatever=True)
        self._told = told

    def _tell(
        self,
        entry: Entry[BwChgEventSubscription],
        before: Volumes,
        now: Volumes,
        *,
        whatever: bool,
    ) -> None:
        found = dispersion(criteria_of(entry.value), before, now)
        if not whatever and not any(each.data_vol for each in found):
            return
        links = entry.value.links
        self._book.send(
            entry,
            BwChgEventNotification(
                notification_type="BwChgEventNotification",
                time_stamp=TimeStamp.of(self._clock.now()),
                data_vol_dispersion=found,
                links=NotificationLinks(
                    subscription=LinkType(href="" if links is None else links.self.href)
                ),
            ),
        )
