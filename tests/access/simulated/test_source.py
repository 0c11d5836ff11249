"""A source tells the present and then all that follows, in any time, to readers of any speed."""

import asyncio
import time

import numpy as np
import pytest
from tests.access.simulated.networks import street

from wayside.access import feed
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import SystemClock, VirtualClock
from wayside.refpoints.net.facts import Facts
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Reader, Snapshot, Source
from wayside.refpoints.net.values import Technology


def a_source(clock: VirtualClock | SystemClock, pace: Pace | None = None) -> SimulatedSource:
    return SimulatedSource(world_of(street()), clock, epoch=9, pace=pace)


async def joined(reader: Reader) -> Picture:
    snapshot = await anext(reader)
    assert isinstance(snapshot, Snapshot)
    return Picture(snapshot)


def assert_same(one: Picture, other: Picture) -> None:
    assert (one.epoch, one.sequence, one.time_ns) == (other.epoch, other.sequence, other.time_ns)
    for technology in Technology:
        np.testing.assert_array_equal(one.cells[technology], other.cells[technology])
    np.testing.assert_array_equal(one.longitude, other.longitude)


async def test_who_joins_late_sees_what_everybody_sees() -> None:
    source: Source = a_source(VirtualClock())
    assert isinstance(source, SimulatedSource)
    early = await joined(first := source.join())
    for _ in range(5):
        source.tick()
    late = await joined(second := source.join())
    for _ in range(5):
        source.tick()
    for picture, reader, count in ((early, first, 10), (late, second, 5)):
        for _ in range(count):
            facts = await anext(reader)
            assert isinstance(facts, Facts)
            picture.follow(facts)
    assert_same(early, late)
    assert_same(early, source.picture)


async def test_a_reader_that_falls_behind_begins_again_and_holds_nobody_up() -> None:
    source = a_source(VirtualClock())
    slow, quick = source.join(), source.join()
    picture = await joined(slow)
    await joined(quick)
    for _ in range(feed.BACKLOG + 1):
        source.tick()
        assert isinstance(await anext(quick), Facts)
    again = await asyncio.wait_for(anext(slow), 5)
    assert isinstance(again, Snapshot)
    picture.take(again)
    source.tick()
    facts = await anext(slow)
    assert isinstance(facts, Facts)
    picture.follow(facts)
    assert_same(picture, source.picture)


async def test_virtual_time_passes_tick_by_tick_and_an_hour_takes_a_moment() -> None:
    clock = VirtualClock()
    source = a_source(clock, Pace(tick_s=10.0))
    reader = source.join()
    await anext(reader)
    running = asyncio.get_running_loop().create_task(source.run(360))
    begun = time.perf_counter()
    await clock.advance(25.0)
    assert source.picture.sequence == 2
    await clock.advance(3600.0)
    await running
    assert source.picture.sequence == 360
    assert time.perf_counter() - begun < 60, "an hour, much faster than real"


class Drowsy(VirtualClock):
    """Wakes its third sleeper 100 s late."""

    slept = 0

    async def sleep(self, seconds: float) -> None:
        self.slept += 1
        await super().sleep(seconds + (100 if self.slept == 3 else 0))


async def test_what_is_told_bears_the_time_of_the_clock_however_late_the_network_is() -> None:
    clock = Drowsy()
    source = a_source(clock)
    await clock.advance(7.3)
    running = asyncio.get_running_loop().create_task(source.run())
    await clock.advance(2.0)
    assert source.picture.time_ns == clock.now()
    await clock.advance(101.0)
    assert source.picture.sequence <= 4, "nobody lives through all of it at once"
    assert 0 <= clock.now() - source.picture.time_ns < 1_000_000_000
    running.cancel()


async def test_readers_hear_of_the_end_after_all_that_was_told() -> None:
    source = a_source(VirtualClock(), Pace(speed=0.0))
    reader = source.join()
    await anext(reader)
    await source.run(2)
    assert [type(await anext(reader)) for _ in range(2)] == [Facts, Facts]
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_who_has_left_hears_nothing_and_is_forgotten() -> None:
    source = a_source(VirtualClock())
    reader = source.join()
    await anext(reader)
    reader.close()
    reader.close()
    source.tick()
    waiting = asyncio.get_running_loop().create_task(anext(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_real_time_can_pass_a_hundred_times_faster() -> None:
    source = a_source(SystemClock(), Pace(tick_s=1.0, speed=100.0))
    begun = time.perf_counter()
    await source.run(20)
    took = time.perf_counter() - begun
    assert 0.15 < took < 10, "20 seconds in a fifth of one"
