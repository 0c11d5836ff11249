"""How good and how fast hosts are chosen: the gap to the best plan, decisions, growth.

``python -m bench placement``. Pure data in one process: no host is asked and nothing is started.
The region is made up (``region``). A gap is between what a search found and what the exact search
has proven that no plan can beat; it is the worst of all regions of one load.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from wayside.meo.placement.batch.answer import Answer, arrange
from wayside.meo.placement.batch.bundles import Wanted, bundled
from wayside.meo.placement.batch.question import Question
from wayside.meo.placement.demands import Requirements
from wayside.meo.placement.field import Field
from wayside.meo.placement.plan import NoHost, decide
from wayside.refpoints.mm4 import Amount

from . import region
from .figures import Figure, Note, Timings, below, growth, percentile

HOSTS, APPLICATIONS = 50, 200
LOADS = (0.5, 0.7, 0.9)
"""Shares of the free CPU that the applications ask for."""
REGIONS = (1, 2)
"""Seeds."""
EXACT_S = 5.0
GAP_PERCENT = 2.0
MANY = (100, 1_000, 10_000)
"""Hosts among which one is chosen for one application."""
DECISIONS, SURVEYS = 400, 10
DECISION_P99_MS = 10.0
N_LOG_N = 1.25
QUIET = 0.1
"""The share of the timings whose slowest counts for growth: what the work itself takes."""


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    return [*_gaps(note), *_decisions(note)]


@dataclass(frozen=True)
class Compared:
    """One region planned twice."""

    fast: Answer
    fast_s: float
    exact: Answer

    @property
    def fast_percent(self) -> float:
        """The gap of the fast search; one that places fewer is not compared by distance."""
        if self.fast.placed < self.exact.placed:
            return 100 * (self.exact.placed / self.fast.placed - 1)
        return 100 * (self.fast.distance / self.exact.distance_at_least - 1)


def _gaps(note: Note) -> list[Figure]:
    found = []
    for load in LOADS:
        note(f"placement: {APPLICATIONS} applications among {HOSTS} hosts, load {load}")
        compared = [_compared(_question(load, seed)) for seed in REGIONS]
        placed = ", ".join(
            f"{each.fast.placed} and {each.exact.placed} of {each.exact.placed_at_most}"
            for each in compared
        )
        fast_s = max(each.fast_s for each in compared)
        where = f"{HOSTS} hosts, {APPLICATIONS} applications, load {load}"
        found += [
            Figure(
                "placement", f"gap of the fast search, {where}",
                max(each.fast_percent for each in compared), "%", below(GAP_PERCENT),
                f"placed by both: {placed} possible; {fast_s:.1f} s",
            ),
            Figure(
                "placement", f"gap of the exact search, {where}",
                max(100 * each.exact.gap for each in compared), "%", below(GAP_PERCENT),
                f"{EXACT_S:.0f} s, begun with what the fast one found",
            ),
        ]  # fmt: skip
    return found


def _question(load: float, seed: int) -> Question:
    demands = region.applications(APPLICATIONS, seed=seed)
    hosts = region.loaded(region.hosts(HOSTS, seed=seed), demands, load=load)
    return bundled(Wanted(demands), Field(hosts)).question


def _compared(question: Question) -> Compared:
    begun = time.perf_counter()
    fast = arrange(question, seconds=0)
    fast_s = time.perf_counter() - begun
    return Compared(fast, fast_s, arrange(question, seconds=EXACT_S))


@dataclass(frozen=True)
class Decided:
    """How long decisions took, and how much of it the processor worked for them."""

    wall: Timings
    cpu: Timings


def _decisions(note: Note) -> list[Figure]:
    demands = region.applications(DECISIONS, seed=REGIONS[0])
    took = {}
    for count in MANY:
        note(f"placement: {DECISIONS} decisions, each among {count} hosts")
        took[count] = _decided(demands, Field(region.hosts(count, seed=REGIONS[0])))
    most = took[MANY[-1]]
    quiet = {count: percentile(each.cpu.seconds, QUIET) for count, each in took.items()}
    among = f"a decision among {MANY[-1]} hosts"
    compared = f"CPU time {most.cpu.p99_ms:.2f} ms; the rest is other work of the machine"
    return [
        Figure("placement", f"{among}, p50", most.wall.p50_ms, "ms"),
        Figure(
            "placement", f"{among}, p99", most.wall.p99_ms, "ms", below(DECISION_P99_MS), compared
        ),
        _survey(),
        Figure(
            "placement", "growth of a decision with hosts", growth(quiet), "exponent",
            below(N_LOG_N), ", ".join(f"{n}: {1000 * s:.2f} ms" for n, s in quiet.items()),
        ),
    ]  # fmt: skip


def _survey() -> Figure:
    """Return what it takes to know all hosts anew when one of a hundred has changed."""
    offers = region.hosts(MANY[-1], seed=REGIONS[0])
    field, took = Field(offers), []
    for number in range(SURVEYS):
        less = Amount(cpu_milli=number + 1)
        news = [
            replace(each, promised=less) if at % 100 == 0 else each
            for at, each in enumerate(offers)
        ]
        copies = [replace(each) for each in news]
        begun = time.thread_time()
        field.tell(*copies)
        took.append(time.thread_time() - begun)
    name = f"{MANY[-1]} hosts told anew, one of 100 changed, p50"
    return Figure("placement", name, Timings(took).p50_ms, "ms", None, "CPU time")


def _decided(demands: Sequence[Requirements], field: Field) -> Decided:
    wall, cpu = [], []
    for each in demands:
        begun, worked = time.perf_counter(), time.thread_time()
        with suppress(NoHost):  # that takes as long, and is explained too
            decide(each, field)
        wall.append(time.perf_counter() - begun)
        cpu.append(time.thread_time() - worked)
    return Decided(Timings(wall), Timings(cpu))
