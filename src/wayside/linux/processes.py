"""Processes by pid and start time, so that a recycled pid is never taken for the old process.

Never kills by name, and never a process it cannot prove to be the one that was meant.
"""

import asyncio
import os
import signal as signals
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process for its whole life: the pair never names another one until a reboot."""

    pid: int
    started: int
    """Clock ticks since boot. Ref: proc(5), /proc/pid/stat field 22."""

    def __str__(self) -> str:
        return f"{self.pid}:{self.started}"


def boot_id() -> str:
    """Return what tells this boot of the machine from any other: pids begin anew with each."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def parse(text: str) -> Process:
    """Return the process that ``str(process)`` wrote down; raises ValueError for other text."""
    pid, _, started = text.strip().partition(":")
    return Process(int(pid), int(started))


def _stat(pid: int) -> tuple[str, int] | None:
    """Return state letter and start time, or None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the command's name may hold spaces and )
    return fields[0], int(fields[19])


def identify(pid: int) -> Process | None:
    """Return the process that has ``pid`` now, or None where there is none."""
    found = _stat(pid)
    return Process(pid, found[1]) if found else None


def is_running(process: Process) -> bool:
    """Tell whether this very process still runs; a zombie does not."""
    found = _stat(process.pid)
    return found is not None and found[1] == process.started and found[0] not in "ZX"


def _open(process: Process) -> int | None:
    """Return a pidfd of this very process, or None where it has ended."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    # The pidfd pins whoever has the pid now; only then is the start time compared.
    if is_running(process):
        return handle
    os.close(handle)
    return None


def send(process: Process, signal: int) -> bool:
    """Send ``signal``; return False where the process has ended already."""
    handle = _open(process)
    if handle is None:
        return False
    try:
        signals.pidfd_send_signal(handle, signal)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def reap(process: Process) -> int | None:
    """Return the exit status of a child that has ended (-n for signal n), taking its zombie away.

    None where it still runs, is no child of ours, or was reaped before.
    """
    try:
        pid, status = os.waitpid(process.pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if pid else None


async def wait(process: Process) -> None:
    """Return when the process has ended. Works for any process, not only for children."""
    await wait_first([process])


async def wait_first(candidates: Sequence[Process]) -> Process:
    """Return one of the processes when it has ended; the earliest in the list of those."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    handles: list[int] = []
    try:
        for process in candidates:
            if (handle := _open(process)) is None:
                return process
            handles.append(handle)
            loop.add_reader(handle, ended.set)
        await ended.wait()
        return next(process for process in candidates if not is_running(process))
    finally:
        for handle in handles:
            loop.remove_reader(handle)
            os.close(handle)


async def terminate(process: Process, *, grace_s: float) -> bool:
    """End the process: SIGTERM, and SIGKILL after ``grace_s`` seconds; return when it is gone.

    A child's zombie is reaped. Returns False where SIGKILL was needed.
    """
    obeyed = True
    if send(process, signals.SIGTERM):
        try:
            await asyncio.wait_for(wait(process), grace_s)
        except TimeoutError:
            obeyed = not send(process, signals.SIGKILL)
            await wait(process)
    reap(process)
    return obeyed
