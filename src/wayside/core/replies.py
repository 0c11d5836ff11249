"""What a handler may answer, beside a plain wire value (200) and None (204).

Never holds a header of its own making: links and tags come from the entry.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A stored resource: its value, its encoded bytes and its entity tag, kept together.

    Links inside ``encoded`` are absolute paths (``/app_lcm/v1/…``) that the chassis turns into
    URIs for the caller's own view of the API root.
    """

    id: str
    value: T
    encoded: bytes
    etag: str
    views: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """Encoded bytes per API root, filled by the chassis and bounded by it."""


class Listing(tuple[Entry[T], ...]):
    """All resources of one kind at one moment, oldest first; it knows their order by id, too."""

    @cached_property
    def by_id(self) -> tuple[Entry[T], ...]:
        """The same in the order of their identifiers; worked out once."""
        return tuple(sorted(self, key=_id_of))

    def behind(self, id: str) -> Iterator[Entry[T]]:
        """Yield what follows ``id`` in that order, whether it is among them or not."""
        return islice(self.by_id, bisect_right(self.by_id, id, key=_id_of), None)


class Made(Sequence[Entry[T]]):
    """Resources that are put together only when they are looked at: of a long list, one page.

    ``ids`` are in their order; ``make`` is given a place in them.
    """

    def __init__(self, ids: Sequence[str], make: Callable[[int], Entry[T]]) -> None:
        self._ids, self._make = ids, make

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Entry[T]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry[T]]: ...

    def __getitem__(self, place: int | slice) -> Entry[T] | Sequence[Entry[T]]:
        """Return what is at ``place``, made now."""
        if isinstance(place, slice):
            return [self._make(each) for each in range(*place.indices(len(self)))]
        return self._make(range(len(self))[place])

    def behind(self, id: str) -> Iterator[Entry[T]]:
        """Yield what follows ``id``, whether it is among them or not."""
        return map(self._make, range(bisect_right(self._ids, id), len(self)))


def _id_of(entry: Entry[Any]) -> str:
    return entry.id


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A list answer; the chassis applies the request's ``ListQuery`` to it."""

    entries: Sequence[Entry[T]]


@dataclass(frozen=True, slots=True)
class Created(Generic[T]):
    """201: ``location`` is the path of the new resource, ``body`` its representation."""

    location: str
    body: T | Entry[T]


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """202: the work goes on; ``location`` is the path of the resource that tells how.

    ``Accepted[None]`` declares that there is no content.
    """

    location: str | None = None
    body: T | Entry[T] | None = None
    retry_after_s: int | None = None
    """When to ask there, as Retry-After says it; None: the answer has no opinion."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """Any other answer, said whole: for the few operations that need it.

    ``Answer[T]`` declares what a 200 holds, ``Answer[T | None]`` that there may be a 204 too; the
    body of an error may be of another type.
    """

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"
