"""TR 38.901 as published: its formulas worked out by hand, and what holds at any distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.access.simulated.pathloss import Environment, Way, hidden_db, seen_db, sight

URBAN = Way(Environment.UMA, 3.5e9, cell_m=25.0, device_m=1.5)
STREET = Way(Environment.UMI, 3.5e9, cell_m=10.0, device_m=1.5)
OFFICE = Way(Environment.INH, 5.2e9, cell_m=3.0, device_m=1.0)
COUNTRY = Way(Environment.RMA, 0.8e9, cell_m=35.0, device_m=1.5)


@pytest.mark.parametrize(
    ("way", "ground_m", "expected_db"),
    [
        # 28 + 22 lg 102.724 + 20 lg 3.5, before the breakpoint at 4 x 24 x 0.5 x 3.5e9 / c = 560 m
        (URBAN, 100.0, 83.14),
        # 28 + 40 lg 1000.276 + 20 lg 3.5 - 9 lg (560.39² + 23.5²)
        (URBAN, 1000.0, 109.41),
        # 32.4 + 21 lg 100.361 + 20 lg 3.5
        (STREET, 100.0, 85.31),
        # 32.4 + 40 lg 500.072 + 20 lg 3.5 - 9.5 lg (210.15² + 8.5²)
        (STREET, 500.0, 107.11),
        # 32.4 + 17.3 lg 10.198 + 20 lg 5.2
        (OFFICE, 10.0, 64.17),
        # 20 lg (40 pi x 505.59 x 0.8 / 3) + 0.4779 lg 505.59 - 0.7010 + 0.001398 x 505.59
        (COUNTRY, 504.48, 85.88),
    ],
)
def test_the_loss_in_sight(way: Way, ground_m: float, expected_db: float) -> None:
    assert seen_db(way, np.array([ground_m]))[0] == pytest.approx(expected_db, abs=0.01)


@pytest.mark.parametrize(
    ("way", "ground_m", "expected_db"),
    [
        # 13.54 + 39.08 lg 500.552 + 20 lg 3.5
        (URBAN, 500.0, 129.92),
        # 35.3 lg 200.181 + 22.4 + 21.3 lg 3.5
        (STREET, 200.0, 115.22),
        # 38.3 lg 30.067 + 17.3 + 24.9 lg 5.2
        (OFFICE, 30.0, 91.74),
    ],
)
def test_the_loss_out_of_sight(way: Way, ground_m: float, expected_db: float) -> None:
    assert hidden_db(way, np.array([ground_m]))[0] == pytest.approx(expected_db, abs=0.01)


@pytest.mark.parametrize(
    ("way", "ground_m", "expected"),
    [
        (URBAN, 18.0, 1.0),
        (URBAN, 100.0, 0.18 + 0.82 * 0.204_485),  # exp(-100/63)
        (STREET, 100.0, 0.18 + 0.82 * 0.062_177),  # exp(-100/36)
        (OFFICE, 1.2, 1.0),
        (OFFICE, 5.9, 0.367_879),  # exp(-1)
        (OFFICE, 39.1, 0.32 * 0.367_879),
        (COUNTRY, 1010.0, 0.367_879),
    ],
)
def test_the_probability_of_sight(way: Way, ground_m: float, expected: float) -> None:
    assert sight(way, np.array([ground_m]))[0] == pytest.approx(expected, abs=1e-4)


ways = st.builds(
    Way,
    st.sampled_from(Environment),
    st.floats(0.7e9, 6e9),
    cell_m=st.floats(10.0, 35.0),
    device_m=st.floats(0.5, 60.0),
)
distances = st.floats(10.0, 5000.0)


@given(ways, distances, st.floats(1.01, 10.0))
def test_farther_is_never_louder(way: Way, ground_m: float, times: float) -> None:
    both = np.array([ground_m, ground_m * times])
    for loss in (seen_db, hidden_db):
        near, far = loss(way, both)
        assert far >= near - 1e-6
    assert sight(way, both)[1] <= sight(way, both)[0] + 1e-9 or way.device_m > 13


@given(ways, distances)
def test_out_of_sight_is_never_louder_than_in_sight(way: Way, ground_m: float) -> None:
    place = np.array([ground_m])
    assert hidden_db(way, place)[0] >= seen_db(way, place)[0]


@given(ways)
def test_the_loss_has_no_step_at_the_breakpoint(way: Way) -> None:
    near, far = seen_db(way, np.array([way.breakpoint_m - 1e-6, way.breakpoint_m + 1e-6]))
    assert far == pytest.approx(near, abs=0.01)
