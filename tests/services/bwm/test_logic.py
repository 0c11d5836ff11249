"""What may be asked for, how much is granted, and what becomes of what is given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from wayside.core.errors import BadRequest, Forbidden
from wayside.model.bandwidth import Direction, Flow
from wayside.model.common import TimeStamp
from wayside.services.bwm import logic
from wayside.services.bwm.logic import Capacity
from wayside.services.bwm.model import (
    AllocationDirection,
    BwInfo,
    BwInfoDeltas,
    Criterion,
    Kept,
    RequestType,
    SessionFilter,
)

WHOLE, SESSION = RequestType
DOWN, UP, BOTH = AllocationDirection
AT = TimeStamp(seconds=1, nano_seconds=0)
CAPACITY = Capacity(100, 50)


def info(allocation: str = "10", way: AllocationDirection = DOWN, **changes: object) -> BwInfo:
    asked = BwInfo(
        app_ins_id="app1",
        request_type=WHOLE,
        fixed_allocation=allocation,
        allocation_direction=way,
    )
    return replace(asked, **changes)


def session(*filters: SessionFilter, way: AllocationDirection = DOWN) -> BwInfo:
    return info(request_type=SESSION, session_filter=filters, allocation_direction=way)


def granted(
    id_: str, asked: int, got: int, way: AllocationDirection = DOWN, **more: object
) -> Kept:
    return logic.kept(info(str(asked), way, **more), id_=id_, granted=got, at=AT)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (info("fast"), "$.fixedAllocation"),
        (info("0"), "$.fixedAllocation"),
        (info("-1"), "$.fixedAllocation"),
        (info("9" * 4000), "$.fixedAllocation"),
        (info("\u0663"), "$.fixedAllocation"),
        (info(fixed_bw_priority="high"), "$.fixedBWPriority"),
        (info(session_filter=(SessionFilter(source_ip="10.0.0.1"),)), "$.sessionFilter"),
        (info(request_type=SESSION), "$.sessionFilter"),
        (session(SessionFilter()), "$.sessionFilter[0]"),
        (session(SessionFilter(source_ip="here")), "$.sessionFilter[0].sourceIp"),
        (session(SessionFilter(dst_port="65536")), "$.sessionFilter[0].dstPort"),
        (session(SessionFilter(protocol="TCP")), "$.sessionFilter[0].protocol"),
        (session(SessionFilter(protocol="1", dst_port="8")), "$.sessionFilter[0]"),
        (session(SessionFilter(source_ip="::1", dst_address="10.0.0.1")), "$.sessionFilter[0]"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(wrong: BwInfo, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        logic.check(wrong)
    assert refused.value.field == field


def test_a_filter_is_read_in_the_direction_of_its_allocation() -> None:
    seen = SessionFilter(source_ip="10.60.1.2", source_port="80", dst_address="10.45.1.2")
    towards_device = Flow("10.60.1.2", 80, "10.45.1.2")
    assert logic.flows_of(session(seen)) == (towards_device,)
    assert logic.flows_of(session(seen, way=BOTH)) == (towards_device,)
    assert logic.flows_of(session(seen, way=UP)) == (towards_device.reverse,)


def test_the_instances_own_address_says_nothing_at_its_own_cable() -> None:
    seen = SessionFilter(source_ip="10.60.1.2", source_port="80", dst_address="10.45.1.2")
    assert logic.flows_of(session(seen), ["10.60.1.2"]) == (Flow(None, 80, "10.45.1.2"),)


def test_a_filter_that_another_allocation_meets_is_refused() -> None:
    mine = session(SessionFilter(dst_address="10.45.1.2", dst_port="80"))
    wider = replace(session(SessionFilter(dst_address="10.45.1.2")), allocation_id="a1")
    with pytest.raises(Forbidden, match="a1"):
        logic.require_single(mine, [wider])
    apart = session(SessionFilter(dst_address="10.45.1.3"))
    logic.require_single(mine, [apart, replace(wider, allocation_direction=UP)])


def test_a_grant_is_what_is_left_of_the_narrower_direction() -> None:
    others = [granted("a", 30, 30), granted("b", 20, 20, UP)]
    assert logic.grant(info("60"), others, CAPACITY) == 60
    assert logic.grant(info("90"), others, CAPACITY) == 70
    assert logic.grant(info("90", BOTH), others, CAPACITY) == 30


def test_where_nothing_is_left_nothing_is_granted() -> None:
    with pytest.raises(Forbidden, match="no bandwidth left"):
        logic.grant(info("1"), [granted("a", 100, 100)], CAPACITY)


def test_what_is_given_back_goes_to_the_more_urgent_and_then_to_the_older() -> None:
    kept = {
        "old": granted("old", 50, 10),
        "young": granted("young", 50, 10),
        "urgent": granted("urgent", 60, 30, fixed_bw_priority="7"),
        "content": granted("content", 5, 5),
    }
    assert logic.shared_out(kept, CAPACITY) == {"urgent": 60, "old": 25}


numbers = st.integers(1, 200)
wishes = st.lists(st.tuples(numbers, st.sampled_from([DOWN, UP, BOTH])), max_size=12)


@given(wishes, st.sets(st.integers(0, 11)))
def test_grants_never_exceed_the_capacity_and_nobody_waits_while_there_is_some(
    asked: list[tuple[int, AllocationDirection]], given_back: set[int]
) -> None:
    kept: dict[str, Kept] = {}
    for number, (wanted, way) in enumerate(asked):
        try:
            got = logic.grant(info(str(wanted), way), kept.values(), CAPACITY)
        except Forbidden:
            continue
        kept[str(number)] = granted(str(number), wanted, got, way)
    before = dict(kept)
    for number in given_back:
        kept.pop(str(number), None)
    for id_, got in logic.shared_out(kept, CAPACITY).items():
        assert got > before[id_].granted_bps, "nothing that was granted is taken away"
        kept[id_] = replace(kept[id_], granted_bps=got)
    used = {
        way: sum(each.granted_bps for each in kept.values()
                 if way in logic.WAYS[each.info.allocation_direction])
        for way in Direction
    }  # fmt: skip
    assert all(used[way] <= CAPACITY.of(way) for way in Direction)
    for each in kept.values():
        ways = logic.WAYS[each.info.allocation_direction]
        is_full = any(used[way] == CAPACITY.of(way) for way in ways)
        assert each.granted_bps == each.asked_bps or is_full


def test_changes_repeat_the_identifiers_and_leave_the_rest_as_it_was_asked() -> None:
    present = granted("a", 50, 10)
    deltas = BwInfoDeltas(allocation_id="a", app_ins_id="app1", request_type=WHOLE)
    assert logic.modified(present, deltas).fixed_allocation == "50"
    more = replace(deltas, fixed_allocation="70", allocation_direction=BOTH)
    assert logic.modified(present, more) == replace(
        logic.asked(present), fixed_allocation="70", allocation_direction=BOTH
    )
    for name, wrong in (("allocation_id", "b"), ("app_ins_id", "app2"), ("request_type", SESSION)):
        with pytest.raises(BadRequest):
            logic.modified(present, replace(deltas, **{name: wrong}))


def test_volumes_are_told_by_criterion_since_the_last_time() -> None:
    before = {("app1", "10.45.1.2"): 100, ("app1", "10.45.1.3"): 50}
    now = {("app1", "10.45.1.2"): 130, ("app1", "10.45.1.3"): 20, ("app2", "10.45.1.2"): 9}
    criteria = [
        Criterion(app_ins_id="app1"),
        Criterion(app_ins_id="app1", ue_ip="10.45.1.2"),
        Criterion(app_ins_id="app3"),
    ]
    found = logic.dispersion(criteria, before, now)
    assert [each.data_vol for each in found] == [50, 30, 0], "a counter that went back began anew"
    assert logic.dispersion(criteria[:1], {}, {("app1", "x"): 2**40})[0].data_vol == 2**32 - 1
