"""The cheap ways to a logarithm, a shadow, a draw and a rate agree with what they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.access.simulated import antenna, chance, fields, rates, scale
from wayside.access.simulated.antenna import Antenna
from wayside.access.simulated.chance import Purpose
from wayside.access.simulated.pathloss import SPREADS, Environment
from wayside.access.simulated.rates import WlanStandard


@given(st.floats(2**-60, 2**60, width=32))
def test_a_step_tells_the_decibels_of_a_ratio(ratio: float) -> None:
    found = scale.decibels(np.array([ratio], dtype=np.float32))[0]
    assert found == pytest.approx(10 * np.log10(ratio), abs=0.04)


@given(st.floats(-200, 40, width=32))
def test_a_step_tells_the_milliwatts_of_a_power(power_dbm: float) -> None:
    found = scale.milliwatts(np.array([power_dbm], dtype=np.float32))[0]
    assert 10 * np.log10(found) == pytest.approx(power_dbm, abs=0.07)


@pytest.mark.parametrize("environment", [Environment.UMA, Environment.INH])
def test_shadows_are_normal_and_like_their_neighbours(environment: Environment) -> None:
    both = fields.field(7, environment).view(np.int16).reshape(fields.SIDE, fields.SIDE, 2)
    spread = SPREADS[environment]
    for column, metres in ((0, spread.sight_m), (1, spread.shadow_m)):
        found = both[:, :, column] / fields.UNIT
        assert abs(found.mean()) < 0.15
        assert found.std() == pytest.approx(1.0, abs=0.1)
        for axis in (0, 1):
            likeness = (found * np.roll(found, fields.FINENESS, axis)).mean()
            expected = np.exp(-spread.shadow_m / metres)
            assert likeness == pytest.approx(expected, abs=0.12), "after the shadow's distance"
    assert abs(np.corrcoef(both[:, :, 0].ravel(), both[:, :, 1].ravel())[0, 1]) < 0.1


def test_another_seed_has_other_shadows_and_the_same_seed_the_same() -> None:
    one = fields.field(1, Environment.UMI)
    assert (one == fields.field(1, Environment.UMI)).all()
    assert (one == fields.field(2, Environment.UMI)).mean() < 0.01


@given(st.floats(0.01, 0.99))
def test_a_threshold_is_passed_as_often_as_it_is_probable(probability: float) -> None:
    level = fields.threshold(np.array([probability]))[0]
    numbers = np.arange(20_000, dtype=np.int64)
    drawn = chance.normals(3, Purpose.SIGHT, numbers) * fields.UNIT
    assert (drawn <= level).mean() == pytest.approx(probability, abs=0.02)


def test_sight_is_sure_where_it_is_certain() -> None:
    never, always = fields.threshold(np.array([0.0, 1.0]))
    assert (never, always) == (-32768, 32767)


@pytest.mark.parametrize(
    ("seed", "first"),
    [(0, 0xE220A8397B1DCDAF), (1234567, 0x599ED017FB08FC85)],
)
def test_the_mixing_function_is_the_published_one(seed: int, first: int) -> None:
    """The first outputs of SplitMix64, as its reference implementation prints them."""
    assert int(chance._mixed(np.array([seed], dtype=np.uint64))[0]) == first


def test_draws_depend_on_what_is_asked_and_on_nothing_else() -> None:
    devices = np.arange(1000)
    drawn = chance.draw(1, Purpose.TURN, 5, devices)
    assert (drawn[::-1] == chance.draw(1, Purpose.TURN, 5, devices[::-1])).all()
    assert len(set(drawn.tolist())) == 1000
    assert not (drawn == chance.draw(1, Purpose.SPEED, 5, devices)).any()
    assert not (drawn == chance.draw(1, Purpose.TURN, 6, devices)).any()
    assert chance.shares(drawn).mean() == pytest.approx(0.5, abs=0.05)


def test_a_sectors_antenna_is_3_db_down_at_half_its_width() -> None:
    assert antenna.across_db(np.array([0.0, 35.0, 180.0])).tolist() == [0.0, -3.0, -25.0]
    sector = Antenna(15.0, azimuth_deg=0.0, tilt_deg=6.0)
    assert antenna.below_db(sector, np.array([6.0, 11.0, 90.0])).tolist() == [0.0, -3.0, -20.0]


def test_cqi_rises_with_the_signal_and_ends_at_15() -> None:
    found = rates.cqi(np.array([-10.0, -7.0, 0.0, 10.0, 40.0]))
    assert found.tolist() == [0, 1, 3, 8, 15]


def test_more_layers_help_only_where_the_signal_is_good() -> None:
    weak, strong = rates.bits_per_element(np.array([0.0, 40.0]), 4)
    alone, best = rates.bits_per_element(np.array([0.0, 40.0]), 1)
    assert weak == alone
    assert strong == 4 * best


@pytest.mark.parametrize(
    ("standard", "width_mhz", "snr_db", "mbps"),
    [
        (WlanStandard.N, 20, 60.0, 65.0),
        (WlanStandard.AC, 80, 60.0, 390.0),
        (WlanStandard.AX, 80, 60.0, 600.5),
        (WlanStandard.AX, 160, 60.0, 1201.0),
        (WlanStandard.AX, 20, 5.0, 8.6),
        (WlanStandard.AX, 20, 3.0, 0.0),
    ],
)
def test_the_rates_of_wlan_are_those_of_its_standard(
    standard: WlanStandard, width_mhz: int, snr_db: float, mbps: float
) -> None:
    found = rates.wlan_bps(np.array([snr_db]), standard, width_mhz)[0]
    assert found / 1e6 == pytest.approx(mbps, abs=0.1)
