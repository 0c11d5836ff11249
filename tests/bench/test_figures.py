"""The pure parts of the bench: percentiles, goals, and the table that people read."""

import json
import math
from dataclasses import replace

import pytest
from bench.figures import (
    Figure,
    Goal,
    Machine,
    Skipped,
    Timings,
    at_least,
    below,
    document,
    growth,
    percentile,
    table,
)

STEERED = Figure("rules", "PUT -> first packet, p50", 1.5, "ms", below(2.0), "GET 0.20 ms")
MACHINE = Machine(2, 0.5, 0.06, 0.2, 0.031)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, 1), (0.2, 1), (0.21, 2), (0.5, 3), (0.8, 4), (0.99, 5), (1.0, 5)],
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile([5, 1, 4, 2, 3], share) == expected


def test_nothing_measured_has_no_percentile() -> None:
    assert math.isnan(percentile([], 0.5))


def test_growth_is_the_exponent_of_n() -> None:
    assert growth({10: 5.0, 100: 5.0}) == pytest.approx(0)
    assert growth({10: 1.0, 100: 10.0, 1000: 100.0}) == pytest.approx(1)
    assert growth({10: 1.0, 100: 100.0}) == pytest.approx(2)
    assert growth({100: 100 * math.log(100), 1000: 1000 * math.log(1000)}) < 1.2
    assert math.isnan(growth({10: 1.0}))


def test_timings_are_told_in_milliseconds() -> None:
    timings = Timings([n / 1000 for n in range(1, 101)])
    assert (timings.p50_ms, timings.p99_ms) == (50, 99)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (below(2.0), 1.99, True),
        (below(2.0), 2.0, False),
        (at_least(0.95), 0.95, True),
        (at_least(0.95), 0.94, False),
        (below(2.0), math.nan, False),
        (at_least(1.0), math.nan, False),
    ],
)
def test_a_goal_is_met_or_not(goal: Goal, value: float, met: bool) -> None:
    assert replace(STEERED, goal=goal, value=value).met is met


def test_a_figure_without_a_goal_is_neither_met_nor_missed() -> None:
    figure = replace(STEERED, goal=None)
    assert figure.met is None
    assert figure.row == ("PUT -> first packet, p50", "1.50 ms", "", "", "GET 0.20 ms")


def test_a_row_says_value_goal_and_whether_it_is_met() -> None:
    assert STEERED.row == (
        "PUT -> first packet, p50", "1.50 ms", "< 2 ms", "yes", "GET 0.20 ms",
    )  # fmt: skip
    missed = replace(STEERED, value=0.9, unit="x", goal=at_least(1.0))
    assert missed.row[1:4] == ("0.90 x", ">= 1 x", "NO")


def test_the_table_has_a_line_per_figure_and_its_columns_stand_in_line() -> None:
    long = replace(STEERED, name="something with a much longer name", value=123.4)
    head, first, second, _ = table([STEERED, long], [], MACHINE).splitlines()
    assert head.split()[:4] == ["FIGURE", "VALUE", "GOAL", "MET"]
    assert first.index("GET") == second.index("GET") == head.index("COMPARED")
    assert first.index(" ms") + 1 == first.index("ms")
    assert second.startswith("something with a much longer name")
    assert "123 ms" in second


def test_what_was_skipped_is_said_with_its_reason() -> None:
    lines = table([STEERED], [Skipped("api", "go is not installed")], MACHINE).splitlines()
    assert lines[-2] == "api: skipped, go is not installed"


def test_what_broke_off_is_not_taken_for_skipped() -> None:
    lines = table([], [Skipped("rules", "no answer", broken=True)], MACHINE).splitlines()
    assert lines[-2] == "rules: BROKEN OFF, no answer"


def test_programs_get_every_figure_with_its_goal() -> None:
    found = document([STEERED, replace(STEERED, value=math.nan, goal=None)], [], MACHINE)
    read = json.loads(json.dumps(found, allow_nan=False))
    assert read["figures"][0] == {
        "bench": "rules",
        "name": "PUT -> first packet, p50",
        "value": 1.5,
        "unit": "ms",
        "goal": {"bound": 2.0, "at_least": False},
        "compared": "GET 0.20 ms",
        "met": True,
    }
    assert read["figures"][1]["value"] is None


def test_programs_learn_what_was_skipped() -> None:
    found = document([], [Skipped("rules", "it needs root")], MACHINE)
    assert found == {
        "figures": [],
        "skipped": [{"bench": "rules", "reason": "it needs root", "broken": False}],
        "machine": {
            "cores": 2,
            "load": 0.5,
            "late_p50_ms": 0.06,
            "late_p99_ms": 0.2,
            "stolen": 0.031,
        },
    }


def test_the_table_ends_with_how_busy_the_machine_was() -> None:
    assert table([], [], MACHINE).splitlines()[-1] == (
        "machine: 2 cores, load 0.5 before; sleeps end late by p50 0.06 ms, p99 0.20 ms; "
        "3.1% of the CPU time stolen"
    )
