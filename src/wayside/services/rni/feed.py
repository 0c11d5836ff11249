"""Facts in, notifications out: the one place that reads the network's stream.

Never waits for a subscriber, and never decides what is told: ``telling`` and ``reports`` do.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.replies import Entry
from wayside.refpoints.net.facts import BearerEstablished, BearerModified, BearerReleased, Facts
from wayside.refpoints.net.picture import AccessNetwork, Picture
from wayside.refpoints.net.source import Snapshot

from .directory import Directory
from .missed import missed
from .names import Names, NamesKeeper
from .reports import Reporter
from .telling import Telling, told
from .wishes import RniSubscription

AT_ONCE = 64
"""So many notifications, or subscriptions looked at, before others get their turn."""
OF_BEARERS = (BearerEstablished, BearerModified, BearerReleased)


class Feed:
    """Tells subscribers what happens in the network, for as long as it runs."""

    def __init__(
        self,
        book: SubscriptionBook[RniSubscription],
        network: AccessNetwork,
        reporter: Reporter,
        *,
        names: NamesKeeper,
        path: str,
    ) -> None:
        self._book = book
        self._network = network
        self._reporter = reporter
        self._names = names
        self._path = path
        self._picture: Picture | None = None
        """What was read; the source's own may be ahead of it."""
        self._entries: Sequence[Entry[RniSubscription]] = ()
        self._directory: Directory | None = None

    async def run(self) -> None:
        """Read and tell until the source ends."""
        reader = self._network.join()
        try:
            async for read in reader:
                if isinstance(read, Snapshot):
                    await self._begin(read)
                else:
                    await self._follow(read)
        finally:
            reader.close()

    async def _begin(self, snapshot: Snapshot) -> None:
        before, self._picture = self._picture, Picture(snapshot)
        if before is None or before.epoch != snapshot.epoch:
            self._reporter.begin_again()
            self._directory = None
            return
        directory, names = self._directed(self._picture, stale=True)
        events = missed(before, self._picture)
        at = (snapshot.time_ns, snapshot.origin)
        await self._send(told(events, directory, names, at))

    async def _follow(self, facts: Facts) -> None:
        picture = self._picture
        assert picture is not None, "a reader gets a snapshot first"
        picture.follow(facts)
        if not self._book.entries():
            return
        stale = any(isinstance(event, OF_BEARERS) for event in facts.events)
        directory, names = self._directed(picture, stale=stale)
        await self._send(told(facts.events, directory, names, (facts.time_ns, facts.origin)))
        await self._send(self._reporter.follow(facts, directory, names, picture))

    def _directed(self, picture: Picture, *, stale: bool) -> tuple[Directory, Names]:
        """Return who is to be told, and the network's names.

        ``stale``: devices may have other tunnels than before.
        """
        names, entries = self._names.of(picture.network), self._book.entries()
        before = self._directory
        if (
            before is None
            or before.names is not names
            or entries is not self._entries
            or (stale and before.by_tunnel)
        ):
            self._directory = Directory(entries, names, picture, path=self._path, before=before)
            self._entries = entries
        assert self._directory is not None
        return self._directory, names

    async def _send(self, tellings: Iterable[Telling | None]) -> None:
        """Hand notifications on, but to those whose subscription has ended or changed meanwhile."""
        live: Mapping[str, Entry[RniSubscription]] | None = None
        for number, telling in enumerate(tellings, 1):
            if telling is not None and (live is None or live.get(telling[0].id) is telling[0]):
                self._book.send(*telling)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
                entries = self._book.entries()
                is_same = entries is self._entries
                live = None if is_same else {each.id: each for each in entries}
