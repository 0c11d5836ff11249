"""What the tunnel bench compares: two ways of one town, and one rule in two forms."""

from bench.gtp import PLAIN, SCENARIO, TUNNELLED, Measured, both_ways, rows

from wayside.access.lab import scenario
from wayside.access.lab.model import Backhaul
from wayside.access.lab.paths import reach
from wayside.dataplane.access import Access
from wayside.dataplane.carrying import checked
from wayside.mep.mec_app_support.destinations import steering_of
from wayside.model.rules import FilterType, RuleAction, RuleState, TrafficFilter, TrafficRule
from wayside.refpoints.mm5 import Attachment

RULE = TrafficRule(
    traffic_rule_id="steer",
    filter_type=FilterType.FLOW,
    priority=100,
    traffic_filter=(TrafficFilter(dst_port=("9999",)),),
    action=RuleAction.FORWARD_DECAPSULATED,
    state=RuleState.INACTIVE,
)
INSTANCE = Attachment(address="10.60.1.2", device="app1")


def test_the_two_ways_differ_in_nothing_but_the_tunnel() -> None:
    town = scenario.load(SCENARIO)
    cells = {each.id: each.backhaul for each in town.cells}
    devices = {each.id: cells[each.cell] for each in town.devices}
    assert devices == {TUNNELLED: Backhaul.GTP_U, PLAIN: Backhaul.IP}
    lengths = {len(reach(town.links, each)["mec1"].nodes) for each in devices}
    assert lengths == {3}
    assert {link.delay_ms for link in town.links} == {0}


def test_both_forms_of_the_rule_are_carried_out() -> None:
    for rule, kind in zip(both_ways(RULE, INSTANCE.address), ("GTP_U", None), strict=True):
        steering = steering_of("app", rule, [INSTANCE])
        assert rule.state is RuleState.ACTIVE
        assert (steering.targets[0].tunnel and steering.targets[0].tunnel.kind) == kind
        assert checked(steering, Access(tunnel_source="10.60.1.1"))


def test_rates_are_told_as_ratios_and_round_trips_as_what_is_added() -> None:
    found = Measured(
        packets={TUNNELLED: [40_000.0], PLAIN: [80_000.0]},
        megabits={TUNNELLED: [500.0], PLAIN: [5000.0]},
        trips={TUNNELLED: [0.0003], PLAIN: [0.0001]},
        relay_us=[9.0],
        wrapped=[0.001, 0.003],
        fresh=[0.009],
        answered=[0.001],
        read=[0.0005],
        unwrapped=[0.001],
    )
    values = [round(row.value, 3) for row in rows(found)]
    assert values[:5] == [0.5, 0.1, 9.0, 0.2, 0.2]
    assert [row.met for row in rows(found)[5:]] == [True, True, True, True]
