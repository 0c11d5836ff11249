"""Allocated bandwidth, measured with real packets at both ends."""

import json
from collections.abc import AsyncIterator

import pytest
from tests.dataplane.flood import arriving_bps
from tests.dataplane.worlds import Lab

from wayside.core.errors import Unavailable
from wayside.dataplane.shaper import KernelShaper
from wayside.linux import netns, probe
from wayside.model.bandwidth import Direction, Flow
from wayside.refpoints.mp2 import Allocation

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(not probe.available("htb"), reason="the kernel has no HTB"),
]

DOWN, UP = Direction.DOWNLINK, Direction.UPLINK
M = 1_000_000
UE, APP1 = "10.45.1.2", "10.60.1.2"


@pytest.fixture
async def shaper(lab: Lab) -> AsyncIterator[KernelShaper]:
    made = KernelShaper(lab.names["host"])
    yield made
    await made.shape([])
    assert "htb" not in netns.run_in(lab.names["host"], ["tc", "qdisc", "show"])
    assert "ifb" not in netns.run_in(lab.names["host"], ["ip", "-d", "link"])


LONG_S = 3.0
"""At 10 Mbit/s a segment of 64 KiB, as the sender's kernel hands it over, takes 50 ms."""


def _down(lab: Lab, port: int, app: str = "app1", *, seconds: float = 1.0) -> float:
    return arriving_bps(lab, app, "ue", UE, port=port, seconds=seconds)


@pytest.mark.parametrize("rate", [10 * M, 50 * M, 100 * M])
async def test_an_application_gets_what_it_is_allocated_in_each_direction(
    shaper: KernelShaper, lab: Lab, rate: int
) -> None:
    await shaper.shape([Allocation("a/1", "app1", way, rate) for way in (DOWN, UP)])
    seconds = LONG_S if rate < 20 * M else 1.0
    up = arriving_bps(lab, "ue", "app1", APP1, port=6001, seconds=seconds)
    assert _down(lab, 6000, seconds=seconds) == pytest.approx(rate, rel=0.05)
    assert up == pytest.approx(rate, rel=0.05)


async def test_a_neighbour_is_not_held_back(shaper: KernelShaper, lab: Lab) -> None:
    await shaper.shape([Allocation("a/1", "app1", DOWN, 10 * M)])
    assert _down(lab, 6002, "app2") > 200 * M
    assert arriving_bps(lab, "ue", "app1", APP1, port=6003) > 200 * M


async def test_a_session_gets_its_own_and_the_others_share_what_is_left(
    shaper: KernelShaper, lab: Lab
) -> None:
    session = (Flow(destination=UE, destination_port=6004, protocol=6),)
    await shaper.shape(
        [
            Allocation("a/1", "app1", DOWN, 100 * M),
            Allocation("a/2", "app1", DOWN, 20 * M, session),
        ]
    )
    assert _down(lab, 6004, seconds=LONG_S) == pytest.approx(20 * M, rel=0.05)
    assert _down(lab, 6005) == pytest.approx(100 * M, rel=0.05)


async def test_a_new_process_goes_on_from_what_is_enforced(shaper: KernelShaper, lab: Lab) -> None:
    sessions = [
        Allocation(f"a/{n}", "app1", way, n * M, (Flow(destination=UE, destination_port=n),))
        for n in range(1, 4)
        for way in (DOWN, UP)
    ]
    await shaper.shape(sessions)
    follower = KernelShaper(lab.names["host"])
    session = (Flow(destination=UE, destination_port=6006),)
    await follower.shape([Allocation("b/1", "app1", DOWN, 20 * M, session)])
    assert _down(lab, 6006, seconds=LONG_S) == pytest.approx(20 * M, rel=0.05)
    classes = netns.run_in(lab.names["host"], ["tc", "class", "show", "dev", "ba-app1"])
    assert classes.count("class htb") == 3
    listed = json.loads(netns.run_in(lab.names["host"], ["tc", "-j", "qdisc", "show"]))
    assert {each["dev"] for each in listed if each["kind"] == "htb"} == {"ba-app1"}
    await follower.shape([])


async def test_a_missing_device_is_named_and_the_others_are_shaped(
    shaper: KernelShaper, lab: Lab
) -> None:
    with pytest.raises(Unavailable, match="nosuch"):
        await shaper.shape(
            [Allocation("a/1", "nosuch", UP, M), Allocation("b/1", "app1", DOWN, 20 * M)]
        )
    assert _down(lab, 6007, seconds=LONG_S) == pytest.approx(20 * M, rel=0.05)
