"""An instance of several containers: one network, one /data, one life; a root and bounds each."""

import json
import os

import pytest
from tests.vim.workshop import WAITS, Bench, eventually, said

from wayside.linux import processes
from wayside.refpoints.mm4 import Amount

MIB = 1024 * 1024
SERVES = """
import os, socket
server = socket.create_server((os.environ["ADDRESS"], 7001))
open(os.environ["HOME"] + "/left", "w").write("by the server")
print("ready", flush=True)
with server.accept()[0] as peer:
    peer.sendall(b"from next door")
"""
ASKS = """
import json, os, socket, time
def ask():
    for _ in range(500):
        try:
            return socket.create_connection((os.environ["ADDRESS"], 7001), timeout=5)
        except OSError:
            time.sleep(0.01)
with ask() as peer:
    heard = peer.recv(100).decode()
print(json.dumps({"heard": heard, "data": open(os.environ["HOME"] + "/left").read()}), flush=True)
print("asked", flush=True)
"""
ENDS_ON_WORD = """
import os, time
print("ready", flush=True)
while not os.path.exists(os.environ["HOME"] + "/end"):
    time.sleep(0.01)
raise SystemExit(9)
"""
EATS = """
held = []
for _ in range(30):
    held.append(bytearray(b"x" * (10 * 1024 * 1024)))
"""


async def test_containers_of_an_instance_share_its_network_and_its_data(bench: Bench) -> None:
    box = await bench.box(SERVES + WAITS, ASKS + WAITS)
    address = "127.0.0.1" if bench.host else box.address
    running = await bench.driver.start(box, {"ADDRESS": address})
    text = await said(box, "asked")
    line = next(each for each in text.splitlines() if each.startswith("{"))
    assert json.loads(line) == {"heard": "from next door", "data": "by the server"}
    assert len(running.parts) == 2
    assert bench.driver.alive(running)


async def test_a_container_sees_neither_the_processes_nor_the_files_of_another(
    enclosed: Bench,
) -> None:
    look = "import os\nprint('sees', sum(p.isdigit() for p in os.listdir('/proc')),"
    other = f"{look} open('main.py').read().count('nothing else'), flush=True)\n"
    box = await enclosed.box("# nothing else\n" + WAITS, other + WAITS)
    await enclosed.driver.start(box, {})
    assert "sees 2 1" in await said(box, "sees")


async def test_when_one_container_ends_the_others_end_too_and_its_status_is_the_instances(
    bench: Bench,
) -> None:
    box = await bench.box(WAITS, ENDS_ON_WORD)
    running = await bench.run(box)
    (box.data / "end").touch()
    assert await bench.driver.ended(box, running) == 9
    assert not any(map(processes.is_running, running.processes))


async def test_an_instance_whose_part_has_died_unseen_is_not_alive(bench: Bench) -> None:
    box = await bench.box(WAITS, WAITS)
    running = await bench.run(box)
    os.kill(running.parts[1].process.pid, 9)
    await eventually(lambda: not bench.driver.alive(running))
    await bench.driver.stop(box, running, 0.0)
    assert not any(map(processes.is_running, running.processes))


async def test_stop_ends_all_containers_within_one_grace(bench: Bench) -> None:
    says_bye = """
import signal, sys
def end(*_):
    print("bye", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
"""
    box = await bench.box(says_bye + WAITS, says_bye + WAITS)
    running = await bench.driver.start(box, {})
    await eventually(lambda: box.log.read_text().count("ready") == 2)
    await bench.driver.stop(box, running, 10.0)
    assert box.log.read_text().count("bye") == 2


async def test_each_container_has_bounds_of_its_own(bench: Bench) -> None:
    if "memory" not in bench.bounding.controllers:
        pytest.skip("no control group may be written here for memory")
    box = await bench.box(WAITS, EATS, amount=Amount(memory_bytes=64 * MIB))
    running = await bench.driver.start(box, {})
    assert await bench.driver.ended(box, running) == 137


async def test_after_release_nothing_is_left_of_any_container(bench: Bench) -> None:
    box = await bench.box(WAITS, WAITS, WAITS)
    running = await bench.run(box)
    await bench.driver.release(box)
    assert not any(map(processes.is_running, running.processes))
    assert not box.folder.exists()
