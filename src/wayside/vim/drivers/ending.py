"""Ending a workload with grace, and learning how it ended. Never starts anything."""

import asyncio
import contextlib
import signal

from wayside.linux import processes
from wayside.linux.processes import Process

from .driver import Part, Running
from .starting import children_of

LOOK_S = 0.02
"""How often, during the grace, it is looked for processes that have not been told yet."""


async def end(running: Running, grace_s: float) -> None:
    """SIGTERM to all containers, SIGKILL after ``grace_s``; return when all have ended."""
    await asyncio.gather(*(_end(part, grace_s) for part in running.parts))


async def first(running: Running) -> Part:
    """Wait until one of the containers has ended, and return it."""
    ended = await processes.wait_first(running.processes)
    return next(part for part in running.parts if part.process == ended)


async def _end(running: Part, grace_s: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + grace_s
    told: set[Process] = set()
    while processes.is_running(running.process) and (left := until - loop.time()) > 0:
        for target in _targets(running):
            if target not in told:
                processes.send(target, signal.SIGTERM)
                told.add(target)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(processes.wait(running.process), min(LOOK_S, left))
    processes.send(running.process, signal.SIGKILL)
    await processes.wait(running.process)


async def status(running: Part) -> int | None:
    """Wait for the end; return the exit status, 128+n for signal n, None where not known."""
    await processes.wait(running.process)
    await processes.wait(running.monitor)
    code = processes.reap(running.monitor)
    if code is None:
        return None
    return code if code >= 0 else 128 - code


def _targets(running: Part) -> list[Process]:
    """Who is told to end: in a namespace of processes the first one is ours, and deaf."""
    if running.process == running.monitor:
        return [running.process]
    return children_of(running.process)
