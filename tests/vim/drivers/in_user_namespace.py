"""Run inside a user namespace with one user: start an instance, print what it saw and its end.

Arguments: ``bubblewrap`` or ``plain``, and an empty folder.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.vim.drivers.test_drivers import TELL
from tests.vim.drivers.test_limits import BOMB
from tests.vim.workshop import PIDS_MAX, WAITS, Bench, facts, pool, said

from wayside.linux import cgroups, commands, netns
from wayside.vim.drivers.bounding import Bounding
from wayside.vim.drivers.process import ProcessDriver


async def main(kind: str, folder: Path) -> None:
    netns.create("inner-host")
    bounding = Bounding(cgroups.Groups({}), "inner", pids_max=PIDS_MAX)
    driver = ProcessDriver(
        prefix="inner",
        pool=pool(),
        host_namespace="inner-host",
        bounding=bounding,
        bubblewrap=commands.find("bwrap") if kind == "bubblewrap" else None,
    )
    await driver.open()
    bench = Bench(folder, driver, bounding, "inner-host")
    teller = await bench.box(TELL + WAITS)
    running = await bench.run(teller)
    seen = await facts(teller)
    bomb = await bench.box(BOMB + WAITS)
    await driver.start(bomb, {})
    words = (await said(bomb, "end")).split()
    await driver.stop(teller, running, 5.0)
    for box in bench.boxes:
        await driver.release(box)
    netns.delete("inner-host")
    told = {
        "enclosure": driver.enclosure,
        "seen": seen,
        "born": int(words[words.index("born") + 1]),
        "alive": driver.alive(running),
        "namespaces": netns.names(),
    }
    print("told", json.dumps(told))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
