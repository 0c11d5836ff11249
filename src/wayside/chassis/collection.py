"""Resources of one kind: reads from indexed memory, writes acknowledged when durable.

Never shows a value that is not durable yet, and never encodes a value twice.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

from wayside.chassis.etags import etag_of, require_match
from wayside.chassis.store import FORMAT, Row, Store, Wish
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.journal import Damaged
from wayside.core.replies import Entry, Listing
from wayside.core.wire import decode, encode

T = TypeVar("T")

_Bucket = dict[str, None]

Seen: TypeAlias = Callable[[T | None, T | None], None]
"""Is told of a change: what there was before (None: nothing) and what there is now."""


class Collection(Generic[T]):
    """The resources of ``kind`` in ``store``; ``what`` is what a sentence calls one of them.

    ``indexes`` names functions of a value; ``list(name=key)`` finds by them without a search.
    Raises Damaged where a stored document cannot be read as ``type_``.
    """

    def __init__(
        self,
        store: Store,
        kind: str,
        type_: type[T],
        *,
        what: str,
        indexes: Mapping[str, Callable[[T], Hashable]] | None = None,
    ) -> None:
        self.kind = kind
        self.what = what
        self._store = store
        self._type = type_
        self._indexes = dict(indexes or {})
        self._rows: dict[str, Row[T]] = {}
        self._ages: dict[str, int] = {}
        self._next_age = 0
        self._buckets: dict[tuple[str, Hashable], _Bucket] = {}
        self._listed: Listing[T] | None = None
        self._watchers: list[Seen[T]] = []
        for id_, document in store.open(kind):
            self.keep(id_, self._read(id_, document))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, id: str) -> Entry[T]:
        """Return the resource; raise NotFound where there is none."""
        row = self._rows.get(id)
        if row is None:
            raise self._missing(id)
        return row.entry

    def find(self, id: str) -> Entry[T] | None:
        """Return the resource, or None where there is none."""
        row = self._rows.get(id)
        return None if row is None else row.entry

    def list(self, **index: Hashable) -> Sequence[Entry[T]]:
        """Return all resources, or those whose indexes have the given keys; oldest first."""
        if not index:
            if self._listed is None:
                self._listed = Listing(row.entry for row in self._rows.values())
            return self._listed
        for name in index.keys() - self._indexes.keys():
            raise ValueError(f"the collection {self.kind} has no index {name}")
        empty: _Bucket = {}
        found = [self._buckets.get(item, empty) for item in index.items()]
        smallest = min(found, key=len)
        ids = [id_ for id_ in smallest if all(id_ in bucket for bucket in found)]
        # A resource that came to this key by a change stands last in its bucket, whatever its age.
        ids.sort(key=self._ages.__getitem__)
        return [self._rows[id_].entry for id_ in ids]

    async def create(self, id: str, value: T) -> Entry[T]:
        """Keep a new resource; raise Conflict where the identifier is taken."""
        return await self._commit(self.creation(id, value))

    async def replace(self, id: str, value: T, *, if_match: str | None = None) -> Entry[T]:
        """Keep ``value`` in place of what was there; raise NotFound, PreconditionFailed."""
        return await self._commit(self.replacement(id, value, if_match=if_match))

    async def modify(
        self, id: str, change: Callable[[T], T], *, if_match: str | None = None
    ) -> Entry[T]:
        """Keep ``change(present value)``; changes of one resource take turns.

        Raises NotFound, PreconditionFailed, and whatever ``change`` raises.
        """
        return await self._commit(self.modification(id, change, if_match=if_match))

    async def delete(self, id: str, *, if_match: str | None = None) -> None:
        """Take the resource away; raise NotFound, PreconditionFailed."""
        await self._store.commit(self.deletion(id, if_match=if_match))

    def watch(self, seen: Seen[T]) -> None:
        """Have ``seen`` called for each change from now on, in the moment when it is durable.

        It must not raise and must not wait: whoever made the change waits for it.
        """
        self._watchers.append(seen)

    def creation(self, id: str, value: T) -> Wish[T]:
        """Return the wish to create, for a ``Store.commit`` of several changes."""

        def after(present: Entry[T] | None) -> Row[T]:
            if present is not None:
                raise Conflict(f"The {self.what} {id} exists already. Choose another identifier.")
            return self._row(id, value)

        return Wish(self, id, after)

    def replacement(self, id: str, value: T, *, if_match: str | None = None) -> Wish[T]:
        """Return the wish to replace, for a ``Store.commit`` of several changes."""
        return self.modification(id, lambda _: value, if_match=if_match)

    def modification(
        self, id: str, change: Callable[[T], T], *, if_match: str | None = None
    ) -> Wish[T]:
        """Return the wish to modify, for a ``Store.commit`` of several changes."""

        def after(present: Entry[T] | None) -> Row[T]:
            return self._row(id, change(self._checked(id, present, if_match).value))

        return Wish(self, id, after)

    def deletion(self, id: str, *, if_match: str | None = None) -> Wish[T]:
        """Return the wish to delete, for a ``Store.commit`` of several changes."""

        def after(present: Entry[T] | None) -> None:
            self._checked(id, present, if_match)

        return Wish(self, id, after)

    def keep(self, id: str, row: Row[T] | None) -> None:
        """Show ``row`` to readers; called by the store alone, once the change is durable."""
        before = self._rows.get(id)
        self._place(id, before, row)
        for seen in self._watchers:
            seen(_value(before), _value(row))

    def _place(self, id: str, before: Row[T] | None, row: Row[T] | None) -> None:
        self._listed = None
        if before is not None:
            self._unindex(id, before)
        if row is None:
            self._rows.pop(id, None)
            self._ages.pop(id, None)
            return
        self._rows[id] = row
        if before is None:
            self._ages[id] = self._next_age
            self._next_age += 1
        for item in row.keys.items():
            self._buckets.setdefault(item, {})[id] = None

    def _unindex(self, id: str, row: Row[T]) -> None:
        for item in row.keys.items():
            bucket = self._buckets[item]
            del bucket[id]
            if not bucket:
                del self._buckets[item]

    async def _commit(self, wish: Wish[T]) -> Entry[T]:
        (entry,) = await self._store.commit(wish)
        assert entry is not None
        return entry

    def _checked(self, id: str, present: Entry[T] | None, if_match: str | None) -> Entry[T]:
        if present is None:
            raise self._missing(id)
        require_match(if_match, present.etag, what=f"{self.what} {id}")
        return present

    def _row(self, id: str, value: T, encoded: bytes | None = None) -> Row[T]:
        raw = encode(value) if encoded is None else encoded
        keys = {name: key_of(value) for name, key_of in self._indexes.items()}
        return Row(Entry(id, value, raw, etag_of(raw)), keys)

    def _read(self, id: str, document: bytes) -> Row[T]:
        if not document.startswith(FORMAT):
            raise self._damaged(id, f"it is written in another form ({document[:2]!r})")
        raw = document[len(FORMAT) :]
        try:
            return self._row(id, decode(raw, self._type), raw)
        except Problem as fault:
            raise self._damaged(id, fault.detail) from fault

    def _damaged(self, id: str, why: str) -> Damaged:
        return Damaged(
            f"The {self.what} {id} (kind {self.kind}) in {self._store.journal.where} cannot be "
            f"read: {why} Restore the state from a copy, or run the version that wrote it."
        )

    def _missing(self, id: str) -> NotFound:
        return NotFound(f"There is no {self.what} {id}. List the resources to see which there are.")


def _value(row: Row[T] | None) -> T | None:
    return None if row is None else row.entry.value
