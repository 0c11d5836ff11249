"""A whole Wayside of the bench's own: started on a state folder made for it, ended with the block.

Never touches a Wayside that runs already.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wayside.access.lab.figures import DeviceView, TownView
from wayside.chassis.client import HttpClient
from wayside.cli.apps import onboard_file
from wayside.cli.connection import Face
from wayside.cli.contexts import Context
from wayside.cli.packages import build_signed
from wayside.linux import netns, probe
from wayside.linux.probe import Way
from wayside.model.app_lcm import AppInstanceInfo
from wayside.model.app_pkgm import AppPkgInfo
from wayside.system.state import StateFolder

T = TypeVar("T")

COMMAND_S_MAX = 120
DEVICE = "ue1"
HELLO_EDGE = Path(__file__).resolve().parents[1] / "examples" / "hello-edge"


@dataclass(frozen=True)
class Wayside:
    """One running system and the device that looks at it."""

    state: StateFolder
    url: str
    town: TownView

    @property
    def device(self) -> DeviceView:
        """The device that asks."""
        return next(each for each in self.town.devices if each.id == DEVICE)

    @property
    def device_namespace(self) -> str:
        """The network namespace of that device."""
        return f"{self.state.prefix}-{DEVICE}"

    def host_of(self, instance: AppInstanceInfo) -> str:
        """Return the host that the instance runs on."""
        assert instance.wayside_placement is not None
        return instance.wayside_placement.host_id

    def namespace_of(self, instance: AppInstanceInfo) -> str:
        """Return the network namespace of a running instance."""
        start = f"{self.state.prefix}-{self.host_of(instance)}-"
        (found,) = (
            name for name in netns.names(start) if instance.id.startswith(name[len(start) :])
        )
        return found

    def ask(self, work: Callable[[Face], Awaitable[T]]) -> T:
        """Return what ``work`` gets from the system, through its front door."""
        return asyncio.run(ask(self.url, work))

    def onboard(self, project: Path) -> AppPkgInfo:
        """Build, sign and on-board the application in ``project``."""
        package = build_signed(project, self.state)
        return self.ask(lambda face: onboard_file(face, package))


def missing() -> str | None:
    """Return why real packets cannot be measured here, or None."""
    found = probe.mode()
    if found.way is Way.ROOT:
        return None
    return f"it opens sockets in the town's namespaces, which needs root ({found.reason})"


@contextmanager
def running(scenario: str = "town", *, mode: str = "root") -> Iterator[Wayside]:
    """Yield a system that is ready, on a state folder of its own; end it and forget it after."""
    # Unix sockets live in the folder, and their paths may have 107 octets.
    with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as folder:
        state = StateFolder(Path(folder) / "s")
        port = _free_port()
        try:
            _command(state, "up", "--scenario", scenario, "--port", str(port), "--mode", mode)
            url = f"http://127.0.0.1:{port}"
            yield Wayside(state, url, asyncio.run(ask(url, lambda face: face.lab.get_town())))
        finally:
            _command(state, "down")


async def ask(url: str, work: Callable[[Face], Awaitable[T]]) -> T:
    """Return what ``work`` gets from the system at ``url``."""
    async with HttpClient() as http:
        return await work(Face(Context(url=url), http))


def _command(state: StateFolder, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wayside.cli", *arguments],
        env=os.environ | {"WAYSIDE_STATE": str(state.root)},
        capture_output=True,
        text=True,
        timeout=COMMAND_S_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"wayside {' '.join(arguments)}: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
