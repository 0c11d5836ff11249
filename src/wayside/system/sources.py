"""Who tells facts about the access network of a system: chosen by a file's ``[source]``.

``kind`` names one of ``KINDS``; the other fields are that kind's own. A file with ``[network]``
alone means its living network. Never tells a fact itself.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from wayside.access.hostapd.points import Point, network_with
from wayside.access.hostapd.source import HostapdSource
from wayside.access.reading import Faulty, Record, read, text_of, values_of
from wayside.access.simulated import scenario
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.static.source import StaticSource
from wayside.access.static.table import load, network_of
from wayside.access.trace.moves import moves, told
from wayside.access.trace.recording import recorded
from wayside.access.trace.source import TraceSource
from wayside.refpoints.net.values import Origin

from .nef import NefSaid, open_nef
from .opening import Opened, Place
from .process import Hands
from .state import StateFolder

SECTION = "source"
Seconds = Annotated[float, Meta(ge=0.01, le=60)]
Speed = Annotated[float, Meta(gt=0, le=1000)]

R = TypeVar("R", bound=Record)


class SourceFault(Faulty):
    """A ``[source]`` that cannot be."""


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of source: what a file may say of it, and how it is opened for as long as it runs.

    ``open`` raises a Problem that names the field where what is said cannot be done.
    """

    said: type[R]
    open: Callable[[R, Place], AbstractAsyncContextManager[Opened]]


class SimulatedSaid(Record):
    """The living network of the same file's ``[network]``."""

    tick_s: Seconds = 1.0
    """Of the network's time, from facts to facts."""
    speed: Speed = 1.0
    """How much faster than the clock its time passes."""


class TraceSaid(Record):
    """Facts that were recorded, or a table of moves."""

    file: str
    """What ``wayside network run --record`` wrote; or ``.csv``: a table of moves."""
    speed: Speed = 1.0
    table: str | None = None
    """Of a table of moves: the operator's table with the cells that it may name."""
    origin: Origin | None = None
    """Of a table of moves: where its figures come from."""


class StaticSaid(Record):
    """An operator's table; it is read again when the network's process is started again."""

    table: str


class AccessPointSaid(Record):
    """An access point that hostapd runs."""

    cell: str
    """Its id in the operator's table."""
    control: str
    """The control socket of its BSS: ``ctrl_interface`` and the interface's name."""


class HostapdSaid(Record):
    """Access points that hostapd runs on this machine, and whose their stations are."""

    table: str
    """The operator's table: the access points, and the subscribers with their ``mac``."""
    access_points: tuple[AccessPointSaid, ...]
    look_every_s: Seconds = 2.0
    """How often figures are read; who comes and goes is heard at once."""


@asynccontextmanager
async def _simulated(said: SimulatedSaid, place: Place) -> AsyncIterator[Opened]:
    clock = place.hands.clock
    pace = Pace(tick_s=said.tick_s, speed=said.speed)
    world = world_of(scenario.load(place.file))
    source = SimulatedSource(world, clock, epoch=clock.now(), pace=pace)
    yield Opened(source, source.run, put=source.put)


@asynccontextmanager
async def _trace(said: TraceSaid, place: Place) -> AsyncIterator[Opened]:
    clock, file = place.hands.clock, place.path(said.file)
    table = file.suffix == ".csv"
    if (said.table is not None) is not table or (said.origin is not None) is not table:
        raise SourceFault(
            str(place.file),
            [f"{SECTION}.table: table and origin go with a table of moves (.csv), and only there."],
        )
    if said.table is not None and said.origin is not None:
        network = network_of(load(place.path(said.table)))
        lines = told(moves(file, network), network, said.origin)
    else:
        lines = recorded(file)
    source = TraceSource(lines, clock, epoch=clock.now(), speed=said.speed)
    yield Opened(source, source.play)


@asynccontextmanager
async def _static(said: StaticSaid, place: Place) -> AsyncIterator[Opened]:
    clock = place.hands.clock
    source = StaticSource(load(place.path(said.table)), clock, epoch=clock.now())

    async def nothing_follows() -> None:
        """A table is true until the process is started again."""

    yield Opened(source, nothing_follows, hand_over=source.hand_over)


@asynccontextmanager
async def _hostapd(said: HostapdSaid, place: Place) -> AsyncIterator[Opened]:
    clock = place.hands.clock
    points = [Point(each.cell, place.path(each.control)) for each in said.access_points]
    network = network_with(load(place.path(said.table)), points, source=str(place.file))
    source = HostapdSource(
        network, points, clock, epoch=clock.now(), look_every_s=said.look_every_s
    )
    yield Opened(source, source.run)


KINDS: dict[str, Kind[Any]] = {
    "simulated": Kind(SimulatedSaid, _simulated),
    "trace": Kind(TraceSaid, _trace),
    "static": Kind(StaticSaid, _static),
    "hostapd": Kind(HostapdSaid, _hostapd),
    "nef": Kind(NefSaid, open_nef),
}
"""All kinds by name. Another one: a room in ``access``, and its line here."""


@dataclass(frozen=True)
class Chosen:
    """What a file has chosen; nothing of it is opened yet."""

    name: str
    said: Record
    file: Path

    def open(self, state: StateFolder, hands: Hands) -> AbstractAsyncContextManager[Opened]:
        """Open the source for as long as the context lasts."""
        return KINDS[self.name].open(self.said, Place(self.file, state, hands))


def chosen(file: Path) -> Chosen | None:
    """Return the source that ``file`` names; None where it has neither a source nor a network.

    Raises SourceFault with every fault of ``[source]``.
    """
    values = values_of(text_of(file, SourceFault), str(file), SourceFault)
    living = scenario.SECTION in values
    if SECTION not in values:
        return Chosen("simulated", SimulatedSaid(), file) if living else None
    section = values[SECTION]
    if not isinstance(section, dict):
        raise SourceFault(str(file), [f"{SECTION}: a table is expected here."])
    name = section.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise SourceFault(str(file), [f"{SECTION}.kind: {name!r} is none of {known}."])
    if name == "simulated" and not living:
        raise SourceFault(
            str(file), [f"{SECTION}.kind: simulated is a living network; add [network]."]
        )
    faults: list[str] = []
    own = {field: value for field, value in section.items() if field != "kind"}
    said = read(KINDS[name].said, own, at=SECTION, faults=faults)
    if said is None:
        raise SourceFault(str(file), faults)
    return Chosen(name, said, file)
