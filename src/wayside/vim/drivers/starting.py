"""Starting the launcher and hearing from it, and ending what it became.

Blocks for some tens of milliseconds in ``start``; call it from a thread. Never restarts anything.
"""

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

from wayside.core.errors import Internal
from wayside.linux import processes
from wayside.linux.processes import Process

from .driver import Part
from .launch import GATE, REPORT
from .orders import Orders

LAUNCHER = "wayside.vim.drivers.launch"
SOURCE = Path(__file__).resolve().parents[3]
REPORT_S = 10.0
"""The launcher reports within tens of milliseconds; after this it is taken for lost."""


def start(orders: Orders, log: Path) -> Part:
    """Run ``orders``; return when the application is about to begin.

    Raises Internal with the launcher's own words where it cannot; then nothing runs.
    """
    orders_out, orders_in = _pipe()
    report_out, report_in = _pipe()
    gate_out, gate_in = _pipe()
    try:
        monitor = _spawn(log, orders_out, report_in, gate_out)
    except BaseException:
        for handle in (orders_in, report_out, gate_in):
            os.close(handle)
        raise
    finally:
        for handle in (orders_out, report_in, gate_out):
            os.close(handle)
    try:
        with contextlib.suppress(BrokenPipeError), os.fdopen(orders_in, "wb") as pipe:
            pipe.write(orders.encode())
        return _await_report(orders, monitor, report_out, log)
    finally:
        os.close(report_out)
        os.close(gate_in)  # now the application may begin


def _pipe() -> tuple[int, int]:
    """Return a pipe above the descriptors that the launcher finds its own ends at."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 16) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


def _spawn(log: Path, orders: int, report: int, gate: int) -> Process:
    argv = [sys.executable, "-S", "-s", "-P", "-m", LAUNCHER]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        sys.executable,
        argv,
        # Not our environment: nothing that this process was given reaches an application.
        {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o640),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_DUP2, orders, 0),
            (os.POSIX_SPAWN_DUP2, report, REPORT),
            (os.POSIX_SPAWN_DUP2, gate, GATE),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
    )
    found = processes.identify(pid)
    if found is None:  # a child of ours stays a zombie until we reap it
        raise Internal("The launcher vanished before it was looked at. Start the instance again.")
    return found


def _await_report(orders: Orders, monitor: Process, report: int, log: Path) -> Part:
    said = _read(report)
    child = said.get("child-pid")
    process = processes.identify(child) if isinstance(child, int) else None
    if process is None:
        processes.send(monitor, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(monitor.pid, 0)
        why = said.get("error") or last_line(log) or "the launcher ended without a word"
        raise Internal(f"The instance cannot be started: {why}. See `wayside doctor`.")
    if orders.pids_by_starter and orders.pids_max:
        bound = (orders.pids_max, orders.pids_max)
        resource.prlimit(process.pid, resource.RLIMIT_NPROC, bound)
    return Part(process, monitor)


def _read(report: int) -> dict[str, object]:
    """Return the report; it is whole when it parses, for bubblewrap may keep the pipe open."""
    waiter = select.poll()
    waiter.register(report, select.POLLIN)
    text, deadline = b"", time.monotonic() + REPORT_S
    while waiter.poll(max(0.0, deadline - time.monotonic()) * 1000):
        piece = os.read(report, 4096)
        text += piece
        with contextlib.suppress(json.JSONDecodeError):
            return dict(json.loads(text))
        if not piece:
            break
    return {}


def last_line(log: Path) -> str:
    """Return the last line of a log; empty where there is none."""
    with contextlib.suppress(OSError):
        lines = log.read_bytes()[-2000:].decode(errors="replace").splitlines()
        return lines[-1] if lines else ""
    return ""


def children_of(process: Process) -> list[Process]:
    """Return the processes whose parent is ``process``."""
    place = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with contextlib.suppress(OSError):
        found = (processes.identify(int(pid)) for pid in place.read_text().split())
        return [child for child in found if child is not None]
    return []
