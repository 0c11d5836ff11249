"""A million devices moved, measured and matched against areas, tick after tick, on one core.

``python -m bench radio``. The simulated network's own logic, in this process; nothing is told to
anybody. Ends at a few hundred megabytes.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wayside.access.carrying import RemoteSource, serve
from wayside.access.simulated import logic
from wayside.access.simulated.model import (
    CellPlan,
    Kind,
    NetworkPlan,
    OperatorPlan,
    Population,
    Road,
    ZonePlan,
)
from wayside.access.simulated.pathloss import Environment
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.state import State
from wayside.access.simulated.world import World, world_of
from wayside.adapters.clocks import SystemClock
from wayside.model.place import Position
from wayside.refpoints.net.areas import Area, Areas, Circle, Polygon, Standing
from wayside.refpoints.net.values import Technology

from .figures import Figure, Note, Timings, below

DEVICES, LIVE = 1_000_000, 10_000
SIDE, CIRCLES = 20, 1_000
"""Zones and cells along a side of the town; so many of each squared."""
TICKS, TOLD = 7, 100
SOUTH, WEST = 43.50, 7.00
NORTH_DEG, EAST_DEG = 0.009, 0.0124
"""A kilometre."""


@dataclass
class Tick:
    """What one tick took, in seconds of CPU time: what others do on the machine is not counted."""

    moving: float
    all_of_it: float
    handovers: int
    crossings: int


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    note(f"radio: laying out {DEVICES:,} devices, {SIDE * SIDE} cells")
    world, areas = world_of(_plan(DEVICES)), Areas(_areas())
    ticks = _ticks(world, areas, note)
    live = _ticks(world_of(_plan(LIVE)), areas, note)
    with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as folder:
        told = Timings(asyncio.run(_told(world_of(_plan(LIVE)), Path(folder) / "net")))
    events = sum(tick.handovers for tick in ticks) / len(ticks)
    crossed = sum(tick.crossings for tick in ticks) / len(ticks)
    where = f"{SIDE * SIDE} zones and {CIRCLES:,} circles"
    moved, measured, small = (
        Timings([tick.moving for tick in ticks]).p50_ms,
        Timings([tick.all_of_it for tick in ticks]).p50_ms,
        Timings([tick.all_of_it for tick in live]).p50_ms,
    )
    return [
        Figure(
            "radio",
            f"{DEVICES:,} devices moved and matched, a tick, p50",
            moved,
            "ms",
            below(100.0),
            f"CPU time of one core; {where}; {crossed:,.0f} entered or left",
        ),
        Figure(
            "radio",
            f"{DEVICES:,} moved, measured and matched, p50",
            measured,
            "ms",
            below(500.0),
            f"{world.layers[0].nearby.cells.shape[0]} candidates each; {events:,.0f} handed over",
        ),
        Figure("radio", f"{LIVE:,} moved, measured and matched, p50", small, "ms", None, where),
        Figure(
            "radio",
            f"{LIVE:,} live: a tick begun, heard at the far end of a socket, p99",
            told.p99_ms,
            "ms",
            below(20.0),
            f"p50 {told.p50_ms:.1f} ms, by the clock; both ends in one process",
        ),
    ]


def _ticks(world: World, areas: Areas, note: Note) -> list[Tick]:
    state, _ = logic.begin(world)
    standing = areas.nowhere(world.network.size)
    still = replace(world, layers=())
    found: list[Tick] = []
    for number in range(TICKS + 1):
        begun = time.process_time()
        _, entered = _moved(still, replace(state, services=()), areas, standing)
        moving = time.process_time() - begun
        begun = time.process_time()
        state, told = logic.advance(world, state, 1.0)
        assert told.moved is not None
        place = (told.moved.latitude, told.moved.longitude)
        standing, *_ = areas.follow(standing, told.moved.devices, place)
        took = time.process_time() - begun
        if number:  # the first has everybody enter, and the caches cold
            found.append(Tick(moving, took, len(told.events) // 2, entered))
    note(f"radio: {TICKS} ticks of {world.network.size:,} devices")
    return found


async def _told(world: World, path: Path) -> list[float]:
    """Return how long after a tick's begin a picture at the other end of a socket has it."""
    network = SimulatedSource(world, SystemClock(), epoch=1)
    server = await serve(network, path)
    here = RemoteSource(path, SystemClock())
    reader = here.join()
    await anext(reader)  # nothing is known yet
    running = asyncio.ensure_future(here.run())
    await anext(reader)
    found = []
    for _ in range(TOLD):
        begun = time.perf_counter()
        network.tick()
        await anext(reader)
        found.append(time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()
    return found


def _moved(world: World, state: State, areas: Areas, standing: Standing) -> tuple[State, int]:
    state, told = logic.advance(world, state, 1.0)
    assert told.moved is not None
    place = (told.moved.latitude, told.moved.longitude)
    _, entered, left = areas.follow(standing, told.moved.devices, place)
    return state, len(entered.areas) + len(left.areas)


def _at(east_km: float, north_km: float) -> tuple[float, float]:
    return round(SOUTH + north_km * NORTH_DEG, 6), round(WEST + east_km * EAST_DEG, 6)


def _plan(devices: int) -> NetworkPlan:
    """Return a town of streets every kilometre, a cell in the middle of each block."""
    operator, zone = OperatorPlan(id="north"), ZonePlan(id="town")
    cells = [_cell(east, north) for north in range(SIDE) for east in range(SIDE)]
    lines = [[(step, line) for step in range(SIDE + 1)] for line in range(SIDE + 1)]
    streets = [
        Road(id=f"{name}{number}", points=tuple(_at(*turn(point)) for point in line))
        for name, turn in (("street", lambda p: p), ("lane", lambda p: (p[1], p[0])))
        for number, line in enumerate(lines)
    ]
    half = devices // 2
    return NetworkPlan(
        operators=(operator,),
        zones=(zone,),
        cells=tuple(cells),
        roads=tuple(streets),
        populations=(
            Population(id="walker", kind=Kind.WALKER, count=half, operator="north"),
            Population(id="car", kind=Kind.CAR, count=devices - half, operator="north"),
        ),
    )


def _cell(east: int, north: int) -> CellPlan:
    latitude, longitude = _at(east + 0.5, north + 0.5)
    return CellPlan(
        id=f"cell{north * SIDE + east}",
        technology=Technology.NR,
        operator="north",
        zone="town",
        latitude=latitude,
        longitude=longitude,
        carrier_mhz=760.0,
        bandwidth_mhz=20.0,
        power_dbm=46.0,
        gain_dbi=8.0,
        environment=(Environment.UMA, Environment.RMA)[(east + north) % 2],
    )


def _areas() -> list[Area]:
    zones = [
        Polygon(
            tuple(
                Position(latitude=latitude, longitude=longitude)
                for latitude, longitude in (
                    _at(east - 0.5, north - 0.5),
                    _at(east + 0.5, north - 0.5),
                    _at(east + 0.5, north + 0.5),
                    _at(east - 0.5, north + 0.5),
                )
            )
        )
        for north in range(SIDE)
        for east in range(SIDE)
    ]
    drawn = np.random.default_rng(1).random((CIRCLES, 3))
    circles = []
    for east, north, radius in drawn.tolist():
        latitude, longitude = _at(east * SIDE, north * SIDE)
        centre = Position(latitude=latitude, longitude=longitude)
        circles.append(Circle(centre, 50.0 + 450.0 * radius))
    return [*zones, *circles]
