"""What only a kernel shows: no gap under change, taking over after a restart, leaving nothing."""

import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext

import pytest
from tests.dataplane.rules import APP1, APP2, CLOUD, CLOUD_V6, COPY, DROP, FORWARD, PASS, rule
from tests.dataplane.stream import Stream
from tests.dataplane.worlds import KernelWorld, Lab

from wayside.core.errors import Unavailable, Unprocessable
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.held import REST_S
from wayside.linux import netns
from wayside.model.rules import RuleAction
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target

pytestmark = pytest.mark.netns

DROPPED, STEERED, ALLOWED = 7001, 7002, 7003
CHANGES = 200


@pytest.fixture
async def stream(lab: Lab) -> AsyncIterator[Stream]:
    try:
        made = Stream(lab, (DROPPED, STEERED, ALLOWED))
    except PermissionError:
        pytest.skip("only root of the machine may hold so many packets unread")
    yield made
    made.close()


def _standing(priority: int = 10) -> list[SteeringRule]:
    return [
        rule("a/drop", DROP, priority=priority, dst_port=str(DROPPED)),
        rule("a/steer", FORWARD, APP1, priority=priority, dst_port=str(STEERED)),
        *(rule(f"f/{n}", DROP, priority=30, dst_address=f"198.51.100.{n}") for n in range(50)),
    ]


Change = Callable[[KernelWorld, int], object]


async def _others_change(world: KernelWorld, n: int) -> None:
    """Come and go beside the standing rules: maps, ranges, outcomes, targets, copies."""
    passing = [
        rule("b/1", PASS, priority=n % 7, src_port="1-9"),
        rule("b/2", FORWARD, APP2, priority=n % 5, dst_address=f"192.0.2.{n % 250}"),
        rule("b/3", COPY, APP2, priority=3, dst_port="5-6", per_packet=True),
        rule("b/4", DROP, priority=2, per_packet=bool(n % 2), d_scp=n % 60 + 1),
    ]
    if n % 10 == 9:
        await world.plane.replace([*_standing(), passing[n % 4]])
    else:
        await world.plane.change(
            put=[passing[n % 4]], remove=[RuleKey(f"b/{(n + k) % 4 + 1}") for k in (1, 2)]
        )


async def _they_change(world: KernelWorld, n: int) -> None:
    """Rewrite the standing rules themselves: another priority, so other maps and outcomes."""
    await world.plane.change(put=_standing(10 + n % 3)[:2])


@pytest.mark.parametrize("change", [_others_change, _they_change])
async def test_no_change_opens_a_gap(kernel: KernelWorld, stream: Stream, change: Change) -> None:
    await kernel.plane.replace(_standing())
    with stream:
        for n in range(CHANGES):
            await change(kernel, n)  # type: ignore[misc]  # both are coroutines
    arrived = stream.arrived()
    assert stream.sent[ALLOWED] > CHANGES
    assert arrived == {
        ("cloud", ALLOWED): stream.sent[ALLOWED],
        ("app1", STEERED): stream.sent[STEERED],
    }


async def test_a_new_process_takes_over_what_is_in_force_without_a_gap(
    kernel: KernelWorld, lab: Lab, names: DnsServer, stream: Stream
) -> None:
    # Turned round, the rules are numbered otherwise: what a number meant to the former process
    # must not be read with the new one's meaning, by any packet, on any of the five takings over.
    rules = [
        *_standing(),
        rule("b/other", FORWARD, APP2, priority=10, dst_address="192.0.2.1"),
        *(rule(f"c/{n}", PASS, dst_address=f"192.0.2.{n}", dst_port="9-99") for n in range(250)),
    ]
    first = await kernel.plane.replace(rules)
    with stream:
        for _ in range(5):
            rules = rules[::-1]
            follower = KernelWorld(lab, names)
            second = await follower.plane.replace(rules)
            assert second > first
            first = second
            follower.plane.close()
    assert stream.arrived() == {
        ("cloud", ALLOWED): stream.sent[ALLOWED],
        ("app1", STEERED): stream.sent[STEERED],
    }


async def test_what_the_former_process_had_and_the_new_one_does_not_want_is_gone(
    kernel: KernelWorld, lab: Lab, names: DnsServer
) -> None:
    host = lab.names["host"]
    await kernel.plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000-9001")])
    route = next(line for line in netns.run_in(host, ["ip", "rule"]).splitlines() if "1000" in line)
    now_s = 0.0
    follower = KernelWorld(lab, names, now_s=lambda: now_s)
    await follower.plane.replace([rule("a/2", FORWARD, APP2, dst_port="9000")])
    assert follower.send(port=9000).reached == ("app2",)
    assert follower.send(port=9001).reached == ("cloud",)
    # Its map and route rest first: a packet on its way may still ask for them.
    now_s += REST_S
    await follower.plane.change(put=[rule("a/2", FORWARD, APP2, dst_port="9002")])
    assert "range" not in netns.run_in(host, ["nft", "list", "table", "inet", "wayside"])
    assert route not in netns.run_in(host, ["ip", "rule"])
    follower.plane.close()


async def test_removing_leaves_no_table_and_no_policy_route(kernel: KernelWorld, lab: Lab) -> None:
    host = lab.names["host"]
    before = netns.run_in(host, ["ip", "rule"])
    netns.run_in(host, ["nft", "add", "table", "inet", "other"])
    await kernel.plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    assert netns.run_in(host, ["ip", "rule"]) != before
    kernel.plane.remove()
    assert netns.run_in(host, ["ip", "rule"]) == before
    assert netns.run_in(host, ["nft", "list", "tables"]).strip() == "table inet other"
    netns.run_in(host, ["nft", "delete", "table", "inet", "other"])
    assert kernel.send().reached == ("cloud",)
    await kernel.plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    assert kernel.send().reached == ("app1",)


async def test_a_refused_rule_leaves_the_others_and_the_generation_as_they_were(
    kernel: KernelWorld,
) -> None:
    generation = await kernel.plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    nested = [rule(f"n/{n}", dst_port=f"{n}-{900 - n}") for n in range(40)]
    for wrong in ([rule("b/1", src_port="x")], nested):
        with pytest.raises(Unprocessable):
            await kernel.plane.change(put=wrong, remove=[RuleKey("a/1")])
    assert kernel.plane.generation == generation
    assert kernel.send().reached == ("app1",)
    await kernel.plane.change(put=[rule("b/1", DROP, dst_port="9001")])
    assert (kernel.send().reached, kernel.send(port=9001).reached) == (("app1",), ())


async def test_a_target_without_its_device_is_refused_and_nothing_changes(
    kernel: KernelWorld,
) -> None:
    await kernel.plane.replace([rule("a/1", FORWARD, APP1, dst_port="9000")])
    with pytest.raises(Unavailable, match="no device app9"):
        await kernel.plane.change(
            put=[rule("a/1", FORWARD, Target("10.60.1.9", "app9"), dst_port="9000")]
        )
    assert kernel.send().reached == ("app1",)


async def test_a_device_that_was_made_again_is_steered_to_again(
    kernel: KernelWorld, lab: Lab
) -> None:
    steer = rule("a/1", FORWARD, APP2, dst_port="9000")
    copy = rule("a/2", COPY, APP2, dst_port="9001")
    await kernel.plane.replace([steer, copy])
    host, app2 = lab.names["host"], lab.names["app2"]
    netns.batch(host, ["link delete app2"])
    netns.batch(None, [f"link add eth0 netns {app2} type veth peer name app2 netns {host}"])
    netns.batch(
        app2,
        ["addr add 10.60.1.3/32 dev eth0", "link set eth0 up", "route add 10.60.1.1 dev eth0",
         "route add default via 10.60.1.1"],
    )  # fmt: skip
    netns.batch(host, ["link set app2 up", "route add 10.60.1.3 dev app2"])
    await kernel.plane.change(put=[steer, copy])
    assert kernel.send(port=9000).answers == ("app2",)
    assert kernel.send(port=9001).reached == ("app2", "cloud")


async def test_packets_are_counted_by_what_became_of_them(kernel: KernelWorld) -> None:
    await kernel.plane.replace(
        [
            rule("a/1", FORWARD, APP1, dst_port="9000"),
            rule("a/2", DROP, dst_port="9001"),
            rule("a/3", COPY, APP2, dst_port="9002"),
        ]
    )
    for port in (9000, 9000, 9001, 9002):
        kernel.send(port=port)
    found = kernel.plane.counters()
    assert [found[each] for each in ("steered", "dropped", "copied", "muted")] == [2, 1, 1, 1]


async def test_a_running_tcp_connection_is_cut_by_a_drop(kernel: KernelWorld, lab: Lab) -> None:
    await kernel.plane.replace([])
    assert kernel.connect() == "cloud"
    await kernel.plane.replace([rule("a/1", DROP, protocol="TCP")])
    assert kernel.connect() is None


@pytest.mark.parametrize(("action", "arrives"), [(DROP, False), (PASS, True)])
async def test_a_packet_that_belongs_to_no_connection_is_judged_by_its_own_header(
    kernel: KernelWorld, lab: Lab, action: RuleAction, arrives: bool
) -> None:
    await kernel.plane.replace([rule("a/1", action, protocol="TCP", dst_port="9000")])
    raw = (socket.AF_INET, socket.SOCK_RAW)
    with (
        netns.socket_in(lab.names["ue"], *raw, protocol=socket.IPPROTO_TCP) as device,
        netns.socket_in(lab.names["cloud"], *raw, protocol=socket.IPPROTO_TCP) as cloud,
    ):
        cloud.settimeout(0.05)
        # No checksum: connection tracking calls it invalid, and a router forwards it all the same.
        device.sendto(struct.pack("!HHIIBBHHH", 41999, 9000, 1, 0, 0x50, 4, 64, 0, 0), (CLOUD, 0))
        with nullcontext() if arrives else pytest.raises(TimeoutError):
            assert cloud.recv(100)[20:22] == struct.pack("!H", 41999)


async def test_ten_thousand_rules_are_one_map_and_steer_as_one_does(kernel: KernelWorld) -> None:
    many = [
        rule(f"m/{n}", DROP, src_address=f"10.{n >> 8}.{n & 255}.7", dst_port="9000", protocol="17")
        for n in range(10_000)
    ]
    await kernel.plane.replace(many)
    assert kernel.send().reached == ("cloud",)
    await kernel.plane.change(put=[rule("a/1", FORWARD, APP1, priority=3, dst_port="9000")])
    assert kernel.send().reached == ("app1",)


async def test_an_instance_that_gets_copies_opens_connections_of_its_own(
    kernel: KernelWorld, lab: Lab
) -> None:
    await kernel.plane.replace([rule("a/1", COPY, (APP1, APP2))])
    for app in ("app1", "app2"):
        with netns.socket_in(lab.names[app]) as own:
            own.settimeout(2)
            own.connect((CLOUD, 9000))
            assert own.recv(100) == b"cloud"
    with netns.socket_in(lab.names["app1"], socket.AF_INET6) as own:
        own.settimeout(2)
        with pytest.raises(ConnectionRefusedError):  # by the cloud: no rule knows this address
            own.connect((CLOUD_V6, 9000))
