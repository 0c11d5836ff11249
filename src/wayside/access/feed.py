"""Facts from one source to all who listen: the present first, then all that follows, without gap.

A reader that falls behind loses what it has not read and begins again with the present; it never
holds up the source or another reader. Never makes a fact.
"""

import asyncio
from collections import deque

from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin

BACKLOG = 32
"""How many facts wait for a reader at most."""


class FeedReader:
    """One reader's place in the feed. Port: ``Reader``."""

    def __init__(self, feed: "Feed") -> None:
        self._feed = feed
        self._behind = True
        self._waiting: deque[Facts] = deque()
        self._woken = asyncio.Event()

    def __aiter__(self) -> "FeedReader":
        """Return itself."""
        return self

    async def __anext__(self) -> Snapshot | Facts:
        """Return what follows, waiting for it; see ``Reader``."""
        while True:
            if self._behind:
                self._behind = False
                return self._feed.picture.snapshot()
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
            self.begin_again()
        else:
            self._waiting.append(facts)
            self._woken.set()

    def begin_again(self) -> None:
        """Have the present read next, and nothing of what waited."""
        self._waiting.clear()
        self._behind = True
        self._woken.set()

    def wake(self) -> None:
        """Have the reader see that the source has ended."""
        self._woken.set()


class Feed:
    """All readers of a source, and the present as each of them sees it. Port: ``AccessNetwork``."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.ended = False
        self.picture = Picture(snapshot)
        self._readers: set[FeedReader] = set()

    @property
    def origin(self) -> Origin:
        """Where the facts come from."""
        return self.picture.origin

    def join(self) -> FeedReader:
        """Return a reader that begins with the present of the moment when it first reads."""
        reader = FeedReader(self)
        self._readers.add(reader)
        return reader

    def tell(self, facts: Facts) -> None:
        """Tell everybody; returns at once. Raises Gap where the facts do not follow."""
        self.picture.follow(facts)
        for reader in self._readers:
            reader.put(facts)

    def begin_again(self, snapshot: Snapshot) -> None:
        """Tell everybody that this is the present, whatever was told before."""
        self.picture.take(snapshot)
        for reader in self._readers:
            reader.begin_again()

    def end(self) -> None:
        """Tell everybody that nothing follows."""
        self.ended = True
        for reader in self._readers:
            reader.wake()

    def forget(self, reader: FeedReader) -> None:
        """Tell this reader nothing any longer."""
        self._readers.discard(reader)
