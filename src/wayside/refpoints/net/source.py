"""The contract of whoever tells facts about access networks: the present, then all that follows.

Never tells a fact itself.
"""

from typing import Protocol

from wayside.core.wire import Wire

from .facts import BearerEstablished, BearerModified, BearerReleased, Facts, Loaded, Measured, Moved
from .network import Network
from .values import Origin, Rows, Technology


class Serving(Wire):
    """Who is served by what in one technology; devices that are not named are not served."""

    technology: Technology
    devices: Rows
    cells: Rows


class Snapshot(Wire):
    """All that is true at one moment: with it a reader knows as much as one from the beginning."""

    epoch: int
    """Another after each start of the source: rows of another epoch mean nothing."""
    sequence: int
    """That of the last facts which are in it."""
    time_ns: int
    origin: Origin
    network: Network
    serving: tuple[Serving, ...] = ()
    moved: Moved | None = None
    measured: tuple[Measured, ...] = ()
    loaded: Loaded | None = None
    off: tuple[int, ...] = ()
    """Cells that are switched off."""
    bearers: tuple[BearerEstablished | BearerModified | BearerReleased, ...] = ()
    """What differs from the bearers of the groups, of devices that are served."""


def nothing_known(time_ns: int = 0) -> Snapshot:
    """Return what is known of an access network that nobody tells of: no cell and no device."""
    return Snapshot(
        epoch=0,
        sequence=0,
        time_ns=time_ns,
        origin=Origin.STATIC,
        network=Network(operators=(), zones=(), cells=()),
    )


class Reader(Protocol):
    """One reader's view of a source, to be gone through with ``async for``."""

    def __aiter__(self) -> "Reader":
        """Return itself."""
        ...

    async def __anext__(self) -> Snapshot | Facts:
        """Return what follows, waiting for it: a snapshot first, then facts without gap.

        A reader that has fallen too far behind gets a snapshot again, in place of what it missed.
        Ends when the source has ended and all is read.
        """
        ...

    def close(self) -> None:
        """Hear no more. Nothing to do if that is so already."""
        ...


class Source(Protocol):
    """Whoever tells facts: simulated, traced, asked of a network, or written down."""

    @property
    def origin(self) -> Origin:
        """Where its facts come from."""
        ...

    def join(self) -> Reader:
        """Return a reader; between its snapshot and its first facts nothing is missing."""
        ...
