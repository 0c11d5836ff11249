"""A device goes to another host's cells: what its application hears, and who steers its packets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.mep.world import APP, CALLBACK, MepWorld, configuration
from tests.services.amsi.test_api import SERVICES, register, subscribe
from tests.services.street import UE1, Street

from wayside.core.errors import Conflict, Unavailable
from wayside.core.ids import HostId
from wayside.mep.build import MepSettings
from wayside.mep.wayside_mp3.peers import Here
from wayside.model.rules import RuleAction
from wayside.refpoints.mm5 import MovedTo, OperationAction
from wayside.refpoints.mp3 import HeldDevice, Mp3, PeerPlatform, Site
from wayside.refpoints.net.facts import Stage

AREAS = {"mec1": ("left",), "mec2": ("right",)}
TARGET = MovedTo("there1", "mec2", ("10.60.2.2",))
OVER = "end", "source stays"


class Manager:
    """Has the orchestrator start what is asked for, unless it refuses or is held up."""

    def __init__(self) -> None:
        self.log: list[tuple[str, ...]] = []
        self.refuses: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def relocate(self, relocation_id: str, app_instance_id: str, cell: str) -> MovedTo:
        self.log.append(("relocate", app_instance_id, cell))
        await self.gate.wait()
        if self.refuses is not None:
            raise self.refuses
        return TARGET

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        self.log.append(
            ("end" if completed else "in vain", "source ends" if end_source else "source stays")
        )


class Peer(Mp3):
    """The platform of mec2: it holds what it is asked to, where it can."""

    def __init__(self) -> None:
        self.held: dict[str, HeldDevice] = {}
        self.refuses: Exception | None = None

    async def exchange_services(self, host_id: HostId, body: Any, caller: Any = None) -> Any:
        raise Unavailable("away")

    async def list_platforms(self) -> tuple[PeerPlatform, ...]:
        return ()

    async def hold_device(
        self, host_id: HostId, hold_id: str, body: HeldDevice, caller: Any = None
    ) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.held[hold_id] = body

    async def release_device(self, host_id: HostId, hold_id: str, caller: Any = None) -> None:
        self.held.pop(hold_id, None)


class Road:
    """A platform, the host beside it, and the network between them."""

    def __init__(self, **settings: Any) -> None:
        self.peer, self.manager, self.street = Peer(), Manager(), Street()
        here = Here(HostId("mec1"), Site(), {HostId("mec2"): self.peer}, areas=AREAS)
        self.world = MepWorld(
            MepSettings(here=here),
            services={"amsi": settings},
            network=self.street.feed,
            manager=self.manager,
        )

    async def begin(self, level: int) -> str:
        """Have the instance serve ue1, and ue1 be here; return the service's path."""
        self.street.attach("ue1", "left")
        await self.world.ready(configuration())
        await subscribe(
            self.world,
            "MobilityProcedureSubscription",
            filterCriteria={"mobilityStatus": [1, 2, 3]},
        )
        made = await register(self.world, UE1, level=level)
        await self.settle()
        return f"{SERVICES}/{made.json()['appMobilityServiceId']}"

    async def hand_over(self, source: str, target: str, stage: Stage = Stage.COMPLETED) -> None:
        """Have ue1's handover reach this stage, and all that follows from it happen."""
        self.street.hand_over("ue1", source, target, stage)
        await self.settle()

    async def confirm(self, service: str) -> None:
        """Have the application say that the context is transferred."""
        body = (await self.world.http.get(service)).json()
        body["deviceInformation"][0]["contextTransferState"] = 1
        answer = await self.world.http.put(service, json=body)
        assert answer.status_code == 200, answer.text
        await self.settle()

    async def settle(self) -> None:
        """Let everybody do what is to be done now."""
        for _ in range(5):
            await asyncio.sleep(0.002)
            await self.world.clock.settle()

    @property
    def told(self) -> list[tuple[int, str | None]]:
        """The statuses that the application was told, each with the target."""
        return [
            (body["mobilityStatus"], body.get("targetAppInfo", {}).get("appInstanceId"))
            for body in self.world.callbacks.to(CALLBACK)
        ]


@pytest.fixture
async def road() -> AsyncIterator[Road]:
    """A road with the settings as they come."""
    made = Road()
    async with made.world:
        yield made


async def test_with_confirmation_packets_come_here_until_the_application_confirms(
    road: Road,
) -> None:
    service = await road.begin(2)
    await road.hand_over("left", "right")
    assert road.manager.log == [("relocate", APP, "right")]
    assert road.told == [(1, "there1")]
    (held,) = road.peer.held.values()
    assert held.address == UE1
    assert [each.src_address for each in held.rules[0].traffic_filter] == [(UE1,)]
    assert (held.rules[0].priority, held.rules[0].action) == (0, RuleAction.FORWARD_DECAPSULATED)
    await road.confirm(service)
    assert road.peer.held == {}
    assert road.told == [(1, "there1"), (2, "there1")]
    assert "deviceInformation" not in (await road.world.http.get(service)).json()
    assert road.manager.log[1:] == [("end", "source ends")]


async def test_a_notification_says_where_the_fact_and_where_the_target_is(road: Road) -> None:
    await road.begin(2)
    await road.hand_over("left", "right")
    (body,) = road.world.callbacks.to(CALLBACK)
    assert body["waysideOrigin"] == "SIMULATED"
    assert body["associateId"] == [{"type": 1, "value": UE1}]
    where = body["targetAppInfo"]["commInterface"]
    assert where == {"ipAddresses": [{"host": "10.60.2.2", "port": 0}]}


async def test_without_confirmation_the_target_takes_over_at_once(road: Road) -> None:
    await road.begin(3)
    await road.hand_over("left", "right")
    assert road.told == [(1, "there1"), (2, "there1")]
    assert road.peer.held == {}


async def test_where_mobility_is_not_allowed_the_instance_serves_on_from_afar(road: Road) -> None:
    service = await road.begin(1)
    await road.hand_over("left", "right")
    assert road.manager.log == []
    assert road.told == [(1, None), (2, None)]
    assert len(road.peer.held) == 1
    assert "deviceInformation" in (await road.world.http.get(service)).json()
    await road.world.restart()
    await road.settle()
    assert len(road.peer.held) == 1
    await road.hand_over("right", "left")
    assert road.peer.held == {}


async def test_a_handover_that_is_prepared_is_prepared_for_and_told_when_it_is_done(
    road: Road,
) -> None:
    await road.begin(2)
    await road.hand_over("left", "right", Stage.PREPARED)
    assert (len(road.peer.held), road.told) == (1, [])
    await road.hand_over("left", "right")
    assert road.told == [(1, "there1")]
    assert road.manager.log == [("relocate", APP, "right")]


async def test_a_handover_that_is_cancelled_leaves_all_as_before(road: Road) -> None:
    await road.begin(2)
    await road.hand_over("left", "right", Stage.PREPARED)
    await road.hand_over("left", "right", Stage.CANCELLED)
    assert (road.peer.held, road.told) == ({}, [])
    assert road.manager.log[1:] == [("in vain", "source stays")]


async def test_where_no_target_can_be_the_source_serves_on_and_that_is_told(road: Road) -> None:
    service = await road.begin(2)
    road.manager.refuses = Conflict("No MEC host can take the instance.")
    await road.hand_over("left", "right")
    assert road.told == [(3, None)]
    assert road.peer.held == {}
    assert "deviceInformation" in (await road.world.http.get(service)).json()


async def test_an_application_that_does_not_confirm_keeps_its_device(road: Road) -> None:
    await road.begin(2)
    await road.hand_over("left", "right")
    await road.world.clock.advance(29.0)
    await road.settle()
    assert road.told == [(1, "there1")]
    await road.world.clock.advance(1.5)
    await road.settle()
    assert road.told == [(1, "there1"), (3, "there1")]
    assert road.peer.held == {}
    assert road.manager.log[1:] == [("in vain", "source stays")]


async def test_a_device_that_comes_back_is_not_moved(road: Road) -> None:
    await road.begin(2)
    await road.hand_over("left", "right")
    await road.hand_over("right", "left")
    assert road.told[-1][0] == 3
    assert road.peer.held == {}


async def test_an_instance_that_ends_moves_nobody_any_more(road: Road) -> None:
    await road.begin(2)
    await road.hand_over("left", "right")
    await road.world.mep.platform.end(APP, OperationAction.TERMINATING, None)
    await road.settle()
    assert road.peer.held == {}
    assert road.manager.log[1:] == [("in vain", "source stays")]


async def test_a_host_without_a_way_here_keeps_no_move_from_happening(road: Road) -> None:
    service = await road.begin(2)
    road.peer.refuses = Conflict("No way for devices' packets leads to mec1.")
    await road.hand_over("left", "right")
    await road.confirm(service)
    assert road.told == [(1, "there1"), (2, "there1")]


async def test_a_move_that_a_kill_cut_short_goes_on(road: Road) -> None:
    service = await road.begin(2)
    road.manager.gate.clear()
    await road.hand_over("left", "right")
    assert road.told == []
    await road.world.restart()
    road.manager.gate.set()
    await road.settle()
    assert road.told == [(1, "there1")]
    await road.world.restart()
    await road.confirm(service)
    assert road.told[-1] == (2, "there1")
    assert road.peer.held == {}
    assert road.manager.log[-1] == ("end", "source ends")


async def test_a_source_that_serves_others_or_is_to_stay_does_not_end() -> None:
    for settings, others in (({}, True), ({"end_idle_source": False}, False)):
        road = Road(**settings)
        async with road.world:
            service = await road.begin(2)
            if others:
                await register(road.world, "10.60.0.1")
            await road.hand_over("left", "right")
            await road.confirm(service)
            assert road.manager.log[-1] == OVER


async def test_moves_within_a_host_and_of_devices_of_nobody_are_nothing(road: Road) -> None:
    await road.begin(2)
    road.street.hand_over("car-1", "left", "right")
    road.street.attach("ue1", "wide")
    await road.settle()
    assert (road.manager.log, road.told) == ([], [])


async def test_a_move_that_nobody_heard_of_is_seen_when_the_network_is_heard_again(
    road: Road,
) -> None:
    service = await road.begin(2)
    assert service
    await road.world._end()
    road.street.hand_over("ue1", "left", "right")
    await road.world._begin()
    await road.settle()
    assert road.told == [(1, "there1")]


async def test_a_device_that_came_back_is_waited_for_when_it_goes_again(road: Road) -> None:
    service = await road.begin(2)
    await road.hand_over("left", "right")
    await road.confirm(service)
    await road.hand_over("right", "left")  # nobody here watches it now
    await register(road.world, UE1, level=2)
    before = road.told
    await road.hand_over("left", "right", Stage.PREPARED)
    assert road.told == before
    await road.hand_over("left", "right")
    assert road.told == [*before, (1, "there1")]


async def test_a_device_that_is_deregistered_is_held_for_nobody(road: Road) -> None:
    service = await road.begin(1)
    await road.hand_over("left", "right")
    assert len(road.peer.held) == 1
    await road.world.http.delete(service)
    await road.settle()
    assert road.peer.held == {}
