"""An element's state: changes of any number of resources, durable together before anyone sees one.

Never knows what a resource means, and never reads the journal after the start.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from wayside.core.errors import Unavailable
from wayside.core.ids import NewId
from wayside.core.journal import Change, Journal, Put, Remove
from wayside.core.replies import Entry

T = TypeVar("T")
R = TypeVar("R")

FORMAT = b"1 "
"""Stands before each document, so that a later form is told from this one and refused by name."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """An entry and the keys it is indexed under; both made before anything is written."""

    entry: Entry[T]
    keys: Mapping[str, Hashable]


class Home(Protocol[T]):
    """Where rows live in memory: a collection."""

    kind: str

    def find(self, id: str) -> Entry[T] | None:
        """Return the entry, or None."""
        ...

    def keep(self, id: str, row: Row[T] | None) -> None:
        """Show ``row`` to readers from now on; None takes the entry away."""
        ...


@dataclass(frozen=True, slots=True)
class Wish(Generic[T]):
    """One change that a collection has been asked for; ``Store.commit`` makes it come true.

    ``after`` gets the present entry when its turn comes and returns the row to keep (None: take it
    away), or raises the problem that forbids the change.
    """

    home: Home[T]
    id: str
    after: Callable[[Entry[T] | None], Row[T] | None]


class Store:
    """The state of one element on one journal; collections are opened on it."""

    def __init__(self, journal: Journal, *, new_id: NewId) -> None:
        self.journal = journal
        self.new_id = new_id
        self._kinds: set[str] = set()
        self._turns = _Turns()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False

    def open(self, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return the documents of ``kind``, oldest first; each kind has one collection only."""
        if kind in self._kinds:
            raise ValueError(f"two collections of the kind {kind} on one store")
        self._kinds.add(kind)
        return list(self.journal.load(kind))

    async def commit(self, *wishes: Wish[Any]) -> tuple[Entry[Any] | None, ...]:
        """Make all ``wishes`` come true together, or none; return the new entries in order.

        Changes of the same resource take turns. Readers see the new values only once they are
        durable. Where the caller is cancelled meanwhile the change is still finished whole.
        Raises what a wish raises, and Unavailable where the journal refuses.
        """
        if self._closed:
            raise Unavailable("The element is stopping. Send the request again in a moment.")
        return await asyncio.shield(self._tracked(self._commit(wishes)))

    async def close(self) -> None:
        """Finish the changes under way, then close the journal."""
        self._closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self.journal.close()

    async def _tracked(self, work: Coroutine[Any, Any, R]) -> R:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            return await work
        finally:
            self._under_way.discard(task)

    async def _commit(self, wishes: Sequence[Wish[Any]]) -> tuple[Entry[Any] | None, ...]:
        # Turns are taken in one order everywhere, so that two commits never wait for each other.
        keys = sorted({(wish.home.kind, wish.id) for wish in wishes})
        if len(keys) != len(wishes):
            raise ValueError("two changes of one resource in one commit")
        taken: list[Key] = []
        try:
            for key in keys:
                await self._turns.take(key)
                taken.append(key)
            rows = [wish.after(wish.home.find(wish.id)) for wish in wishes]
            await self.journal.commit([_change(w, r) for w, r in zip(wishes, rows, strict=True)])
            for wish, row in zip(wishes, rows, strict=True):
                wish.home.keep(wish.id, row)
        finally:
            for key in taken:
                self._turns.give(key)
        return tuple(None if row is None else row.entry for row in rows)


def _change(wish: Wish[Any], row: Row[Any] | None) -> Change:
    if row is None:
        return Remove(wish.home.kind, wish.id)
    return Put(wish.home.kind, wish.id, FORMAT + row.entry.encoded)


class _Turns:
    """Who may change which resource now; the others wait in the order of their asking."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[asyncio.Future[None]]] = {}

    async def take(self, key: Key) -> None:
        line = self._waiting.get(key)
        if line is None:
            self._waiting[key] = deque()
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.give(key)
            raise

    def give(self, key: Key) -> None:
        line = self._waiting[key]
        while line:
            called = line.popleft()
            if not called.done():
                called.set_result(None)
                return
        del self._waiting[key]
