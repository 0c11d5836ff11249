"""Work that must be done in the end: tried again, with growing waits, as long as it fails."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wayside.core.clock import Clock

from .backoff import Backoff

log = logging.getLogger(__name__)

R = TypeVar("R")


async def insist(clock: Clock, what: str, work: Callable[[], Awaitable[R]]) -> R:
    """Return what ``work`` returns, once it does; each failure is logged as ``what``."""
    backoff, failures = Backoff(), 0
    while True:
        try:
            return await work()
        except Exception as fault:
            failures += 1
            wait_s = backoff.wait_s(failures)
            log.warning("%s failed, again in %.1f s: %s", what, wait_s, fault, exc_info=fault)
        await clock.sleep(wait_s)
