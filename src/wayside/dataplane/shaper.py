"""The hand on bandwidth: trees of classes put into the kernel of a host's namespace, and read back.

Each change runs ``tc`` once for each instance that it touches, some 5 ms, beside the loop. Never
decides how much anyone gets.
"""

import asyncio
import logging
import re
from collections.abc import Sequence

from wayside.core.errors import Unavailable
from wayside.linux import netns
from wayside.linux.commands import CommandFailed, run
from wayside.model.bandwidth import Direction
from wayside.refpoints.mp2 import Allocation

from . import lanes
from .lanes import HANDLE, IFB, Held, Tree

log = logging.getLogger(__name__)

At = tuple[str, Direction]


class KernelShaper:
    """Allocations enforced by HTB. Port: ``Shaper``.

    The first wish takes over what a former process left, class by class, without a moment in which
    nothing is enforced. ``namespace`` None: the one this process is in.
    """

    simulated = False

    def __init__(self, namespace: str | None = None) -> None:
        self._namespace = namespace
        self._trees: dict[At, Tree] = {}
        self._held: dict[At, Held] | None = None
        self._turn = asyncio.Lock()

    async def shape(self, allocations: Sequence[Allocation]) -> None:
        """Make ``allocations`` all that is enforced; see ``Shaper``."""
        wanted = lanes.trees(allocations)
        async with self._turn:
            await asyncio.to_thread(self._shape, wanted)

    def _shape(self, wanted: dict[At, Tree]) -> None:
        if self._held is None:
            self._held = self._found()
        faults = []
        for at in [each for each in self._held if each not in wanted]:
            self._release(at)
        for at, tree in wanted.items():
            if self._trees.get(at) == tree:
                continue
            try:
                self._realise(at, tree)
            except CommandFailed as fault:
                faults.append(f"{tree.device}: {fault.detail}")
        if faults:
            raise Unavailable(f"Bandwidth could not be allocated on {'; '.join(faults)}")

    def _realise(self, at: At, tree: Tree) -> None:
        assert self._held is not None  # nothing is realised before it is looked what is there
        self._trees.pop(at, None)
        try:
            if at not in self._held:
                links, disciplines = lanes.make(tree)
                netns.batch(self._namespace, links)
                self._tc(disciplines)
                self._held[at] = Held()
            lines, held = lanes.change(tree, self._held[at])
            self._tc(lines)
        except CommandFailed:
            # Half of a tree would tell the next wish a false tale: it starts from nothing.
            self._release(at)
            raise
        self._held[at], self._trees[at] = held, tree

    def _release(self, at: At) -> None:
        """Take a tree away; with the instance's device it may have gone already."""
        assert self._held is not None
        disciplines, links = lanes.release(*at)
        for lines, act in ((disciplines, self._tc), (links, self._ip)):
            try:
                act(lines)
            except CommandFailed as fault:
                log.debug("%s: nothing to take away: %s", at[0], fault.detail)
        self._held.pop(at, None)
        self._trees.pop(at, None)

    def _found(self) -> dict[At, Held]:
        """Return what a former process left: its classes are stale, its filters to be replaced."""
        found = {}
        for name in re.findall(rf"qdisc htb {HANDLE:x}: dev (\S+) root", self._show("qdisc")):
            direction = Direction.DOWNLINK if name.startswith(IFB) else Direction.UPLINK
            found[(name.removeprefix(IFB), direction)] = self._held_on(name)
        return found

    def _held_on(self, name: str) -> Held:
        classes = re.findall(rf"class htb {HANDLE:x}:([0-9a-f]+) ", self._show("class", name))
        places = re.findall(r"protocol (\w+) pref (\d+)", self._show("filter", name))
        numbers = {int(each, 16) for each in classes}
        return Held(
            stale=frozenset(each for each in numbers if each >= lanes.SESSION_FIRST),
            places=frozenset((protocol, int(preference)) for protocol, preference in places),
        )

    def _show(self, what: str, *of: str) -> str:
        return run(["tc", *self._where(), what, "show", *(("dev", *of) if of else ())])

    def _tc(self, lines: Sequence[str]) -> None:
        if lines:
            run(["tc", *self._where(), "-batch", "-"], stdin="\n".join(lines) + "\n")

    def _ip(self, lines: Sequence[str]) -> None:
        netns.batch(self._namespace, lines)

    def _where(self) -> list[str]:
        return ["-n", self._namespace] if self._namespace is not None else []


class SimulatedShaper:
    """Allocations kept as trees, with no packet to hold back. Port: ``Shaper``."""

    simulated = True

    def __init__(self) -> None:
        self.trees: dict[At, Tree] = {}

    async def shape(self, allocations: Sequence[Allocation]) -> None:
        """Make ``allocations`` all that is kept; see ``Shaper``."""
        self.trees = lanes.trees(allocations)
