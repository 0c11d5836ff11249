"""A process is known by pid and start time, and only that very process is ever signalled."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from wayside.linux import processes
from wayside.linux.processes import Process

DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


def identified(pid: int) -> Process:
    found = processes.identify(pid)
    assert found is not None
    return found


def test_a_process_is_written_down_and_read_back() -> None:
    own = identified(os.getpid())
    assert processes.parse(str(own)) == own
    with pytest.raises(ValueError, match="invalid literal"):
        processes.parse("nonsense")


def test_a_command_name_with_spaces_and_brackets_does_not_confuse(
    sleeper: subprocess.Popen[bytes],
) -> None:
    script = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b') R (1 2'); print(1); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as odd:
        assert odd.stdout is not None
        odd.stdout.readline()
        assert identified(odd.pid).started >= identified(sleeper.pid).started
        odd.communicate(b"")


def test_a_recycled_pid_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    now = identified(sleeper.pid)
    former = replace(now, started=now.started - 1)
    assert processes.is_running(now)
    assert not processes.is_running(former)
    assert not processes.send(former, signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_zombie_does_not_run(sleeper: subprocess.Popen[bytes]) -> None:
    process = identified(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_running(process)


async def test_terminate_returns_when_the_process_is_gone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    process = identified(sleeper.pid)
    assert await processes.terminate(process, grace_s=10)
    assert processes.identify(sleeper.pid) is None


async def test_a_process_deaf_to_sigterm_is_killed_after_the_grace() -> None:
    deaf = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DEAF, stdout=asyncio.subprocess.PIPE
    )
    assert deaf.stdout is not None
    await deaf.stdout.readline()
    process = identified(deaf.pid)
    assert not await processes.terminate(process, grace_s=0.05)
    assert not processes.is_running(process)
    await deaf.wait()


async def test_waiting_for_what_has_ended_returns_at_once(
    sleeper: subprocess.Popen[bytes],
) -> None:
    process = identified(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    await processes.wait(process)
    assert processes.reap(process) is None


def test_reap_tells_the_exit_status_once() -> None:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 7"], {})
    process = identified(pid)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert processes.reap(process) == 7
    assert processes.reap(process) is None
