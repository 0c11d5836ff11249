"""One list of subscriptions: kept, watched, and told in the words of its version of the API.

The four of V3.1.1 and the six of V2.2.1 are desks; what differs between them is a ``Trade``.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from wayside.chassis.subscribing import holder_of, require_held
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller
from wayside.core.errors import Conflict
from wayside.core.replies import Created, Entry
from wayside.core.wire import Wire, encode
from wayside.refpoints.net.picture import Picture

from .wishes import Happened, Limits, Wish

S = TypeVar("S")
W = TypeVar("W")


Keeper = Callable[..., SubscriptionBook[Any]]
"""Makes a book: of a kind, of a type, at a path, and what else a book may be told."""


@dataclass(frozen=True)
class Trade(Generic[S, W]):
    """What one kind of subscription means. All are pure."""

    wish: Callable[[S], Wish]
    """What is to be watched; raises Unprocessable where it cannot be."""
    limits: Callable[[S], Limits]
    say: Callable[[Entry[S], Happened, Picture], Wire]
    """The notification."""
    wrapped: Callable[[S], W]
    """The subscription as it is answered."""
    like: Callable[[S], object]
    """What the client asked for, without what the platform adds: equal for a repeated request."""


@dataclass
class Desk(Generic[S, W]):
    """The subscriptions of one path."""

    path: str
    book: SubscriptionBook[S]
    trade: Trade[S, W]
    changed: Callable[[], None] = lambda: None
    """Told after each change of what is kept."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def create(self, caller: Caller | None, asked: S) -> Created[W]:
        """Keep a new subscription, or return the one that this request has made before.

        Raises Conflict where its ``clientCorrelator`` is that of another one.
        """
        self.trade.wish(asked)
        require_held(caller, asked)
        owner, correlator = holder_of(caller), correlator_of(asked)
        if correlator is None:
            return self._created(await self.book.create(owner, asked))
        async with self._turn:
            for each in self.book.entries(owner):
                if correlator_of(each.value) == correlator:
                    self._require_same(each.value, asked)
                    return self._created(each)
            return self._created(await self.book.create(owner, asked))

    def get(self, caller: Caller | None, id: str) -> Entry[W]:
        """Return one of the caller's."""
        return self._shown(self._own(caller, id))

    def list(self, caller: Caller | None) -> Sequence[Entry[S]]:
        """Return all of the caller's."""
        return self.book.entries(holder_of(caller))

    async def replace(
        self, caller: Caller | None, id: str, asked: S, if_match: str | None
    ) -> Entry[W]:
        """Keep what is asked for in place of what was."""
        self._own(caller, id)
        self.trade.wish(asked)
        require_held(caller, asked)
        owner = holder_of(caller)
        entry = await self.book.replace(owner, id, asked, if_match=if_match)
        self.changed()
        return self._shown(entry)

    async def delete(self, caller: Caller | None, id: str) -> None:
        """End one of the caller's."""
        self._own(caller, id)
        await self.book.delete(holder_of(caller), id)
        self.changed()

    def _own(self, caller: Caller | None, id: str) -> Entry[S]:
        found = self.book.get(holder_of(caller), id)
        require_held(caller, found.value)
        return found

    def _created(self, entry: Entry[S]) -> Created[W]:
        self.changed()
        return Created(f"{self.path}/{entry.id}", self._shown(entry))

    def _shown(self, entry: Entry[S]) -> Entry[W]:
        wrapped = self.trade.wrapped(entry.value)
        return Entry(entry.id, wrapped, encode(wrapped), entry.etag)

    def _require_same(self, kept: S, asked: S) -> None:
        if self.trade.like(kept) != self.trade.like(asked):
            raise Conflict(
                "clientCorrelator: another subscription of yours has this one. Give each its own, "
                "and the same only where a request is repeated.",
                field="clientCorrelator",
            )


def correlator_of(value: Any) -> str | None:
    """Return the correlator that a client gave a subscription."""
    found: str | None = value.client_correlator
    return found
