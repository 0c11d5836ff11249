"""How soon the orchestrator sees that a host has done what it was asked for."""

import pytest

from wayside.meo.follow import FIRST_WAIT_S, LONGEST_WAIT_S, pause_s


@pytest.mark.parametrize("took_s", [0.05, 0.3, 1.0, 1.9])
def test_an_end_is_seen_at_most_a_tenth_of_the_operation_late(took_s: float) -> None:
    asked_s, times = 0.0, 0
    while asked_s < took_s:
        asked_s += pause_s(asked_s)
        times += 1
    assert asked_s - took_s <= max(took_s / 10, FIRST_WAIT_S)
    assert times < 60


def test_a_long_operation_is_asked_of_at_a_steady_pace() -> None:
    assert pause_s(3600.0) == LONGEST_WAIT_S
