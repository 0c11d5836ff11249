"""A device's link moves to another cell: its address stays, and its packets find it."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wayside.access.lab.model import Scenario
from wayside.access.lab.moving import handed_over, handover
from wayside.access.lab.paths import serving_host
from wayside.access.lab.plan import TownPlan
from wayside.access.lab.town import Town
from wayside.core.errors import Unprocessable
from wayside.linux import netns, probe

PORT = 7777
CLOUD = "203.0.113.10"


def test_the_town_is_as_before_but_for_the_device_that_moved(scenario: Scenario) -> None:
    after = handed_over(scenario, "ue1", "cell2")
    assert serving_host(after, "ue1") == "mec2" and serving_host(after, "ue2") == "mec1"
    assert [link.ends for link in after.links].index(("ue1", "cell2")) == 0
    assert handed_over(after, "ue1", "cell1") == scenario


def test_routes_turn_from_the_new_cell_outwards_so_that_none_lead_in_a_circle(
    scenario: Scenario,
) -> None:
    steps = handover(handed_over(scenario, "ue1", "cell2"), "ue1", prefix="w")
    assert [node for node, _ in steps.routes] == ["mec2", "core", "mec1", "cell1"]
    assert all("10.45.1.1/32 via 10.46." in line for _, lines in steps.routes for line in lines)
    assert steps.cells == ("cell1",)


@pytest.mark.parametrize(
    ("device", "cell", "field"), [("ue9", "cell2", "device"), ("ue1", "cell9", "cell")]
)
def test_who_is_not_there_is_named(scenario: Scenario, device: str, cell: str, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        handed_over(scenario, device, cell)
    assert refused.value.field == field


@pytest.fixture
async def town(plan: TownPlan, tmp_path: Path) -> AsyncIterator[Town]:
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    made = Town(plan, logs=tmp_path)
    try:
        await made.realise()
        yield made
    finally:
        await made.release()


class Echo:
    """Datagrams from a device to the cloud and back, one after the other, until stopped."""

    def __init__(self, plan: TownPlan, device: str) -> None:
        kind = (socket.AF_INET, socket.SOCK_DGRAM)
        self._cloud = netns.socket_in(plan.namespace("cloud"), *kind)
        self._device = netns.socket_in(plan.namespace(device), *kind)
        self._cloud.bind((CLOUD, PORT))
        self._going = True
        self.sent = self.answered = 0
        self._threads = [threading.Thread(target=each) for each in (self._answer, self._send)]
        self._threads.append(threading.Thread(target=self._hear))

    def __enter__(self) -> "Echo":
        self._device.settimeout(0.5)
        self._cloud.settimeout(0.5)
        self._device.sendto(b"0", (CLOUD, PORT))
        self.sent = 1
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for each in self._threads:
            each.join()
        self._device.close()
        self._cloud.close()

    def _send(self) -> None:
        while self._going:
            self._device.sendto(b"x", (CLOUD, PORT))
            self.sent += 1
            time.sleep(0.0005)

    def _answer(self) -> None:
        while True:
            try:
                said, peer = self._cloud.recvfrom(10)
            except TimeoutError:
                return
            self._cloud.sendto(said, peer)

    def _hear(self) -> None:
        while True:
            try:
                self._device.recv(10)
            except TimeoutError:
                return
            self.answered += 1


@pytest.mark.netns
async def test_no_packet_is_lost_while_a_link_moves_there_and_back(
    town: Town, plan: TownPlan
) -> None:
    scenario = plan.scenario
    with Echo(plan, "ue1") as echo:
        for cell in ("cell2", "cell1"):
            scenario = handed_over(scenario, "ue1", cell)
            await town.hand_over(scenario, "ue1")
            links = netns.run_in(plan.namespace("ue1"), ["ip", "-br", "link"])
            assert [line.split("@")[0] for line in links.splitlines()][1:] == [cell]
            assert (await town.attached()).devices[0].cell == cell
            await asyncio.sleep(0.1)
    assert echo.sent > 100
    assert echo.answered == echo.sent


@pytest.mark.netns
async def test_who_moved_is_found_there_by_the_next_process(
    town: Town, plan: TownPlan, tmp_path: Path
) -> None:
    await town.hand_over(handed_over(plan.scenario, "ue1", "cell2"), "ue1")
    follower = Town(plan, logs=tmp_path)
    assert await follower.realise()
    assert {each.id: each.cell for each in (await follower.attached()).devices} == {
        "ue1": "cell2", "ue2": "cell1", "ue3": "cell2", "ue4": "cell2",
    }  # fmt: skip
