"""Delivery of notifications: in order per subscriber, and no subscriber ever waits for another.

A line per subscriber, bounded; what overflows drops the oldest, is counted and logged. Never knows
what a notification means, and keeps none beyond the process.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, Problem, Unavailable
from wayside.core.tasks import Nursery

from .backoff import Backoff

log = logging.getLogger(__name__)


class Poster(Protocol):
    """A hand that posts JSON. Adapter: ``wayside.adapters.poster``."""

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        """Return the status that ``url``, taken verbatim, answers; follow no redirect.

        Raises Unavailable where there is no answer within ``timeout_s``.
        """
        ...


class SocketHub(Protocol):
    """WebSockets that clients open towards us. Served by ``chassis.http``."""

    def open(self, path: str | None = None) -> str:
        """Accept clients on a new path that nobody can guess, or again on ``path``; return it."""
        ...

    async def send(self, path: str, text: str) -> bool:
        """Return whether the client on ``path`` confirmed the notification."""
        ...

    def close(self, path: str) -> None:
        """Accept no client on ``path`` any more; not an error where there is none."""
        ...


class Route(Protocol):
    """A way to one subscriber."""

    @property
    def name(self) -> str:
        """What a log calls it."""
        ...

    async def send(self, body: bytes) -> None:
        """Return when the subscriber has it; raise a Problem where it has not."""
        ...


@dataclass(frozen=True)
class CallbackRoute:
    """By POST to the subscriber's callback URI, which is taken verbatim."""

    poster: Poster
    name: str
    timeout_s: float = 5.0

    async def send(self, body: bytes) -> None:
        """Return on any 2xx (204 is the standard's); raise BadGateway, Unavailable otherwise."""
        status = await self.poster.post(self.name, body, timeout_s=self.timeout_s)
        if not 200 <= status < 300:
            raise BadGateway(f"The callback answered {status} instead of 204.")


@dataclass(frozen=True)
class SocketRoute:
    """Over the WebSocket that the subscriber opened at our path ``name``."""

    hub: SocketHub
    name: str

    async def send(self, body: bytes) -> None:
        """Return when the client confirmed it; raise Unavailable where none is connected."""
        if not await self.hub.send(self.name, body.decode()):
            raise Unavailable("No client is connected to the WebSocket, or it did not confirm.")


@dataclass(frozen=True)
class DeliverySettings:
    """Bounds of delivery."""

    queue_max: int = 256
    """Notifications that wait per subscriber; one more drops the oldest."""
    tries_max: int = 6
    """Tries of one notification before it is given up."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=0.5, longest_s=30.0))


@dataclass
class DeliveryCounts:
    """What became of notifications since the start."""

    delivered: int = 0
    given_up: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Item:
    route: Route
    body: bytes
    ended: Callable[[], None] | None


class _Line:
    """What one subscriber has yet to get: the one under way, and those that wait."""

    def __init__(self, items: Iterable[_Item] = ()) -> None:
        self.current: _Item | None = None
        self.waiting = deque(items)


class Deliverer:
    """Delivers notifications in the background, a task for each subscriber that has any waiting."""

    def __init__(
        self,
        clock: Clock,
        nursery: Nursery,
        *,
        settings: DeliverySettings = DeliverySettings(),
    ) -> None:
        self._clock = clock
        self._nursery = nursery
        self._settings = settings
        self._lines: dict[str, _Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.counts = DeliveryCounts()

    def deliver(
        self, subscriber: str, route: Route, body: bytes, *, ended: Callable[[], None] | None = None
    ) -> None:
        """Put ``body`` at the end of the subscriber's line; return at once.

        ``ended`` is called when it was delivered or given up (not when it was dropped).
        """
        line = self._lines.get(subscriber)
        if line is None:
            line = self._begin(subscriber, _Line())
        if len(line.waiting) >= self._settings.queue_max:
            line.waiting.popleft()
            self.counts.dropped += 1
            log.warning(
                "subscriber %s is too slow: the oldest of %d notifications was dropped (%d in all)",
                subscriber,
                self._settings.queue_max,
                self.counts.dropped,
            )
        line.waiting.append(_Item(route, body, ended))

    def redirect(self, subscriber: str, route: Route) -> None:
        """Send by ``route`` from now on, what waits and the one under way included."""
        line = self._lines.get(subscriber)
        if line is None:
            return
        items = [line.current, *line.waiting] if line.current else line.waiting
        moved = _Line([replace(item, route=route) for item in items])
        self.forget(subscriber)
        self._begin(subscriber, moved)

    def waiting(self, subscriber: str) -> int:
        """Return how many notifications wait, the one under way not counted."""
        line = self._lines.get(subscriber)
        return 0 if line is None else len(line.waiting)

    def forget(self, subscriber: str) -> None:
        """Drop what waits for a subscriber that is gone, the one under way too."""
        self._lines.pop(subscriber, None)
        task = self._tasks.pop(subscriber, None)
        if task is not None:
            task.cancel()

    def _begin(self, subscriber: str, line: _Line) -> _Line:
        self._lines[subscriber] = line
        self._tasks[subscriber] = self._nursery.start(
            self._run(subscriber, line), name=f"delivery to {subscriber}"
        )
        return line

    async def _run(self, subscriber: str, line: _Line) -> None:
        try:
            while line.waiting:
                line.current = line.waiting.popleft()
                await self._send(subscriber, line.current)
                if line.current.ended is not None:
                    line.current.ended()
                line.current = None
        finally:
            # A line that was forgotten meanwhile may already have a successor of the same name.
            if self._lines.get(subscriber) is line:
                del self._lines[subscriber]
                del self._tasks[subscriber]

    async def _send(self, subscriber: str, item: _Item) -> None:
        """Try until it is delivered or the tries are used up."""
        for tries in range(1, self._settings.tries_max + 1):
            try:
                await item.route.send(item.body)
            except Problem as problem:
                log.info(
                    "notification for %s to %s failed (try %d of %d): %s",
                    subscriber,
                    item.route.name,
                    tries,
                    self._settings.tries_max,
                    problem.detail,
                )
            else:
                self.counts.delivered += 1
                return
            if tries < self._settings.tries_max:
                await self._clock.sleep(self._settings.backoff.wait_s(tries))
        self.counts.given_up += 1
        log.warning("notification for %s to %s was given up", subscriber, item.route.name)
