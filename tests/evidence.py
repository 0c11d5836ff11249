"""What each test has shown: which operation answered which status, heard from the access log.

Never judges: ``tests.contract.conformance`` does.
"""

import logging
from collections.abc import Iterator
from functools import cache

from wayside.chassis.bind import BoundOperation
from wayside.core.operations import Api
from wayside.system.catalogue import catalogue

access = logging.getLogger("wayside.access")
Shown = tuple[str, str, int]
"""API as the catalogue names it, operation, status."""


class Evidence(logging.Handler):
    """Keeps what the elements in this process answer, and what was held against a document."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.shown: set[Shown] = set()
        self.compared: set[str] = set()
        """Routes of ETSI's documents, with the root of their API."""

    def listen(self) -> None:
        """Hear every answer from now on."""
        access.addHandler(self)
        access.setLevel(logging.DEBUG)
        access.propagate = False

    def clear(self) -> None:
        """Forget, for the next test."""
        self.shown.clear()
        self.compared.clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an answer of an operation that the catalogue has."""
        handler = getattr(record, "handler", None)
        if isinstance(handler, BoundOperation) and isinstance(record.args, tuple):
            for name in _names(handler.api):
                self.shown.add((name, handler.operation.name, int(str(record.args[-1]))))


EVIDENCE = Evidence()


@cache
def _names(api: type[Api]) -> tuple[str, ...]:
    return tuple(_listed(api))


def _listed(api: type[Api]) -> Iterator[str]:
    for listed in catalogue():
        if issubclass(api, listed.api) and api.info == listed.api.info:
            yield listed.name
