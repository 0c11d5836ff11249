"""The platform on the simulated data plane: what Mp1 says is where packets go."""

from collections.abc import AsyncIterator

import pytest
from tests.mep.world import APP, SUPPORT, MepWorld, configuration, traffic_rule

from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.packets import Packet
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.model.rules import TrafficFilter
from wayside.refpoints.mp2 import Target

RULE = f"{SUPPORT}/applications/{APP}/traffic_rules/web"
TO_CLOUD = Packet("10.45.1.2", "203.0.113.10", 6, 40000, 80)
EDGE = Target("10.60.1.2", "veth2")


@pytest.fixture
async def plane() -> AsyncIterator[SimulatedDataPlane]:
    async with Nursery() as nursery:
        settings = DnsSettings(addresses=("127.0.0.1",), port=0)
        yield SimulatedDataPlane(DnsServer(settings, nursery))


async def test_a_flow_to_the_cloud_is_steered_while_the_rule_is_active(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await world.restart(plane)
    assert plane.walk(TO_CLOUD).target is None

    await world.ready()
    assert plane.walk(TO_CLOUD).target == EDGE

    rule = (await world.http.get(RULE)).json()
    await world.http.put(RULE, json=rule | {"state": "INACTIVE"})
    assert plane.walk(TO_CLOUD).target is None


async def test_after_a_kill_the_flow_is_steered_again(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await world.ready()

    await world.restart(plane)

    assert plane.walk(TO_CLOUD).target == EDGE


async def test_what_the_plan_cannot_do_is_refused_with_its_field_and_changes_nothing(
    world: MepWorld, plane: SimulatedDataPlane
) -> None:
    await world.restart(plane)
    await world.ready()
    rule = (await world.http.get(RULE)).json()

    answer = await world.http.put(RULE, json=rule | {"trafficFilter": [{"tag": ["blue"]}]})

    assert answer.status_code == 422
    assert "tag" in answer.json()["detail"]
    assert (await world.http.get(RULE)).json() == rule
    assert plane.walk(TO_CLOUD).target == EDGE


async def test_priority_zero_wins(world: MepWorld, plane: SimulatedDataPlane) -> None:
    await world.restart(plane)
    drop = {"action": "DROP", "state": "ACTIVE", "priority": 0}
    every = (TrafficFilter(dst_address=("203.0.113.10",)),)
    await world.ready(
        configuration(
            traffic_rules=(traffic_rule(), traffic_rule("drop", traffic_filter=every, priority=9))
        )
    )
    assert plane.walk(TO_CLOUD).target == EDGE

    path = f"{SUPPORT}/applications/{APP}/traffic_rules/drop"
    rule = (await world.http.get(path)).json() | drop
    del rule["dstInterface"]
    answer = await world.http.put(path, json=rule)

    assert answer.status_code == 200
    assert plane.walk(TO_CLOUD).action == "DROP"
