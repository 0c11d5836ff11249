"""Benches for driver tests: each leaves nothing behind, and says so when it does."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.vim.workshop import PIDS_MAX, PLACE, Bench, pool

from wayside.linux import cgroups, commands, netns, podman, probe
from wayside.vim.drivers.bounding import Bounding
from wayside.vim.drivers.driver import Driver
from wayside.vim.drivers.loopback import LoopbackDriver
from wayside.vim.drivers.podman import PodmanDriver
from wayside.vim.drivers.process import ProcessDriver

REAL = [
    pytest.param("bubblewrap", marks=pytest.mark.netns),
    pytest.param("plain", marks=pytest.mark.netns),
]
PODMAN = pytest.param("podman", marks=pytest.mark.netns)
HERE = f"10.60.{PLACE}.0/24"
PREFIX = f"wt{os.getpid()}"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may pass: an application that is another user needs it."""
    folder = Path(tempfile.mkdtemp(prefix="wayside-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=[*REAL, PODMAN, "loopback"])
async def bench(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[Bench]:
    """Every driver, one after the other, bounded by control groups where there are any."""
    async for made in make_bench(request.param, open_folder, cgroups.find()):
        yield made


@pytest.fixture(params=[*REAL, PODMAN])
async def enclosed(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[Bench]:
    """The drivers that give each instance namespaces of its own."""
    async for made in make_bench(request.param, open_folder, cgroups.find()):
        yield made


@pytest.fixture(params=[*REAL, "loopback"])
async def groupless(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[Bench]:
    """Every driver that bounds by itself, where no control group may be written."""
    async for made in make_bench(request.param, open_folder, cgroups.Groups({})):
        yield made


def real_driver(kind: str, folder: Path, host: str, *, bounding: Bounding) -> Driver:
    """Return the driver ``kind`` whose host is the namespace ``host``."""
    if kind == "podman":
        return PodmanDriver(
            podman.engine(folder / "podman"),
            prefix=PREFIX,
            pool=pool(HERE),
            host_namespace=host,
            bounding=bounding,
        )
    return ProcessDriver(
        prefix=PREFIX,
        pool=pool(HERE),
        host_namespace=host,
        bounding=bounding,
        bubblewrap=commands.find("bwrap") if kind == "bubblewrap" else None,
    )


async def make_bench(kind: str, folder: Path, groups: cgroups.Groups) -> AsyncIterator[Bench]:
    sized = kind != "loopback" and probe.available("sized folders")
    bounding = Bounding(groups, PREFIX, pids_max=PIDS_MAX, sized=sized)
    host = None
    if kind == "loopback":
        made = Bench(folder, LoopbackDriver(prefix=PREFIX, bounding=bounding), bounding, host)
    else:
        if why := probe.missing("net namespaces", "veth", "nftables", "nftables redirect"):
            pytest.skip(why)
        tool = kind if kind != "plain" else "net namespaces"
        if not (found := probe.finding(tool)).available:
            pytest.skip(f"{tool}: {found.detail}")
        host = f"{PREFIX}-host"
        netns.create(host)
        made = Bench(folder, real_driver(kind, folder, host, bounding=bounding), bounding, host)
    try:
        await made.driver.open()
        yield made
    finally:
        for box in made.boxes:
            await made.driver.release(box)
        if host is not None:
            netns.delete(host)
    assert netns.names(PREFIX) == []
