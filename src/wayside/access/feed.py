"""Facts from one source to all who listen: the present first, then all that follows, without gap.

A reader that falls behind loses what it has not read and begins again with the present; it never
holds up the source or another reader. Never makes a fact.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.source import Snapshot

BACKLOG = 32
"""How many facts wait for a reader at most."""


class FeedReader:
    """One reader's place in the feed. Port: ``Reader``."""

    def __init__(self, feed: "Feed", snapshot: Callable[[], Snapshot]) -> None:
        self._feed = feed
        self._snapshot = snapshot
        self._behind = True
        self._waiting: deque[Facts] = deque()
        self._woken = asyncio.Event()

    async def next(self) -> Snapshot | Facts:
        """Return what follows, waiting for it; see ``Reader``."""
        while True:
            if self._behind:
                self._behind = False
                return self._snapshot()
            if self._waiting:
                return self._waiting.popleft()
            if self._feed.ended:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()

    def close(self) -> None:
        """Hear no more."""
        self._feed.forget(self)
        self._waiting.clear()

    def put(self, facts: Facts) -> None:
        """Have ``facts`` read next but those that wait already."""
        if self._behind:
            return  # they are in the snapshot
        if len(self._waiting) >= BACKLOG:
            self._waiting.clear()
            self._behind = True
        else:
            self._waiting.append(facts)
        self._woken.set()

    def wake(self) -> None:
        """Have the reader see that the source has ended."""
        self._woken.set()


class Feed:
    """All readers of a source; ``snapshot`` returns its present state, with what was told last."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self.ended = False
        self._snapshot = snapshot
        self._readers: set[FeedReader] = set()

    def join(self) -> FeedReader:
        """Return a reader that begins with the present of the moment when it first reads."""
        reader = FeedReader(self, self._snapshot)
        self._readers.add(reader)
        return reader

    def tell(self, facts: Facts) -> None:
        """Tell everybody; returns at once. The snapshot has these facts already."""
        for reader in self._readers:
            reader.put(facts)

    def end(self) -> None:
        """Tell everybody that nothing follows."""
        self.ended = True
        for reader in self._readers:
            reader.wake()

    def forget(self, reader: FeedReader) -> None:
        """Tell this reader nothing any longer."""
        self._readers.discard(reader)
