"""Rules of one priority that want different things of the same packet are found, all and only."""

import time
from collections.abc import Iterable, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dataplane.drawn import ADDRESSES, DEVICES, NUMBERS, TAGGED, holds, rules
from tests.dataplane.rules import (
    APP1,
    APP1_V6,
    APP2,
    CLOUD,
    CLOUD_V6,
    COPY,
    DROP,
    FORWARD,
    PASS,
    UE,
    rule,
)

from wayside.dataplane.conflicts import CONFLICTS_MAX, Conflict, News
from wayside.dataplane.packets import Packet
from wayside.dataplane.plan import Plan
from wayside.dataplane.ranking import Reason
from wayside.dataplane.walk import walk
from wayside.dataplane.wishes import read_tags
from wayside.refpoints.mp2 import RuleKey, SteeringRule

Pair = tuple[RuleKey, RuleKey]

SEVERAL = [
    Packet(source, destination, protocol, 0, port, dscp)
    for source in ADDRESSES
    for destination in ADDRESSES
    for protocol, port in ((1, 0), *((6, n) for n in NUMBERS), *((17, n) for n in NUMBERS))
    for dscp in (0, 46)
]


def _found(plan: Plan) -> list[Conflict]:
    conflicts, are_all = plan.conflicts.found()
    assert are_all
    return conflicts


def _pairs(conflicts: list[Conflict]) -> set[Pair]:
    return {(min(keys), max(keys)) for keys in ((c.winner.key, c.loser.key) for c in conflicts)}


def _want_alike(a: SteeringRule, b: SteeringRule) -> bool:
    return (a.rule.action, a.targets) == (b.rule.action, b.targets)


def _matches(steering: SteeringRule, packet: Packet) -> bool:
    return any(holds(each, packet) for each in steering.rule.traffic_filter)


def _standing(wanted: list[SteeringRule]) -> list[SteeringRule]:
    return list({each.key: each for each in wanted}.values())


def _plan(wanted: Iterable[SteeringRule]) -> Plan:
    return Plan(wanted, tags=read_tags(DEVICES))


@settings(max_examples=100, deadline=None)
@given(st.lists(rules(TAGGED), max_size=6))
def test_what_comparing_packet_by_packet_finds_is_found(wanted: list[SteeringRule]) -> None:
    met = {
        (min(a.key, b.key), max(a.key, b.key))
        for a, b in combinations(_standing(wanted), 2)
        if a.rule.priority == b.rule.priority
        and not _want_alike(a, b)
        and any(_matches(a, each) and _matches(b, each) for each in SEVERAL)
    }
    assert met <= _pairs(_found(_plan(wanted)))


@settings(max_examples=200, deadline=None)
@given(st.lists(rules(TAGGED), max_size=8))
def test_each_has_a_packet_that_both_match_and_the_winner_gets_it(
    wanted: list[SteeringRule],
) -> None:
    for winner, loser, _, example in _found(_plan(wanted)):
        assert _matches(winner, example)
        assert _matches(loser, example)
        assert winner.rule.priority == loser.rule.priority
        assert not _want_alike(winner, loser)
        assert walk(_plan([loser, winner]), example).rule_key == winner.key


STEPS = st.lists(
    st.one_of(
        st.tuples(rules(TAGGED), st.booleans()),
        st.tuples(st.sampled_from([*DEVICES]), st.lists(st.sampled_from(ADDRESSES), max_size=2)),
    ),
    max_size=20,
)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.booleans())
def test_rules_and_devices_that_came_and_went_leave_what_stands_would_have(
    steps: list[tuple[SteeringRule, bool] | tuple[str, list[str]]], asked: bool
) -> None:
    grown, standing = _plan([]), dict[str, SteeringRule]()
    tags: dict[str, Sequence[str]] = dict(DEVICES)
    for what, how in steps:
        if isinstance(what, str):
            assert isinstance(how, list)
            tags[what] = how
            grown.change(tags=read_tags({what: how}))
        elif how:
            grown.change(put=[what])
            standing[what.key] = what
        else:
            grown.change(remove=[what.key])
            standing.pop(what.key, None)
        if asked:
            grown.conflicts.take_news()
    alone = Plan(standing.values(), tags=read_tags(tags))
    assert _pairs(_found(grown)) == _pairs(_found(alone))


def test_a_conflict_of_tags_comes_and_goes_with_a_device_and_is_no_news() -> None:
    asking = [
        rule("a/1", DROP, tag="vip", dst_address=CLOUD),
        rule("b/1", PASS, tag="lorry", dst_address=CLOUD),
    ]
    plan = Plan(asking, tags=read_tags({"vip": [UE], "lorry": ["10.45.2.0/24"]}))
    assert _found(plan) == []
    plan.change(tags=read_tags({"lorry": [UE, "10.45.2.0/24"]}))
    assert plan.conflicts.take_news() == News([], 0)
    (met,) = _found(plan)
    assert (met.winner.key, met.example.source) == ("b/1", UE)
    plan.change(tags=read_tags({"vip": []}))
    assert _found(plan) == []


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        (
            rule("b/1", DROP, dst_address=CLOUD),
            rule("a/1", FORWARD, APP1, dst_address=CLOUD, per_packet=True),
            Reason.FLOW_BEFORE_PACKET,
        ),
        (
            rule("b/1", DROP, dst_address=CLOUD, dst_port="80", protocol="TCP"),
            rule("a/1", PASS, dst_address=CLOUD),
            Reason.MORE_MEMBERS,
        ),
        (
            rule("b/1", DROP, src_address=UE),
            rule("a/1", COPY, APP1, dst_address=CLOUD),
            Reason.MEMBERS_IN_ORDER,
        ),
        (
            rule("b/1", DROP, dst_address=CLOUD),
            rule("a/1", FORWARD, APP2, dst_address="203.0.113.0/24"),
            Reason.VALUES_BEFORE_RANGES,
        ),
        (
            rule("a/1", FORWARD, APP1, dst_address="203.0.0.0/16"),
            rule("b/1", FORWARD, APP2, dst_address="203.0.113.0/24"),
            Reason.SMALLER_RULE_KEY,
        ),
        (
            rule("a/1", FORWARD, APP1_V6, dst_address=CLOUD_V6),
            rule("b/1", DROP, dst_address=CLOUD_V6),
            Reason.SMALLER_RULE_KEY,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
def test_the_reason_is_what_tells_the_two_apart(
    winner: SteeringRule, loser: SteeringRule, reason: Reason
) -> None:
    (found,) = _found(Plan([loser, winner]))
    assert (found.winner.key, found.loser.key, found.reason) == (winner.key, loser.key, reason)


@pytest.mark.parametrize(
    "other",
    [
        rule("b/1", DROP, dst_address=CLOUD, priority=11),
        rule("b/1", DROP, dst_address="203.0.113.11"),
        rule("b/1", FORWARD, APP1, dst_address="203.0.113.0/24"),
        rule("b/1", DROP, dst_address=CLOUD_V6),
    ],
    ids=["another priority", "other packets", "the same wish", "another family"],
)
def test_these_are_no_conflict(other: SteeringRule) -> None:
    assert _found(Plan([rule("a/1", FORWARD, APP1, dst_address=CLOUD), other])) == []


def test_what_goes_from_a_device_of_one_tag_to_one_of_another_is_meant_by_both() -> None:
    devices = {"vip": [UE], "lorry": ["10.45.2.2"]}
    asking = [rule("a/1", DROP, tag="vip"), rule("b/1", PASS, tag="lorry")]
    (met,) = _found(Plan(asking, tags=read_tags(devices)))
    assert {met.example.source, met.example.destination} == {UE, "10.45.2.2"}


def test_a_filter_that_contradicts_itself_meets_nothing() -> None:
    assert _found(Plan([rule("a/1", DROP, d_scp=6, t_c=9), rule("b/1", PASS, d_scp=6)])) == []


def test_a_dscp_and_a_traffic_class_of_the_same_octet_meet() -> None:
    (found,) = _found(Plan([rule("a/1", DROP, d_scp=5), rule("b/1", FORWARD, APP1_V6, t_c=21)]))
    assert (found.example.version, found.example.dscp, found.example.ecn) == (6, 5, 1)


def test_news_are_told_once_and_only_while_they_hold() -> None:
    plan = Plan([rule("a/1", DROP, dst_address=CLOUD)])
    plan.change(put=[rule("b/1", PASS, dst_address=CLOUD), rule("c/1", PASS, dst_address=CLOUD)])
    plan.change(remove=[RuleKey("c/1")])
    (told,), _ = plan.conflicts.take_news()
    assert (told.winner.key, told.loser.key) == ("a/1", "b/1")
    plan.change(put=[rule("b/1", PASS, dst_address=CLOUD)])
    assert plan.conflicts.take_news() == News([], 0)


def test_too_many_are_cut_off_and_found_again_when_there_is_room() -> None:
    many = [rule(f"m{n:04}/1", DROP, dst_address=CLOUD) for n in range(CONFLICTS_MAX + 5)]
    plan = Plan([rule("a/1", PASS, dst_address=CLOUD), *many])
    first, are_all = plan.conflicts.found()
    assert (len(first), are_all) == (CONFLICTS_MAX, False)
    plan.change(remove=[each.key for each in many[: CONFLICTS_MAX // 2]])
    assert len(_found(plan)) == CONFLICTS_MAX // 2 + 5


def test_ten_thousand_rules_are_compared_without_comparing_each_with_each() -> None:
    """Each with each would be 50 million pairs, of which Python compares a million in a second."""
    sources = [rule(f"s{n}/1", DROP, src_address=f"10.1.{n >> 8}.{n & 255}") for n in range(5000)]
    prefixes = [
        rule(f"p{n}/1", PASS, dst_address=f"10.{64 + (n >> 8)}.{n & 255}.0/24", dst_port="9",
             src_address=f"10.2.{n >> 8}.0/24")
        for n in range(5000)
    ]  # fmt: skip
    plan = Plan([*sources, *prefixes])
    assert _found(plan) == []
    began = time.process_time()
    for n in range(100):
        plan.change(put=[rule(f"x{n}/1", FORWARD, APP1, src_address=f"10.1.0.{n}", dst_port="9")])
    assert time.process_time() - began < 1
    assert len(_found(plan)) == 100


def test_a_rule_of_very_many_values_is_told_as_fast_as_one_of_few() -> None:
    """Asking each of its four thousand boxes for each conflict would take seconds."""
    many = rule(
        "a/1",
        DROP,
        src_address=tuple(f"10.1.0.{n}" for n in range(64)),
        dst_port=tuple(str(n) for n in range(20)),
    )
    others = [rule(f"b/{n}", PASS, src_address=f"10.1.0.{n % 64}") for n in range(CONFLICTS_MAX)]
    plan = Plan([many, *others])
    began = time.process_time()
    assert len(_found(plan)) == CONFLICTS_MAX
    assert time.process_time() - began < 1
