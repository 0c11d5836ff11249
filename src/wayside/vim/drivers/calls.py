"""The system calls that Python 3.11 has no name for, each raising OSError with what it was for.

Needs the standard library alone; used by the launcher, on its own process only.
"""

import ctypes
import errno
import os

NEWNS = 0x00020000
NEWCGROUP = 0x02000000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD = -100
AT_RECURSIVE = 0x8000

PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

PIVOT_ROOT = {"x86_64": 155}.get(os.uname().machine, 41)
MOUNT_SETATTR = 442
"""The same number on every architecture, as with all calls since Linux 5.1."""

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns", ctypes.c_uint64),
    )


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """Give this process new namespaces."""
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def enter_network(path: str) -> None:
    """Move this process into a network namespace."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(handle, NEWNET), f"entering {path}")
    finally:
        os.close(handle)


def mount(source: str, target: str, kind: str = "", *, flags: int = 0, options: str = "") -> None:
    """Mount, see mount(2)."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        options.encode(),
    )
    _check(result, f"mounting {source} on {target}")


def restrict(target: str, attributes: int, *, recursive: bool = True) -> None:
    """Add attributes (read-only, no devices, no set-user-id) to the mounts at ``target``."""
    wish = _MountAttributes(set=attributes)
    flags = AT_RECURSIVE if recursive else 0
    result = _libc.syscall(
        MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, ctypes.byref(wish), ctypes.sizeof(wish)
    )
    _check(result, f"restricting {target}")


def pivot(new_root: str) -> None:
    """Make ``new_root`` the root of this mount namespace and let go of the old one."""
    os.chdir(new_root)
    _check(_libc.syscall(PIVOT_ROOT, b".", b"."), f"making {new_root} the root")
    _check(_libc.umount2(b".", MNT_DETACH), "letting go of the old root")
    os.chdir("/")


def set_hostname(name: str) -> None:
    """Name this process's host, in its own namespace of names."""
    raw = name.encode()
    _check(_libc.sethostname(raw, len(raw)), "naming the host")


def forbid_new_privileges() -> None:
    """No program started from now on gains rights from its file."""
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbidding new privileges")


def drop_bounding_set() -> None:
    """Give up every capability that a program could be born with.

    Nothing happens to a process that has no capabilities: it has no right to and no need.
    """
    handle = os.open("/proc/sys/kernel/cap_last_cap", os.O_RDONLY | os.O_CLOEXEC)
    last = int(os.read(handle, 16))
    os.close(handle)
    for capability in range(last + 1):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            if ctypes.get_errno() == errno.EPERM:
                return
            _check(-1, "dropping a capability")
