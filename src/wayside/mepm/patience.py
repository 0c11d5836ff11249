"""Patience with an orchestrator that is away: restarted, or not reached for a moment.

Never asks anything itself, and never waits where the orchestrator has answered.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, GatewayTimeout, Unavailable

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 1.0
PATIENCE_S = 60.0
AWAY = (Unavailable, GatewayTimeout, BadGateway)

R = TypeVar("R")


async def patiently(clock: Clock, ask: Callable[[], Awaitable[R]], *, what: str) -> R:
    """Return what ``ask`` returns, asking again while the orchestrator is away.

    Raises GatewayTimeout telling ``what`` it has not said when it stays away for ``PATIENCE_S``.
    """
    since, wait_s = clock.monotonic(), FIRST_WAIT_S
    while True:
        try:
            return await ask()
        except AWAY as problem:
            if clock.monotonic() - since > PATIENCE_S:
                raise GatewayTimeout(
                    f"The orchestrator has not said for {PATIENCE_S:.0f} s {what}: {problem.detail}"
                ) from problem
        await clock.sleep(wait_s)
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
