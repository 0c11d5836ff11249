"""One suite for all drivers: what an application gets, how it ends, and that nothing is left."""

import json
import os
from pathlib import Path

import pytest
from tests.vim.workshop import WAITS, Bench, eventually, facts

from wayside.linux import netns, processes

TELL = """
import json, os
def attempt(act):
    try:
        act()
        return "done"
    except OSError as fault:
        return type(fault).__name__
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "environment": dict(os.environ),
    "folder": os.listdir("."),
    "uid": os.getuid(),
    "groups": os.getgroups(),
    "capabilities": status["CapEff"].strip(),
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "handles": sorted(os.listdir("/proc/self/fd")),
    "write own": attempt(lambda: open("main.py", "a")),
    "write beside": attempt(lambda: open("other.py", "w")),
    "write data": attempt(lambda: open(os.environ["HOME"] + "/kept", "w")),
    "processes": sorted(int(p) for p in os.listdir("/proc") if p.isdigit()),
    "session": os.getsid(0) != 0,
}))
"""
ENDS = """
import signal, sys
def end(*_):
    print("bye", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
"""
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
PARENT = """
import subprocess, sys
subprocess.Popen(["sleep", "{name}"], start_new_session=True)
"""


async def test_an_application_gets_the_environment_that_is_given_and_no_other(bench: Bench) -> None:
    os.environ["WAYSIDE_SECRET"] = "ours"
    box = await bench.box(TELL + WAITS, env=("FROM_IMAGE=yes",))
    try:
        await bench.run(box, MEC_HOST_ID="mec1")
    finally:
        del os.environ["WAYSIDE_SECRET"]
    environment = dict((await facts(box))["environment"])  # type: ignore[call-overload]
    assert environment.pop("MEC_HOST_ID") == "mec1"
    assert environment.pop("FROM_IMAGE") == "yes"
    # PWD is bubblewrap's, HOSTNAME podman's, LC_CTYPE the interpreter's own doing.
    assert environment.keys() <= {"HOME", "PATH", "PWD", "HOSTNAME", "LC_CTYPE"}


async def test_an_application_has_no_rights(bench: Bench) -> None:
    box = await bench.box(TELL + WAITS)
    await bench.run(box)
    told = await facts(box)
    assert told["uid"] != 0 or bench.driver.simulated
    assert told["groups"] in ([], [told["uid"]])
    assert int(str(told["capabilities"]), 16) == 0
    assert told["no_new_privileges"] == "1"


async def test_an_application_inherits_no_open_file(bench: Bench) -> None:
    secret, other = os.pipe()
    os.set_inheritable(secret, True)
    try:
        box = await bench.box(TELL + WAITS)
        await bench.run(box)
    finally:
        os.close(secret)
        os.close(other)
    # The fourth is the folder of handles that it reads.
    assert (await facts(box))["handles"] == ["0", "1", "2", "3"]


async def test_an_application_can_read_its_files_and_change_only_its_data(bench: Bench) -> None:
    box = await bench.box(TELL + WAITS)
    await bench.run(box)
    told = await facts(box)
    assert told["folder"] == ["main.py"]
    assert told["write own"] != "done"
    assert told["write beside"] != "done"
    assert told["write data"] == "done"
    assert (box.data / "kept").exists()


async def test_an_enclosed_application_sees_no_process_but_its_own(enclosed: Bench) -> None:
    other = await enclosed.box(WAITS)
    await enclosed.run(other)
    box = await enclosed.box(TELL + WAITS)
    await enclosed.run(box)
    first, *own = (await facts(box))["processes"]  # type: ignore[misc]
    assert (first, len(own)) == (1, 1)


async def test_an_enclosed_application_sees_no_file_of_the_host_but_its_base(
    enclosed: Bench,
) -> None:
    look = "import os, json\nprint(json.dumps({p: os.listdir(p) for p in ('/', '/etc', '/tmp')}))\n"
    box = await enclosed.box(look + WAITS)
    await enclosed.run(box)
    told = await facts(box)
    roots = {"app", "bin", "data", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "root"}
    roots |= {"run", "sys"} if enclosed.driver.name == "podman" else set()
    assert set(told["/"]) <= roots | {"sbin", "tmp", "usr"} | set(_parents_of_python())  # type: ignore[call-overload]
    assert "shadow" not in told["/etc"]  # type: ignore[operator]
    assert told["/tmp"] == []


def _parents_of_python() -> list[str]:
    import sys

    return [Path(sys.base_prefix).parts[1]]


async def test_stop_lets_an_application_end_by_itself(bench: Bench) -> None:
    box = await bench.box(ENDS + WAITS)
    running = await bench.run(box)
    await bench.driver.stop(box, running, 10.0)
    assert "bye" in box.log.read_text()
    assert not bench.driver.alive(running)


async def test_stop_kills_what_does_not_end_in_its_grace(bench: Bench) -> None:
    box = await bench.box(DEAF + WAITS)
    running = await bench.run(box)
    await bench.driver.stop(box, running, 0.1)
    assert not bench.driver.alive(running)


async def test_stop_ends_children_also_those_in_a_session_of_their_own(bench: Bench) -> None:
    name = f"9{os.getpid()}"
    box = await bench.box(PARENT.format(name=name) + WAITS)
    running = await bench.run(box)
    assert _sleepers(name)
    await bench.driver.stop(box, running, 1.0)
    assert _sleepers(name) == []


def _sleepers(name: str) -> list[int]:
    """Return the living processes ``sleep <name>``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sleep", name.encode()]:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize(
    ("last", "status"),
    [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137), ("pass", 0)],
)
async def test_how_an_application_ended_is_known(bench: Bench, last: str, status: int) -> None:
    box = await bench.box(f"print('ready', flush=True)\n{last}\n")
    running = await bench.run(box)
    assert await bench.driver.ended(box, running) == status
    assert not bench.driver.alive(running)


async def test_a_second_start_ends_what_a_forgotten_one_left(bench: Bench) -> None:
    box = await bench.box()
    forgotten = await bench.run(box)
    running = await bench.driver.start(box, {})
    await eventually(lambda: not bench.driver.alive(forgotten))
    assert bench.driver.alive(running)
    await bench.driver.stop(box, forgotten, 0.0)
    await bench.driver.stop(box, running, 0.0)


async def test_a_stopped_application_can_be_started_again_and_finds_its_data(
    bench: Bench,
) -> None:
    count = "import os\np = os.environ['HOME'] + '/n'\nopen(p, 'a').write('x')\n"
    box = await bench.box(count + WAITS)
    for _ in range(2):
        box.log.write_text("")
        await bench.driver.stop(box, await bench.run(box), 0.0)
    assert (box.data / "n").read_text() == "xx"


async def test_after_release_nothing_is_left_and_releasing_again_does_no_harm(
    bench: Bench,
) -> None:
    box = await bench.box()
    running = await bench.run(box)
    groups = [Path(line) for line in (box.folder / "groups").read_text().splitlines()]
    assert all(group.is_dir() for group in groups)
    for _ in range(2):
        await bench.driver.release(box)
    assert not bench.driver.alive(running)
    assert not box.folder.exists()
    assert not any(group.exists() for group in groups)
    if bench.host is not None:
        assert netns.names(bench.host.removesuffix("host")) == [bench.host]
        links = json.loads(netns.run_in(bench.host, ["ip", "-j", "link"]))
        assert [link["ifname"] for link in links] == ["lo"]


async def test_a_start_that_fails_says_why_and_leaves_nothing_running(enclosed: Bench) -> None:
    box = await enclosed.box()
    box.data.rmdir()
    with pytest.raises(Exception, match=r"cannot be started: .*data"):
        await enclosed.driver.start(box, {})
    assert enclosed.host is not None
    assert netns.pids_in(enclosed.namespace(box)) == []
    box.data.mkdir()


async def test_a_command_that_does_not_exist_is_refused_before_anything_runs(bench: Bench) -> None:
    with pytest.raises(Exception, match="entrypoint nosuch is neither in the image nor"):
        await bench.box(entrypoint=("nosuch",))


async def test_a_workload_outlives_the_process_that_started_it(bench: Bench) -> None:
    box = await bench.box()
    running = await bench.run(box)
    # A session of its own, so that no signal to ours reaches it; its death is its own.
    (part,) = running.parts
    assert os.getsid(part.monitor.pid) == part.monitor.pid
    assert processes.is_running(part.process)
