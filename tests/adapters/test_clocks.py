"""The virtual clock: hours pass at once, in their order."""

import asyncio

from wayside.adapters.clocks import SystemClock, VirtualClock
from wayside.adapters.ids import CountedIds, new_uuid


async def test_sleepers_wake_at_their_moment_and_in_order() -> None:
    clock = VirtualClock()
    start = clock.now()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    tasks = [
        asyncio.ensure_future(sleeper("a", 10, 10)),
        asyncio.ensure_future(sleeper("b", 15)),
        asyncio.ensure_future(sleeper("c", 3600)),
    ]
    await clock.advance(30)
    assert woken == [("a", 10.0), ("b", 15.0), ("a", 20.0)]
    assert clock.now() - start == 30_000_000_000
    await clock.advance(3570)
    assert woken[-1] == ("c", 3600.0)
    await asyncio.gather(*tasks)


async def test_a_sleeper_that_was_cancelled_is_passed_over() -> None:
    clock = VirtualClock()
    task = asyncio.ensure_future(clock.sleep(5))
    await clock.settle()
    task.cancel()
    await clock.advance(10)
    assert task.cancelled() and clock.monotonic() == 10.0


async def test_no_wait_needs_no_time() -> None:
    await VirtualClock().sleep(0)


async def test_the_machine_clock_goes_forward() -> None:
    clock = SystemClock()
    wall, steady = clock.now(), clock.monotonic()
    await clock.sleep(0.001)
    assert clock.now() > wall and clock.monotonic() > steady


def test_identifiers_never_come_twice() -> None:
    counted = CountedIds("app")
    assert [counted(), counted()] == ["app-1", "app-2"]
    assert len({new_uuid() for _ in range(1000)}) == 1000
