"""A device that is here and served at another host: its packets go there until it is let go."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.mep.world import MepWorld, configuration, refusal, traffic_rule

from wayside.core.ids import HostId
from wayside.core.wire import encode
from wayside.mep.build import MepSettings
from wayside.mep.wayside_mp3.holding import Way
from wayside.mep.wayside_mp3.narrowing import held_device
from wayside.mep.wayside_mp3.peers import Here
from wayside.model.rules import FilterType, RuleAction, RuleState, TrafficFilter
from wayside.refpoints.mp2 import Target
from wayside.refpoints.mp3 import HeldDevice, Mp3, Site

UE, THERE = "10.45.1.1", HostId("mec1")
ACTIVE = RuleState.ACTIVE
RULES = (traffic_rule(state=ACTIVE),)
HELD = held_device(UE, RULES)
PATH = "/wayside_mp3/v1/platforms/mec1/devices/h1"


class Quiet(Mp3):
    """A platform that is not heard."""


def settings(**ways: Way) -> MepSettings:
    peers = {HostId("mec1"): Quiet(), HostId("mec3"): Quiet()}
    found = {HostId(each): way for each, way in ways.items()}
    return MepSettings(here=Here(HostId("mec2"), Site(), peers, ways=found))


async def hold(world: MepWorld, asked: HeldDevice, path: str = PATH) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return await world.http.put(path, content=encode(asked), headers=headers)


@pytest.fixture
async def world() -> AsyncIterator[MepWorld]:
    """A platform with a way to mec1 alone."""
    async with MepWorld(settings(mec1=Way("10.46.8.1", "mec1"))) as made:
        yield made


async def test_packets_of_the_device_alone_go_to_its_host_until_it_is_let_go(
    world: MepWorld,
) -> None:
    for _ in range(2):  # again is no error
        answer = await hold(world, HELD)
        assert answer.status_code == 204, answer.text
        (rule,) = world.plane.rules.values()
        assert rule.targets == (Target("10.46.8.1", "mec1"),)
        assert [each.src_address for each in rule.rule.traffic_filter] == [(UE,)]
    await world.restart()
    assert len(world.plane.rules) == 1
    for _ in range(2):
        assert (await world.http.delete(PATH)).status_code == 204
    assert world.plane.rules == {}
    await world.restart()
    assert world.plane.rules == {}


async def test_what_is_held_stands_beside_the_rules_of_the_hosts_own_instances(
    world: MepWorld,
) -> None:
    await world.ready(configuration())
    await hold(world, HELD)
    assert len(world.plane.rules) == 2
    await world.mep.platform.remove(configuration().app_instance_id)  # type: ignore[arg-type]
    assert len(world.plane.rules) == 1


async def test_more_rules_than_before_or_fewer_take_their_place(world: MepWorld) -> None:
    two = held_device(UE, (*RULES, traffic_rule("other", state=ACTIVE)))
    for held, rules in ((two, 2), (HELD, 1), (held_device(UE, ()), 0), (two, 2)):
        await hold(world, held)
        assert len(world.plane.rules) == rules


async def test_who_has_no_way_here_or_asks_for_others_is_refused(world: MepWorld) -> None:
    away = await hold(world, HELD, PATH.replace("mec1", "mec3"))
    assert (away.status_code, "next_hop" in away.json()["detail"]) == (409, True)
    stranger = await hold(world, HELD, PATH.replace("mec1", "mec9"))
    assert stranger.status_code == 404
    for wrong in (
        HeldDevice(address="10.45.1.2", rules=HELD.rules),
        HeldDevice(address="everybody", rules=()),
        HeldDevice(address=UE, rules=RULES),
    ):
        assert (await hold(world, wrong)).status_code == 422
    assert world.plane.rules == {}


async def test_what_the_data_plane_refuses_is_not_held(world: MepWorld) -> None:
    world.plane.refuses["held:mec1:h1/0"] = refusal()
    assert (await hold(world, HELD)).status_code == 422
    await world.restart()
    assert world.plane.rules == {}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, 1),
        ({"state": RuleState.INACTIVE}, 0),
        ({"filter_type": FilterType.PACKET}, 0),
        ({"action": RuleAction.DROP}, 0),
        ({"traffic_filter": (TrafficFilter(tag=("vip",)),)}, 0),
        ({"traffic_filter": (TrafficFilter(src_address=("10.45.2.0/24",)),)}, 0),
        ({"traffic_filter": (TrafficFilter(src_address=("10.45.0.0/16",)),)}, 1),
    ],
)
def test_what_means_the_device_and_brings_flows_is_narrowed_to_it(
    changes: dict[str, object], left: int
) -> None:
    found = held_device(UE, (traffic_rule(**({"state": ACTIVE} | changes)),))
    assert [len(each.traffic_filter) for each in found.rules] == [1] * left
    assert all(each.traffic_filter[0].src_address == (UE,) for each in found.rules)


def test_it_ranks_before_the_same_rule_of_the_other_host() -> None:
    for priority, expected in ((0, 0), (1, 0), (100, 99)):
        (rule,) = held_device(UE, (traffic_rule(priority=priority, state=ACTIVE),)).rules
        assert rule.priority == expected
