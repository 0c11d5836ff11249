"""What the parts of a rule's change take by themselves, on the same machine in the same run.

Never goes through Wayside's elements: these are what no platform could do without.
"""

import asyncio
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path

from wayside.adapters.sqlite import SqliteJournal
from wayside.core.journal import Put
from wayside.linux import netns
from wayside.linux.nftables import Nft

from .figures import Timings

ROUNDS = 300
NAP_S = 0.001
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
DOCUMENT = b"%06d" + b"x" * 500
TABLE = "add table inet bench; add map inet bench m { type ipv4_addr : verdict; }"
ELEMENT = "element inet bench m { 192.0.2.1 : accept }"


def durable_write(folder: Path) -> Timings:
    """Return how long a journal in ``folder`` takes to have one document on the disk."""

    async def work(path: Path) -> list[float]:
        journal = SqliteJournal(path)
        found = []
        for number in range(ROUNDS):
            # Another document each time: SQLite does not write what is there already.
            change = Put("bench", "one", DOCUMENT % number)
            begun = time.perf_counter()
            await journal.commit([change])
            found.append(time.perf_counter() - begun)
            await asyncio.sleep(0.002)
        await journal.close()
        return found

    with tempfile.TemporaryDirectory(dir=folder) as place:
        return Timings(asyncio.run(work(Path(place) / "bench.db")))


def nft_transaction() -> Timings:
    """Return how long the kernel takes to replace one element of a map in a scratch namespace."""
    name = f"wbfloor{os.getpid()}"
    netns.create(name)
    try:
        with closing(Nft(name)) as nft:
            nft.run(TABLE)
            found = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                nft.run(f"add {ELEMENT}; delete {ELEMENT}")
                found.append(time.perf_counter() - begun)
                time.sleep(0.002)
            return Timings(found)
    finally:
        netns.delete(name)


def lateness() -> Timings:
    """Return how late sleeps of a millisecond end: what the machine's other work takes."""
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        time.sleep(NAP_S)
        found.append(max(0.0, time.perf_counter() - begun - NAP_S))
    return Timings(found)


def processor_s() -> tuple[float, float]:
    """Return the CPU seconds of all cores since the boot, and those that were stolen from them.

    Ref: proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
    """
    ticks = [int(field) for field in Path("/proc/stat").read_text().split()[1:9]]
    return sum(ticks) / TICKS_PER_S, ticks[7] / TICKS_PER_S
