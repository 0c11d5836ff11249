"""The launcher: a process of its own that reads its orders and becomes the application.

Once it has entered the new root it imports nothing: Python's own files may not be there.

Run as ``python -m wayside.vim.drivers.launch``: orders on descriptor 0, a report (JSON: child-pid,
or error) to descriptor 3; descriptor 4 ends when the application may begin. Needs the standard
library alone. Nothing of the environment it was started with reaches the application.
"""

import json
import os
import resource
import signal
from dataclasses import replace

from . import bubblewrap, calls, enclose, orders

REPORT, GATE = 3, 4
CANNOT_START = 125
CANNOT_RUN = 127


def main() -> None:
    """Become the application; on failure report why and end with status 125."""
    try:
        with os.fdopen(0, "rb", closefd=False) as pipe:
            told = orders.decode(pipe.read())
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        # Whatever the starter had inherited itself, it is not meant for an application.
        os.closerange(GATE + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.umask(0o022)
        os.chdir("/")
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if told.network is not None:
            calls.enter_network(told.network)
        WAYS[told.enclosure](told)
    except (OSError, ValueError, KeyError) as fault:
        _report({"error": str(fault)})
        os._exit(CANNOT_START)


def _report(what: dict[str, object]) -> None:
    os.write(REPORT, json.dumps(what).encode())
    os.close(REPORT)


def _by_bubblewrap(told: orders.Orders) -> None:
    _join([_open_door(door) for door in told.doors])
    if told.uid is not None:
        calls.unshare(calls.NEWNS)
        told = replace(told, view=enclose.stage(told.view))
        _drop(told.uid)
    _bound(told)
    line = bubblewrap.arguments(told, info=REPORT, gate=GATE)
    os.execve(told.tool, line, told.environment)


def _by_plain_namespaces(told: orders.Orders) -> None:
    """Make the namespaces; stay behind to pass the exit status on."""
    doors = [_open_door(door) for door in told.doors]
    if told.uid is None:
        _own_user_namespace()
    calls.unshare(calls.NEWNS | calls.NEWPID | calls.NEWIPC | calls.NEWUTS)
    ready, say_ready = os.pipe()
    first = os.fork()
    if first == 0:
        _be_first(told, doors, say_ready)
    for handle in (say_ready, *doors):
        os.close(handle)
    with os.fdopen(ready, "rb") as said:
        fault = said.read()
    if fault != b"ready":
        raise OSError((fault or b"the first process ended at once").decode())
    _report({"child-pid": first})
    os.close(GATE)
    os._exit(_status(os.waitpid(first, 0)[1]))


def _be_first(told: orders.Orders, doors: list[int], say_ready: int) -> None:
    """As process 1 of the new namespace: build the root, start the application, reap."""
    try:
        enclose.enter(told.view)
        calls.set_hostname(told.hostname)
    except OSError as fault:
        os.write(say_ready, str(fault).encode())
        os._exit(CANNOT_START)
    os.write(say_ready, b"ready")
    os.close(say_ready)
    os.close(REPORT)
    application = os.fork()
    if application == 0:
        _be_application(told, doors)
    for handle in (GATE, *doors):
        os.close(handle)
    _drop(told.uid)
    while True:
        pid, status = os.wait()
        if pid == application:
            # The kernel kills all others of the namespace when its first process ends.
            os._exit(_status(status))


def _be_application(told: orders.Orders, doors: list[int]) -> None:
    try:
        os.setsid()
        _join(doors)
        calls.unshare(calls.NEWCGROUP)
        _drop(told.uid)
        _bound(told)
    except OSError as fault:
        _complain(f"the application cannot be bounded: {fault}")
        os._exit(CANNOT_START)
    _run(told)


def _in_the_open(told: orders.Orders) -> None:
    _join([_open_door(door) for door in told.doors])
    _drop(told.uid)
    _bound(told)
    _report({"child-pid": os.getpid()})
    _run(told)


def _run(told: orders.Orders) -> None:
    """Wait for the gate and become the application; its search path is that of its environment."""
    os.read(GATE, 1)
    os.close(GATE)
    fault: OSError | None = None
    try:
        os.chdir(told.folder)
        for place in _places(told.argv[0], told.environment.get("PATH", "")):
            try:
                os.execve(place, told.argv, told.environment)
            except (FileNotFoundError, NotADirectoryError) as missing:
                fault = fault or missing
    except OSError as other:
        fault = other
    _complain(f"{told.argv[0]} cannot be run: {fault or 'PATH names no folder'}")
    os._exit(CANNOT_RUN)


def _places(command: str, path: str) -> list[str]:
    if "/" in command:
        return [command]
    return [f"{folder}/{command}" for folder in path.split(":") if folder]


def _complain(what: str) -> None:
    os.write(2, f"wayside: {what}\n".encode())


def _open_door(door: str) -> int:
    return os.open(door, os.O_WRONLY | os.O_CLOEXEC)


def _join(doors: list[int]) -> None:
    """Join the groups: from here on nothing that this process starts escapes their bounds."""
    for door in doors:
        os.write(door, b"0")
        os.close(door)


def _own_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    calls.unshare(calls.NEWUSER)
    inside = bubblewrap.INSIDE_UID
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        handle = os.open(f"/proc/self/{file}", os.O_WRONLY | os.O_CLOEXEC)
        os.write(handle, text.encode())
        os.close(handle)


def _drop(uid: int | None) -> None:
    """Become ``uid``, where given, without groups and without capabilities, for good."""
    calls.drop_bounding_set()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def _bound(told: orders.Orders) -> None:
    """Set the rlimits; a file that grows too large is refused instead of killing its writer."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = list(told.limits)
    if told.pids_max and not told.pids_by_starter:
        limits.append((resource.RLIMIT_NPROC, told.pids_max))
    for kind, value in limits:
        resource.setrlimit(kind, (value, value))
    if told.enclosure != orders.BUBBLEWRAP:
        # Bubblewrap does it itself, after it has made its namespaces.
        calls.forbid_new_privileges()


def _status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


WAYS = {
    orders.BUBBLEWRAP: _by_bubblewrap,
    orders.PLAIN: _by_plain_namespaces,
    orders.OPEN: _in_the_open,
}

if __name__ == "__main__":
    main()
