"""What is told of the network in, notifications out.

Looks at all subscriptions when something is told and when one is due; a subscription costs what
its own stations cost. Never decides whom to tell: ``telling`` does.
"""

from wayside.chassis.reconcile import Reconciler
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.clock import Clock
from wayside.core.tasks import Nursery
from wayside.refpoints.net.picture import AccessNetwork

from .model import WaiSubscription
from .telling import Standing, begin, look, period_of
from .wlan import Wlan

LOOK_EVERY_S = 60.0
"""At the latest, whatever is due."""


class WlanFeed:
    """Tells subscribers of access points and stations."""

    def __init__(
        self,
        book: SubscriptionBook[WaiSubscription],
        network: AccessNetwork,
        *,
        clock: Clock,
        nursery: Nursery,
        report_every_s: float,
    ) -> None:
        self._book = book
        self._network = network
        self._clock = clock
        self._nursery = nursery
        self._report_every_s = report_every_s
        self._standings: dict[tuple[str, str], Standing] = {}
        """By identifier and entity tag: what was replaced begins anew."""
        self._loop = Reconciler(
            clock, nursery, every_s=LOOK_EVERY_S, work=self._look, name="WLAN subscriptions"
        )

    def start(self) -> None:
        """Begin to hear the network."""
        self._loop.start()
        self._nursery.start(self._listen(), name="facts about WLANs")

    def watch(self) -> None:
        """Look soon: subscriptions came, changed or went."""
        self._loop.kick()

    async def _listen(self) -> None:
        reader = self._network.join()
        try:
            async for _ in reader:
                self._loop.kick()
        finally:
            reader.close()

    async def _look(self) -> float | None:
        now_s = self._clock.monotonic()
        wlan = Wlan(self._network.picture)
        standings = {}
        for entry in self._book.entries():
            key, body = (entry.id, entry.etag), entry.value
            standing = self._standings.get(key) or begin(body, now_s, self._report_every_s)
            period_s = period_of(body, self._report_every_s)
            turn = look(body, standing, wlan, now_s, period_s=period_s)
            standings[key] = turn.standing
            if turn.notification is not None:
                self._book.send(entry, turn.notification)
        self._standings = standings
        due = [each.due_s for each in standings.values() if each.due_s is not None]
        return min(due) - now_s if due else None
