"""A cell is shared evenly, never beyond its whole, and nobody gets more than it asks for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.access.simulated.sharing import share

possible = st.just(0.0) | st.floats(1e3, 1e9)
devices = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0, 1e9), possible), min_size=1, max_size=40
)


def shared(told, level=1.0, steps=1):  # type: ignore[no-untyped-def]
    cells = np.array([cell for cell, _, _ in told], dtype=np.int32)
    wanted = np.array([wanted for _, wanted, _ in told], dtype=np.float32)
    possible = np.array([possible for _, _, possible in told], dtype=np.float32)
    levels = np.full(4, level, dtype=np.float32)
    return cells, wanted, possible, share(cells, (wanted, possible), level=levels, steps=steps)


@given(devices, st.floats(1e-6, 1.0), st.integers(1, 3))
def test_no_cell_is_used_beyond_its_whole(told, level: float, steps: int) -> None:  # type: ignore[no-untyped-def]
    cells, wanted, possible, found = shared(told, level, steps)
    used = np.bincount(
        cells, np.divide(found.flow_bps, possible, where=possible > 0, out=np.zeros(len(told)))
    )
    assert (used <= 1.0 + 1e-4).all()
    assert (found.flow_bps <= wanted * 1.0001 + 1).all()
    assert (found.flow_bps <= possible).all()


@given(devices)
def test_after_some_steps_a_cell_is_full_or_everybody_has_what_it_asks_for(told) -> None:  # type: ignore[no-untyped-def]
    cells, wanted, possible, found = shared(told, steps=40)
    for cell in range(3):
        here = (cells == cell) & (possible > 0)
        asked = np.minimum(wanted[here], possible[here])
        if here.any():
            full = found.busy[cell] > 0.999
            assert full or found.flow_bps[here] == pytest.approx(asked, rel=1e-3)


def test_who_asks_for_little_gets_it_and_the_others_share_the_rest() -> None:
    told = [(0, 1e6, 1e7), (0, 1e9, 1e7), (0, 1e9, 2e7)]
    *_, found = shared(told, steps=20)
    assert found.flow_bps == pytest.approx([1e6, 4.5e6, 9e6], rel=1e-3), "equal time, not rate"
    assert found.busy[0] == pytest.approx(1.0)
