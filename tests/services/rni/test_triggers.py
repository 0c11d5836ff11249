"""When devices report: conditions, their hysteresis, and the pair of cells they hold for."""

import numpy as np
import pytest
from tests.services.street import measured

from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.values import NOBODY, Technology
from wayside.services.rni.triggers import Other, Thresholds, Triggers
from wayside.services.rni.wishes import Trigger, TriggerNr

A, B, C = 0, 1, 2
SAID = Thresholds(
    hysteresis_db=2.0, a1_dbm=-90, a2_dbm=-110, a3_offset_db=3, a4_dbm=-95,
    a5_serving_dbm=-105, a5_neighbour_dbm=-100, b1_dbm=-100, b2_serving_dbm=-105,
    b2_neighbour_dbm=-100,
)  # fmt: skip
NONE = float("nan")


class Device:
    """One device of LTE that measures again and again."""

    def __init__(self, technology: Technology = Technology.LTE) -> None:
        self.triggers = Triggers(technology, SAID)
        self.technology = technology

    def hears(
        self,
        serving: float,
        neighbour: float = NONE,
        other: float = NONE,
        *,
        cells: tuple[int, int] = (A, B),
    ) -> set[int]:
        """The triggers whose conditions begin to hold."""
        told = measured(
            self.technology, [0], [cells[0]], power_dbm=serving, neighbour=cells[1],
            neighbour_power_dbm=neighbour,
        )  # fmt: skip
        beside = Other(
            np.array([NOBODY if np.isnan(other) else C], dtype=np.int32),
            np.array([other], dtype=np.float32),
        )
        found = self.triggers.follow(told, beside, 1)
        return set(found.among(int(found.begins[0])))


def test_the_serving_cell_is_better_or_worse() -> None:
    device = Device()
    assert device.hears(-88.5) == set(), "hysteresis: not enough"
    assert device.hears(-87.5) == {Trigger.EVENT_A1}
    assert device.hears(-87.0) == set(), "it holds already"
    assert device.hears(-91.5) == set(), "hysteresis: still"
    assert device.hears(-87.5) == set()
    assert device.hears(-92.5) == set()
    assert device.hears(-87.5) == {Trigger.EVENT_A1}, "it had ended meanwhile"
    assert device.hears(-112.5) == {Trigger.EVENT_A2}
    assert device.hears(-108.5) == set()
    assert device.hears(-112.5) == set()


def test_a_neighbour_is_better() -> None:
    device = Device()
    assert device.hears(-104.0, -99.5) == set()
    assert device.hears(-104.0, -98.5) == {Trigger.EVENT_A3}
    assert device.hears(-104.0, -92.5) == {Trigger.EVENT_A4}
    assert device.hears(-108.0, -92.5) == {Trigger.EVENT_A5}
    assert device.hears(-108.0, NONE) == set(), "nobody is heard"
    assert device.hears(-108.0, -97.5) == {Trigger.EVENT_A3, Trigger.EVENT_A5}


def test_another_neighbour_and_another_serving_cell_are_news() -> None:
    device = Device()
    assert device.hears(-98.0, -92.0) == {Trigger.EVENT_A3, Trigger.EVENT_A4}
    assert device.hears(-98.0, -92.0, cells=(A, C)) == {Trigger.EVENT_A3, Trigger.EVENT_A4}
    assert device.hears(-98.0, -92.0, cells=(B, C)) == {Trigger.EVENT_A3, Trigger.EVENT_A4}
    assert device.hears(-98.0, -92.0, cells=(B, C)) == set()
    assert device.hears(-98.0, -92.0, cells=(C, B)) == {Trigger.EVENT_A3, Trigger.EVENT_A4}


@pytest.mark.parametrize(
    ("technology", "b1", "b2"),
    [
        (Technology.LTE, Trigger.EVENT_B1_NR, Trigger.EVENT_B2_NR),
        (Technology.NR, TriggerNr.EVENT_B1, TriggerNr.EVENT_B2),
    ],
)
def test_the_other_technology_has_codes_of_its_own_in_each_table(
    technology: Technology, b1: int, b2: int
) -> None:
    device = Device(technology)
    assert device.hears(-100.0, other=-97.5) == {b1}
    assert device.hears(-108.0, other=-97.5) == {b2}
    assert (int(b1), int(b2)) == ((20, 21) if technology is Technology.LTE else (30, 31))


def test_who_is_not_measured_fulfils_nothing_and_may_begin_again() -> None:
    triggers = Triggers(Technology.LTE, SAID)

    def begun(told: Measured, size: int) -> list[bool]:
        beside = Other.of(told.devices, None, size)
        found = triggers.follow(told, beside, size)
        return [Trigger.EVENT_A1 in found.among(each) for each in found.begins.tolist()]

    assert begun(measured(Technology.LTE, [0, 1], [A, A], power_dbm=-80.0), 2) == [True, True]
    assert begun(measured(Technology.LTE, [1], [A], power_dbm=-80.0), 2) == [False]
    later = measured(Technology.LTE, [0, 1, 2], [A, A, A], power_dbm=-80.0)
    assert begun(later, 3) == [True, False, True], "and the network has grown"
