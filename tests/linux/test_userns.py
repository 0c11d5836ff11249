"""A command runs as root of namespaces of its own, and takes everything with it when it ends."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from wayside.linux import probe, processes, userns

LOOK = """
printf '{"uid": %s, "pid": %s, "run": "%s", "lo": "%s"}' \
  "$(id -u)" "$$" "$(ls /run)" "$(ip link show up lo | grep -o LOOPBACK,UP)"
"""


@pytest.fixture(autouse=True)
def _allowed() -> None:
    found = probe.finding("user namespaces")
    if not found.available:
        pytest.skip(f"user namespaces: {found.detail}")


def inside(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(userns.command(argv), capture_output=True, text=True, check=False)


def test_inside_one_is_root_with_an_empty_run_and_loopback_up() -> None:
    seen = json.loads(inside(["sh", "-c", LOOK]).stdout)
    assert seen["uid"] == 0
    assert seen["pid"] < 50
    assert seen["run"] == ""
    assert seen["lo"] == "LOOPBACK,UP"


def test_the_status_of_the_command_comes_out() -> None:
    assert inside(["sh", "-c", "exit 7"]).returncode == 7
    assert inside(["true"]).returncode == 0


def test_namespaces_can_be_made_inside_and_do_not_show_outside() -> None:
    name = f"wtu{os.getpid()}"
    ended = inside(["sh", "-c", f"ip netns add {name} && ls /run/netns"])
    assert ended.stdout.strip() == name
    assert not Path("/run/netns", name).exists()


def test_sigterm_to_the_leader_ends_the_command_with_grace() -> None:
    script = "trap 'echo graceful; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        userns.command(["sh", "-c", script]), stdout=subprocess.PIPE, text=True
    ) as outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == "ready\n"
        leader = userns.leader(outer.pid)
        assert leader is not None
        os.kill(leader, signal.SIGTERM)
        assert outer.stdout.readline() == "graceful\n"
        assert outer.wait(10) == 3


def test_when_the_outer_process_is_killed_nothing_inside_lives_on() -> None:
    script = "sleep 1000 & echo ready; wait"
    with subprocess.Popen(
        userns.command(["sh", "-c", script]), stdout=subprocess.PIPE, text=True
    ) as outer:
        assert outer.stdout is not None
        outer.stdout.readline()
        leader = userns.leader(outer.pid)
        assert leader is not None
        first = processes.identify(leader)
        assert first is not None
        outer.kill()
        deadline = time.monotonic() + 10
        while processes.is_running(first) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not processes.is_running(first)


def test_this_process_knows_whether_it_is_nested() -> None:
    whole = "4294967295" in Path("/proc/self/uid_map").read_text()
    assert userns.is_nested() is not whole
    assert "4294967295" not in inside(["cat", "/proc/self/uid_map"]).stdout
