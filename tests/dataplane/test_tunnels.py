"""Rules about tunnels: the same on real GTP-U and GRE packets and in the simulated walk."""

import asyncio
from collections.abc import AsyncIterator

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
    rule,
)
from tests.dataplane.tunnel_worlds import (
    ACCESS,
    FIRST,
    GRE_APP1,
    GTP_APP1,
    GTP_APP2,
    SECOND,
    SIXTH,
    RealTunnels,
    Seen,
    TunnelWorld,
    WalkedTunnels,
)
from tests.dataplane.worlds import Lab

from wayside.core.errors import Unprocessable
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.plan import Plan
from wayside.dataplane.tunnels import allocated_teid
from wayside.model.rules import RuleAction

WRAP = RuleAction.FORWARD_ENCAPSULATED
WRAP_COPY = RuleAction.DUPLICATE_ENCAPSULATED

TO_CLOUD = Seen(("cloud",), ("cloud",))
TO_APP1 = Seen(("app1",), ("app1",))
WRAPPED = Seen(("gtp-app1",), ("gtp-app1",))
NOWHERE = Seen((), ())


@pytest.fixture
async def real(lab: Lab, names: DnsServer) -> AsyncIterator[RealTunnels]:
    world = RealTunnels(lab, names)
    try:
        await world.plane.replace([])
        world.route()
        yield world
    finally:
        world.close()


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.netns), "walked"])
def world(request: pytest.FixtureRequest, names: DnsServer) -> TunnelWorld:
    if request.param == "real":
        made: RealTunnels = request.getfixturevalue("real")
        return made
    return WalkedTunnels(names)


async def test_what_comes_in_gtp_u_is_steered_and_answered_as_plain_packets_are(
    world: TunnelWorld,
) -> None:
    await world.plane.replace([])
    assert world.send() == TO_CLOUD
    await world.plane.change(put=[rule("a/1", FORWARD, APP1, dst_address=CLOUD)])
    assert world.send() == TO_APP1
    await world.plane.change(put=[rule("a/1", COPY, APP1, dst_address=CLOUD)])
    assert world.send() == Seen(("app1", "cloud"), ("cloud",))
    await world.plane.change(put=[rule("a/1", DROP, dst_address=CLOUD)])
    assert world.send() == NOWHERE


@pytest.mark.parametrize(
    "members",
    [
        {"src_tunnel_address": "10.45.1.2"},
        {"src_tunnel_address": "10.45.1.0/24", "dst_tunnel_port": "2152"},
        {"q_ci": 1},
        {"q_ci": 1, "tgt_tunnel_address": "10.45.1.1", "src_tunnel_port": "2000-3000"},
        {"q_ci": 1, "src_address": "10.99.0.0/24"},
    ],
)
@pytest.mark.parametrize("per_packet", [False, True], ids=["FLOW", "PACKET"])
async def test_a_filter_tells_tunnels_apart(
    world: TunnelWorld, members: dict[str, object], per_packet: bool
) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, per_packet=per_packet, **members)])
    assert world.send(FIRST) == TO_APP1
    assert world.send(SECOND) == TO_CLOUD


@pytest.mark.parametrize(
    "members",
    [
        {"tgt_tunnel_address": "10.45.9.9"},
        {"src_tunnel_port": "2153"},
        {"q_ci": 9, "src_address": FIRST},
        {"q_ci": 77},
    ],
)
async def test_a_filter_for_tunnels_that_are_not_there_matches_nothing(
    world: TunnelWorld, members: dict[str, object]
) -> None:
    await world.plane.replace([rule("a/1", DROP, **members)])
    assert world.send() == TO_CLOUD


async def test_an_instance_gets_packets_in_gtp_u_and_its_answers_come_back(
    world: TunnelWorld,
) -> None:
    await world.plane.replace([rule("a/1", WRAP, GTP_APP1, dst_port="9000")])
    assert world.send() == WRAPPED
    assert world.send(port=9001) == TO_CLOUD
    await world.plane.change(remove=["a/1"])
    assert world.send() == TO_CLOUD
    if isinstance(world, RealTunnels):
        (seen,) = world.received
        assert (seen.teid, seen.qfi, seen.is_uplink) == (0x101, 5, True)


async def test_a_running_flow_moves_into_a_tunnel_and_out_again(world: TunnelWorld) -> None:
    seen = []
    for action, target in ((FORWARD, APP1), (WRAP, GTP_APP1), (WRAP, GTP_APP2), (FORWARD, APP2)):
        await world.plane.change(put=[rule("a/1", action, target, dst_address=CLOUD)])
        seen.append(world.send().answers)
    assert seen == [("app1",), ("gtp-app1",), ("gtp-app2",), ("app2",)]


@pytest.mark.netns
async def test_the_loop_goes_on_while_the_relay_starts_and_tunnels_are_made(
    lab: Lab, names: DnsServer
) -> None:
    world, turns = RealTunnels(lab, names), 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    counting = asyncio.create_task(count())
    try:
        await world.plane.replace([rule("a/1", WRAP, GTP_APP1, dst_address=CLOUD)])
        assert turns > 5, "a process was started meanwhile, which takes some 200 ms"
        world.route()
        assert world.send() == WRAPPED
    finally:
        counting.cancel()
        world.close()


@pytest.mark.netns
async def test_a_tunnel_that_no_rule_needs_is_gone_soon_and_made_again(real: RealTunnels) -> None:
    watching = asyncio.create_task(real.plane.watch())
    wrapping = rule("a/1", WRAP, GTP_APP1, dst_address=CLOUD)
    try:
        for _ in range(2):
            await real.plane.change(put=[wrapping])
            assert real.send() == WRAPPED
            await real.plane.change(remove=["a/1"])
            assert real.send() == TO_CLOUD
            for _ in range(200):
                await asyncio.sleep(0.05)
                if "gtp-app1" not in real.devices():
                    break
            assert "gtp-app1" not in real.devices()
    finally:
        watching.cancel()


@pytest.mark.netns
async def test_a_rule_that_cannot_be_carried_out_leaves_no_tunnel(real: RealTunnels) -> None:
    unsound = rule("a/2", WRAP, GTP_APP2, dst_address="nowhere")
    with pytest.raises(Unprocessable, match="a/2"):
        await real.plane.change(put=[rule("a/1", WRAP, GTP_APP1), unsound])
    assert not {"gtp-app1", "gtp-app2"} & real.devices()
    assert real.send() == TO_CLOUD


async def test_a_copy_in_a_tunnel_is_answered_by_the_cloud_alone(world: TunnelWorld) -> None:
    await world.plane.replace([rule("a/1", WRAP_COPY, GTP_APP1, dst_address=CLOUD)])
    assert world.send() == Seen(("cloud", "gtp-app1"), ("cloud",))


async def test_an_instance_gets_packets_in_gre_and_its_answers_come_back(
    world: TunnelWorld,
) -> None:
    await world.plane.replace([rule("a/1", WRAP, GRE_APP1, dst_address=CLOUD)])
    assert world.send() == Seen(("gre-app1",), ("gre-app1",))


async def test_a_copy_in_gre_is_answered_by_the_cloud_alone(world: TunnelWorld) -> None:
    await world.plane.replace([rule("a/1", WRAP_COPY, GRE_APP1, dst_address=CLOUD)])
    assert world.send() == Seen(("cloud", "gre-app1"), ("cloud",))


@pytest.mark.parametrize("per_packet", [False, True], ids=["FLOW", "PACKET"])
async def test_both_kinds_of_tunnel_and_plain_packets_stand_beside_each_other(
    world: TunnelWorld, *, per_packet: bool
) -> None:
    await world.plane.replace(
        [
            rule("a/1", WRAP, GRE_APP1, dst_port="9000", per_packet=per_packet),
            rule("a/2", WRAP, GTP_APP1, dst_port="9001", per_packet=per_packet),
            rule("b/1", WRAP, GTP_APP2, dst_port="9002", per_packet=per_packet),
            rule("b/2", FORWARD, APP2, dst_port="80", per_packet=per_packet),
        ]
    )
    reached = [world.send(port=port).answers for port in (9000, 9001, 9002, 80, 8080)]
    assert reached == [("gre-app1",), ("gtp-app1",), ("gtp-app2",), ("app2",), ("cloud",)]


async def test_ipv6_in_the_tunnel_of_a_base_station_is_steered_and_answered(
    world: TunnelWorld,
) -> None:
    await world.plane.replace([])
    assert world.send(SIXTH) == TO_CLOUD
    await world.plane.change(put=[rule("a/1", FORWARD, APP1_V6, src_tunnel_address="10.45.1.2")])
    assert world.send(SIXTH) == TO_APP1
    assert world.send(FIRST) == TO_CLOUD
    await world.plane.change(put=[rule("a/1", DROP, q_ci=9)])
    assert world.send(SIXTH) == NOWHERE


async def test_a_rule_into_a_tunnel_leaves_ipv6_alone(world: TunnelWorld) -> None:
    await world.plane.replace([rule("a/1", WRAP, GTP_APP1, dst_port="9000")])
    assert world.send(FIRST) == WRAPPED
    assert world.send(SIXTH) == TO_CLOUD


@pytest.mark.parametrize("members", [{"dst_address": CLOUD_V6}, {"t_c": 8}])
def test_ipv6_is_refused_in_tunnels_to_instances_with_these_words(
    members: dict[str, object],
) -> None:
    wanted = rule("a/1", WRAP, GTP_APP1, **members)
    with pytest.raises(Unprocessable, match=r"tunnels to instances carry IPv4 alone"):
        Plan([wanted], ACCESS)


@pytest.mark.netns
async def test_what_an_instance_sends_that_answers_nothing_is_not_let_out(
    real: RealTunnels,
) -> None:
    await real.plane.replace([rule("a/1", WRAP, GTP_APP1, src_address=SECOND)])
    real.send(SECOND)
    forged = real.answer_of("gtp-app1", to=FIRST)
    assert forged == ()
    assert real.answer_of("gtp-app1", to=SECOND) == ("gtp-app1",)


def test_a_tunnel_is_refused_by_a_host_that_has_no_address_for_it() -> None:
    with pytest.raises(Unprocessable, match=r"a/1: dstInterface: .*no address for tunnels"):
        Plan([rule("a/1", WRAP, GTP_APP1, dst_address=CLOUD)])


def test_a_filter_on_tunnels_is_refused_where_all_packets_come_plain() -> None:
    with pytest.raises(Unprocessable, match=r"a/1: qCI: .*backhaul = \"gtp-u\""):
        Plan([rule("a/1", DROP, q_ci=9)])


def test_packets_of_no_session_have_a_teid_of_the_instances_own() -> None:
    assert allocated_teid("10.60.1.2") == 0x4D3C0102
