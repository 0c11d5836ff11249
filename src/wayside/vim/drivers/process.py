"""The process driver: own network namespace, own root, no rights; bubblewrap or plain namespaces.

Instances outlive the process that started them. Never touches a namespace or device that is not
named after one of its instances.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.linux import cgroups, commands, netns, processes
from wayside.refpoints.mm6 import Interface
from wayside.vim import networks
from wayside.vim.networks import InstanceNetwork, Pool

from . import ending, sandbox, starting
from .bounding import Bounding
from .driver import Box, Running
from .orders import BUBBLEWRAP, PLAIN, Orders
from .rights import may_become
from .trial import complaint


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
        self._prefix = prefix
        self._pool = pool
        self._host = host_namespace
        self._bounding = bounding or Bounding(cgroups.find(), prefix)
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
        network = self.network(box)
        await asyncio.to_thread(self._attach, network)
        return Interface(address=network.address, device=network.device)

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        """Run the image's command in the instance's namespaces."""
        return await asyncio.to_thread(self._start, box, environment)

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        """End the instance's processes, also those that no record knows."""
        if running is not None:
            await ending.end(running, grace_s)
            await ending.status(running)
        await asyncio.to_thread(self._sweep, box)

    def alive(self, running: Running) -> bool:
        """Tell whether the first process of the instance's namespace runs."""
        return processes.is_running(running.process)

    async def ended(self, running: Running) -> int | None:
        """Wait until the workload has ended and return its exit status where known."""
        return await ending.status(running)

    async def release(self, box: Box) -> None:
        """Remove processes, groups, veth pair, namespace and folder."""
        await asyncio.to_thread(self._release, box)

    def network(self, box: Box) -> InstanceNetwork:
        """Return the instance's network."""
        return networks.network_of(
            box.app_instance_id, box.number, prefix=self._prefix, pool=self._pool
        )

    def _open(self) -> None:
        netns.batch(self._host, networks.gateway_lines(str(self._pool.gateway)))
        self._set_on_host(networks.HOST_SETTINGS)
        if self._bubblewrap and complaint(BUBBLEWRAP, self._bubblewrap) is not None:
            self._bubblewrap = None
        if self._bubblewrap is None and (why := complaint(PLAIN)) is not None:
            raise Unavailable(f"Applications cannot be enclosed here: {why}")

    def _prepare(self, box: Box) -> None:
        sandbox.check_command(box)
        sandbox.make_folder(box, _user(box))
        self._bounding.make(box)

    def _attach(self, network: InstanceNetwork) -> None:
        self._detach(network)
        netns.create(network.namespace)
        netns.set_sysctls(network.namespace, network.inside_settings)
        netns.run_in(network.namespace, ["nft", "-f", "-"], stdin=network.inside_rules)
        netns.batch(self._host, network.host_lines)
        netns.batch(network.namespace, network.inside_lines)
        self._set_on_host(network.host_settings)

    def _detach(self, network: InstanceNetwork) -> None:
        # The pair would go with the namespace, but some time after; its name is needed now.
        with contextlib.suppress(commands.CommandFailed):
            netns.batch(self._host, [f"link delete {network.device}"])
        netns.delete(network.namespace)

    def _set_on_host(self, settings: Sequence[tuple[str, str]]) -> None:
        if self._host is not None:
            netns.set_sysctls(self._host, settings)
            return
        for name, value in settings:
            Path("/proc/sys", *name.split(".")).write_text(value)

    def _start(self, box: Box, environment: Mapping[str, str]) -> Running:
        network = self.network(box)
        if not netns.exists(network.namespace):  # the machine was started anew
            self._attach(network)
        self._sweep(box)
        orders = Orders(
            argv=box.image.config.argv,
            environment=sandbox.environment_of(box.image, environment),
            folder=sandbox.folder_of(box.image.config, box.image.root),
            view=sandbox.view_of(box),
            enclosure=self.enclosure,
            hostname=networks.short(box.app_instance_id),
            tool=self._bubblewrap or "",
            network=str(netns.path(network.namespace)),
            doors=self._bounding.make(box),
            limits=self._bounding.rlimits(box),
            pids_max=self._bounding.pids_by_rlimit,
            uid=_user(box),
        )
        return starting.start(orders, box.log)

    def _sweep(self, box: Box) -> None:
        """Kill whatever is in the instance's groups or namespace."""
        self._bounding.kill(box)
        name = self.network(box).namespace
        if netns.exists(name):
            for pid in netns.pids_in(name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _release(self, box: Box) -> None:
        self._sweep(box)
        self._detach(self.network(box))
        self._bounding.release(box)
        shutil.rmtree(box.folder, ignore_errors=True)


def _user(box: Box) -> int | None:
    """Return the instance's own user, or None where this process may not change users."""
    user = networks.uid_of(box.address)
    return user if may_become(user) else None
