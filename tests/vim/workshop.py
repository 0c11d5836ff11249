"""What the tests of the VIM are made with: applications, images, boxes and drivers."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from wayside.core.ids import AppInstanceId
from wayside.csar.image import HOST_BASE, ImageConfig, write_image
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mm6 import ContainerRequest, Interface, WorkloadRequest
from wayside.vim.drivers.bounding import Bounding
from wayside.vim.drivers.driver import Box, Container, Driver, Running
from wayside.vim.images import Image, ImageCache, digest_of
from wayside.vim.networks import Pool, short

PIDS_MAX = 20
WAITS = "print('ready', flush=True)\nimport signal\nsignal.pause()\n"
"""An application that does nothing until it is told to end."""


PLACE = 10 + os.getpid() % 240
"""Third part of this run's addresses: an instance's user follows from its address, and processes
are counted for each user, so that runs at one time must not have users in common."""


def pool(network: str = "10.60.9.0/24") -> Pool:
    whole = IPv4Network(network)
    return Pool(whole, IPv4Address(int(whole.network_address) + 1))


def write_app(folder: Path, source: str, **config: object) -> Path:
    """Write an image archive whose application is one Python file."""
    files = folder / "source"
    files.mkdir(exist_ok=True)
    (files / "main.py").write_text(source)
    archive = folder / "image.tar"
    wanted: dict[str, object] = {"entrypoint": ("python3", "main.py"), "base": HOST_BASE}
    write_image(files, archive, ImageConfig(**(wanted | config)))  # type: ignore[arg-type]
    return archive


def request(id_: str, amount: Amount, archive: Path) -> WorkloadRequest:
    """Return a request for one container that runs the image in ``archive``."""
    containers = (ContainerRequest("app", archive, amount),)
    return WorkloadRequest(AppInstanceId(id_), amount, containers)


@dataclass
class Bench:
    """A driver on a place of its own, and the boxes that a test puts on it."""

    folder: Path
    driver: Driver
    bounding: Bounding
    host: str | None
    """The namespace that plays the host; None for the machine itself."""
    boxes: list[Box] = field(default_factory=list)

    @property
    def sized(self) -> bool:
        """Whether /data is bounded as a whole here."""
        return "/data as a whole" in self.driver.limits

    def namespace(self, box: Box) -> str:
        """Return the name of an instance's network namespace."""
        assert self.host is not None
        return f"{self.host.removesuffix('host')}{short(box.app_instance_id)}"

    def address(self, number: int) -> str:
        """Return the address of a number: this run's own."""
        return f"{'10.60' if self.host else '127.60'}.{PLACE}.{number}"

    async def box(self, *sources: str, amount: Amount | None = None, **config: object) -> Box:
        """Return a new box, made ready to start, of one container per source text."""
        number, share = 7 + len(self.boxes), amount or Amount()
        containers = [
            Container(f"c{place}", await self._image(f"{number}-{place}", source, **config), share)
            for place, source in enumerate(sources or (WAITS,), 1)
        ]
        made = Box(
            app_instance_id=AppInstanceId(f"{self.folder.name}-{number}"),
            amount=share,
            containers=tuple(containers),
            number=number,
            address=self.address(number),
            folder=self.folder / "workloads" / str(number),
        )
        self.boxes.append(made)
        await self.driver.prepare(made)
        await self.driver.attach(made)
        return made

    async def _image(self, name: str, source: str, **config: object) -> Image:
        place = self.folder / f"app{name}"
        place.mkdir()
        archive = write_app(place, source, **config)
        return await ImageCache(self.folder / "images").add(archive, digest_of(archive))

    async def run(self, box: Box, **environment: str) -> Running:
        """Start a box and return when its application has said ``ready``."""
        running = await self.driver.start(box, environment)
        await said(box, "ready")
        return running


async def said(box: Box, word: str) -> str:
    """Return the log once ``word`` is in it."""
    await eventually(lambda: word in box.log.read_text(), lambda: box.log.read_text())
    return box.log.read_text()


async def facts(box: Box) -> dict[str, object]:
    """Return the JSON object that the application wrote as its first line, before ``ready``."""
    return dict(json.loads((await said(box, "ready")).splitlines()[0]))


async def eventually(true: Callable[[], bool], otherwise: Callable[[], object] = str) -> None:
    """Return once ``true()``; fail with ``otherwise()`` when it does not become so."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never happened: {otherwise()}")


class PaperDriver:
    """A driver that runs nothing: it notes what it is asked, and fails on request. Port: Driver."""

    name = "paper"
    simulated = True
    limits = "none"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.holding: set[str] = set()
        """Instances of which something is left."""

    def _ask(self, what: str, box: Box) -> None:
        self.asked.append(f"{what} {box.app_instance_id}")
        if what in self.failing:
            raise self.failing[what]

    async def open(self) -> None:
        self.asked.append("open")

    async def prepare(self, box: Box) -> None:
        self.holding.add(box.app_instance_id)
        self._ask("prepare", box)

    async def attach(self, box: Box) -> Interface:
        self._ask("attach", box)
        return Interface(address=box.address, device=f"paper{box.number}")

    async def start(self, box: Box, environment: Mapping[str, str]) -> Running:
        self._ask("start", box)
        raise NotImplementedError("nothing runs on paper")

    async def stop(self, box: Box, running: Running | None, grace_s: float) -> None:
        self._ask("stop", box)

    def alive(self, running: Running) -> bool:
        return False

    async def ended(self, box: Box, running: Running) -> int | None:
        return None

    async def release(self, box: Box) -> None:
        self._ask("release", box)
        self.holding.discard(box.app_instance_id)
