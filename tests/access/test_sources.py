"""Every source of facts keeps the same contract: the present first, then all that follows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from tests.access.hostapd.twin import CAFE, PHONE, WATCH, Twin, station, until
from tests.access.hostapd.twin import a_table as a_cafe
from tests.access.nef.cores import a_core, nr
from tests.access.nef.twin import MONITORING
from tests.access.simulated.networks import street
from tests.access.static.tables import a_table

from wayside.access.hostapd.points import Point, network_with
from wayside.access.hostapd.source import HostapdSource
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.static.source import StaticSource
from wayside.access.trace.recording import record, recorded
from wayside.access.trace.source import TraceSource
from wayside.adapters.clocks import VirtualClock
from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot, Source
from wayside.refpoints.net.values import Origin, Technology

TICKS = 4


@dataclass
class Told:
    """A source, what it should say of itself, and how it is had to tell all that it has."""

    source: Source
    origin: Origin
    run: Callable[[], Awaitable[None]]
    follows: int
    """How many facts it has."""


def simulated() -> SimulatedSource:
    return SimulatedSource(world_of(street()), VirtualClock(), epoch=3, pace=Pace(speed=0.0))


async def at_the_cafe(path: Path) -> AsyncIterator[Told]:
    """An access point of hostapd that is heard already: the phone is there, and the watch comes."""
    twin = Twin(path, stations={PHONE: station(PHONE)})
    await twin.start()
    points = [Point("cafe", path)]
    network = network_with(a_cafe(), points, source="s.toml")
    source = HostapdSource(network, points, VirtualClock(), epoch=1)
    running = asyncio.ensure_future(source.run())

    async def run() -> None:
        twin.connect(WATCH)
        await until(lambda: source.picture.sequence == 1)
        running.cancel()
        await asyncio.wait([running])

    await until(lambda: not source.picture.off)
    assert source.picture.network.cells[0].identity == int(CAFE.replace(":", ""), 16)
    yield Told(source, Origin.MEASURED, run, 1)
    running.cancel()
    await asyncio.wait([running])
    twin.kill()


async def in_the_port() -> AsyncIterator[Told]:
    """A core whose NEF has said where the crane and the gate are; then the crane moves on."""
    with TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        async with a_core(Path(folder)) as core, core.source() as source:

            async def run() -> None:
                (crane,) = core.nef.of(
                    MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
                )
                await core.nef.report(crane, locationInfo=nr(0x4002))
                await core.stop()

            await core.until(lambda: source.picture.sequence == 2)
            await core.until(lambda: len(core.nef.subscriptions) > len(source.keeper.faults) + 9)
            yield Told(source, Origin.MEASURED, run, 1)


@pytest.fixture(params=["simulated", "trace", "static", "hostapd", "nef"])
async def told(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Told]:
    if request.param == "simulated":
        network = simulated()
        yield Told(network, Origin.SIMULATED, lambda: network.run(TICKS), TICKS)
    elif request.param == "trace":
        original = simulated()
        recording = record(original.join(), tmp_path / "t.jsonl")
        await asyncio.gather(recording, original.run(TICKS))
        trace = TraceSource(recorded(tmp_path / "t.jsonl"), VirtualClock(), epoch=8, speed=0.0)
        yield Told(trace, Origin.SIMULATED, trace.run, TICKS)
    elif request.param == "hostapd":
        async for each in at_the_cafe(tmp_path / "wlan0"):
            yield each
    elif request.param == "nef":
        async for each in in_the_port():
            yield each
    else:
        table = StaticSource(a_table(), VirtualClock(), epoch=1)

        async def end() -> None:
            table.end()

        yield Told(table, Origin.STATIC, end, 0)


async def heard(source: Source) -> tuple[Picture, list[Snapshot | Facts]]:
    """Return what a reader makes of all that it hears until the end, and what that was."""
    reader = source.join()
    first = await anext(reader)
    assert isinstance(first, Snapshot)
    picture = Picture(first)
    everything: list[Snapshot | Facts] = [first]
    async for each in reader:
        assert isinstance(each, Facts)
        picture.follow(each)
        everything.append(each)
    return picture, everything


async def test_a_snapshot_comes_first_then_facts_without_gap_then_the_end(told: Told) -> None:
    hearing = asyncio.ensure_future(heard(told.source))
    await asyncio.sleep(0)
    await told.run()
    picture, everything = await hearing
    assert [type(each) for each in everything] == [Snapshot] + [Facts] * told.follows
    assert picture.sequence == everything[0].sequence + told.follows


async def test_everything_says_where_it_comes_from(told: Told) -> None:
    hearing = asyncio.ensure_future(heard(told.source))
    await asyncio.sleep(0)
    await told.run()
    _, everything = await hearing
    assert told.source.origin is told.origin
    assert {each.origin for each in everything} == {told.origin}


async def test_who_joins_after_all_was_told_sees_the_same_as_who_was_there(told: Told) -> None:
    hearing = asyncio.ensure_future(heard(told.source))
    await asyncio.sleep(0)
    await told.run()
    early, _ = await hearing
    late, _ = await heard(told.source)
    assert (early.epoch, early.sequence, early.time_ns) == (late.epoch, late.sequence, late.time_ns)
    for technology in Technology:
        np.testing.assert_array_equal(early.cells[technology], late.cells[technology])
    np.testing.assert_array_equal(early.latitude, late.latitude)
    assert (early.access_points() >= 0).any(), "somebody is served, or this shows nothing"


async def test_a_reader_may_leave_at_any_time(told: Told) -> None:
    reader = told.source.join()
    reader.close()
    other = told.source.join()
    await anext(other)
    other.close()
    await told.run()
