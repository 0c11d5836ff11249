"""What rules do to packets: the same on a real kernel and in the simulated walk."""

import random

import pytest
from tests.dataplane.rules import (
    APP1,
    APP1_V6,
    APP2,
    CLOUD,
    CLOUD_V6,
    COPY,
    DROP,
    FORWARD,
    OTHER_CLOUD,
    PASS,
    UE,
    UE_SECOND,
    rule,
)
from tests.dataplane.worlds import Seen, World

from wayside.dataplane.packets import Packet
from wayside.dataplane.plan import Plan
from wayside.dataplane.walk import walk
from wayside.model.rules import TrafficFilter
from wayside.refpoints.mp2 import RuleKey, SteeringRule

TO_CLOUD = Seen(("cloud",), ("cloud",))
TO_APP1 = Seen(("app1",), ("app1",))
TO_APP2 = Seen(("app2",), ("app2",))
NOWHERE = Seen((), ())


async def test_without_rules_everything_goes_to_the_cloud(world: World) -> None:
    await world.plane.replace([])
    assert world.send() == TO_CLOUD


async def test_a_forwarded_flow_reaches_the_instance_and_is_answered_as_the_cloud(
    world: World,
) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, dst_address=CLOUD)])
    assert world.send() == TO_APP1
    assert world.send(OTHER_CLOUD) == TO_CLOUD


async def test_with_the_rule_off_the_same_flow_goes_to_the_cloud(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, dst_address=CLOUD)])
    assert world.send() == TO_APP1
    await world.plane.change(remove=["a/1"])
    assert world.send() == TO_CLOUD


async def test_a_running_flow_moves_with_every_change(world: World) -> None:
    await world.plane.replace([])
    seen = [world.send()]
    for target in (APP1, APP2, APP1):
        await world.plane.change(put=[rule("a/1", FORWARD, target, dst_address=CLOUD)])
        seen.append(world.send())
    await world.plane.change(put=[rule("a/1", DROP, dst_address=CLOUD)])
    seen.append(world.send())
    await world.plane.change(remove=["a/1"])
    seen.append(world.send())
    assert seen == [TO_CLOUD, TO_APP1, TO_APP2, TO_APP1, NOWHERE, TO_CLOUD]


async def test_the_smaller_priority_number_wins(world: World) -> None:
    await world.plane.replace(
        [
            rule("a/1", FORWARD, APP1, priority=20, dst_address=CLOUD),
            rule("b/1", FORWARD, APP2, priority=10, protocol="UDP"),
        ]
    )
    assert world.send() == TO_APP2
    await world.plane.change(remove=["b/1"])
    assert world.send() == TO_APP1


async def test_at_equal_priority_the_first_by_key_wins_whatever_came_first(world: World) -> None:
    await world.plane.replace([rule("b/1", FORWARD, APP2, dst_address=CLOUD)])
    await world.plane.change(put=[rule("a/1", FORWARD, APP1, dst_address=CLOUD)])
    assert world.send() == TO_APP1
    await world.plane.change(remove=["a/1"])
    assert world.send() == TO_APP2


async def test_at_equal_priority_overlapping_ranges_are_told_apart_by_key(world: World) -> None:
    await world.plane.replace(
        [
            rule("c/1", DROP, dst_address="203.0.113.0/24"),
            rule("b/1", FORWARD, APP2, dst_address="203.0.113.8/29"),
            rule("a/1", FORWARD, APP1, dst_address="203.0.113.10/31"),
        ]
    )
    assert world.send(CLOUD) == TO_APP1
    await world.plane.change(remove=["a/1"])
    assert world.send(CLOUD) == TO_APP2
    await world.plane.change(remove=["b/1"])
    assert world.send(CLOUD) == NOWHERE


async def test_passthrough_shields_a_flow_from_rules_below_it(world: World) -> None:
    await world.plane.replace(
        [
            rule("a/1", PASS, priority=1, dst_port="9001"),
            rule("a/2", DROP, priority=2, dst_address=CLOUD),
        ]
    )
    assert world.send(port=9001) == TO_CLOUD
    assert world.send(port=9000) == NOWHERE


@pytest.mark.parametrize(
    ("members", "hit", "missed"),
    [
        ({"src_address": UE}, {"source": UE}, {"source": UE_SECOND}),
        ({"src_address": "10.45.1.0/24"}, {"source": UE}, {"source": UE_SECOND}),
        ({"src_port": "40001"}, {"source_port": 40001}, {"source_port": 40002}),
        ({"dst_port": "9001"}, {"port": 9001}, {"port": 9000}),
        ({"dst_port": "9001-9002"}, {"port": 9002}, {"port": 9000}),
        ({"dst_port": ("80", "9001-9002")}, {"port": 80}, {"port": 8080}),
        ({"protocol": "17", "d_scp": 46}, {"dscp": 46}, {"dscp": 0, "source_port": 40007}),
        ({"dst_address": OTHER_CLOUD}, {"destination": OTHER_CLOUD}, {"destination": CLOUD}),
    ],
)
@pytest.mark.parametrize("per_packet", [False, True], ids=["FLOW", "PACKET"])
async def test_a_filter_matches_what_it_names_and_nothing_else(
    world: World,
    members: dict[str, object],
    hit: dict[str, object],
    missed: dict[str, object],
    per_packet: bool,
) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, per_packet=per_packet, **members)])
    assert world.send(**hit) == TO_APP1  # type: ignore[arg-type]  # named by the test's table
    assert world.send(**missed) == TO_CLOUD  # type: ignore[arg-type]


async def test_protocols_are_told_apart(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, protocol="TCP", dst_address=CLOUD)])
    assert world.send() == TO_CLOUD
    assert world.connect() == "app1"
    await world.plane.change(remove=["a/1"])
    assert world.connect() == "cloud"


async def test_any_of_several_filters_will_do(world: World) -> None:
    filters = (TrafficFilter(dst_port=("80",)), TrafficFilter(dst_address=(OTHER_CLOUD,)))
    await world.plane.replace([rule("a/1", FORWARD, APP1, filters=filters)])
    assert world.send(port=80) == TO_APP1
    assert world.send(OTHER_CLOUD) == TO_APP1
    assert world.send() == TO_CLOUD


async def test_all_members_of_one_filter_must_match(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, dst_address=CLOUD, dst_port="80")])
    assert world.send(port=80) == TO_APP1
    assert world.send(port=8080) == TO_CLOUD
    assert world.send(OTHER_CLOUD, port=80) == TO_CLOUD


async def test_a_dropped_flow_is_dropped_both_ways(world: World) -> None:
    await world.plane.replace([])
    assert world.send() == TO_CLOUD
    await world.plane.change(put=[rule("a/1", DROP, src_address=UE)])
    assert world.send() == NOWHERE


async def test_a_copied_packet_arrives_twice_and_is_answered_once(world: World) -> None:
    await world.plane.replace([rule("a/1", COPY, APP2, dst_port="9000")])
    assert world.send() == Seen(("app2", "cloud"), ("cloud",))
    assert world.send(port=9001) == TO_CLOUD
    await world.plane.change(remove=["a/1"])
    assert world.send() == TO_CLOUD


async def test_an_instance_that_gets_copies_of_one_flow_still_answers_another(
    world: World,
) -> None:
    await world.plane.replace(
        [
            rule("a/1", COPY, APP1, dst_port="9000"),
            rule("a/2", FORWARD, APP1, dst_port="9001"),
        ]
    )
    assert world.send(port=9000) == Seen(("app1", "cloud"), ("cloud",))
    assert world.send(port=9001) == TO_APP1


@pytest.mark.parametrize("per_packet", [False, True], ids=["FLOW", "PACKET"])
async def test_of_two_destinations_the_second_gets_what_comes_from_the_core(
    world: World, per_packet: bool
) -> None:
    both = (APP1, APP2)
    await world.plane.replace([rule("a/1", COPY, both, per_packet=per_packet, protocol="UDP")])
    # The answer goes to the port that was sent from, at which every instance listens too.
    assert world.send(source_port=9001) == Seen(("app1", "app2", "cloud"), ("cloud",))
    await world.plane.change(put=[rule("a/1", COPY, both, per_packet=True, src_address=CLOUD)])
    assert world.send(source_port=9001) == Seen(("app2", "cloud"), ("cloud",))
    await world.plane.change(put=[rule("a/1", FORWARD, both, dst_address=CLOUD)])
    assert world.send(source_port=9001) == TO_APP1
    await world.plane.change(remove=["a/1"])
    assert world.send(source_port=9001) == TO_CLOUD


async def test_the_traffic_class_of_ipv6_is_matched_whole(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1_V6, t_c=46 << 2)])
    assert world.send(CLOUD_V6, dscp=46) == TO_APP1
    assert world.send(CLOUD_V6, source_port=40003) == TO_CLOUD
    assert world.send(CLOUD, dscp=46, source_port=40004) == TO_CLOUD


async def test_packets_can_be_copied_one_by_one(world: World) -> None:
    await world.plane.replace([rule("a/1", COPY, APP2, per_packet=True, d_scp=10)])
    assert world.send(dscp=10) == Seen(("app2", "cloud"), ("cloud",))
    assert world.send(dscp=0) == TO_CLOUD


async def test_a_packet_rule_is_asked_for_every_packet_of_a_flow(world: World) -> None:
    await world.plane.replace([rule("a/1", DROP, per_packet=True, d_scp=46)])
    assert [world.send(dscp=dscp) for dscp in (0, 46, 0, 46)] == [
        TO_CLOUD, NOWHERE, TO_CLOUD, NOWHERE,
    ]  # fmt: skip


async def test_the_higher_of_a_flow_and_a_packet_rule_wins_and_the_flow_at_a_tie(
    world: World,
) -> None:
    steer = rule("a/1", FORWARD, APP1, priority=10, dst_address=CLOUD)
    await world.plane.replace([steer, rule("b/1", DROP, priority=9, per_packet=True, d_scp=46)])
    assert (world.send(dscp=46), world.send(dscp=0)) == (NOWHERE, TO_APP1)
    await world.plane.change(put=[rule("b/1", DROP, priority=10, per_packet=True, d_scp=46)])
    assert (world.send(dscp=46), world.send(dscp=0)) == (TO_APP1, TO_APP1)


async def test_ipv6_is_steered_as_ipv4_is(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1_V6, dst_address="fd20::/64")])
    assert world.send(CLOUD_V6) == TO_APP1
    assert world.send(CLOUD) == TO_CLOUD
    await world.plane.change(put=[rule("a/1", COPY, APP1_V6, dst_address="fd20::/64")])
    assert world.send(CLOUD_V6) == Seen(("app1", "cloud"), ("cloud",))
    await world.plane.change(put=[rule("a/1", DROP, protocol="UDP")])
    assert world.send(CLOUD_V6) == NOWHERE


async def test_what_is_addressed_to_an_instance_itself_reaches_it_without_a_rule(
    world: World,
) -> None:
    if world.plane.simulated:
        pytest.skip("the walk knows no routes but those of rules")
    await world.plane.replace([rule("a/1", COPY, APP1, dst_port="9001")])
    assert world.send(APP1.address) == TO_APP1


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"dst_address": CLOUD}, {"dst_address": CLOUD}),
        ({"dst_address": CLOUD}, {"dst_address": CLOUD, "per_packet": True}),
        ({"dst_address": CLOUD}, {"src_address": UE, "dst_port": "9000"}),
        ({"dst_address": "203.0.113.0/24"}, {"dst_address": CLOUD}),
        ({"dst_address": "203.0.0.0/16"}, {"dst_address": "203.0.113.0/24"}),
        ({"src_address": UE}, {"dst_address": CLOUD}),
    ],
)
async def test_of_two_rules_in_conflict_the_one_that_is_told_gets_the_packets(
    world: World, first: dict[str, object], second: dict[str, object], *, swapped: bool
) -> None:
    """The same whichever came first, and whichever of the instances has which filter."""
    one, other = (second, first) if swapped else (first, second)
    both = [rule("a/1", FORWARD, APP1, **one), rule("b/1", FORWARD, APP2, **other)]  # type: ignore[arg-type]  # names of rule's own
    for order in (both, both[::-1]):
        await world.plane.replace([])
        for each in order:
            await world.plane.change(put=[each])
        ((conflict,), _) = world.plane.plan.conflicts.found()
        (told,) = conflict.winner.targets
        assert world.send() == Seen((told.device,), (told.device,))


async def test_after_any_number_of_changes_packets_go_where_a_fresh_plan_sends_them(
    world: World,
) -> None:
    """Groups fall empty, stay, come back and go: what is kept of them must decide nothing."""
    pool = [
        rule("a/1", FORWARD, APP1, dst_address=CLOUD),
        rule("a/2", FORWARD, APP2, dst_address=CLOUD, dst_port="9000", priority=9),
        rule("a/3", DROP, dst_address="203.0.113.0/24", priority=8),
        rule("a/4", DROP, src_address=UE, dst_port="9000"),
        rule("b/1", FORWARD, APP2, dst_address="203.0.0.0/16", dst_port="8000-9999"),
        rule("b/2", PASS, priority=7),
        rule("b/3", FORWARD, APP1, dst_address=CLOUD, per_packet=True, priority=6),
        *(rule(f"c/{n}", FORWARD, APP1, dst_address=CLOUD, priority=n) for n in range(20, 40)),
    ]
    order, standing = random.Random(7), dict[RuleKey, SteeringRule]()
    packet = Packet(UE, CLOUD, 17, 40000, 9000, in_interface="cell")
    await world.plane.replace([])
    for _ in range(60):
        changed = order.sample(pool, 3)
        put = [each for each in changed if each.key not in standing]
        remove = [each.key for each in changed if each.key in standing]
        await world.plane.change(put=put, remove=remove)
        standing |= {each.key: each for each in put}
        for key in remove:
            del standing[key]
        verdict = walk(Plan(standing.values()), packet)
        wanted = {DROP: (), FORWARD: (verdict.target.device,) if verdict.target else ()}
        assert world.send().reached == wanted.get(verdict.action or PASS, ("cloud",))
