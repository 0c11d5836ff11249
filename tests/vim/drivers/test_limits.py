"""Limits hold: what an application may use ends where its amount ends."""

import os
from collections.abc import Callable

import pytest
from tests.vim.workshop import PIDS_MAX, WAITS, Bench, eventually, said

from wayside.linux import cgroups, volumes
from wayside.refpoints.mm4 import Amount

MIB = 1024 * 1024
EATS = """
import sys
print("ready", flush=True)
held = []
for _ in range(30):
    held.append(bytearray(b"x" * (10 * 1024 * 1024)))
print("ate it all", flush=True)
"""
BOMB = """
import os, time
born = 0
for _ in range(50):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        born += 1
    except BlockingIOError:
        break
print("born", born, "end", flush=True)
"""
KEEPS = """
import os, pathlib
kept = pathlib.Path(os.environ["HOME"], "kept")
print("was", kept.read_text() if kept.exists() else "not there", flush=True)
kept.write_text("1")
"""
SPINS = "print('ready', flush=True)\nwhile True: pass\n"
WRITES = """
import os
try:
    with open(os.environ["HOME"] + "/big", "wb") as file:
        for _ in range(40):
            file.write(b"x" * 1024 * 1024)
            file.flush()
except OSError as fault:
    print("refused after", os.path.getsize(file.name), flush=True)
"""


def needs(*controllers: str) -> Callable[[], None]:
    """Skip where a control group cannot bound ``controllers``."""

    def check() -> None:
        lacking = set(controllers) - cgroups.find().controllers
        if lacking:
            pytest.skip(f"no control group may be written here for {', '.join(lacking)}")

    return check


async def test_an_application_that_takes_more_memory_than_its_amount_is_killed(
    bench: Bench,
) -> None:
    needs("memory")()
    box = await bench.box(EATS, amount=Amount(memory_bytes=64 * MIB))
    running = await bench.run(box)
    assert await bench.driver.ended(box, running) == 137
    if bench.driver.name != "podman":  # which takes a group away as soon as it is empty
        assert bench.bounding.usage(box).oom_kills >= 1
    assert "ate it all" not in box.log.read_text()


async def test_a_fork_bomb_stops_at_the_number_of_processes(bench: Bench) -> None:
    needs("pids")()
    box = await bench.box(BOMB + WAITS)
    await bench.driver.start(box, {})
    words = (await said(box, "end")).split()
    assert 0 < int(words[words.index("born") + 1]) < PIDS_MAX
    assert bench.bounding.usage(box).pids <= PIDS_MAX


async def test_an_application_that_spins_is_held_back_to_its_share(bench: Bench) -> None:
    needs("cpu")()
    box = await bench.box(SPINS, amount=Amount(cpu_milli=100))
    await bench.run(box)
    await eventually(lambda: bench.bounding.usage(box).throttled >= 2)
    usage = bench.bounding.usage(box)
    assert usage.cpu_ns > 0
    assert usage.memory_bytes > 0


FILLS = """
import os
written = 0
try:
    for number in range(40):
        with open(f"{os.environ['HOME']}/{number}", "wb", buffering=0) as file:
            for _ in range(16):
                written += file.write(b"x" * 65536)
except OSError as fault:
    print("refused after", written, "by", fault.strerror, flush=True)
"""


async def test_all_files_together_do_not_grow_beyond_the_storage_amount(bench: Bench) -> None:
    if not bench.sized:
        pytest.skip("no folder can be given a size here: each file is bounded")
    box = await bench.box(FILLS + WAITS, amount=Amount(storage_bytes=8 * MIB))
    running = await bench.run(box)
    words = box.log.read_text().split()
    assert "No space left on device" in box.log.read_text()
    assert 6 * MIB < int(words[words.index("after") + 1]) <= 8 * MIB
    assert bench.driver.alive(running)


async def test_what_was_written_outlives_a_stop_and_a_restart_of_the_machine(bench: Bench) -> None:
    if not bench.sized:
        pytest.skip("no folder can be given a size here")
    box = await bench.box(KEEPS + WAITS, amount=Amount(storage_bytes=8 * MIB))
    running = await bench.run(box)
    await bench.driver.stop(box, running, 1.0)
    volumes.let_go_below(bench.folder)
    assert not os.path.ismount(box.data)
    await bench.driver.start(box, {})
    assert "was 1" in await said(box, "was 1")


async def test_no_file_grows_beyond_the_storage_amount_and_its_writer_lives(bench: Bench) -> None:
    box = await bench.box(WRITES + WAITS, amount=Amount(storage_bytes=5 * MIB))
    running = await bench.run(box)
    words = box.log.read_text().split()
    most = int(words[words.index("after") + 1])
    assert most == 5 * MIB or (bench.sized and 4 * MIB <= most < 5 * MIB)
    assert bench.driver.alive(running)


async def test_without_control_groups_each_process_is_bounded_and_that_is_said(
    groupless: Bench,
) -> None:
    limits = groupless.driver.limits
    assert "no control group may be written here" in limits
    assert "memory and pids by rlimits of each process; cpu is not bounded" in limits
    box = await groupless.box(EATS, amount=Amount(memory_bytes=128 * MIB))
    running = await groupless.run(box)
    assert await groupless.driver.ended(box, running) == 1
    assert "MemoryError" in box.log.read_text()


async def test_without_control_groups_a_fork_bomb_of_an_own_user_is_stopped(
    groupless: Bench,
) -> None:
    if groupless.driver.simulated:
        pytest.skip("a plain process may share our user: then its processes cannot be counted")
    box = await groupless.box(BOMB + WAITS)
    await groupless.driver.start(box, {})
    words = (await said(box, "end")).split()
    assert 0 < int(words[words.index("born") + 1]) < PIDS_MAX


async def test_without_control_groups_nothing_is_left_either(groupless: Bench) -> None:
    box = await groupless.box()
    running = await groupless.run(box)
    await groupless.driver.release(box)
    await eventually(lambda: not groupless.driver.alive(running))
    assert not box.folder.exists()


THREADS = """
import threading, time
def rest():
    time.sleep(30)
for _ in range(12):
    threading.Thread(target=rest, daemon=True).start()
print("twelve rest", flush=True)
time.sleep(30)
"""


async def test_without_control_groups_an_application_still_has_its_threads(
    groupless: Bench,
) -> None:
    await groupless.box()  # the next box has another user, whose processes nobody else counts
    box = await groupless.box(THREADS, amount=Amount(memory_bytes=64 * MIB))
    await groupless.driver.start(box, {})
    assert "twelve rest" in await said(box, "rest")
