"""Event A3 as TS 38.331 says it: offset, hysteresis, time to trigger, and no ping-pong."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.access.simulated.choosing import Standing, choose
from wayside.access.simulated.hearing import Heard
from wayside.access.simulated.model import Rule

RULE = Rule(offset_db=3.0, hysteresis_db=2.0, trigger_ms=600.0, attach_dbm=-110.0, lost_dbm=-118.0)
NOBODY = 2


class Phone:
    """One device between two cells, led through what it hears."""

    def __init__(self, serving: int = 0) -> None:
        self.serving, self.target, self.held_s = serving, NOBODY, 0.0

    def hears(self, left: float, right: float, *, dt_s: float = 0.2, on: bool = True) -> str:
        powers = {0: left, 1: right, NOBODY: -300.0}
        others = [cell if cell != self.serving else NOBODY for cell in (0, 1)]
        heard = Heard(
            np.array([[self.serving], *([cell] for cell in others)], dtype=np.int32),
            np.array(
                [[powers[self.serving]], *([powers[cell]] for cell in others)], dtype=np.float32
            ),
        )
        standing = Standing(
            np.array([self.target], dtype=np.int32),
            np.array([self.held_s], dtype=np.float32),
            np.array([on]),
            NOBODY,
        )
        choice = choose(RULE, standing, heard, dt_s)
        former, self.target, self.held_s = (
            self.target, int(choice.target[0]), float(choice.held_s[0])
        )  # fmt: skip
        if choice.hand_over[0]:
            self.serving, self.target, self.held_s = former, NOBODY, 0.0
            return "handed over"
        if choice.attach[0]:
            self.serving = int(choice.best[0])
            return "attached"
        if choice.lose[0]:
            self.serving = NOBODY
            return "lost"
        return ""


@pytest.mark.parametrize(("better_db", "expected"), [(4.9, ""), (5.1, "handed over")])
def test_a_neighbour_must_be_better_by_offset_and_hysteresis(
    better_db: float, expected: str
) -> None:
    phone = Phone()
    found = [phone.hears(-90.0, -90.0 + better_db) for _ in range(5)]
    assert found[-1] == "" and max(found) == expected


def test_it_must_be_better_for_the_whole_time_to_trigger() -> None:
    phone = Phone()
    heard = [phone.hears(-90, -80) for _ in range(3)]
    assert heard == ["", "", ""]
    assert phone.hears(-90, -88) == "", "one weak moment, and the time begins anew"
    assert [phone.hears(-90, -80) for _ in range(4)] == ["", "", "", "handed over"]


def test_a_device_begins_with_the_strongest_that_is_strong_enough() -> None:
    assert Phone(NOBODY).hears(-111, -115) == ""
    phone = Phone(NOBODY)
    assert phone.hears(-109, -101) == "attached"
    assert phone.serving == 1


def test_out_of_coverage_or_switched_off_nothing_serves() -> None:
    assert Phone().hears(-119, -130) == "lost"
    phone = Phone()
    assert phone.hears(-80, -80, on=False) == "lost"
    assert phone.hears(-80, -80, on=False) == "", "and nobody attaches who is off"


@given(
    st.lists(st.tuples(st.floats(-115, -60), st.floats(-115, -60)), min_size=20, max_size=60),
    st.sampled_from([0.1, 0.2, 0.5, 1.0]),
)
def test_two_handovers_are_never_closer_than_the_time_to_trigger(
    heard: list[tuple[float, float]], dt_s: float
) -> None:
    phone = Phone()
    times = [
        step * dt_s
        for step, (left, right) in enumerate(heard)
        if phone.hears(left, right, dt_s=dt_s) == "handed over"
    ]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert all(gap > RULE.trigger_ms / 1000 - 1e-6 for gap in gaps)
