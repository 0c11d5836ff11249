"""Many at once: the same judge as for one, and each told why there or why nowhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.meo.test_placement import GIB, MS, ROOMY, SMALL, offer, site
from tests.meo.test_placement_laws import offers, requirements

from wayside.core.errors import Conflict
from wayside.meo.placement.batch.bundles import Wanted
from wayside.meo.placement.batch.planning import Batch, plan_all
from wayside.meo.placement.demands import HostOffer, Requirements
from wayside.meo.placement.judging import judge
from wayside.meo.placement.plan import plan
from wayside.meo.site import HostSite
from wayside.refpoints.mm4 import Amount, Capacity

HALF = Requirements(Amount(cpu_milli=2000, memory_bytes=GIB, storage_bytes=GIB))
PATIENT_S = 30.0


def planned(demands: list[Requirements], hosts: list[HostOffer], **groups: object) -> Batch:
    return plan_all(Wanted(demands, **groups), hosts, seconds=PATIENT_S)  # type: ignore[arg-type]


def hosts_of(batch: Batch) -> list[str | None]:
    return [None if place.site is None else place.site.host_id for place in batch.places]


@given(st.lists(requirements, min_size=1, max_size=4), offers)
@settings(max_examples=150, deadline=None)
def test_nobody_goes_where_the_judge_of_one_would_refuse(
    demands: list[Requirements], given_offers: list[HostOffer]
) -> None:
    batch = plan_all(Wanted(demands), given_offers, seconds=0)
    by_id = {each.site.host_id: each for each in given_offers}
    for wanted, place in zip(demands, batch.places, strict=True):
        alone = [each for each in given_offers if not judge(wanted, each).refused]
        if place.site is not None:
            assert by_id[place.site.host_id] in alone
            assert not place.considered[0].refused
            assert all(each.refused for each in place.considered[1:])
        elif not alone:
            with pytest.raises(Conflict) as none:
                plan(wanted, given_offers)
            assert place.explanation == none.value.detail
        else:
            assert place.explanation.startswith("Left out: alone it would find room")


@given(requirements, offers)
@settings(max_examples=100, deadline=None)
def test_one_alone_is_placed_if_and_only_if_it_would_be_started(
    wanted: Requirements, given_offers: list[HostOffer]
) -> None:
    batch = plan_all(Wanted([wanted]), given_offers, seconds=0)
    try:
        started = plan(wanted, given_offers).site.host_id
    except Conflict:
        started = None
    assert batch.one_by_one == (started,)
    assert (batch.places[0].site is None) == (started is None)
    assert batch.answer.proven


def test_together_they_find_room_where_one_after_another_they_would_not() -> None:
    small = HostOffer(site("mec1"), Capacity(total=HALF.amount, allocated=Amount()))
    large = HostOffer(site("mec2", near_ms=9), Capacity(total=ROOMY, allocated=Amount()))
    whole = Requirements(ROOMY)

    batch = planned([HALF, whole], [small, large])

    assert hosts_of(batch) == ["mec1", "mec2"]
    assert batch.one_by_one == ("mec2", None)
    assert batch.answer.proven


def test_as_near_as_can_be_and_who_is_in_the_way_is_told_with_figures() -> None:
    near, far = offer(site("mec1", near_ms=1)), offer(site("mec2", near_ms=6))

    batch = planned([HALF] * 3, [near, far])

    assert sorted(map(str, hosts_of(batch))) == ["mec1", "mec1", "mec2"]
    (moved,) = [place for place in batch.places if place.site is far.site]
    assert "mec2: 6 ms one way from its nearest cell" in moved.explanation
    assert (
        "Not mec1, which is nearer: CPU: 2000 thousandths of a core asked for, 0 of 4000 free."
        in moved.explanation
    )
    assert batch.answer.distance == pytest.approx(1 + 1 + 6)


def test_who_is_left_out_is_told_where_it_would_have_found_room() -> None:
    batch = planned([HALF] * 3, [offer(site("mec1"))])
    (left_out,) = [place for place in batch.places if place.site is None]
    assert left_out.explanation.startswith(
        "Left out: alone it would find room on 1 host, which this plan gives to others; no plan "
        "places more. mec1: CPU: 2000 thousandths"
    )


def test_a_wish_and_a_cell_weigh_as_much_as_a_millisecond() -> None:
    wishing = Requirements(SMALL, features_optional=frozenset({"SmartRelocation"}))
    plain = site("mec1", near_ms=1)
    able = HostSite(
        "mec2", "M", latency_ns={"cell1": 2 * MS - 1}, features=frozenset({"SmartRelocation"})
    )
    assert hosts_of(planned([wishing], [offer(plain), offer(able)])) == ["mec2"]
    limited = Requirements(SMALL, latency_ns_max=4 * MS)
    for nearer_by_ms, host_id in ((0.5, "mec2"), (1.5, "mec1")):
        near = site("mec1", near_ms=2 - nearer_by_ms)
        both = [offer(near), offer(site("mec2", near_ms=2, far_ms=3))]
        assert hosts_of(planned([limited], both)) == [host_id]


def test_a_host_that_does_not_know_its_latency_is_the_last_choice() -> None:
    unknown = offer(HostSite("mec0", "M"))
    assert hosts_of(planned([HALF] * 2, [unknown, offer(site("mec1", near_ms=20))])) == ["mec1"] * 2


def test_those_that_belong_together_share_a_host_or_none_is_placed() -> None:
    near, far = offer(site("mec1", near_ms=1), taken=Amount(cpu_milli=1000)), offer(site("mec2"))

    batch = planned([HALF, HALF], [near, far], together=[[0, 1]])

    assert hosts_of(batch) == ["mec2", "mec2"]
    assert "It goes together with 1 more, whose room is counted in." in batch.places[0].explanation
    alone = planned([HALF, HALF], [near], together=[[0, 1]])
    assert hosts_of(alone) == [None, None]
    assert "4000 thousandths of a core asked for, 3000 of 4000" in alone.places[0].explanation


def test_those_that_are_to_be_apart_share_no_host() -> None:
    near, far = offer(site("mec1", near_ms=1)), offer(site("mec2", near_ms=6))

    batch = planned([HALF] * 3, [near, far], apart=[[0, 1, 2]])

    assert sorted(map(str, hosts_of(batch))) == ["None", "mec1", "mec2"]
    assert batch.one_by_one is None
    (farther,) = [place for place in batch.places if place.site is far.site]
    assert "It has another of those that are to be apart." in farther.explanation


def test_members_with_demands_that_no_host_meets_at_once_are_left_out() -> None:
    french, german = Requirements(SMALL, country_code="FR"), Requirements(SMALL, country_code="DE")
    there = HostOffer(
        HostSite("mec9", "M", country="FR"), Capacity(total=ROOMY, allocated=Amount())
    )
    batch = planned([french, german], [offer(site()), there], together=[[0, 1]])
    assert hosts_of(batch) == [None, None]
    assert "the demands of all that are to be together" in batch.places[0].explanation


def test_no_host_at_all_is_said_so() -> None:
    with pytest.raises(Conflict, match="No MEC host is known"):
        planned([HALF], [])
