"""What it costs to tell conflicts among many rules, and how that grows with their number.

``python -m bench conflicts``. The plan alone, without a kernel: rules of two hundred instances at
one priority, filters of two shapes, ranges and single values. Needs no rights.
"""

import time
from collections.abc import Callable

from tests.dataplane.rules import CLOUD, DROP, FORWARD, rule

from wayside.dataplane.plan import Plan
from wayside.refpoints.mp2 import SteeringRule, Target

from .figures import Figure, Note, Timings, below, growth, percentile

SIZES = (100, 1000, 10_000)
CHANGES = 300
INSTANCES = 200
QUIET = 0.1
"""The share of the timings whose slowest counts for growth: what the work itself takes."""
GOAL_GROWTH = 0.25
"""What one more may grow by: all of n then grow below n log n."""

Make = Callable[[int], SteeringRule]


def figures(note: Note) -> list[Figure]:
    """Return the rows of the table."""
    found = []
    for what, standing, one in (
        ("that meets none", apart, meets_none),
        ("that meets eight", apart, meets_eight),
        ("among rules that all conflict", alike, alike),
    ):
        note(f"conflicts: a rule {what}, beside {', '.join(f'{size:,}' for size in SIZES)}")
        found += _rows(what, {size: changes(size, standing, one) for size in SIZES})
    return found


def changes(size: int, standing: Make, one: Make) -> list[float]:
    """Return the seconds of putting in one more rule beside ``size``, time and again."""
    plan = Plan(standing(number) for number in range(size))
    found = []
    for number in range(CHANGES):
        more = one(size + number)
        begun = time.perf_counter()
        plan.change(put=[more])
        found.append(time.perf_counter() - begun)
        plan.change(remove=[more.key])
        plan.take_delta()
        plan.conflicts.take_news()
    return found


def _rows(what: str, timings: dict[int, list[float]]) -> list[Figure]:
    most = SIZES[-1]
    spent = {size: percentile(each, QUIET) for size, each in timings.items()}
    before = f"beside {SIZES[0]} rules {1e6 * spent[SIZES[0]]:.0f} us"
    name = f"a rule {what}, {most:,} standing, p50"
    p50_us = 1000 * Timings(timings[most]).p50_ms
    return [
        Figure("conflicts", name, p50_us, "us", None, before),
        Figure("conflicts", "  growth of it", growth(spent), "exponent", below(GOAL_GROWTH)),
    ]


def _to(number: int) -> Target:
    return Target(f"10.60.1.{number % INSTANCES}", f"app{number % INSTANCES}")


def apart(number: int) -> SteeringRule:
    """Return a rule that meets no other: a device's own, or a network's."""
    key, place = f"a{number % INSTANCES}/{number}", f"{number >> 8}.{number & 255}"
    if number % 2:
        return rule(key, FORWARD, _to(number), src_address=f"10.{place}.7", dst_port="9")
    return rule(key, FORWARD, _to(number), src_address=f"11.{place}.0/24", dst_address=CLOUD)


def meets_none(number: int) -> SteeringRule:
    """Return a rule for a device that no other means."""
    return rule("x/1", FORWARD, _to(number), src_address=f"12.0.0.{number % 256}")


def meets_eight(number: int) -> SteeringRule:
    """Return a rule for a network with sixteen numbers, of which every second has a rule."""
    return rule("x/1", DROP, src_address=f"10.0.{number % 6 * 16}.0/20")


def alike(number: int) -> SteeringRule:
    """Return a rule for what all the others mean too, each to its own instance."""
    return rule(f"b{number}/1", FORWARD, _to(number), dst_address=CLOUD)
