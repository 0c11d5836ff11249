"""A recorded network as a source of facts, in the rhythm in which it was recorded, or faster.

Never alters what was recorded but its epoch and its numbering.
"""

from collections.abc import Iterable, Iterator

import msgspec

from wayside.access.feed import Feed, FeedReader
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.refpoints.net.coding import Told
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot


class TraceSource:
    """Port: ``Source``. Its origin is that of what was recorded."""

    def __init__(
        self, told: Iterable[Told], clock: Clock, *, epoch: int, speed: float = 1.0
    ) -> None:
        """``told`` begins with a snapshot; ``speed`` 0: as fast as the machine goes."""
        self._rest: Iterator[Told] = iter(told)
        first = next(self._rest, None)
        if not isinstance(first, Snapshot):
            raise Unprocessable("A trace begins with a snapshot.", field="line 1")
        self._clock, self._speed, self._epoch = clock, speed, epoch
        self.origin = first.origin
        self._began_ns = first.time_ns
        self._feed = Feed(msgspec.structs.replace(first, epoch=epoch))

    @property
    def picture(self) -> Picture:
        """The present, as every reader sees it."""
        return self._feed.picture

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    async def run(self) -> None:
        """Tell everything at its time; readers then hear of the end. May be cancelled."""
        try:
            await self.play()
        finally:
            self._feed.end()

    async def play(self) -> None:
        """Tell everything at its time; then what was told last stays the present."""
        begun = self._clock.monotonic()
        for told in self._rest:
            if self._speed:
                due = begun + (told.time_ns - self._began_ns) / 1e9 / self._speed
                await self._clock.sleep(max(due - self._clock.monotonic(), 0.0))
            else:
                await self._clock.sleep(0.0)
            self._tell(told)

    def _tell(self, told: Told) -> None:
        """Tell it with our epoch; what a recorder had missed leaves no gap, but a new beginning."""
        sequence = self.picture.sequence + 1
        if isinstance(told, Snapshot):
            self._feed.begin_again(
                msgspec.structs.replace(told, epoch=self._epoch, sequence=sequence)
            )
        else:
            self._feed.tell(msgspec.structs.replace(told, epoch=self._epoch, sequence=sequence))
