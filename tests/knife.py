"""``kill -9`` at one step of one saga: before it is done, or before it is known to be done.

What was in the journal before stays. Whoever uses it starts the element again on the same journal.
"""

import asyncio
from collections.abc import Sequence

from wayside.adapters.memory import MemoryJournal
from wayside.core.journal import Change

WHEN = ("before", "after")


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing after it runs."""


class Knife(MemoryJournal):
    """Kills one element at one step; what it has committed before stays."""

    def __init__(self, journal: MemoryJournal, step: str, when: str) -> None:
        super().__init__()
        self._documents = journal._documents
        self._step, self._when = step, when
        self._armed = ""
        self.struck = asyncio.Event()

    def look(self, saga: str, id: str, step: str) -> None:
        """Know which step comes next."""
        if step == self._step and not self.struck.is_set():
            if self._when == "before":
                self.strike()
            self._armed = id

    async def commit(self, changes: Sequence[Change]) -> None:
        """Keep the changes, unless they tell that the step was done."""
        told = any(each.kind == "sagas" and each.id == self._armed for each in changes)
        if self._armed and told and not self.struck.is_set():
            self.strike()
        await super().commit(changes)

    def strike(self) -> None:
        """End the process here."""
        self.struck.set()
        raise Killed
