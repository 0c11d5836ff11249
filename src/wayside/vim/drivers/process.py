"""The process driver: own network namespace, own root, no rights; bubblewrap or plain namespaces.

Instances outlive the process that started them. Never touches a namespace or device that is not
named after one of its instances.
"""

import asyncio
import shutil
from collections.abc import Mapping

from wayside.core.errors import Unavailable
from wayside.linux import netns, processes
from wayside.refpoints.mm6 import Interface
from wayside.vim import networks
from wayside.vim.networks import Pool

from . import ending, sandbox, starting
from .bounding import Bounding
from .bounding import found as bounding_found
from .driver import Box, Container, Running
from .orders import BUBBLEWRAP, PLAIN, Orders
from .rights import user_of
from .trial import complaint
from .wiring import Wiring


class ProcessDriver:
    """Runs each instance as processes in namespaces of its own.

    ``prefix`` starts the namespaces' names; ``host_namespace`` is where the host's ends of the
    veth pairs lie, None for the caller's own. ``bubblewrap`` is its path, None to do without.
    """

    name = "process"
    simulated = False

    def __init__(
        self,
        *,
        prefix: str,
        pool: Pool,
        host_namespace: str | None = None,
        bounding: Bounding | None = None,
        bubblewrap: str | None = None,
    ) -> None:
        self._wiring = Wiring(prefix, pool, host_namespace)
        self._bounding = bounding or bounding_found(prefix)
        self._bubblewrap = bubblewrap

    @property
    def limits(self) -> str:
        """Which bounds hold, and what closes the box."""
        return f"{self._bounding.describe()}; enclosed by {self.enclosure}"

    @property
    def enclosure(self) -> str:
        """``bubblewrap`` or ``plain`` namespaces."""
        return BUBBLEWRAP if self._bubblewrap else PLAIN

    async def open(self) -> None:
        """Set the host's gateway and settings; fall back to plain where bubblewrap fails here."""
        await asyncio.to_thread(self._open)

    async def prepare(self, box: Box) -> None:
        """Make folders and bounds; raises Unprocessable where the command is not found."""
        await asyncio.to_thread(self._prepare, box)

    async def attach(self, box: Box) -> Interface:
        """Make namespace, veth pair, routes and translation, anew where something is left."""
        return await asyncio.to_thread(self._wiring.attach, box)

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        """Run each container's command: in the instance's network, in a root of its own."""
        return await asyncio.to_thread(self._start, box, environment)

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        """End the instance's processes, also those that no record knows."""
        if running is not None:
            await ending.end(running, grace_s)
            for part in running.parts:
                await ending.status(part)
        await asyncio.to_thread(self._sweep, box)

    def alive(self, running: Running) -> bool:
        """Tell whether the first process of every container runs."""
        return all(map(processes.is_running, running.processes))

    async def ended(self, box: Box, running: Running) -> int | None:
        """Wait until a container has ended, end the others, and return its status where known."""
        ended = await ending.first(running)
        await ending.end(running, 0.0)
        statuses = {part: await ending.status(part) for part in running.parts}
        return statuses[ended]

    async def release(self, box: Box) -> None:
        """Remove processes, groups, veth pair, namespace and folder."""
        await asyncio.to_thread(self._release, box)

    def _open(self) -> None:
        self._wiring.open()
        if self._bubblewrap and complaint(BUBBLEWRAP, self._bubblewrap) is not None:
            self._bubblewrap = None
        if self._bubblewrap is None and (why := complaint(PLAIN)) is not None:
            raise Unavailable(f"Applications cannot be enclosed here: {why}")

    def _prepare(self, box: Box) -> None:
        sandbox.check_commands(box)
        self._bounding.hold_data(box)
        sandbox.make_folder(box, user_of(box.address))
        self._bounding.make(box)

    def _start(self, box: Box, environment: Mapping[str, str]) -> Running:
        self._wiring.ensure(box)
        self._sweep(box)
        self._bounding.hold_data(box)
        doors = self._bounding.make(box)
        parts = []
        try:
            for container, group in zip(box.containers, doors, strict=True):
                orders = self._orders(box, container, environment, doors=group)
                parts.append(starting.start(orders, box.log))
        except BaseException:
            self._sweep(box)
            raise
        return Running(tuple(parts))

    def _orders(
        self, box: Box, container: Container, environment: Mapping[str, str],
        *, doors: tuple[str, ...],
    ) -> Orders:  # fmt: skip
        image = container.image
        return Orders(
            argv=image.config.argv,
            environment=sandbox.environment_of(image, environment),
            folder=sandbox.folder_of(image.config, image.root),
            view=sandbox.view_of(box, image),
            enclosure=self.enclosure,
            hostname=networks.short(box.app_instance_id),
            tool=self._bubblewrap or "",
            network=str(netns.path(self._wiring.namespace(box))),
            doors=doors,
            limits=self._bounding.rlimits(container),
            pids_max=self._bounding.pids_by_rlimit,
            uid=user_of(box.address),
        )

    def _sweep(self, box: Box) -> None:
        """Kill whatever is in the instance's groups or namespace."""
        self._bounding.kill(box)
        self._wiring.sweep(box)

    def _release(self, box: Box) -> None:
        self._sweep(box)
        self._wiring.detach(box)
        self._bounding.release(box)
        self._bounding.release_data(box)
        shutil.rmtree(box.folder, ignore_errors=True)
