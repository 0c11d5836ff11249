"""Plans as text: what a change rewrites, and what it must never touch."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.dataplane.rules import APP1, APP2, COPY, DROP, FORWARD, PASS, rule

from wayside.dataplane import nft
from wayside.dataplane.asking import stamp_of
from wayside.dataplane.groups import Delta
from wayside.dataplane.held import REST_S, Held
from wayside.dataplane.idle import IDLE_MAX
from wayside.dataplane.meanings import copies
from wayside.dataplane.plan import Plan
from wayside.dataplane.tables import install, remove
from wayside.dataplane.wishes import read_tags
from wayside.model.rules import FilterType
from wayside.refpoints.mp2 import RuleKey, SteeringRule

INDEXES = {"app1": 5, "app2": 6}


def _settled(*rules: object) -> Plan:
    plan = Plan(rules)  # type: ignore[arg-type]  # rules of this test
    plan.take_delta()
    return plan


def _text(plan: Plan, held: Held | None = None, now_s: float = 0.0) -> str:
    return "".join(_texts(plan, held, now_s))


def _texts(plan: Plan, held: Held | None = None, now_s: float = 0.0) -> tuple[str, ...]:
    held = held or Held()
    rested, delta = held.take_rested(now_s), plan.take_delta()
    texts = nft.change(plan, delta, 7, indexes=INDEXES, held=held, rested=rested, now_s=now_s)
    plan.let_go(rested.outcomes, rested.targets)
    return texts


def test_one_change_among_many_rules_names_no_other_element() -> None:
    plan = _settled(*(rule(f"a/{n}", dst_address=f"10.0.{n}.1") for n in range(250)))
    plan.change(put=[rule("a/7", dst_address="10.9.9.9")])
    text = _text(plan)
    assert set(re.findall(r"10\.\d+\.\d+\.\d+", text)) == {"10.0.7.1", "10.9.9.9"}
    assert "flow4 " not in text, "no classifier is rewritten where no map came or went"


def test_every_change_moves_the_stamp_and_nothing_else_where_nothing_else_changed() -> None:
    rested = Held().take_rested(0)
    (text,) = nft.change(Plan(), Delta(), 0x1234, indexes={}, held=Held(), rested=rested, now_s=0)
    lines = text.splitlines()
    assert all(" refresh" in line for line in lines)
    assert lines[0] == "flush chain inet wayside refresh"
    assert "0x12340000" in text


@pytest.mark.parametrize("generation", [1, 65535, 65536, 131070, 10**9])
def test_a_stamp_fits_sixteen_bits_and_is_never_zero(generation: int) -> None:
    assert 1 <= stamp_of(generation) <= 0xFFFF
    assert stamp_of(generation) != stamp_of(generation + 1)


def test_base_chains_and_foreign_tables_are_never_deleted_or_flushed_by_a_change() -> None:
    held = Held()
    plan = _settled()
    said = ""
    for rules in (
        [rule("a/1", FORWARD, APP1, dst_port="1-5"), rule("a/2", COPY, APP2, dst_port="9")],
        [rule("a/1", DROP, per_packet=True, src_address="10.0.0.0/8"), rule("a/3", PASS)],
        [],
    ):
        plan.replace(rules)
        said += _text(plan, held)
    assert "flush ruleset" not in said and "delete table" not in said
    assert not re.search(r"(flush|delete) chain \w+ wayside prerouting", said)
    assert set(re.findall(r"^\w+ (?:chain|rule|map|set|element) (\w+ \w+)", said, re.M)) <= {
        "inet wayside", "ip wayside", "ip6 wayside",
    }  # fmt: skip


def test_what_fell_out_of_use_is_deleted_once_it_has_rested_and_not_before() -> None:
    held = Held()
    plan = _settled(rule("a/1", DROP, dst_address="10.0.0.1", per_packet=True))
    plan.change(remove=["a/1"])
    first = _text(plan, held)
    assert "delete map" not in first and "drops" not in first
    assert "flush chain inet wayside packet4" in first
    plan.change(put=[rule("b/1", PASS, dst_port="80")])
    assert "delete" not in _text(plan, held, REST_S * 0.9)
    plan.change(put=[rule("b/2", FORWARD, APP1, per_packet=True, dst_port="81")])
    second = _text(plan, held, REST_S)
    assert "delete map inet wayside e0_packet_10_v4_d" in second
    assert "delete element inet wayside e0_drops { 0x8000 }" in second
    assert not (held.maps or held.outcomes)


def test_a_number_means_nothing_else_while_packets_may_bear_it() -> None:
    held, plan = Held(), _settled(rule("a/1", FORWARD, APP1, dst_port="80"))
    numbers = []
    for target, now_s in ((APP2, 0), (APP1, 0.1), (APP2, 0.2), (APP1, REST_S), (APP2, 1)):
        plan.change(put=[rule("a/1", FORWARD, target, dst_port="80")])
        text = _text(plan, held, now_s)
        assert ("delete element inet wayside e0_routes" in text) == (now_s >= REST_S)
        assert ("delete element inet wayside e0_owners" in text) == (now_s >= REST_S)
        numbers.append(next(number for number, _ in plan.outcomes()))
    assert numbers == [2, 3, 4, 5, 1]


def test_the_address_of_a_target_that_is_numbered_anew_stays_known() -> None:
    held, plan = Held(), _settled(rule("a/1", FORWARD, APP1, dst_port="80", priority=1))
    said = ""
    for n in (2, 3, 4):
        plan.change(put=[rule("a/1", FORWARD, APP1, dst_port="80", priority=n)])
        said += _text(plan, held, n)
    assert "delete element inet wayside e0_owners" in said
    assert "delete element inet wayside e0_addresses" not in said
    plan.change(remove=["a/1"])
    assert "delete" in _text(plan, held, 5) and not held.targets.pop(9)
    plan.change(put=[rule("b/1", DROP, dst_port="80")])
    assert said.count("e0_addresses4") and "delete element inet wayside e0_addresses4" in _text(
        plan, held, 6
    )


def test_copies_that_are_on_their_way_are_still_made_and_nobody_is_muted_for_them() -> None:
    held, plan = Held(), _settled(rule("a/1", COPY, APP2, dst_port="80"))
    plan.change(remove=["a/1"])
    text = _text(plan, held)
    assert "dup to 10.60.1.3 device 6" in text
    assert "flush set inet wayside mirrors" in text and "add element" not in text
    plan.change(put=[rule("b/1", DROP, dst_port="80")])
    assert "dup to" not in _text(plan, held, REST_S)


def test_ranges_move_up_one_level_at_a_time_when_the_uppermost_goes() -> None:
    sizes = {"a/1": 31, "b/1": 30, "c/1": 29}
    plan = _settled(*(rule(key, src_address=f"10.0.0.0/{size}") for key, size in sizes.items()))
    plan.change(remove=["a/1"])
    *steps, stamp = _texts(plan)
    moved = [re.findall(r"(add|delete) .*range(\d) .*-10.0.0.(\d)", text) for text in steps]
    assert moved == [
        [("delete", "0", "1"), ("add", "0", "3")],
        [("delete", "1", "3"), ("add", "1", "7")],
        [("delete", "2", "7")],
    ]
    assert all("refresh" in line for line in stamp.splitlines())


@pytest.mark.parametrize(
    ("after", "steps"),
    [
        ([rule("a/1", DROP, dst_port="80", priority=11)], 2),
        ([rule("a/1", DROP, dst_port="81")], 2),
        ([rule("a/1", DROP, priority=11)], 2),
        ([rule("a/1", PASS, dst_port="80")], 1),
        ([rule("a/1", DROP, dst_port="80"), rule("b/1", PASS, dst_port="82")], 1),
        ([], 1),
    ],
)
@pytest.mark.parametrize("per_packet", [False, True])
def test_what_comes_is_there_before_what_it_takes_the_place_of_goes(
    after: list[SteeringRule], steps: int, per_packet: bool
) -> None:
    def typed(steering: SteeringRule) -> SteeringRule:
        kind = FilterType.PACKET if per_packet else FilterType.FLOW
        return replace(steering, rule=msgspec.structs.replace(steering.rule, filter_type=kind))

    plan = _settled(typed(rule("a/1", DROP, dst_port="80")))
    plan.replace([typed(each) for each in after])
    texts = _texts(plan)
    assert len(texts) == steps
    chain = "packet4" if per_packet else "flow4"
    if steps == 2:
        first, last = texts
        assert "delete" not in first and "add element" not in last
        assert f"@e0_{'packet' if per_packet else 'flow'}_10_v4_q_proto17" not in last
        assert f"{chain} " not in first or "_10_v4_q_proto17 return" in first
    assert "refresh" in texts[-1] and all("refresh" not in text for text in texts[:-1])


def test_a_map_that_is_wanted_again_at_once_is_emptied_and_kept() -> None:
    held = Held()
    plan = _settled(rule("a/1", DROP, dst_address="10.0.0.1", per_packet=True))
    plan.change(remove=["a/1"])
    _text(plan, held)
    plan.change(put=[rule("b/1", PASS, dst_address="10.0.0.2", per_packet=True)])
    text = _text(plan, held)
    assert "flush map inet wayside e0_packet_10_v4_d\n" in text
    assert "delete map" not in text and "add map" not in text
    assert "add element inet wayside e0_packet_10_v4_d { 10.0.0.2 : 0x8001 }" in text


def test_a_group_that_fell_empty_is_asked_on_and_its_next_rule_is_one_element() -> None:
    held = Held()
    plan = _settled(rule("a/1", DROP, dst_address="10.0.0.1"))
    plan.change(remove=["a/1"])
    gone = _text(plan, held)
    assert "delete element inet wayside e0_flow_10_v4_d { 10.0.0.1 }" in gone
    plan.change(put=[rule("b/1", PASS, dst_address="10.0.0.2")])
    come = _text(plan, held)
    assert "add element inet wayside e0_flow_10_v4_d { 10.0.0.2 : 0x2 }" in come
    for text in (gone, come):
        assert "flow4 " not in text and " map inet" not in text


def test_an_empty_group_keeps_its_place_when_the_chain_is_written_anew() -> None:
    held = Held()
    plan = _settled(rule("a/1", DROP, dst_address="10.0.0.1", priority=10))
    plan.change(remove=["a/1"])
    _text(plan, held)
    plan.change(put=[rule(f"b/{n}", DROP, dst_address="10.0.0.2", priority=n) for n in (9, 11)])
    asked = re.findall(r"add rule inet wayside flow4 .*@e0_flow_(\d+)_v4_d", _text(plan, held))
    assert asked == ["9", "10", "11"]


def test_no_more_than_some_are_asked_in_vain() -> None:
    held = Held()
    plan = _settled()
    for priority in range(IDLE_MAX + 2):
        plan.change(put=[rule("a/1", DROP, dst_address="10.0.0.1", priority=priority)])
        _text(plan, held)
        plan.change(remove=["a/1"])
        text = _text(plan, held)
    assert [each.shape.priority for each in held.idle.of(FilterType.FLOW, 4)] == list(
        range(2, IDLE_MAX + 2)
    )
    assert "@e0_flow_1_v4_d return" not in text and "@e0_flow_2_v4_d return" in text
    plan.change(put=[rule("b/1", PASS, dst_port="80")])
    assert "delete map inet wayside e0_flow_1_v4_d" in _text(plan, held, REST_S)


def test_a_group_that_loses_very_many_elements_goes_whole() -> None:
    held = Held()
    plan = _settled(*(rule(f"a/{n}", dst_address=f"10.0.{n}.1") for n in range(250)))
    plan.replace([])
    text = _text(plan, held)
    assert "delete element inet wayside e0_flow" not in text
    assert list(held.maps.items()) == [("e0_flow_10_v4_d", "map")]


def test_a_target_without_a_device_gets_no_copies() -> None:
    plan = _settled(rule("a/1", COPY, APP2, dst_port="80"))
    assert "dup to" not in "".join(copies(plan, {}))
    assert "dup to 10.60.1.3 device 6" in "".join(copies(plan, INDEXES))


def test_a_whole_plan_is_filled_beside_the_old_one_and_put_into_force_at_once() -> None:
    plan = _settled(*(rule(f"a/{n}", dst_address=f"10.{n >> 8}.{n & 255}.1") for n in range(1000)))
    fillings = list(nft.fill(plan, 4))
    assert all(len(text) < 20_000 for text in fillings)
    assert all(re.match(r"add (table|map|element) inet wayside", text) for text in fillings)
    assert "e4_flow_10_v4_d " in "".join(fillings)
    whole = nft.rebuild(plan, 3, epoch=4, indexes={})
    assert "delete" not in whole, "packets on their way may still ask for what was there"
    assert "map @e4_flow_10_v4_d return" in whole
    assert "10.0.0.1" not in whole


def test_what_a_plan_that_was_replaced_whole_left_goes_once_it_has_rested() -> None:
    held = Held(4)
    for each in ("map inet wayside e3_routes", "set inet wayside e3_drops"):
        held.former.put(each, None, 0)
    plan = Plan([rule("a/1", COPY, APP1, dst_address="10.0.0.1")], half=1)
    plan.take_delta()
    plan.change(put=[rule("b/1", PASS, dst_port="80")])
    assert "e3_" not in _text(plan, held, REST_S * 0.9)
    plan.change(put=[rule("b/1", PASS, dst_port="81")])
    text = _text(plan, held, REST_S)
    assert "delete map inet wayside e3_routes\ndelete set inet wayside e3_drops\n" in text
    assert "flush chain ip wayside copies0" in text
    assert "add rule ip wayside copies1 meta mark 0x28000 dup to 10.60.1.2 device 5" in text
    assert "e3_" not in _text(plan, held)


def test_plans_that_take_each_others_place_share_no_target_number() -> None:
    rules = [rule("a/1", FORWARD, APP1, dst_port="80"), rule("a/2", FORWARD, APP2, dst_port="81")]
    numbers = [{number for number, _ in Plan(rules, half=half).targets()} for half in (0, 1)]
    assert all(len(each) == 2 for each in numbers) and not numbers[0] & numbers[1]


def test_installing_names_the_interfaces_and_removing_only_our_tables() -> None:
    text = install(["cell", "core", "cell"], epoch=4)
    assert 'add element inet wayside entries { "cell", "core" }' in text
    assert "delete" not in text
    assert set(re.findall(r"delete table (\w+ \w+)", remove())) == {
        "inet wayside", "ip wayside", "ip6 wayside",
    }  # fmt: skip


def test_a_rule_that_comes_back_tells_no_member_of_its_tag_anew() -> None:
    tagged, held = rule("a/1", DROP, tag="vip"), Held()
    plan = _settled(tagged)
    plan.change(tags=read_tags({"vip": ["10.9.9.9", "10.9.8.0/24"]}))
    assert {"10.9.9.9", "10.9.8.0"} <= set(re.findall(r"10\.9\.\d+\.\d+", _text(plan, held)))
    for step in ({"remove": [RuleKey("a/1")]}, {"put": [tagged]}):
        plan.change(**step)  # type: ignore[arg-type]  # one of two
        assert "10.9." not in _text(plan, held)
    plan.change(remove=[RuleKey("a/1")], tags={"vip": None})
    _text(plan, held)
    assert sum(kind == "set" for _, kind in held.maps.items()) == 4


def test_one_member_that_comes_names_no_other() -> None:
    plan = Plan([rule("a/1", DROP, tag="vip")], tags=read_tags({"vip": ["10.9.9.1", "10.9.9.5"]}))
    plan.take_delta()
    plan.change(tags=read_tags({"vip": ["10.9.9.1", "10.9.9.5", "10.9.9.9"]}))
    assert re.findall(r"10\.9\.9\.\d+", _text(plan)) == ["10.9.9.9"]


@pytest.mark.parametrize(
    ("change", "is_late"),
    [
        ({"put": [rule("b/1", DROP, dst_port="9")]}, False),
        ({"put": [rule("b/1", DROP, dst_port="9-10")]}, True),
        ({"tags": read_tags({"vip": ["10.9.9.1", "10.9.9.9"]})}, False),
        ({"tags": read_tags({"vip": ["10.9.9.1", "10.9.8.0/24"]})}, True),
        ({"remove": [RuleKey("a/1")]}, False),
    ],
)
def test_the_stamp_comes_after_what_the_kernel_shows_late(change: Any, is_late: bool) -> None:
    plan = Plan([rule("a/1", DROP, tag="vip")], tags=read_tags({"vip": ["10.9.9.1"]}))
    plan.take_delta()
    plan.change(**change)
    first, *second = _texts(plan)
    assert ("refresh" in first, len(second)) == (not is_late, is_late)
    assert all("refresh" in line for text in second for line in text.splitlines())


def test_a_member_is_there_by_its_prefix_before_its_address_goes_and_back() -> None:
    plan = Plan([rule("a/1", DROP, tag="vip")], tags=read_tags({"vip": ["10.9.9.1"]}))
    plan.take_delta()
    seen = []
    for devices in (["10.9.8.0/23"], ["10.9.9.1"], ["10.9.9.0/24"], ["10.9.0.0/16"]):
        plan.change(tags=read_tags({"vip": devices}))
        *changes, _ = _texts(plan)
        seen.append([re.findall(r"(add|delete) element .* \{ (10[^ ]*)", text) for text in changes])
    assert seen == [
        [[("add", "10.9.8.0-10.9.9.255")], [("delete", "10.9.9.1")]],
        [[("add", "10.9.9.1")], [("delete", "10.9.8.0-10.9.9.255")]],
        [[("add", "10.9.9.0-10.9.9.255")], [("delete", "10.9.9.1")]],
        [[("delete", "10.9.9.0-10.9.9.255"), ("add", "10.9.0.0-10.9.255.255")]],
    ]
