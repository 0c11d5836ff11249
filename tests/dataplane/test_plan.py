"""What the plan refuses, and that it names the rule and the attribute."""

import pytest
from tests.dataplane.rules import APP1, APP1_V6, CLOUD, COPY, DROP, FORWARD, rule

from wayside.core.errors import Unprocessable
from wayside.dataplane.matches import protocol_number
from wayside.dataplane.numbers import Numbers
from wayside.dataplane.plan import Plan
from wayside.model.rules import DestinationInterface, InterfaceType, RuleAction, TrafficFilter
from wayside.refpoints.mp2 import SteeringRule, Target

REFUSED: list[tuple[SteeringRule, str]] = [
    (rule("a/1", src_address="10.0.0.256"), "srcAddress"),
    (rule("a/1", dst_address="10.0.0.0/33"), "dstAddress"),
    (rule("a/1", dst_address="example.org"), "dstAddress"),
    (rule("a/1", src_port="65536"), "srcPort"),
    (rule("a/1", dst_port="90-80"), "dstPort"),
    (rule("a/1", dst_port="http"), "dstPort"),
    (rule("a/1", dst_port="-1"), "dstPort"),
    (rule("a/1", protocol="QUIC"), "protocol"),
    (rule("a/1", protocol="256"), "protocol"),
    (rule("a/1", protocol="ICMP", dst_port="80"), "protocol"),
    (rule("a/1", d_scp=64), "dSCP"),
    (rule("a/1", q_ci=9), "qCI"),
    (rule("a/1", t_c=256), "tC"),
    (rule("a/1", FORWARD, APP1, t_c=1), "tC"),
    (rule("a/1", src_tunnel_address="10.0.0.1"), "srcTunnelAddress"),
    (rule("a/1", dst_tunnel_port="2152"), "dstTunnelPort"),
    (rule("a/1", filters=()), "trafficFilter"),
    (rule("a/1", src_address=CLOUD, dst_address="fd00::1"), "srcAddress"),
    (rule("a/1", FORWARD, APP1_V6, dst_address=CLOUD), "srcAddress"),
    (rule("a/1", FORWARD), "dstInterface"),
    (rule("a/1", COPY), "dstInterface"),
    (rule("a/1", FORWARD, Target("app.example", "app1")), "dstInterface"),
    (rule("a/1", DROP, APP1), "dstInterface"),
    (rule("a/1", RuleAction.FORWARD_ENCAPSULATED, APP1), "dstInterface"),
    (rule("a/1", RuleAction.DUPLICATE_ENCAPSULATED, APP1), "dstInterface"),
    (
        rule(
            "a/1",
            src_address=tuple(f"10.0.{n}.1" for n in range(100)),
            dst_address=tuple(f"10.1.{n}.1" for n in range(100)),
        ),
        "trafficFilter",
    ),
]


@pytest.mark.parametrize(("wrong", "attribute"), REFUSED)
def test_a_rule_that_cannot_be_carried_out_is_refused_by_name(
    wrong: SteeringRule, attribute: str
) -> None:
    plan = Plan([rule("z/1", dst_address=CLOUD)])
    plan.take_delta()
    with pytest.raises(Unprocessable) as refused:
        plan.change(put=[rule("b/1", dst_port="80"), wrong], remove=["z/1"])
    assert refused.value.field == attribute
    assert refused.value.detail.startswith("Traffic rule a/1: ")
    assert list(plan.rules) == ["z/1"]
    assert plan.is_settled


def test_a_destination_makes_no_sense_for_a_rule_that_sends_nothing() -> None:
    wrong = rule("a/1", DROP, dst_port="80")
    with_destination = SteeringRule(
        wrong.key,
        type(wrong.rule)(
            **{name: getattr(wrong.rule, name) for name in wrong.rule.__struct_fields__}
            | {"dst_interface": DestinationInterface(interface_type=InterfaceType.IP)}
        ),
    )
    with pytest.raises(Unprocessable, match="dstInterface"):
        Plan([with_destination])


def test_too_many_ranges_over_each_other_are_refused_with_the_remedy() -> None:
    nested = [rule(f"a/{n:02}", dst_port=f"{n}-{1000 - n}") for n in range(33)]
    with pytest.raises(Unprocessable, match=r"Traffic rule a/32: .*different priorities"):
        Plan(nested)
    Plan(nested[:32])


def test_overlapping_rules_of_one_shape_cost_one_lookup_each_and_others_none() -> None:
    apart = [rule(f"a/{n}", dst_address=f"10.{n}.0.0/16", protocol="TCP") for n in range(200)]
    plan = Plan(apart)
    assert len(list(plan.all_groups())) == 1
    plan.change(put=[rule("b/1", dst_address="10.0.0.0/8", protocol="TCP")])
    assert sorted(group.level for group in plan.all_groups()) == [0, 1]


def test_putting_the_same_rules_again_changes_nothing() -> None:
    rules = [rule("a/1", FORWARD, APP1, dst_address=CLOUD), rule("a/2", dst_port="1-9")]
    plan = Plan(rules)
    plan.take_delta()
    plan.replace(rules)
    assert plan.is_settled


def test_a_change_touches_only_what_it_names() -> None:
    plan = Plan([rule(f"a/{n}", dst_address=f"10.0.{n}.1") for n in range(200)])
    plan.take_delta()
    plan.change(put=[rule("a/7", dst_address="10.9.9.9")])
    delta = plan.take_delta()
    assert sum(len(boxes) for boxes in delta.elements.values()) == 2
    assert delta.groups == {} and delta.targets == {}


def test_a_filter_with_ports_and_no_protocol_means_those_that_have_ports() -> None:
    plan = Plan([rule("a/1", FORWARD, APP1, dst_port="80")])
    assert sorted(group.shape.protocol or 0 for group in plan.all_groups()) == [6, 17, 132]


def test_equal_boxes_of_a_rule_are_one() -> None:
    twice = (TrafficFilter(dst_port=("80", "80"), protocol=("TCP", "6")),) * 2
    plan = Plan([rule("a/1", FORWARD, APP1, filters=twice)])
    assert [len(plan.map(group)) for group in plan.all_groups()] == [1]


def test_names_of_maps_tell_what_they_hold() -> None:
    plan = Plan([rule("a/1", src_address="10.0.0.0/8", dst_port="80", protocol="TCP", d_scp=46)])
    assert [group.name for group in plan.all_groups()] == ["flow_10_v4_sq_proto6_dscp46_range0"]


def test_protocols_have_names_and_numbers() -> None:
    assert [protocol_number(each) for each in ("tcp", "Udp", "ICMPv6", "132")] == [6, 17, 58, 132]


def test_a_number_given_back_is_used_again_once_it_is_let_go() -> None:
    numbers = Numbers[str](1, 9, what="things")
    first, is_new = numbers.take("a")
    assert (first, is_new) == (1, True)
    assert numbers.take("a") == (1, False)
    assert (numbers.give_back(1), numbers.give_back(1)) == (False, True)
    assert numbers.take("b") == (2, True)
    numbers.let_go(1)
    assert numbers.take("c") == (1, True)


def test_numbers_run_out_with_a_sentence() -> None:
    numbers = Numbers[str](1, 1, what="things")
    numbers.take("a")
    with pytest.raises(Unprocessable, match="too many things"):
        numbers.take("b")
