"""How every long-running process of Wayside runs: event loop, logging, signals, orderly end.

Never knows what the process is for.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import new_uuid
from wayside.chassis.http.process import run as run_loop
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.core.ids import NewId
from wayside.core.tasks import Nursery

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hands:
    """What every element is given: time, background work, identifiers."""

    clock: Clock
    nursery: Nursery
    new_id: NewId


def run(work: Callable[[Hands, asyncio.Event], Awaitable[None]]) -> None:
    """Run ``work`` until it returns; its event is set by SIGTERM or SIGINT.

    A Problem is the last line on standard error, and the exit status is 1.
    """
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        run_loop(_main(work))
    except Problem as problem:
        sys.stderr.write(f"{problem.detail}\n")
        sys.exit(1)


async def _main(work: Callable[[Hands, asyncio.Event], Awaitable[None]]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with Nursery() as nursery:
        await work(Hands(SystemClock(), nursery, new_uuid), ended)
