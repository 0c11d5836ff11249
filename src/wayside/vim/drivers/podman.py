"""The podman driver: each container by podman, in the network that every driver gives an instance.

Podman has no daemon: its monitor holds each container, so instances outlive this process. Never
pulls an image, and never sees a container that is not one of its instances'.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from wayside.core.errors import Internal
from wayside.linux import cgroups, netns, podman, processes, userns
from wayside.linux.commands import CommandFailed
from wayside.linux.podman import Engine
from wayside.linux.processes import Process
from wayside.refpoints.mm6 import Interface
from wayside.vim.networks import Pool, short

from . import container_files, container_line, ending, sandbox, starting
from .bounding import Bounding
from .bounding import found as bounding_found
from .container_line import Surroundings
from .driver import Box, Part, Running
from .rights import user_of
from .wiring import Wiring


class PodmanDriver:
    """Runs each instance's containers by podman, from the files of the VIM's own image cache.

    ``prefix`` starts the names of namespaces and groups; ``host_namespace`` is where the host's
    ends of the veth pairs lie, None for the caller's own.
    """

    name = "podman"
    simulated = False

    def __init__(
        self, engine: Engine, *, prefix: str, pool: Pool, host_namespace: str | None = None,
        bounding: Bounding | None = None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._prefix = prefix
        self._wiring = Wiring(prefix, pool, host_namespace)
        # Inside a user namespace podman leaves control groups alone, even those delegated to it.
        groups = cgroups.Groups({}) if userns.is_nested() else None
        self._bounding = bounding or bounding_found(prefix, groups)

    @property
    def limits(self) -> str:
        """Which bounds hold, and what closes the box."""
        shared = "; processes are not bounded: all have one user" if userns.is_nested() else ""
        by = f"enclosed by podman with {self._engine.runtime}"
        return f"{self._bounding.describe()}{shared}; {by}"

    async def open(self) -> None:
        """Set the host's gateway and settings, and make podman's own place."""
        await asyncio.to_thread(self._wiring.open)
        await asyncio.to_thread(self._engine.open)

    async def prepare(self, box: Box) -> None:
        """Make folders; raises Unprocessable where a command is not found."""
        sandbox.check_commands(box)
        await asyncio.to_thread(self._bounding.hold_data, box)
        await asyncio.to_thread(sandbox.make_folder, box, user_of(box.address))

    async def attach(self, box: Box) -> Interface:
        """Make namespace, veth pair, routes and translation, anew where something is left."""
        return await asyncio.to_thread(self._wiring.attach, box)

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        """Run each container's command: in the instance's network, in a root of its own."""
        return await asyncio.to_thread(self._start, box, environment)

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        """End the instance's containers, also those that no record knows."""
        if running is not None:
            await ending.end(running, grace_s)
        await asyncio.to_thread(self._sweep, box)

    def alive(self, running: Running) -> bool:
        """Tell whether the first process of every container runs."""
        return all(map(processes.is_running, running.processes))

    async def ended(self, box: Box, running: Running) -> int | None:
        """Wait until a container has ended, end the others, and return its status where known."""
        first = await ending.first(running)
        await ending.end(running, 0.0)
        await processes.wait(first.monitor)
        return await asyncio.to_thread(self._status, box, running.parts.index(first))

    async def release(self, box: Box) -> None:
        """Remove containers, groups, veth pair, namespace and folder."""
        await asyncio.to_thread(self._release, box)

    def _start(self, box: Box, environment: Mapping[str, str]) -> Running:
        self._wiring.ensure(box)
        self._sweep(box)
        self._bounding.hold_data(box)
        numbers = range(len(box.containers))
        try:
            for number in numbers:
                self._create(box, number, environment)
            parts = tuple(self._wake(box, number) for number in numbers)
            self._bounding.note(box, self._groups_of(box, parts))
            for number in numbers:
                self._engine.run("start", container_line.name_of(box, number))
        except CommandFailed as fault:
            self._sweep(box)
            raise _cannot_start(fault.detail) from fault
        except BaseException:
            self._sweep(box)
            raise
        return Running(parts)

    def _create(self, box: Box, number: int, environment: Mapping[str, str]) -> None:
        """Have podman note the container; nothing runs yet."""
        container = box.containers[number]
        around = self._surroundings(box, number)
        image = container.image
        view = sandbox.view_of(box, image)
        told = sandbox.environment_of(image, environment)
        name = container_line.name_of(box, number)
        with container_files.environment(box.folder / f"{name}.env", told) as options:
            self._engine.run(
                "create",
                f"--name={name}",
                f"--hostname={short(box.app_instance_id)}",
                f"--pidfile={box.folder / name}.pid",
                f"--conmon-pidfile={box.folder / name}.monitor",
                f"--workdir={sandbox.folder_of(image.config, image.root)}",
                *options,
                *container_line.confinement(around),
                *container_line.bounds(container, around),
                *container_line.files(view),
                "--rootfs",
                container_files.root(view, box.folder / f"{name}.root"),
                *image.config.argv,
            )

    def _wake(self, box: Box, number: int) -> Part:
        """Make the container's namespaces and its first process, which waits; write to the log."""
        name = container_line.name_of(box, number)
        size = box.log.stat().st_size
        if not self._engine.run_to(box.log, "init", name):
            raise _cannot_start(starting.last_line(box.log))
        os.truncate(box.log, size)  # podman's own word; the application waits, and has said none
        return Part(
            _noted(box.folder / f"{name}.pid", box), _noted(box.folder / f"{name}.monitor", box)
        )

    def _surroundings(self, box: Box, number: int) -> Surroundings:
        container = box.containers[number]
        limits = podman.own_limits()
        for kind, value in self._bounding.rlimits(container):
            limits[container_line.RLIMITS[kind]] = (value, value)
        pids, user = self._bounding.pids_by_rlimit, user_of(box.address)
        if pids and user is not None:  # counted per user: with our own it would count ours too
            limits["nproc"] = (pids, pids)
        return Surroundings(
            network=str(netns.path(self._wiring.namespace(box))),
            group=self._group(box),
            uid=user,
            limits=limits,
            pids_max=self._bounding.pids_max,
            bounded=self._bounding.controllers,
        )

    def _groups_of(self, box: Box, parts: Sequence[Part]) -> list[Path]:
        """Return the containers' groups, as far as they are the instance's and not our own."""
        groups = [cgroups.group_of(part.process.pid) for part in parts]
        folders = [folder for group in groups for folder in group.folders]
        return [folder for folder in folders if self._group(box) in folder.parts]

    def _status(self, box: Box, number: int) -> int | None:
        """Return a container's exit status; None where it has been removed meanwhile."""
        name = container_line.name_of(box, number)
        with contextlib.suppress(CommandFailed):
            return int(self._engine.run("wait", name))
        return None

    def _sweep(self, box: Box) -> None:
        """Kill and remove the instance's containers, and whatever else is in its namespace."""
        names = [container_line.name_of(box, number) for number in range(len(box.containers))]
        self._engine.run("rm", "--force", "--ignore", "--time=0", *names)
        self._wiring.sweep(box)

    def _release(self, box: Box) -> None:
        self._sweep(box)
        self._wiring.detach(box)
        self._bounding.release(box)
        self._bounding.release_data(box)
        cgroups.Groups({}).remove_all(self._group(box))
        shutil.rmtree(box.folder, ignore_errors=True)

    def _group(self, box: Box) -> str:
        return f"wayside-{self._prefix}-{short(box.app_instance_id)}"


def _cannot_start(why: str) -> Internal:
    return Internal(f"The instance cannot be started: {why}. See `wayside doctor`.")


def _noted(file: Path, box: Box) -> Process:
    found = processes.identify(int(file.read_text()))
    if found is None:
        raise _cannot_start(starting.last_line(box.log) or "its first process has vanished")
    return found
