"""A real town: packets go where they should, links delay, and nothing is left behind."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from wayside.access.lab import town as towns
from wayside.access.lab.echo import round_trips
from wayside.access.lab.plan import DelayBy, TownPlan
from wayside.access.lab.town import Town
from wayside.linux import netns, probe, processes
from wayside.linux.commands import run

pytestmark = pytest.mark.netns


def trips(town: Town, node: str, address: str) -> list[float]:
    return round_trips(town.plan.namespace(node), address, count=3)


def test_every_device_reaches_the_cloud_and_each_other(town: Town) -> None:
    for device in town.plan.scenario.devices:
        assert len(trips(town, device.id, "203.0.113.10")) == 3
    assert len(trips(town, "ue1", "10.45.2.2")) == 3


def test_the_way_to_the_cloud_takes_what_its_links_take(town: Town) -> None:
    for device, one_way_ms in (("ue1", 12.0), ("ue3", 14.0)):
        fastest_ms = min(trips(town, device, "203.0.113.10")) * 1000
        assert fastest_ms > 2 * one_way_ms * 0.98
    assert min(trips(town, "ue1", "203.0.113.10")) * 1000 < 24 + 30


def test_a_device_finds_its_hosts_dns_address(town: Town) -> None:
    assert len(trips(town, "ue1", "10.50.1.1")) == 3
    assert len(trips(town, "ue1", "10.50.2.1")) == 3


def test_hosts_and_system_meet_on_the_management_network_alone(town: Town) -> None:
    assert len(trips(town, "mec1", "10.255.0.1")) == 3
    assert len(trips(town, "system", "10.255.0.12")) == 3


@pytest.mark.parametrize("address", ["10.255.0.11", "10.255.0.1", "10.60.1.1"])
def test_devices_reach_neither_management_nor_platform(town: Town, address: str) -> None:
    assert round_trips(town.plan.namespace("ue1"), address, count=1, timeout_s=0.3) == []
    assert len(trips(town, "ue1", "10.50.1.1")) == 3


def test_devices_reach_the_proxy_and_it_reaches_them_and_the_internet(town: Town) -> None:
    assert len(trips(town, "ue1", "10.47.0.1")) == 3
    for address in ("10.45.2.1", "203.0.113.10"):
        assert len(trips(town, "system", address)) == 3
    assert round_trips(town.plan.namespace("cloud"), "10.47.0.1", count=1, timeout_s=0.3) == []
    assert round_trips(town.plan.namespace("core"), "10.255.0.1", count=1, timeout_s=0.3) == []


async def test_a_second_maker_adopts_the_town_with_its_programs(town: Town, tmp_path: Path) -> None:
    before = netns.pids_in(*netns.names(f"{town.plan.prefix}-"))
    assert before
    assert await Town(town.plan, logs=tmp_path).realise()
    assert netns.pids_in(*netns.names(f"{town.plan.prefix}-")) == before


async def test_what_a_crash_left_half_made_is_made_anew(plan: TownPlan, tmp_path: Path) -> None:
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    netns.create(plan.nodes[0].namespace, f"{plan.prefix}-stray")
    town = Town(plan, logs=tmp_path)
    try:
        assert not await town.realise()
        assert not netns.exists(f"{plan.prefix}-stray")
        assert len(trips(town, "ue1", "203.0.113.10")) == 3
    finally:
        await town.release()


async def test_a_town_of_another_plan_is_replaced(town: Town, tmp_path: Path) -> None:
    other = Town(replace(town.plan, digest="other"), logs=tmp_path)
    assert not await other.realise()
    assert len(trips(other, "ue1", "203.0.113.10")) == 3


async def test_a_killed_program_of_the_town_is_started_again(town: Town) -> None:
    def helpers() -> list[int]:
        nodes = ["cloud", "links"] if town.plan.delay_by is DelayBy.LINE else ["cloud"]
        return netns.pids_in(*(town.plan.namespace(node) for node in nodes))

    before = helpers()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(town.watch())
        await asyncio.sleep(0)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        for _ in range(500):
            now = helpers()
            if len(now) == len(before) and not set(now) & set(before):
                break
            await asyncio.sleep(0.02)
        watching.cancel()
    assert not set(helpers()) & set(before)
    assert await town.realise()
    assert len(trips(town, "ue1", "203.0.113.10")) == 3


async def test_release_leaves_no_namespace_process_or_interface(town: Town) -> None:
    names = netns.names(f"{town.plan.prefix}-")
    stray = netns.start_in(town.plan.namespace("mec1"), ["sleep", "1000"])
    while stray not in (pids := netns.pids_in(*names)):
        continue  # it is still on its way in
    links_before = run(["ip", "-o", "link"])
    await town.release()
    assert netns.names(f"{town.plan.prefix}-") == []
    assert [pid for pid in pids if (p := processes.identify(pid)) and processes.is_running(p)] == []
    assert run(["ip", "-o", "link"]) == links_before
    await towns.release(town.plan.prefix)
