"""Run inside a user namespace with one user: start an instance, print what it saw and its end.

Arguments: ``bubblewrap``, ``plain`` or ``podman``, and an empty folder.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.vim.drivers.test_drivers import TELL
from tests.vim.drivers.test_limits import BOMB
from tests.vim.workshop import PIDS_MAX, WAITS, Bench, facts, pool, said

from wayside.linux import cgroups, commands, netns, podman
from wayside.vim.drivers.bounding import Bounding
from wayside.vim.drivers.driver import Driver
from wayside.vim.drivers.podman import PodmanDriver
from wayside.vim.drivers.process import ProcessDriver


def driver_of(kind: str, folder: Path, bounding: Bounding) -> Driver:
    common = {"prefix": "inner", "pool": pool(), "host_namespace": "inner-host"}
    if kind == "podman":
        return PodmanDriver(podman.engine(folder / "podman"), bounding=bounding, **common)  # type: ignore[arg-type]
    tool = commands.find("bwrap") if kind == "bubblewrap" else None
    return ProcessDriver(bubblewrap=tool, bounding=bounding, **common)  # type: ignore[arg-type]


async def bomb(bench: Bench) -> int:
    """Return how many processes a fork bomb could start."""
    box = await bench.box(BOMB + WAITS)
    await bench.driver.start(box, {})
    words = (await said(box, "end")).split()
    return int(words[words.index("born") + 1])


async def main(kind: str, folder: Path) -> None:
    netns.create("inner-host")
    bounding = Bounding(cgroups.Groups({}), "inner", pids_max=PIDS_MAX)
    driver = driver_of(kind, folder, bounding)
    await driver.open()
    bench = Bench(folder, driver, bounding, "inner-host")
    teller = await bench.box(TELL + WAITS)
    running = await bench.run(teller)
    seen = await facts(teller)
    born = None if "processes are not bounded" in driver.limits else await bomb(bench)
    await driver.stop(teller, running, 5.0)
    for box in bench.boxes:
        await driver.release(box)
    netns.delete("inner-host")
    told = {
        "limits": driver.limits,
        "seen": seen,
        "born": born,
        "alive": driver.alive(running),
        "namespaces": netns.names(),
    }
    print("told", json.dumps(told))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
