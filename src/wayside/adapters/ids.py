"""Makers of identifiers. Never decides what an identifier means."""

import uuid


def new_uuid() -> str:
    """Return a random UUID as text: never returned before, on any machine. Port: ``NewId``."""
    return str(uuid.uuid4())


class CountedIds:
    """Identifiers that a person and a test can foresee: ``app-1``, ``app-2``. Port: ``NewId``.

    Not for production: the count starts anew with each process.
    """

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._count = 0

    def __call__(self) -> str:
        """Return the next identifier."""
        self._count += 1
        return f"{self._prefix}-{self._count}"
