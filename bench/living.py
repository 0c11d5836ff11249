"""The living town: how long it takes to load, and how much faster than the clock it lives.

``python -m bench living``. The network's own process does the same; here it is in this one.
"""

import tempfile
import time
from pathlib import Path

from wayside.access.simulated import logic
from wayside.access.simulated.scenario import load
from wayside.access.simulated.world import World, world_of

from .crowd import crowd
from .figures import Figure, Note, Timings, at_least

SIZES = (500, 10_000, 100_000)
LOADS, TICKS = 5, 20


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    rows: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="wb") as folder:
        for size in SIZES:
            note(f"living: a town of {size:,}")
            path = Path(folder) / f"{size}.toml"
            path.write_text(crowd(size))
            world, loading = _loaded(path)
            rows.append(_row(f"load a scenario of {size:,} devices, p50", loading.p50_ms, "ms"))
            rows.append(
                Figure(
                    "living",
                    f"the town with {size:,} lives so much faster than the clock",
                    _rate(world),
                    "x",
                    at_least(1.0),
                    "radio of three technologies, loads, handovers; ticks of 1 s; one core",
                )
            )
    return rows


def _row(name: str, value: float, unit: str) -> Figure:
    return Figure("living", name, value, unit, None, "TOML read, checked, laid out")


def _loaded(path: Path) -> tuple[World, Timings]:
    took = []
    for _ in range(LOADS):
        begun = time.perf_counter()
        world = world_of(load(path))
        took.append(time.perf_counter() - begun)
    return world, Timings(took)


def _rate(world: World) -> float:
    """Return how many seconds of the network pass in one of CPU time."""
    state, _ = logic.begin(world)
    begun = time.process_time()
    for _ in range(TICKS):
        state, _ = logic.advance(world, state, 1.0)
    return TICKS / (time.process_time() - begun)
