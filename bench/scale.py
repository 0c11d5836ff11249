"""A thousand applications on-boarded, two hundred instances started, and what each costs.

``python -m bench scale``. A real orchestrator and a real host manager in this process, HTTP between
them, journals on disk; the host's platform and VIM are the twins of the tests, so that nothing is
measured but the management. A package here is its descriptor alone.
"""

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.meo.tiers import Tiers
from tests.model.descriptors import an_appd

from wayside.adapters.sqlite import SqliteJournal
from wayside.refpoints.mm4 import Amount

from .figures import Figure, Note, Timings, below, growth, percentile

APPLICATIONS, INSTANCES = 1000, 200
PACKAGES_NOTED, INSTANCES_NOTED = 250, 50
N_LOG_N = 0.25
"""What one more may grow by: all of n then grow below n log n."""
QUIET = 0.1
"""The share of the timings whose slowest counts for growth: what the work itself takes."""
ENDLESS = Amount(cpu_milli=1_000_000, memory_bytes=1 << 44, storage_bytes=1 << 46)


@dataclass
class Costs:
    """What was measured, in the order in which it was done."""

    onboardings: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    package_bytes: float = 0.0
    instance_bytes: float = 0.0


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as folder:
        costs = asyncio.run(_measure(Path(folder), note))
    return [
        *_rows("on-board an application", costs.onboardings, APPLICATIONS),
        Figure("scale", "memory per application", costs.package_bytes / 1024, "KiB", below(64.0)),
        *_rows("instantiate until COMPLETED on Mm1", costs.starts, INSTANCES),
        Figure("scale", "memory per instance", costs.instance_bytes / 1024, "KiB", below(128.0)),
    ]


def _rows(what: str, seconds: list[float], count: int) -> list[Figure]:
    """Return the median, and how the cost of one more grows from the first tenth to the last."""
    tenth = count // 10
    first = percentile(seconds[:tenth], QUIET)
    last = percentile(seconds[-tenth:], QUIET)
    exponent = growth({tenth: first, count: last})
    whole = f"{count} in {sum(seconds):.1f} s, one after the other, with twins below"
    return [
        Figure("scale", f"{what}, of {count}, p50", Timings(seconds).p50_ms, "ms", None, whole),
        Figure(
            "scale",
            f"growth of one more ({what.split()[0]})",
            exponent,
            "exponent",
            below(N_LOG_N),
            f"the first {tenth}: {1000 * first:.1f} ms, the last: {1000 * last:.1f} ms",
        ),
    ]


async def _measure(folder: Path, note: Note) -> Costs:
    tiers = Tiers(folder)
    for name in tiers.journals:
        tiers.journals[name] = SqliteJournal(folder / f"{name}.db")  # type: ignore[assignment]
    for twin in tiers.hosts.values():
        twin.vim.total = ENDLESS
    costs = Costs()
    async with tiers:
        before = _memory_bytes()
        for number in range(APPLICATIONS):
            begun = time.perf_counter()
            await tiers.onboard(an_appd(app_d_id=f"app-{number}"))
            costs.onboardings.append(time.perf_counter() - begun)
            _progress(note, "applications on-boarded", number, PACKAGES_NOTED)
        costs.package_bytes = (_memory_bytes() - before) / APPLICATIONS
        before = _memory_bytes()
        for number in range(INSTANCES):
            instance = await tiers.create(f"app-{number}")
            begun = time.perf_counter()
            await tiers.instantiate(instance)
            costs.starts.append(time.perf_counter() - begun)
            _progress(note, "instances started", number, INSTANCES_NOTED)
        costs.instance_bytes = (_memory_bytes() - before) / INSTANCES
    for journal in tiers.journals.values():
        await journal.close()
    return costs


def _progress(note: Note, what: str, number: int, every: int) -> None:
    if (number + 1) % every == 0:
        note(f"scale: {number + 1} {what}")


def _memory_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
