"""3GPP's numbers at the borders of their tables."""

import numpy as np
import pytest

from wayside.services.rni import mapping
from wayside.services.rni.mapping import ADVANCE_MAX, TS_NS, UNKNOWN


@pytest.mark.parametrize(
    ("of", "value", "told"),
    [
        (mapping.rsrp, -140.1, 0),
        (mapping.rsrp, -140.0, 1),
        (mapping.rsrp, -85.5, 55),
        (mapping.rsrp, -44.1, 96),
        (mapping.rsrp, -44.0, 97),
        (mapping.rsrp, -20.0, 97),
        (mapping.rsrq, -19.6, 0),
        (mapping.rsrq, -19.5, 1),
        (mapping.rsrq, -3.5, 33),
        (mapping.rsrq, -3.0, 34),
        (mapping.sinr, -23.1, 0),
        (mapping.sinr, -23.0, 1),
        (mapping.sinr, 39.5, 126),
        (mapping.sinr, 40.0, 127),
        (mapping.nr_rsrp, -156.5, 0),
        (mapping.nr_rsrp, -156.0, 1),
        (mapping.nr_rsrp, -31.0, 126),
        (mapping.nr_rsrq, -43.5, 0),
        (mapping.nr_rsrq, -43.0, 1),
        (mapping.nr_rsrq, 19.5, 126),
        (mapping.nr_rsrq, 20.0, 127),
    ],
)
def test_a_value_is_told_as_its_interval(of, value: float, told: int) -> None:  # type: ignore[no-untyped-def]
    assert of(np.array([value], dtype=np.float32)).tolist() == [told]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (0.0, 0),
        (1.9, 0),
        (2.0, 1),
        (4095.0, 2047),
        (4096.0, 2048),
        (4103.0, 2048),
        (4104.0, 2049),
        (49231.0, 7689),
        (49232.0, 7690),
        (90000.0, ADVANCE_MAX),
    ],
)
def test_a_timing_advance_has_fine_steps_and_then_coarse_ones(steps: float, told: int) -> None:
    advance = np.array([steps * TS_NS + 0.5], dtype=np.float64)
    assert mapping.timing_advance(advance.astype(np.float64)).tolist() == [told]


def test_what_is_not_known_is_never_a_number() -> None:
    unknown = np.array([np.nan, -90.0], dtype=np.float32)
    for of in (mapping.rsrp, mapping.rsrq, mapping.sinr, mapping.nr_rsrp, mapping.nr_rsrq):
        assert of(unknown)[0] == UNKNOWN
    assert mapping.timing_advance(unknown).tolist() == [UNKNOWN, 0]
