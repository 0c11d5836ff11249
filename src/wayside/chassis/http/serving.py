"""What all connections of one server share: whom they serve, how many they are, how they end.

Never reads or writes a byte.
"""

import asyncio
import logging
from collections import Counter
from typing import Protocol

from wayside.core.errors import Problem, Unavailable
from wayside.core.tasks import Nursery

from .limits import Limits
from .messages import Dispatcher, Request, Response

access = logging.getLogger("wayside.access")


class Served(Protocol):
    """A connection, as its server knows it."""

    @property
    def address(self) -> str:
        """Whom it is with."""
        ...

    @property
    def forwards(self) -> bool:
        """Whether others stand behind it: then it is not held to what one address may have."""
        ...

    def sweep(self, tick: int) -> None:
        """End it where it has waited too long for its peer."""
        ...

    def leave(self) -> None:
        """Finish what is under way and end it."""
        ...

    def cut(self) -> None:
        """End it at once."""
        ...


class Serving:
    """What all connections of one server share."""

    def __init__(self, dispatcher: Dispatcher, limits: Limits, nursery: Nursery) -> None:
        self.dispatcher = dispatcher
        self.limits = limits
        self.nursery = nursery
        self.connections: set[Served] = set()
        self.by_address: Counter[str] = Counter()
        self.in_flight = 0
        self.tick = 0
        """Seconds of the element's clock since the first listener, by the sweep."""
        self.closing = False
        self.emptied = asyncio.Event()

    def admit(self, connection: Served) -> Problem | None:
        """Count a new connection in; return the problem where there are too many."""
        limits, address = self.limits, connection.address
        full = len(self.connections) >= limits.connections_max
        mine = self.by_address[address] >= limits.connections_per_address_max
        self.connections.add(connection)
        self.by_address[address] += 1
        if full or (mine and not connection.forwards) or self.closing:
            return Unavailable(
                "This element has as many connections as it can hold; come again later.",
                headers={"Retry-After": "1"},
            )
        return None

    def dismiss(self, connection: Served) -> None:
        """Count a lost connection out."""
        if connection in self.connections:
            self.connections.discard(connection)
            self.by_address[connection.address] -= 1
            if not self.by_address[connection.address]:
                del self.by_address[connection.address]
        if not self.connections:
            self.emptied.set()

    def note(self, request: Request, response: Response) -> None:
        """Write the access log, at DEBUG; a record's ``handler`` is the operation, if any."""
        if access.isEnabledFor(logging.DEBUG):
            target = request.target.partition(b"?")[0].decode("ascii", "replace")
            peer = request.peer.address
            access.debug(
                "%s %s %s %d", peer, request.method, target, response.status,
                extra={"handler": request.handler},
            )  # fmt: skip
