"""What a supervisor reads of its forerunner: only what is surely its own is adopted or ended."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from wayside.adapters.clocks import SystemClock
from wayside.core.tasks import Nursery
from wayside.linux import processes
from wayside.linux.processes import Process
from wayside.system.status import ProcessStatus
from wayside.system.supervise import RESTART_S_MAX, ChildSpec, Supervisor, recorded

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def foreign() -> Iterator[Process]:
    """A process that is nobody's child but ours."""
    started = subprocess.Popen(SLEEPS)
    found = processes.identify(started.pid)
    assert found is not None
    try:
        yield found
    finally:
        started.kill()
        started.wait()


def write_record(folder: Path, process: str, *, boot: str | None = None) -> Path:
    path = folder / "children.json"
    kept = {"child": {"process": process, "restarts": 3}}
    record = {"boot": boot or processes.boot_id(), "children": kept}
    path.write_bytes(msgspec.json.encode(record))
    return path


async def until(kept: Supervisor, state: str, *, restarts: int = 0) -> ProcessStatus:
    """Return the child's status once it is in a state and has been restarted so often."""
    async with asyncio.timeout(10):
        while True:
            status = kept.statuses()[0]
            if status.state == state and status.restarts >= restarts:
                return status
            await asyncio.sleep(0.005)


async def kept_and_ended(folder: Path) -> ProcessStatus:
    """Supervise a child on whatever record is there; return its status, and end it."""
    async with Nursery() as nursery:
        kept = Supervisor(folder / "children.json", SystemClock(), nursery)
        kept.start(ChildSpec("child", SLEEPS, folder / "child.log"))
        status = await until(kept, "RUNNING")
        await kept.stop(grace_s=5)
    return status


async def test_a_process_of_the_record_is_adopted_with_its_count(
    tmp_path: Path, foreign: Process
) -> None:
    write_record(tmp_path, str(foreign))
    status = await kept_and_ended(tmp_path)
    assert (status.pid, status.restarts) == (foreign.pid, 3)
    assert not processes.is_running(foreign)


async def test_another_process_that_has_the_old_pid_now_is_left_alone(
    tmp_path: Path, foreign: Process
) -> None:
    write_record(tmp_path, str(Process(foreign.pid, foreign.started - 1)))
    assert (await kept_and_ended(tmp_path)).pid != foreign.pid
    assert processes.is_running(foreign)


async def test_a_record_of_another_boot_tells_nothing(tmp_path: Path, foreign: Process) -> None:
    write_record(tmp_path, str(foreign), boot="another-boot")
    status = await kept_and_ended(tmp_path)
    assert (status.pid == foreign.pid, status.restarts) == (False, 0)
    assert processes.is_running(foreign)


@pytest.mark.parametrize("text", [b"", b"{", b'{"boot": 1}', b'{"boot": "x", "children": []}'])
async def test_a_broken_record_is_as_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "children.json").write_bytes(text)
    assert recorded(tmp_path / "children.json") == {}
    assert (await kept_and_ended(tmp_path)).restarts == 0


async def test_the_record_is_gone_once_all_has_ended(tmp_path: Path) -> None:
    await kept_and_ended(tmp_path)
    assert not (tmp_path / "children.json").exists()


# ---- what does not want to live


class Hasty(SystemClock):
    """A clock that notes every wait and does not wait for long."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note the wait."""
        self.waits.append(seconds)
        await asyncio.sleep(0.001)


async def test_what_dies_at_once_is_started_less_and_less_often(tmp_path: Path) -> None:
    clock = Hasty()
    async with Nursery() as nursery:
        kept = Supervisor(tmp_path / "children.json", clock, nursery)
        kept.start(ChildSpec("child", ["/bin/false"], tmp_path / "child.log"))
        await until(kept, "RESTARTING", restarts=8)
        await kept.stop(grace_s=5)
    pauses = [wait for wait in clock.waits if wait >= 0.1][:7]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, RESTART_S_MAX, RESTART_S_MAX]


async def test_a_program_that_is_not_there_is_tried_again_and_takes_no_other_with_it(
    tmp_path: Path,
) -> None:
    program = tmp_path / "program"
    async with Nursery() as nursery:
        kept = Supervisor(tmp_path / "children.json", Hasty(), nursery)
        kept.start(ChildSpec("absent", [str(program)], tmp_path / "absent.log"))
        kept.start(ChildSpec("child", SLEEPS, tmp_path / "child.log"))
        await until(kept, "RESTARTING", restarts=2)
        assert kept.statuses()[1].state == "RUNNING"
        assert not kept.ready
        program.write_text("#!/bin/sh\nexec sleep 60\n")
        program.chmod(0o755)
        await until(kept, "RUNNING")
        await kept.stop(grace_s=5)


async def test_what_a_process_writes_is_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    said = "import sys; print('out'); print('err', file=sys.stderr)"
    async with Nursery() as nursery:
        kept = Supervisor(tmp_path / "children.json", Hasty(), nursery)
        kept.start(ChildSpec("child", [sys.executable, "-c", said], log))
        await until(kept, "RESTARTING", restarts=1)
        await kept.stop(grace_s=5)
    assert log.read_text().splitlines()[:2] == ["out", "err"]
