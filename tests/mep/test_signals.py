"""A signal wakes all who wait for it, and nobody waits longer than its limit."""

import asyncio

from wayside.adapters.clocks import VirtualClock
from wayside.core.tasks import Nursery
from wayside.mep.signals import Signals


async def test_all_who_wait_get_the_value_and_no_one_else() -> None:
    clock = VirtualClock()
    async with Nursery() as nursery:
        signals: Signals[str] = Signals(clock, nursery)
        waiting = [asyncio.ensure_future(signals.wait("a", None)) for _ in range(2)]
        other = asyncio.ensure_future(signals.wait("b", 10))
        await clock.settle()

        signals.send("a", "go")
        await clock.advance(10)

        assert [await each for each in waiting] == ["go", "go"]
        assert await other is None


async def test_a_signal_that_nobody_waited_for_is_not_kept() -> None:
    clock = VirtualClock()
    async with Nursery() as nursery:
        signals: Signals[str] = Signals(clock, nursery)
        signals.send("a", "too early")

        waiting = asyncio.ensure_future(signals.wait("a", 1))
        await clock.advance(1)

        assert await waiting is None


async def test_who_stops_waiting_leaves_no_timer_behind() -> None:
    clock = VirtualClock()
    async with Nursery() as nursery:
        signals: Signals[str] = Signals(clock, nursery)
        waiting = asyncio.ensure_future(signals.wait("a", 1000))
        await clock.settle()

        waiting.cancel()
        await clock.settle()
        signals.send("a", "late")

        assert waiting.cancelled()
