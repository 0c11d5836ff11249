"""The simulated network as a source of facts: time passes by a clock, and everybody hears of it.

Time may be the machine's or virtual, and pass faster than real. Never decides what happens:
``logic`` does.
"""

from dataclasses import dataclass

from wayside.access.feed import Feed, FeedReader
from wayside.core.clock import Clock, Nanoseconds
from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Serving, Snapshot
from wayside.refpoints.net.values import Origin

from . import putting
from .logic import advance, begin
from .state import State
from .telling import Told, placed, rows_of
from .world import World

TICKS_LATE_MAX = 5
"""Of the real clock: who is later than this gives up catching up."""


@dataclass(frozen=True)
class Pace:
    """How time passes."""

    tick_s: float = 1.0
    """Of the network's time, from facts to facts."""
    speed: float = 1.0
    """How much faster than the clock; 0: as fast as the machine goes."""

    @property
    def wait_s(self) -> float:
        """Return how long to wait from tick to tick, by the clock."""
        return self.tick_s / self.speed if self.speed else 0.0


class SimulatedSource:
    """Port: ``Source``. What it tells is SIMULATED."""

    origin = Origin.SIMULATED

    def __init__(self, world: World, clock: Clock, *, epoch: int, pace: Pace | None = None) -> None:
        self._world, self._clock, self._pace = world, clock, pace or Pace()
        self._began_ns = clock.now()
        self._state, told = begin(world)
        self._feed = Feed(self._first(told, epoch))
        self._put: set[int] = set()
        """The devices that were put elsewhere since the last tick."""

    @property
    def picture(self) -> Picture:
        """The present, as every reader sees it."""
        return self._feed.picture

    @property
    def state(self) -> State:
        """The present, with what no fact tells."""
        return self._state

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    def put(self, device: int, cell: int) -> None:
        """Put a device that stands still close to a cell; it is told of at the next tick.

        Raises Conflict for one that moves by itself.
        """
        self._state = putting.put(self._world, self._state, device, cell)
        self._put.add(device)

    def tick(self) -> Facts:
        """Have one tick of time pass, tell everybody, and return what was told."""
        self._state, told = advance(self._world, self._state, self._pace.tick_s)
        facts = Facts(
            epoch=self.picture.epoch,
            sequence=self.picture.sequence + 1,
            time_ns=self._began_ns + self._state.passed_ns,
            origin=self.origin,
            events=told.events,
            moved=putting.told(self._world, self._state, told.moved, self._put),
            measured=told.measured,
            loaded=told.loaded,
        )
        self._put.clear()
        self._feed.tell(facts)
        return facts

    async def run(self, ticks: int | None = None) -> None:
        """Let time pass for so many ticks, or until cancelled; readers then hear of the end."""
        due = self._clock.monotonic()
        self._align(self._pace.wait_s)
        try:
            while ticks is None or ticks > 0:
                due += self._pace.wait_s
                late = self._clock.monotonic() - due
                if late > TICKS_LATE_MAX * self._pace.wait_s:
                    due = self._clock.monotonic()
                    self._align(0.0)
                await self._clock.sleep(max(-late, 0.0))
                self.tick()
                ticks = None if ticks is None else ticks - 1
        finally:
            self._feed.end()

    def _align(self, wait_s: float) -> None:
        """Have the tick that is due in so long bear the clock's time, where both go at one pace.

        The network's time never goes back for it.
        """
        if self._pace.speed == 1.0:
            due_ns = self._clock.now() + int(wait_s * 1e9)
            began_ns = due_ns - self._state.passed_ns - int(self._pace.tick_s * 1e9)
            self._began_ns = Nanoseconds(max(self._began_ns, began_ns))

    def _first(self, told: Told, epoch: int) -> Snapshot:
        both = zip(self._world.layers, self._state.services, strict=True)
        serving = []
        for layer, service in both:
            here = service.serving != layer.nobody
            serving.append(
                Serving(
                    technology=layer.technology,
                    devices=layer.devices[here],
                    cells=rows_of(layer, service.serving[here]),
                )
            )
        return Snapshot(
            epoch=epoch,
            sequence=0,
            time_ns=self._began_ns,
            origin=self.origin,
            network=self._world.network,
            serving=tuple(serving),
            moved=placed(self._world, self._state),
            measured=told.measured,
            loaded=told.loaded,
        )
