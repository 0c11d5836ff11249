"""A pause that somebody may end sooner. Never knows what is waited for."""

import asyncio

from wayside.core.clock import Clock
from wayside.core.tasks import Nursery


async def pause(clock: Clock, nursery: Nursery, seconds: float, *, until: asyncio.Event) -> None:
    """Return after ``seconds`` of the clock or when ``until`` is set, whichever comes first."""
    if until.is_set():
        return
    resting = nursery.start(clock.sleep(seconds), name="a pause rests")
    listening = nursery.start(until.wait(), name="a pause listens")
    try:
        await asyncio.wait({resting, listening}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        resting.cancel()
        listening.cancel()
