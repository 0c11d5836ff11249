"""What a bench found: a value, its goal, and what it was compared with in the same run. Pure.

Never measures, never prints.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Note = Callable[[str], None]
"""Tells people how far a bench is."""

COLUMNS = ("FIGURE", "VALUE", "GOAL", "MET", "COMPARED IN THE SAME RUN WITH")
RIGHT = {1, 2}


@dataclass(frozen=True)
class Goal:
    """A bound: the value has to lie below it, or with ``at_least`` not below it."""

    bound: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether ``value`` reaches it; nothing that was not measured does."""
        return value >= self.bound if self.at_least else value < self.bound


def below(bound: float) -> Goal:
    """Return the goal of values under ``bound``."""
    return Goal(bound)


def at_least(bound: float) -> Goal:
    """Return the goal of values that are ``bound`` or more."""
    return Goal(bound, at_least=True)


@dataclass(frozen=True)
class Figure:
    """One row of the table. A figure without a goal is shown for what it explains."""

    bench: str
    name: str
    value: float
    unit: str
    """ms, s, KiB, x for a ratio, exponent for growth."""
    goal: Goal | None = None
    compared: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        return None if self.goal is None else self.goal.is_met(self.value)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of the table."""
        goal, met = "", ""
        if self.goal is not None:
            goal = f"{'>=' if self.goal.at_least else '<'} {_number(self.goal.bound)} {self.unit}"
            met = "yes" if self.met else "NO"
        return self.name, f"{_number(self.value)} {self.unit}", goal, met, self.compared


@dataclass(frozen=True)
class Skipped:
    """A bench that could not be run here, or that broke off, and why."""

    bench: str
    reason: str
    broken: bool = False

    @property
    def line(self) -> str:
        """A line of the table."""
        return f"{self.bench}: {'BROKEN OFF' if self.broken else 'skipped'}, {self.reason}"


@dataclass(frozen=True)
class Machine:
    """What the machine was busy with besides; times in ms."""

    cores: int
    load: float
    """Processes that ran or wanted to, averaged over the minute before the run."""
    late_p50_ms: float
    """How late sleeps of a millisecond ended before the run."""
    late_p99_ms: float
    stolen: float
    """Share of the run's CPU time that the hypervisor gave to others."""

    @property
    def line(self) -> str:
        """The last line of the table."""
        return (
            f"machine: {self.cores} cores, load {self.load:.1f} before; "
            f"sleeps end late by p50 {self.late_p50_ms:.2f} ms, p99 {self.late_p99_ms:.2f} ms; "
            f"{self.stolen:.1%} of the CPU time stolen"
        )


@dataclass(frozen=True)
class Timings:
    """Seconds of one thing done many times, to be asked in milliseconds."""

    seconds: Sequence[float]

    @property
    def p50_ms(self) -> float:
        """The median."""
        return 1000 * percentile(self.seconds, 0.50)

    @property
    def p99_ms(self) -> float:
        """What 99 of 100 do not exceed."""
        return 1000 * percentile(self.seconds, 0.99)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` of ``values`` do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def growth(values: Mapping[int, float]) -> float:
    """Return the exponent by which ``values`` grow with n: 0 not at all, 1 as n does.

    The slope of the least squares through the logarithms; NaN of fewer than two.
    """
    if len(values) < 2:
        return math.nan
    points = [(math.log(n), math.log(value)) for n, value in values.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return over / sum((x - mean_x) ** 2 for x, _ in points)


def table(figures: Sequence[Figure], skipped: Sequence[Skipped], machine: Machine) -> str:
    """Return what people read: a line per figure, what was skipped and why, and the machine."""
    rows = [COLUMNS, *(figure.row for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in RIGHT else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines += [each.line for each in skipped]
    return "\n".join([*lines, machine.line])


def document(
    figures: Sequence[Figure], skipped: Sequence[Skipped], machine: Machine
) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "figures": [
            {**asdict(figure), "value": _finite(figure.value), "met": figure.met}
            for figure in figures
        ],
        "skipped": [asdict(each) for each in skipped],
        "machine": asdict(machine),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON has no NaN


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
