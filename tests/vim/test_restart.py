"""A VIM whose process is killed: its workload lives on and is found again, with everything."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.vim.workshop import WAITS, pool, request, write_app

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import new_uuid
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.store import Store
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.linux import commands, netns, podman, probe
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mm6 import WorkloadState
from wayside.vim.drivers.driver import Driver
from wayside.vim.drivers.loopback import LoopbackDriver
from wayside.vim.drivers.podman import PodmanDriver
from wayside.vim.drivers.process import ProcessDriver
from wayside.vim.vim import Vim, VimSettings

ID = AppInstanceId("survivor")
PREFIX = f"wr{os.getpid()}"
FIRST_LIFE = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.vim.test_restart import begin
asyncio.run(begin(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def make(folder: Path, kind: str, prefix: str, nursery: Nursery) -> tuple[Vim, SqliteJournal]:
    network = "127.60.8.0/24" if kind == "loopback" else "10.60.8.0/24"
    driver: Driver = LoopbackDriver(prefix=prefix)
    if kind == "podman":
        engine = podman.engine(folder / "podman")
        host = f"{prefix}-host"
        driver = PodmanDriver(engine, prefix=prefix, pool=pool(network), host_namespace=host)
    elif kind != "loopback":
        tool = commands.find("bwrap") if kind == "bubblewrap" else None
        driver = ProcessDriver(
            prefix=prefix, pool=pool(network), host_namespace=f"{prefix}-host", bubblewrap=tool
        )
    journal = SqliteJournal(folder / "vim.db")
    settings = VimSettings(Amount(cpu_milli=1000), pool(network), folder / "vim")
    store = Store(journal, new_id=new_uuid)
    return Vim(settings, driver, store=store, nursery=nursery, clock=SystemClock()), journal


async def begin(folder: Path, kind: str, prefix: str) -> None:
    """Start a workload, and return with everything still open."""
    vim, _ = make(folder, kind, prefix, Nursery())
    await vim.open()
    await vim.allocate(request(ID, Amount(cpu_milli=100), folder / "image.tar"))
    await vim.start(ID, {})


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("bubblewrap", marks=pytest.mark.netns),
        pytest.param("plain", marks=pytest.mark.netns),
        pytest.param("podman", marks=pytest.mark.netns),
        "loopback",
    ],
)
async def test_a_workload_lives_on_when_its_vim_is_killed_and_the_next_one_ends_it(
    open_folder: Path, kind: str
) -> None:
    if kind != "loopback" and (why := probe.missing("net namespaces", "veth", "nftables")):
        pytest.skip(why)
    if kind == "podman" and not (found := probe.finding("podman")).available:
        pytest.skip(found.detail)
    write_app(open_folder, WAITS)
    if kind != "loopback":
        netns.create(f"{PREFIX}-host")
    try:
        argv = [sys.executable, "-c", FIRST_LIFE, str(open_folder), kind, PREFIX]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        first_life = await asyncio.to_thread(subprocess.run, argv, env=environment, check=False)
        assert first_life.returncode == -signal.SIGKILL
        async with Nursery() as nursery:
            vim, journal = make(open_folder, kind, PREFIX, nursery)
            await vim.open()
            assert vim.state(ID) is WorkloadState.RUNNING
            assert vim.capacity().allocated == Amount(cpu_milli=100)
            await vim.stop(ID, 5.0)
            assert vim.state(ID) is WorkloadState.ALLOCATED
            await vim.start(ID, {})
            assert vim.state(ID) is WorkloadState.RUNNING
            await vim.release(ID)
            await journal.close()
    finally:
        if kind != "loopback":
            netns.delete(f"{PREFIX}-host")
    assert netns.names(PREFIX) == []
