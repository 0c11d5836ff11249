"""What only the simulated data plane has: a memory that it owns, and walks without any."""

import pytest
from tests.dataplane.rules import APP1, APP2, CLOUD, COPY, DROP, FORWARD, UE, rule

from wayside.core.errors import Unprocessable
from wayside.dataplane import simulated
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.packets import Packet
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.dataplane.walk import NORMAL, Verdict

THERE = Packet(UE, CLOUD, 17, 40000, 9000)
BACK = Packet(CLOUD, UE, 17, 9000, 40000)


@pytest.fixture
def plane(names: DnsServer) -> SimulatedDataPlane:
    return SimulatedDataPlane(names)


async def test_it_says_that_it_is_simulated(plane: SimulatedDataPlane) -> None:
    assert plane.simulated


async def test_a_verdict_names_action_target_and_rule(plane: SimulatedDataPlane) -> None:
    await plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    assert plane.walk(THERE) == Verdict(FORWARD, APP1, rule("a/1").key)
    assert plane.walk(BACK) == NORMAL


async def test_answers_of_a_steered_flow_go_home_and_of_a_dropped_one_nowhere(
    plane: SimulatedDataPlane,
) -> None:
    await plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    plane.carry(THERE)
    assert plane.carry(BACK) == NORMAL
    await plane.replace([rule("a/1", DROP, dst_port="9000")])
    assert plane.carry(BACK).action is DROP


async def test_generations_grow_by_one_and_only_with_a_change(plane: SimulatedDataPlane) -> None:
    wanted = [rule("a/1", FORWARD, APP1, dst_port="9000")]
    first = await plane.replace(wanted)
    assert await plane.replace(wanted) == first
    assert await plane.change(put=[rule("a/2", DROP, dst_port="9")]) == first + 1
    assert await plane.change(remove=["nobody/9"]) == first + 1


async def test_a_refused_rule_changes_nothing(plane: SimulatedDataPlane) -> None:
    await plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    with pytest.raises(Unprocessable):
        await plane.change(put=[rule("a/2", src_port="x")], remove=["a/1"])
    assert plane.walk(THERE).rule_key == "a/1"


async def test_what_an_answer_shows_of_dscp_is_not_taken_for_the_flows(
    plane: SimulatedDataPlane,
) -> None:
    marked = Packet(UE, CLOUD, 17, 40000, 9000, dscp=46)
    await plane.replace([])
    plane.carry(marked)
    await plane.replace([rule("a/1", FORWARD, APP1, d_scp=46)])
    assert plane.carry(BACK) == NORMAL
    assert plane.carry(marked).target == APP1


async def test_packets_from_elsewhere_are_not_steered(names: DnsServer) -> None:
    plane = SimulatedDataPlane(names, interfaces=("cell", "core"))
    await plane.replace([rule("a/1", DROP)])
    assert plane.walk(Packet(UE, CLOUD, 17, in_interface="oam0")) == NORMAL
    assert plane.walk(Packet(UE, CLOUD, 17, in_interface="cell")).action is DROP


async def test_an_instances_own_traffic_passes_while_it_gets_copies(
    plane: SimulatedDataPlane,
) -> None:
    await plane.replace([rule("a/1", COPY, APP2, dst_port="9000")])
    plane.carry(THERE)
    own = Packet(APP2.address, CLOUD, 6, 5000, 443, in_interface="app2")
    assert plane.carry(own) == NORMAL
    echo = Packet(CLOUD, UE, 17, 9000, 40000, in_interface="app2")
    assert plane.carry(echo).action is DROP
    assert plane.counters() == {"copied": 1, "muted": 1, "dropped": 1}


async def test_its_memory_is_bounded(plane: SimulatedDataPlane) -> None:
    await plane.replace([])
    for n in range(simulated.FLOWS_MAX + 10):
        plane.carry(Packet(UE, f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 17, 1, 1))
    assert plane.flows == simulated.FLOWS_MAX
