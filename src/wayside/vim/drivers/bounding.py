"""How much an instance may use: control groups where they can be made, rlimits for the rest; and
its /data as a volume of its own where one can be made.

Never guesses: what is bounded and how is said in ``describe``. Calls block for milliseconds.
"""

import contextlib
import resource
from collections.abc import Iterable
from pathlib import Path

from wayside.linux import cgroups, probe, volumes
from wayside.linux.cgroups import Bounds, Group, Groups, Usage
from wayside.vim.networks import short

from .driver import PIDS_MAX, Box, Container

STACK_BYTES_MIN = 1 << 19
STACK_BYTES_MAX = 1 << 23


class Bounding:
    """The bounds of a host's instances; ``prefix`` starts the names of their groups.

    ``sized``: /data can be bounded as a whole here.
    """

    def __init__(
        self, groups: Groups, prefix: str, *, pids_max: int = PIDS_MAX, sized: bool = False
    ) -> None:
        self._groups = groups
        self._sized = sized
        self._prefix = prefix
        self._pids_max = pids_max

    def describe(self) -> str:
        """Return a sentence: which bounds hold for an instance, and which per process only."""
        held = self._groups.controllers
        per_process = [name for name in ("memory", "pids") if name not in held]
        rest = f"; {' and '.join(per_process)} by rlimits of each process" if per_process else ""
        free = "" if "cpu" in held else "; cpu is not bounded"
        storage = "storage bounds /data as a whole" if self._sized else "storage bounds each file"
        return f"{self._groups.describe()}{rest}{free}; {storage}"

    @property
    def pids_by_rlimit(self) -> int:
        """The RLIMIT_NPROC to set; 0 where a control group counts the processes."""
        return 0 if "pids" in self._groups.controllers else self._pids_max

    @property
    def pids_max(self) -> int:
        """How many processes and threads a container may have."""
        return self._pids_max

    @property
    def controllers(self) -> frozenset[str]:
        """What groups bound here; the rest is left to rlimits."""
        return frozenset(self._groups.controllers)

    def make(self, box: Box) -> tuple[tuple[str, ...], ...]:
        """Make a group for each container, or set it anew; return the doors to join each by."""
        groups = [self._make(box, number) for number in range(len(box.containers))]
        # Where groups lie depends on where this process was started; a later one must find them.
        folders = [folder for group in groups for folder in group.folders]
        self.note(box, folders)
        return tuple(tuple(str(door) for door in group.doors) for group in groups)

    def hold_data(self, box: Box) -> None:
        """Have /data hold no more than the instance's storage; also after the machine's restart.

        Nothing to do where that cannot be done, or where no storage or hardly any is asked for:
        then each file is bounded.
        """
        if self._sized and box.amount.storage_bytes >= volumes.BYTES_MIN:
            volumes.make(_volume(box), box.data, box.amount.storage_bytes)
            with contextlib.suppress(OSError):
                (box.data / "lost+found").rmdir()

    def release_data(self, box: Box) -> None:
        """Take away /data and all that is in it."""
        volumes.release(_volume(box), box.data)

    def note(self, box: Box, folders: Iterable[Path]) -> None:
        """Remember the folders of the instance's groups, those within others first."""
        _note(box).write_text("".join(f"{folder}\n" for folder in folders))

    def rlimits(self, container: Container) -> tuple[tuple[int, int], ...]:
        """Return (resource, value) pairs for each process of a container."""
        amount = container.amount
        limits = [(resource.RLIMIT_CORE, 0)]
        if amount.storage_bytes:
            limits.append((resource.RLIMIT_FSIZE, amount.storage_bytes))
        if amount.memory_bytes and "memory" not in self._groups.controllers:
            # Of what is written to, not of addresses: a thread reserves far more than it uses.
            limits.append((resource.RLIMIT_DATA, amount.memory_bytes))
            limits.append((resource.RLIMIT_STACK, _stack_bytes(amount.memory_bytes)))
        return tuple(limits)

    def usage(self, box: Box) -> Usage:
        """Return what the instance has used since its groups were made."""
        return _group(box).usage()

    def kill(self, box: Box) -> None:
        """Kill every process in the instance's groups."""
        _group(box).kill()

    def release(self, box: Box) -> None:
        """Kill what is left and delete the groups."""
        _group(box).remove()

    def _make(self, box: Box, number: int) -> Group:
        amount = box.containers[number].amount
        further = f"-{number + 1}" if number else ""
        return self._groups.create(
            f"wayside-{self._prefix}-{short(box.app_instance_id)}{further}",
            Bounds(amount.cpu_milli, amount.memory_bytes, self._pids_max),
        )


def found(prefix: str, groups: Groups | None = None) -> Bounding:
    """Return what bounds instances on this machine, by all that is found to work here."""
    sized = probe.available("sized folders")
    return Bounding(cgroups.find() if groups is None else groups, prefix, sized=sized)


def _volume(box: Box) -> Path:
    return box.folder / "data.img"


def _note(box: Box) -> Path:
    return box.folder / "groups"


def _stack_bytes(memory_bytes: int) -> int:
    """Return the stack of a thread: it counts as data, so many must fit."""
    return min(STACK_BYTES_MAX, max(STACK_BYTES_MIN, memory_bytes // 64))


def _group(box: Box) -> Group:
    lines: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        lines = _note(box).read_text().splitlines()
    return Group([Path(line) for line in lines])
