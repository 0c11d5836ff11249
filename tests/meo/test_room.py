"""Which instances would have to end: the fewest on one host, of one set, and none in vain."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.meo.placement.demands import HostOffer
from wayside.meo.placement.room import (
    EXACT_MAX,
    OWN_HOSTS_MAX,
    Room,
    Tenant,
    enough,
    lack,
    least_lacking,
    room_for,
)
from wayside.meo.site import HostSite
from wayside.refpoints.mm4 import Amount, Capacity

AMOUNTS = st.builds(
    Amount,
    cpu_milli=st.integers(0, 6),
    memory_bytes=st.integers(0, 6),
    storage_bytes=st.integers(0, 6),
)
HOSTS = ["mec1", "mec2", "mec3"]
IDS = [f"app{number}" for number in range(16)]


def offer(host_id: str, total: Amount, allocated: Amount, promised: Amount) -> HostOffer:
    capacity = Capacity(total=total, allocated=allocated)
    return HostOffer(HostSite(host_id, host_id), capacity, promised)


offers = st.lists(
    st.builds(offer, st.sampled_from(HOSTS), AMOUNTS, AMOUNTS, AMOUNTS),
    max_size=2,
    unique_by=lambda each: each.site.host_id,
)
tenants = st.lists(
    st.builds(
        Tenant,
        st.sampled_from(IDS),
        st.none() | st.sampled_from(HOSTS),
        AMOUNTS,
        st.sampled_from(["", "", "", "It must stay."]),
    ),
    min_size=1,
    unique_by=lambda each: each.app_instance_id,
).map(lambda each: {tenant.app_instance_id: tenant for tenant in each})


@st.composite
def questions(
    draw: st.DrawFn,
) -> tuple[Amount, list[HostOffer], list[list[str]], dict[str, Tenant]]:
    known = draw(tenants)
    some = st.lists(st.sampled_from(sorted(known)), min_size=1)
    return draw(AMOUNTS), draw(offers), draw(st.lists(some, min_size=1, max_size=3)), known


Question = tuple[Amount, list[HostOffer], list[list[str]], dict[str, Tenant]]


def answered(question: Question) -> Room:
    wanted, short, sets, known = question
    return room_for(wanted, short, sets=sets, tenants=known)


@given(questions())
@settings(max_examples=300, deadline=None)
def test_an_option_makes_room_on_one_host_with_instances_of_one_set(question: Question) -> None:
    wanted, short, sets, known = question
    lacks = {each.site.host_id: lack(wanted, each) for each in short}
    for option in answered(question).options:
        ending = [known[id_] for id_ in option.app_inst_id_termination_cands]
        assert enough(lacks[option.host_id], ending)
        assert {each.host_id for each in ending} == {option.host_id}
        assert not any(each.spared for each in ending)
        assert any(set(option.app_inst_id_termination_cands) <= set(each) for each in sets)


@given(questions())
@settings(max_examples=300, deadline=None)
def test_nobody_is_suggested_in_vain(question: Question) -> None:
    wanted, short, _, known = question
    lacks = {each.site.host_id: lack(wanted, each) for each in short}
    for option in answered(question).options:
        ids = option.app_inst_id_termination_cands
        for left_out in ids:
            ending = [known[id_] for id_ in ids if id_ != left_out]
            assert not enough(lacks[option.host_id], ending)


@given(questions())
@settings(max_examples=300, deadline=None)
def test_where_there_is_a_way_one_that_ends_fewest_is_first(question: Question) -> None:
    wanted, short, sets, known = question
    ways = [
        count
        for each in short
        for candidates in sets
        for count in range(1, 1 + len(set(candidates)))
        for ending in combinations([known[id_] for id_ in dict.fromkeys(candidates)], count)
        if any(lack(wanted, each))
        and all(one.host_id == each.site.host_id and not one.spared for one in ending)
        and enough(lack(wanted, each), ending)
    ]
    found = answered(question).options
    assert bool(found) is bool(ways)
    if all(len(set(candidates)) <= EXACT_MAX for candidates in sets) and ways:
        assert len(found[0].app_inst_id_termination_cands) == min(ways)


@given(questions())
@settings(deadline=None)
def test_each_candidate_is_told_once_what_was_made_of_it(question: Question) -> None:
    room = answered(question)
    _, _, sets, _ = question
    named = [each.app_instance_id for each in room.considered]
    assert sorted(named) == sorted({id_ for each in sets for id_ in each})
    options = {id_ for each in room.options for id_ in each.app_inst_id_termination_cands}
    assert {each.app_instance_id for each in room.considered if each.suggested} == options
    assert all(each.verdict.endswith(".") for each in room.considered)
    assert room.explanation.endswith(".")


FULL = offer("mec1", Amount(cpu_milli=1000), Amount(cpu_milli=900), Amount(cpu_milli=50))
RUNNING = {
    "small": Tenant("small", "mec1", Amount(cpu_milli=100)),
    "large": Tenant("large", "mec1", Amount(cpu_milli=600)),
    "middle": Tenant("middle", "mec1", Amount(cpu_milli=300)),
    "away": Tenant("away", "mec2", Amount(cpu_milli=900)),
    "needed": Tenant("needed", "mec1", Amount(cpu_milli=900), "It offers greeter."),
}


@pytest.mark.parametrize(
    ("sets", "options"),
    [
        ([["small", "middle", "large"]], [("middle",)]),
        ([["small", "large"]], [("large",)]),
        ([["small"], ["large"], ["middle"]], [("large",), ("middle",)]),
        ([["small"], ["away"], ["needed"]], []),
    ],
)
def test_what_is_suggested(sets: list[list[str]], options: list[tuple[str, ...]]) -> None:
    room = room_for(Amount(cpu_milli=300), [FULL], sets=sets, tenants=RUNNING)
    assert [each.app_inst_id_termination_cands for each in room.options] == options


def test_everyone_is_told_why() -> None:
    sets = [["small", "middle"], ["away"], ["needed"]]
    room = room_for(Amount(cpu_milli=300), [FULL], sets=sets, tenants=RUNNING)
    assert {each.app_instance_id: each.verdict for each in room.considered} == {
        "small": "It frees CPU 100 thousandths of a core; mec1 has enough without it.",
        "middle": "It frees CPU 300 thousandths of a core.",
        "away": "mec2 would not do for the application, however much room it had.",
        "needed": "It offers greeter.",
    }
    assert room.explanation == (
        "Room is short: mec1 lacks CPU 250 thousandths of a core. There would be enough "
        "without middle on mec1."
    )


def test_where_all_are_not_enough_it_is_told_what_is_still_short() -> None:
    room = room_for(Amount(cpu_milli=1000), [FULL], sets=[["small", "middle"]], tenants=RUNNING)
    assert not room.options
    assert room.considered[0].verdict == (
        "It frees CPU 100 thousandths of a core; with all of its set ended, mec1 would still be "
        "short of CPU 550 thousandths of a core."
    )
    assert room.explanation == (
        "No candidate would make room: mec1 lacks CPU 950 thousandths of a core."
    )


@given(st.lists(st.integers(1, 9), min_size=EXACT_MAX + 1, max_size=40), st.integers(1, 200))
@settings(deadline=None)
def test_of_very_many_candidates_too_nobody_is_suggested_in_vain(
    sizes: list[int], wanted: int
) -> None:
    known = {
        f"app{number}": Tenant(f"app{number}", "mec1", Amount(cpu_milli=size))
        for number, size in enumerate(sizes)
    }
    full = offer("mec1", Amount(cpu_milli=sum(sizes)), Amount(cpu_milli=sum(sizes)), Amount())
    room = room_for(Amount(cpu_milli=wanted), [full], sets=[list(known)], tenants=known)
    assert bool(room.options) is (wanted <= sum(sizes))
    for option in room.options:
        ending = [known[id_].amount.cpu_milli for id_ in option.app_inst_id_termination_cands]
        assert sum(ending) >= wanted
        assert sum(ending) - min(ending) < wanted


def test_where_nobody_names_candidates_the_hosts_that_lack_least_are_looked_at() -> None:
    total = Amount(cpu_milli=100)
    hosts = [
        offer(f"mec{number}", total, Amount(cpu_milli=100 - number), Amount())
        for number in range(OWN_HOSTS_MAX + 5)
    ]
    found = least_lacking(Amount(cpu_milli=60), hosts)
    assert [each.site.host_id for each in found[:2]] == ["mec24", "mec23"]
    assert len(found) == OWN_HOSTS_MAX
