"""Who waits for which news of the hosts, and which hosts tell.

Never asks a host: whoever watches it tells what it heard, and whoever waits looks for itself.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """Waiters by what they wait for: an operation, an instance."""

    def __init__(self) -> None:
        self._ears: dict[str, set[asyncio.Event]] = {}
        self._telling: set[str] = set()

    @contextmanager
    def of(self, *subjects: str) -> Iterator[asyncio.Event]:
        """Give an event that is set by each news of one of the subjects, until the block ends."""
        ear = asyncio.Event()
        for subject in subjects:
            self._ears.setdefault(subject, set()).add(ear)
        try:
            yield ear
        finally:
            for subject in subjects:
                self._ears[subject].discard(ear)
                if not self._ears[subject]:
                    del self._ears[subject]

    def tell(self, *subjects: str) -> None:
        """Wake those who wait for one of the subjects."""
        for subject in subjects:
            for ear in self._ears.get(subject, ()):
                ear.set()

    def tell_everybody(self) -> None:
        """Wake all: nobody knows what has changed."""
        self.tell(*self._ears)

    def heard(self, host_id: str) -> None:
        """Know that the host tells what changes."""
        self._telling.add(host_id)

    def lost(self, host_id: str) -> None:
        """Know that the host does not tell any more: who waits must ask, beginning now."""
        if host_id in self._telling:
            self._telling.discard(host_id)
            self.tell_everybody()

    def tells(self, host_id: str) -> bool:
        """Tell whether the host tells what changes."""
        return host_id in self._telling
