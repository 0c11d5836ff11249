"""The view: what is in force, and where a packet would go."""

import pytest
from tests.dataplane.rules import APP1, CLOUD, DROP, FORWARD, PASS, UE, rule
from tests.dataplane.worlds import World

from wayside.core.errors import Unprocessable
from wayside.core.wire import decode, encode
from wayside.dataplane.api import DataPlaneView
from wayside.dataplane.conflicts import NEWS_MAX
from wayside.dataplane.model import WalkRequest
from wayside.dataplane.ranking import Reason


def _asked(**members: object) -> WalkRequest:
    given = {"srcAddress": UE, "dstAddress": CLOUD, "protocol": "UDP", "dstPort": 9000} | members
    return decode(encode(given), WalkRequest)


async def test_a_walk_names_the_instance_the_rule_and_the_target(world: World) -> None:
    await world.plane.replace([rule("app-7/r1", FORWARD, APP1, dst_port="9000")])
    view = DataPlaneView(world.plane)
    found = await view.create_walk(_asked())
    assert (found.action, found.app_instance_id, found.traffic_rule_id) == (FORWARD, "app-7", "r1")
    assert (found.address, found.device) == (APP1.address, APP1.device)
    assert found.simulated == world.plane.simulated


async def test_what_no_rule_means_goes_the_normal_way(world: World) -> None:
    await world.plane.replace([rule("app-7/r1", FORWARD, APP1, dst_port="9000")])
    view = DataPlaneView(world.plane)
    assert (await view.create_walk(_asked(dstPort=9001))).action is None
    assert (await view.create_walk(_asked(inInterface="app1"))).action is None


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("srcAddress", "nowhere"),
        ("dstAddress", "fd00::1"),
        ("protocol", "QUIC"),
        ("dstPort", 65536),
        ("srcPort", -1),
        ("dSCP", 64),
        ("ecn", 4),
    ],
)
async def test_a_packet_that_cannot_be_is_refused_by_attribute(
    world: World, attribute: str, value: object
) -> None:
    if not world.plane.simulated:
        pytest.skip("the request is read alike")
    with pytest.raises(Unprocessable) as refused:
        await DataPlaneView(world.plane).create_walk(_asked(**{attribute: value}))
    assert refused.value.field in (attribute, "srcAddress")


async def test_the_state_tells_how_much_is_in_force(world: World) -> None:
    generation = await world.plane.replace(
        [rule("a/1", FORWARD, APP1, dst_port="9000", protocol="UDP")]
    )
    world.send()
    state = await DataPlaneView(world.plane).get_state()
    assert (state.generation, state.rules, state.maps, state.targets) == (generation, 1, 1, 1)
    assert state.counters["steered"] == 1
    assert state.simulated == world.plane.simulated


async def test_conflicts_name_both_rules_who_wins_why_and_a_packet_that_can_be_walked(
    world: World,
) -> None:
    await world.plane.replace(
        [
            rule("app-7/r1", FORWARD, APP1, dst_address="203.0.113.0/24"),
            rule("app-8/r2", DROP, dst_address=CLOUD, dst_port="9000", protocol="UDP"),
        ]
    )
    view = DataPlaneView(world.plane)
    told = await view.get_conflicts()
    (conflict,) = told.conflicts
    assert told.complete
    assert (conflict.priority, conflict.reason) == (10, Reason.MORE_MEMBERS)
    winner, loser = conflict.winner, conflict.loser
    assert (winner.app_instance_id, winner.traffic_rule_id, winner.action) == ("app-8", "r2", DROP)
    assert (loser.app_instance_id, loser.addresses) == ("app-7", (APP1.address,))
    assert (await view.create_walk(conflict.example)).app_instance_id == "app-8"


async def test_a_conflict_is_in_the_log_once_when_it_comes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, dst_address=CLOUD)])
    assert caplog.text == ""
    for _ in range(2):
        await world.plane.change(put=[rule("b/1", DROP, dst_address=CLOUD)])
    assert [record.message for record in caplog.records] == [
        "traffic rules a/1 and b/1 of priority 10 conflict: a/1 wins, for their filters rank "
        "alike, and its appInstanceId/trafficRuleId is the smaller"
    ]


async def test_many_conflicts_at_once_are_few_lines_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    drops = [rule(f"b/{n}", DROP, dst_address=CLOUD) for n in range(20)]
    await world.plane.replace([rule("a/1", PASS, dst_address=CLOUD), *drops])
    assert len(caplog.records) == NEWS_MAX + 1
    assert "and 12 more" in caplog.records[-1].message
