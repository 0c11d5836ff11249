"""The port through which an element makes its state durable. Adapters: SQLite now.

Documents have a kind and an id; a commit is all or nothing and durable when it returns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wayside.core.errors import Internal


@dataclass(frozen=True, slots=True)
class Put:
    """Write a document, replacing what was there."""

    kind: str
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget a document; not an error where there is none."""

    kind: str
    id: str


Change = Put | Remove


class Damaged(Internal):
    """What was kept cannot be read back; the detail names the place and the remedy."""


class Journal(Protocol):
    """An element's durable memory."""

    where: str
    """How a person finds it: the path of the file."""

    async def commit(self, changes: Sequence[Change]) -> None:
        """Return when all ``changes`` will survive a power cut; on failure none is kept.

        Raises Unavailable where the disk refuses (full, read-only).
        """
        ...

    def load(self, kind: str) -> Iterable[tuple[str, bytes]]:
        """Return every (id, body) of ``kind``, oldest first. Called at start only."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the file."""
        ...
