"""A picture holds what was told; whoever joins late sees what the others see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.refpoints.facts import DEFAULT_BEARER, NETWORK, a_snapshot, facts, measured, moved

from wayside.refpoints.net import coding
from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Cause,
    CellChanged,
    Detached,
    Disassociated,
    Enrolled,
    Event,
    Facts,
    HandedOver,
    Stage,
)
from wayside.refpoints.net.network import Bearer, Group
from wayside.refpoints.net.picture import Gap, Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Technology

VIDEO = Bearer(id=6, q_ci=2, downlink_guaranteed_bps=5_000_000)


def a_picture(*events: Event) -> Picture:
    picture = Picture(a_snapshot())
    picture.follow(facts(101, *events))
    return picture


def test_a_handover_changes_the_cell_only_when_it_is_completed() -> None:
    picture = a_picture(Attached(device=1, cell=0))
    for sequence, stage in enumerate((Stage.PREPARED, Stage.REJECTED, Stage.CANCELLED), 102):
        picture.follow(facts(sequence, HandedOver(device=1, source=0, target=1, stage=stage)))
        assert picture.devices_of_cell(0).tolist() == [1]
    picture.follow(facts(105, HandedOver(device=1, source=0, target=1)))
    assert picture.devices_of_cell(0).tolist() == []
    assert picture.devices_of_cell(1).tolist() == [1]
    assert picture.zone_of(1) == "hill"


def test_an_access_point_says_more_of_where_a_device_is_than_a_wide_cell() -> None:
    picture = a_picture(Attached(device=1, cell=0), Associated(device=1, cell=3))
    assert picture.access_points()[1] == 3
    assert picture.zone_of(1) == "hill"
    picture.follow(facts(102, Disassociated(device=1, cell=3, cause=Cause.COVERAGE)))
    assert picture.zone_of(1) == "harbour"


def test_zones_hold_each_device_once_and_nobody_who_is_not_served() -> None:
    picture = a_picture(
        Attached(device=0, cell=0), Attached(device=1, cell=1), Associated(device=0, cell=3)
    )
    assert picture.devices_of_zone("harbour").tolist() == []
    assert picture.devices_of_zone("hill").tolist() == [0, 1]
    assert picture.zone_of(2) is None


def test_a_served_device_has_its_groups_bearers_and_what_facts_add() -> None:
    picture = a_picture()
    assert picture.bearers(1) == ()
    picture.follow(facts(102, Attached(device=1, cell=0)))
    assert picture.bearers(1) == (DEFAULT_BEARER,)
    picture.follow(facts(103, BearerEstablished(device=1, cell=0, bearer=VIDEO)))
    assert picture.bearers(1) == (DEFAULT_BEARER, VIDEO)
    assert list(picture.exceptions()) == [(1, (DEFAULT_BEARER, VIDEO))]
    picture.follow(facts(104, BearerReleased(device=1, cell=0, bearer=DEFAULT_BEARER)))
    assert picture.bearers(1) == (VIDEO,)
    picture.follow(facts(105, Detached(device=1, cell=0, cause=Cause.LEFT)))
    picture.follow(facts(106, Attached(device=1, cell=0)))
    assert picture.bearers(1) == (DEFAULT_BEARER,), "a new session begins anew"
    assert list(picture.exceptions()) == []


def test_who_joins_the_network_later_is_placed_beside_the_others() -> None:
    picture = a_picture(Attached(device=1, cell=0))
    picture.follow(facts(102, moved=moved(1)))
    late = Group(
        id="late",
        first=6,
        count=2,
        operator="north",
        address="10.45.9.1",
        supi="imsi-001010000002000",
        mac="02:00:00:00:20:00",
        radios=(Technology.LTE,),
    )
    picture.follow(facts(103, Enrolled(group=late), Attached(device=7, cell=2)))
    assert picture.devices_of_cell(0).tolist() == [1]
    assert picture.devices_of_cell(2).tolist() == [7]
    assert picture.latitude[1] == 43.61
    assert picture.network.row_of_id("late-2") == 7


def test_facts_that_do_not_follow_are_refused() -> None:
    picture = a_picture()
    with pytest.raises(Gap):
        picture.follow(facts(103))
    with pytest.raises(Gap):
        picture.follow(facts(101))
    other = Facts(epoch=8, sequence=102, time_ns=0, origin=picture.origin)
    with pytest.raises(Gap):
        picture.follow(other)


devices = st.integers(0, NETWORK.size - 1)
cells = st.integers(0, len(NETWORK.cells) - 1)
bearers = st.sampled_from([DEFAULT_BEARER, VIDEO, Bearer(id=5, q_ci=7), Bearer(id=7, q_ci=1)])
events = st.one_of(
    st.builds(Attached, device=devices, cell=cells),
    st.builds(Detached, device=devices, cell=cells, cause=st.just(Cause.LEFT)),
    st.builds(HandedOver, device=devices, source=cells, target=cells),
    st.builds(BearerEstablished, device=devices, cell=cells, bearer=bearers),
    st.builds(BearerModified, device=devices, cell=cells, bearer=bearers),
    st.builds(BearerReleased, device=devices, cell=cells, bearer=bearers),
    st.builds(CellChanged, cell=cells, on=st.booleans()),
)


@given(st.lists(st.lists(events, max_size=4), max_size=8), st.integers(0, 8))
def test_who_joins_late_sees_what_the_others_see(told: list[list[Event]], when: int) -> None:
    early = Picture(a_snapshot())
    late = None
    for number, batch in enumerate(told):
        if number == when:
            late = Picture(carried(early.snapshot()))
        once = facts(101 + number, *batch, moved=moved(number % 6, latitude=43.0 + number))
        early.follow(once)
        if late is not None:
            late.follow(once)
    assert_same(late or Picture(carried(early.snapshot())), early)


def carried(snapshot: Snapshot) -> Snapshot:
    arrived = coding.unpack(coding.pack(snapshot))
    assert isinstance(arrived, Snapshot)
    return arrived


def assert_same(one: Picture, other: Picture) -> None:
    assert (one.epoch, one.sequence, one.off) == (other.epoch, other.sequence, other.off)
    for technology in Technology:
        np.testing.assert_array_equal(one.cells[technology], other.cells[technology])
    np.testing.assert_array_equal(one.latitude, other.latitude)
    for device in range(NETWORK.size):
        assert one.bearers(device) == other.bearers(device)


def test_what_was_measured_last_is_in_the_snapshot() -> None:
    picture = a_picture(Attached(device=1, cell=0))
    told = Facts(epoch=7, sequence=102, time_ns=5, origin=picture.origin, measured=(measured(1),))
    picture.follow(told)
    (radio,) = picture.snapshot().measured
    assert radio.devices.tolist() == [1]
    assert picture.snapshot().time_ns == 5
    assert NOBODY not in radio.devices
