"""Supervision with real processes: restarted, adopted, ended, and never anybody else's."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from wayside.adapters.clocks import SystemClock
from wayside.core.tasks import Nursery
from wayside.linux import processes
from wayside.system.supervise import ChildSpec, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def supervisor(folder: Path, nursery: Nursery) -> Supervisor:
    return Supervisor(folder / "children.json", SystemClock(), nursery)


def spec(folder: Path, argv: list[str] | None = None, *, ready: Path | None = None) -> ChildSpec:
    return ChildSpec("child", argv or SLEEPS, folder / "child.log", ready=ready)


async def running(kept: Supervisor, *, other_than: int | None = None) -> int:
    """Return the child's pid once it runs, as another process than the one given."""
    for _ in range(500):
        (status,) = kept.statuses()
        if status.state == "RUNNING" and status.pid not in (None, other_than):
            return int(status.pid or 0)
        await asyncio.sleep(0.01)
    raise AssertionError(kept.statuses())


async def test_what_dies_is_started_again_and_counted(tmp_path: Path) -> None:
    async with Nursery() as nursery:
        kept = supervisor(tmp_path, nursery)
        kept.start(spec(tmp_path))
        first = await running(kept)
        os.kill(first, signal.SIGKILL)
        await running(kept, other_than=first)
        assert kept.statuses()[0].restarts == 1
        await kept.stop(grace_s=5)


async def test_the_next_supervisor_adopts_what_the_former_started(tmp_path: Path) -> None:
    async with Nursery() as nursery:
        former = supervisor(tmp_path, nursery)
        former.start(spec(tmp_path))
        pid = await running(former)
    async with Nursery() as nursery:
        later = supervisor(tmp_path, nursery)
        later.start(spec(tmp_path))
        assert await running(later) == pid
        await later.stop(grace_s=5)
    assert processes.identify(pid) is None or not Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_one_that_serves_is_ready_once_its_socket_accepts(tmp_path: Path) -> None:
    place = tmp_path / "s.sock"
    async with Nursery() as nursery:
        kept = supervisor(tmp_path, nursery)
        kept.start(spec(tmp_path, ready=place))
        await asyncio.sleep(0.2)
        assert kept.statuses()[0].state == "STARTING"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))
            listener.listen()
            await running(kept)
        await kept.stop(grace_s=5)


async def test_one_that_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('x', flush=True)\n"
    async with Nursery() as nursery:
        kept = supervisor(tmp_path, nursery)
        kept.start(spec(tmp_path, [sys.executable, "-c", deaf + "time.sleep(60)"]))
        pid = await running(kept)
        for _ in range(500):
            if "x" in (tmp_path / "child.log").read_text():
                break
            await asyncio.sleep(0.01)
        await kept.stop(grace_s=0.2)
    assert processes.identify(pid) is None
