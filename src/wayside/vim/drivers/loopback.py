"""The driver of the simulated mode: plain processes on a loopback address each, no namespaces.

Never claims a network: ``simulated`` is true, and ``limits`` says what does not hold.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from wayside.core.errors import Unprocessable
from wayside.linux import cgroups, processes
from wayside.linux.processes import Process
from wayside.refpoints.mm6 import Interface
from wayside.vim import networks

from . import ending, sandbox, starting
from .bounding import Bounding
from .driver import Box, Container, Part, Running
from .orders import OPEN, Orders, View
from .rights import may_become, reachable_by_all


class LoopbackDriver:
    """Runs each container as an ordinary process of the host, on the instance's loopback address.

    Images must use the host's base. Paths of an image in its command and environment are
    turned into where its files really lie.
    """

    name = "loopback"
    simulated = True

    def __init__(self, *, prefix: str, bounding: Bounding | None = None) -> None:
        self._bounding = bounding or Bounding(cgroups.find(), prefix)

    @property
    def limits(self) -> str:
        """Which bounds hold, and that nothing is hidden from the application."""
        return f"{self._bounding.describe()}; not enclosed: it sees this machine's files"

    async def open(self) -> None:
        """Nothing to make ready: every address of 127.0.0.0/8 is there already."""

    async def prepare(self, box: Box) -> None:
        """Make folders and bounds; raises Unprocessable where the image cannot run like this."""
        if not all(container.image.uses_host for container in box.containers):
            raise Unprocessable(
                "Image: it brings its own root, and this host has no namespaces to give it one. "
                "Use an image annotated io.wayside.base=host."
            )
        sandbox.check_commands(box)
        sandbox.make_folder(box, _user(box))
        self._bounding.make(box)

    async def attach(self, box: Box) -> Interface:
        """Return the loopback address as the interface."""
        return Interface(address=box.address, device="lo")

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        """Run the image's command as a process of the host."""
        return await asyncio.to_thread(self._start, box, environment)

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        """End the process, its session, and all of its groups."""
        if running is not None:
            await ending.end(running, grace_s)
            await self.ended(box, running)
        await asyncio.to_thread(self._sweep, box)

    def alive(self, running: Running) -> bool:
        """Tell whether the first process of every container runs."""
        return all(map(processes.is_running, running.processes))

    async def ended(self, box: Box, running: Running) -> int | None:
        """Wait until a container's first process has ended, kill the others and all sessions."""
        ended = await ending.first(running)
        await ending.end(running, 0.0)
        for process in running.processes:
            await asyncio.to_thread(_kill_session, process)
        statuses = {part: await ending.status(part) for part in running.parts}
        return statuses[ended]

    async def release(self, box: Box) -> None:
        """Remove processes, groups and folder."""
        await asyncio.to_thread(self._release, box)

    def _start(self, box: Box, environment: Mapping[str, str]) -> Running:
        self._sweep(box)
        doors = self._bounding.make(box)
        parts: list[Part] = []
        try:
            for container, group in zip(box.containers, doors, strict=True):
                orders = self._orders(box, container, environment, doors=group)
                parts.append(starting.start(orders, box.log))
                _note(box).write_text("\n".join(str(part.process) for part in parts))
        except BaseException:
            self._sweep(box)
            raise
        return Running(tuple(parts))

    def _orders(
        self, box: Box, container: Container, environment: Mapping[str, str],
        *, doors: tuple[str, ...],
    ) -> Orders:  # fmt: skip
        user = _user(box)
        root, config = container.image.root, container.image.config
        seen = sandbox.environment_of(container.image, {"HOME": str(box.data), **environment})
        return Orders(
            argv=tuple(_really(part, root) for part in config.argv),
            environment={name: _really(value, root) for name, value in seen.items()},
            folder=_really(sandbox.folder_of(config, root), root),
            view=View(root=None),
            enclosure=OPEN,
            hostname="",
            doors=doors,
            limits=self._bounding.rlimits(container),
            # Counted per user: with our own user it would count our own processes too.
            pids_max=self._bounding.pids_by_rlimit if user is not None else 0,
            uid=user,
        )

    def _sweep(self, box: Box) -> None:
        self._bounding.kill(box)
        with contextlib.suppress(FileNotFoundError, ValueError):
            for line in _note(box).read_text().splitlines():
                known = processes.parse(line)
                processes.send(known, signal.SIGKILL)
                _kill_session(known)

    def _release(self, box: Box) -> None:
        self._sweep(box)
        self._bounding.release(box)
        shutil.rmtree(box.folder, ignore_errors=True)


def _really(text: str, root: Path) -> str:
    """Return where a path of the image lies on the host; other text as it is."""
    if ":" in text:
        return ":".join(_really(part, root) for part in text.split(":"))
    inside = root / text[1:]
    names_a_file = text.startswith("/") and not text.startswith("//") and len(text) > 1
    return str(inside) if names_a_file and inside.exists() else text


def _note(box: Box) -> Path:
    return box.folder / "process"


def _user(box: Box) -> int | None:
    """Return the instance's own user, or None where that user could not reach what it needs."""
    user = networks.uid_of(box.address)
    roots = [container.image.root for container in box.containers]
    needed = (*roots, box.folder.parent, Path(sys.base_prefix))
    if may_become(user) and all(reachable_by_all(place) for place in needed):
        return user
    return None


def _kill_session(leader: Process) -> None:
    """Kill what the application left in its session, unless the number names another one now."""
    present = processes.identify(leader.pid)
    if present is not None and present != leader:
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(leader.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getsid(int(entry.name)) == leader.pid:
                    os.kill(int(entry.name), signal.SIGKILL)
