"""Rules that ask for tags: whom they mean follows the tag, on real packets and in the walk."""

import time
from collections.abc import AsyncIterator

import pytest
from tests.dataplane.rules import (
    APP1,
    APP1_V6,
    APP2,
    CLOUD,
    CLOUD_V6,
    DROP,
    FORWARD,
    OTHER_CLOUD,
    PASS,
    UE,
    UE_SECOND,
    UE_V6,
    rule,
)
from tests.dataplane.stream import Stream
from tests.dataplane.worlds import KernelWorld, Lab, Seen, World

from wayside.core.errors import Unprocessable
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.held import REST_S
from wayside.dataplane.plan import Plan
from wayside.dataplane.wishes import read_tags
from wayside.linux import netns

TO_CLOUD = Seen(("cloud",), ("cloud",))
TO_APP1 = Seen(("app1",), ("app1",))
TO_APP2 = Seen(("app2",), ("app2",))
NOWHERE = Seen((), ())
STEERED, ALLOWED = 7002, 7003
MANY = [f"10.{46 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(10_000)]


async def test_a_rule_for_a_tag_means_its_devices_and_no_others(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, tag="vip")], {"vip": [UE]})
    assert world.send() == TO_APP1
    assert world.send(source=UE_SECOND) == TO_CLOUD


@pytest.mark.parametrize("tags", [{}, {"vip": []}, {"other": [UE]}])
async def test_a_tag_of_nobody_means_nothing(world: World, tags: dict[str, list[str]]) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, tag="vip")], tags)
    assert world.send() == TO_CLOUD


async def test_a_running_flow_follows_its_tag_and_the_rules_stay(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, tag="vip")], {"vip": []})
    seen = [world.send()]
    for members in ([UE_SECOND, UE], [UE_SECOND], ["10.45.0.0/16"], [UE_SECOND, "10.45.1.0/31"]):
        await world.plane.change(tags={"vip": members})
        seen.append(world.send())
    await world.plane.change(tags={"vip": [UE]})
    seen.append(world.send())
    await world.plane.change(tags={"vip": None})
    seen.append(world.send())
    assert seen == [TO_CLOUD, TO_APP1, TO_CLOUD, TO_APP1, TO_CLOUD, TO_APP1, TO_CLOUD]
    assert list(world.plane.plan.rules) == ["a/1"]


async def test_a_tag_that_comes_back_means_what_it_means_then(world: World) -> None:
    tagged = rule("a/1", FORWARD, APP1, tag="vip")
    await world.plane.replace([tagged], {"vip": [UE]})
    await world.plane.change(remove=["a/1"])
    assert world.send() == TO_CLOUD
    await world.plane.change(put=[tagged], tags={"vip": [UE_SECOND]})
    assert (world.send(), world.send(source=UE_SECOND)) == (TO_CLOUD, TO_APP1)


async def test_any_of_several_tags_will_do_and_each_rule_has_its_own(world: World) -> None:
    await world.plane.replace(
        [
            rule("a/1", FORWARD, APP1, tag=("vip", "staff"), dst_address=CLOUD),
            rule("b/1", FORWARD, APP2, tag="staff", dst_address=OTHER_CLOUD),
        ],
        {"vip": [UE], "staff": [UE_SECOND]},
    )
    assert [world.send(), world.send(source=UE_SECOND)] == [TO_APP1, TO_APP1]
    assert world.send(OTHER_CLOUD) == TO_CLOUD
    assert world.send(OTHER_CLOUD, source=UE_SECOND) == TO_APP2


@pytest.mark.parametrize("per_packet", [False, True])
async def test_everything_else_of_the_filter_must_match_too(world: World, per_packet: bool) -> None:
    wanted = rule("a/1", FORWARD, APP1, tag="vip", dst_port="9001-9002", per_packet=per_packet)
    await world.plane.replace([wanted], {"vip": [UE]})
    assert world.send(port=9000) == TO_CLOUD
    assert world.send(port=9001).reached == ("app1",)
    assert world.send(port=9001, source=UE_SECOND) == TO_CLOUD


async def test_what_is_sent_to_a_device_of_the_tag_is_meant_too(world: World) -> None:
    blocked = rule("a/1", DROP, tag="vip", src_address=CLOUD, per_packet=True)
    await world.plane.replace([blocked], {"vip": [UE]})
    assert world.send() == Seen(("cloud",), ())
    assert world.send(source=UE_SECOND) == TO_CLOUD
    assert world.send(OTHER_CLOUD) == TO_CLOUD


async def test_a_tag_says_more_than_no_tag_at_the_same_priority(world: World) -> None:
    await world.plane.replace(
        [rule("a/1", FORWARD, APP1), rule("b/1", FORWARD, APP2, tag="vip")], {"vip": [UE]}
    )
    assert [world.send(), world.send(source=UE_SECOND)] == [TO_APP2, TO_APP1]


async def test_a_tag_has_devices_of_both_families(world: World) -> None:
    await world.plane.replace(
        [rule("a/1", FORWARD, APP1_V6, tag="vip")], {"vip": ["fd45::/64", UE]}
    )
    assert world.send(CLOUD_V6) == TO_APP1
    assert world.send() == TO_CLOUD, "the instance has no address of this family"
    await world.plane.change(tags={"vip": [f"{UE_V6}1"]})
    assert world.send(CLOUD_V6) == TO_CLOUD


async def test_a_refused_member_leaves_the_tag_as_it_was(world: World) -> None:
    generation = await world.plane.replace([rule("a/1", DROP, tag="vip")], {"vip": [UE]})
    with pytest.raises(Unprocessable, match=r"tag vip: 'ue1' is no IPv4 or IPv6 address"):
        await world.plane.change(tags={"vip": ["ue1"]})
    assert (world.send(), world.plane.generation) == (NOWHERE, generation)


async def test_ten_thousand_members_are_changed_one_by_one(world: World) -> None:
    await world.plane.replace([rule("a/1", FORWARD, APP1, tag="vip")], {"vip": MANY})
    assert world.send() == TO_CLOUD
    began = time.perf_counter()
    await world.plane.change(tags={"vip": [*MANY[1:], UE]})
    assert world.send() == TO_APP1
    assert time.perf_counter() - began < 1.0, "a member comes or goes without a rebuild"


def test_a_tag_that_no_rule_asks_for_costs_the_kernel_nothing() -> None:
    plan = Plan([rule("a/1", DROP, tag="vip")])
    plan.take_delta()
    plan.change(tags=read_tags({"other": [UE]}))
    assert plan.is_settled


def test_neighbours_are_one_span_and_what_is_told_twice_counts_once() -> None:
    (members,) = read_tags({"vip": ["10.0.0.2", "10.0.0.3", "10.0.0.2", "10.0.0.0/31"]}).values()
    assert members == {4: ((0x0A000000, 0x0A000003),), 6: ()}


@pytest.fixture
async def stream(lab: Lab) -> AsyncIterator[Stream]:
    try:
        made = Stream(lab, (STEERED, ALLOWED))
    except PermissionError:
        pytest.skip("only root of the machine may hold so many packets unread")
    yield made
    made.close()


@pytest.mark.netns
async def test_no_packet_of_a_member_goes_astray_while_others_come_and_go(
    kernel: KernelWorld, stream: Stream
) -> None:
    tagged = rule("a/1", FORWARD, APP1, tag="vip", dst_port=str(STEERED))
    await kernel.plane.replace([tagged], {"vip": [UE]})
    ways = ([UE, UE_SECOND], ["10.45.0.0/16"], [UE, "fd45::/64"], ["10.45.1.0/29"])
    with stream:
        for n in range(100):
            await kernel.plane.change(tags={"vip": ways[n % 4]})
            await kernel.plane.change(
                put=[rule("b/1", DROP, tag="vip", dst_port="1", priority=n % 3)]
            )
            await kernel.plane.change(remove=["b/1"])
    arrived = stream.arrived()
    assert arrived == {
        ("cloud", ALLOWED): stream.sent[ALLOWED],
        ("app1", STEERED): stream.sent[STEERED],
    }


@pytest.mark.netns
@pytest.mark.parametrize(
    "members",
    [{"dst_port": str(STEERED)}, {"dst_port": f"{STEERED - 1}-{STEERED}"}, {"tag": "vip"}],
)
async def test_a_running_flow_ends_where_the_last_change_says_and_stays_there(
    kernel: KernelWorld, stream: Stream, members: dict[str, str]
) -> None:
    steering = rule("a/1", FORWARD, APP1, priority=20, **members)
    beside = rule("b/1", PASS, dst_port=f"{ALLOWED}-{ALLOWED + 9}")
    await kernel.plane.replace([beside], {"vip": []})
    with stream:
        for n in range(60):
            if n % 2:
                await kernel.plane.change(remove=["a/1"], tags={"vip": []})
            else:
                await kernel.plane.change(put=[steering], tags={"vip": ["10.45.0.0/16"]})
            stream.arrived(0.001)
            ends = {end for end, port in stream.arrived(0.002) if port == STEERED}
            assert ends <= {("app1", "cloud")[n % 2]}, n


@pytest.mark.netns
async def test_a_new_process_takes_tags_over_and_leaves_no_set_of_the_old_one(
    kernel: KernelWorld, lab: Lab, names: DnsServer
) -> None:
    tagged = rule("a/1", FORWARD, APP1, tag="vip")
    await kernel.plane.replace([tagged], {"vip": [UE]})
    now_s = 0.0
    follower = KernelWorld(lab, names, now_s=lambda: now_s)
    await follower.plane.replace([tagged], {"vip": [UE_SECOND]})
    assert [follower.send(), follower.send(source=UE_SECOND)] == [TO_CLOUD, TO_APP1]
    await follower.plane.replace([])
    now_s += REST_S
    await follower.plane.replace([rule("a/1", DROP, dst_port="1")])
    table = netns.run_in(lab.names["host"], ["nft", "list", "table", "inet", "wayside"])
    assert "tag_" not in table
    follower.plane.close()
