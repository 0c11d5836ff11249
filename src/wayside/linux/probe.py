"""What this kernel and these tools allow: each thing is really tried, none is guessed.

For ``wayside doctor``, for choosing how the town is made, and for skipping tests with a reason.
Never changes the machine: trials run in throw-away namespaces of a child process.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from . import limits, podman, userns
from .commands import PLACES, find
from .trials import TRIALS, Trial

NEEDED = (
    "net namespaces",
    "veth",
    "nftables",
    "nftables redirect",
    "policy routing",
)
"""Without any one of these no real town can be made."""


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, and what it means."""

    name: str
    available: bool
    detail: str
    """What was found, or the tool's own words for why not."""
    cost_of_absence: str
    remedy: str


class Way(StrEnum):
    """How networks are made here."""

    ROOT = "root"
    """Directly: this process may, as root of the machine or of a user namespace it is in."""
    USERNS = "userns"
    """Inside a user namespace that ``userns.command`` makes."""
    SIMULATED = "simulated"
    """Not at all: packets are walked through the plan instead."""


@dataclass(frozen=True)
class Mode:
    """The way that was chosen, and a sentence that says why."""

    way: Way
    reason: str


@cache
def findings() -> tuple[Finding, ...]:
    """Return everything that was tried, most basic first. Kept: the first call takes < 1 s."""
    user = _user_namespaces()
    return (
        _root(),
        user,
        *_tried(nested=os.geteuid() != 0 and user.available),
        *_libraries(),
        *limits.findings_as(Finding),
        podman.findings_as(Finding),
        _bpf(),
    )


def finding(name: str) -> Finding:
    """Return one finding by name; raises KeyError for a name that is never tried."""
    return {found.name: found for found in findings()}[name]


def available(name: str) -> bool:
    """Tell whether the thing called ``name`` works here."""
    return finding(name).available


def missing(*names: str) -> str | None:
    """Return why a test that needs ``names`` and real namespaces must be skipped, or None."""
    if mode().way is not Way.ROOT:
        return f"network namespaces cannot be made directly here: {mode().reason}"
    lacking = [found for found in findings() if found.name in names and not found.available]
    return f"{lacking[0].name} is missing: {lacking[0].detail}" if lacking else None


@cache
def mode() -> Mode:
    """Return how the town is made on this machine and why."""
    return judge(findings(), uid=os.geteuid(), nested=userns.is_nested())


def judge(found: Sequence[Finding], *, uid: int, nested: bool) -> Mode:
    """Return the way that findings allow to a user ``uid``, inside a user namespace or not."""
    by_name = {each.name: each for each in found}
    lacking = [by_name[name] for name in NEEDED if not by_name[name].available]
    if not (by_name["netem"].available or by_name["packet sockets"].available):
        lacking.append(by_name["packet sockets"])
    if lacking:
        return Mode(Way.SIMULATED, f"{lacking[0].name}: {lacking[0].detail}")
    if uid != 0:
        return Mode(Way.USERNS, "Not root; user namespaces are allowed and have all it takes.")
    whose = "a user namespace" if nested else "the machine"
    return Mode(Way.ROOT, f"Root of {whose}, with the right to make network namespaces.")


def _root() -> Finding:
    uid = os.geteuid()
    nested = userns.is_nested()
    detail = f"uid {uid}" + (" inside a user namespace" if nested else "")
    cost = "The town is made inside a user namespace: no BPF, and limits only where delegated."
    return Finding("root", uid == 0 and not nested, detail, cost, "Run as root; not necessary.")


def _user_namespaces() -> Finding:
    argv = [find("unshare") or "unshare", "-Urnmpf", "true"]
    said = _said(argv)
    cost = "Only root can make a real town; others get the simulated one."
    remedy = (
        "Set kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, and "
        "kernel.apparmor_restrict_unprivileged_userns=0 where they exist."
    )
    return Finding("user namespaces", said is None, said or "allowed", cost, remedy)


def _said(argv: list[str]) -> str | None:
    """Return why a command failed, or None where it succeeded."""
    try:
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    return None if ended.returncode == 0 else (ended.stderr.strip() or "it failed")


def _tried(*, nested: bool) -> Iterator[Finding]:
    said = _trials_said(nested=nested)
    for trial in TRIALS:
        found = said.get(trial.name, "the throw-away namespace could not be made")
        yield Finding(trial.name, not found, found or "works", trial.cost, trial.remedy)


def _trials_said(*, nested: bool) -> dict[str, str]:
    """Run all trials in one child; return the complaint of each, empty where it worked."""
    flags = "-Urnm" if nested else "-nm"
    argv = [find("unshare") or "unshare", flags, "/bin/sh", "-c", _script(TRIALS)]
    try:
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = (line.split("\t", 1) for line in ended.stdout.splitlines() if "\t" in line)
    return {name: complaint.strip() for name, complaint in lines}


def _script(trials: tuple[Trial, ...]) -> str:
    head = f"export PATH={PLACES}:$PATH LC_ALL=C; ip link set lo up\n"
    return head + "".join(
        f"said=$( ( {trial.command.replace('{python}', sys.executable)} ) 2>&1 ) && said= || "
        f"said=${{said:-it failed}}\nprintf '%s\\t%s\\n' '{trial.name}' "
        "\"$(printf %s \"$said\" | tr '\\n\\t' '  ')\"\n"
        for trial in trials
    )


def _libraries() -> Iterator[Finding]:
    try:
        ctypes.CDLL("libnftables.so.1")
        detail = "libnftables.so.1"
    except OSError as fault:
        detail = str(fault)
    found = detail == "libnftables.so.1"
    cost = "A traffic rule takes 5 ms instead of 0.1 ms to act: nft is run as a command."
    yield Finding("libnftables", found, detail, cost, "Install the package libnftables1.")


def _bpf() -> Finding:
    """Try to create a BPF map of one element, and close it again."""
    number = {"x86_64": 321, "aarch64": 280, "riscv64": 280}.get(os.uname().machine)
    detail, found = f"not tried on {os.uname().machine}", False
    if number is not None:
        attributes = (ctypes.c_uint32 * 16)(1, 4, 4, 1)
        libc = ctypes.CDLL(None, use_errno=True)
        handle = libc.syscall(number, 0, attributes, ctypes.sizeof(attributes))
        found = handle >= 0
        detail = "maps can be created" if found else os.strerror(ctypes.get_errno())
        if found:
            os.close(handle)
    cost = "No fast path below the packet filter; nothing else needs it."
    return Finding("bpf", found, detail, cost, "Run as root on a kernel with CONFIG_BPF_SYSCALL.")
