"""A journal that lives as long as its object: for simulations, caches and tests.

Never survives the process; a new store on the same object sees what the old one committed.
"""

from collections.abc import Iterable, Sequence

from wayside.core.journal import Change, Put


class MemoryJournal:
    """Documents in a dictionary. Port: ``Journal``."""

    where = "memory"

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], bytes] = {}

    async def commit(self, changes: Sequence[Change]) -> None:
        """Keep all ``changes``; they last as long as this object."""
        for change in changes:
            if isinstance(change, Put):
                self._documents[change.kind, change.id] = change.body
            else:
                self._documents.pop((change.kind, change.id), None)

    def load(self, kind: str) -> Iterable[tuple[str, bytes]]:
        """Return every (id, body) of ``kind``, oldest first."""
        return [(id_, body) for (of, id_), body in self._documents.items() if of == kind]

    async def close(self) -> None:
        """Nothing is left to do: the documents stay readable."""
