"""Killed at any moment, each process comes back with what it had; flows stay steered."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from wayside.linux import netns
from wayside.system.state import StateFolder

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

PATIENCE_S = 30.0


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until ``true()``; fail naming ``what`` after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE_S:.0f} s: {what}")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def instance(system: Wayside) -> str:
    """A running hello-edge on mec1."""
    if system.way != "root":
        pytest.skip("processes inside a user namespace cannot be killed by number from outside")
    return str(system.json("demo", "--requests", "5")["instance"])


def ask_from_ue1(system: Wayside) -> str:
    """Return who serves ue1's request to the cloud's address, asked with the device's own tools."""
    namespace = f"{StateFolder(system.state).prefix}-ue1"
    script = (
        "import urllib.request, json;"
        "print(json.load(urllib.request.urlopen('http://203.0.113.10:8080/', timeout=3))"
        "['served_by'])"
    )
    done = subprocess.run(
        netns.command_in(namespace, ["python3", "-c", script]),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def workload_pids(system: Wayside, instance: str) -> list[int]:
    """Return the application's processes, found by its network namespace."""
    prefix = f"{StateFolder(system.state).prefix}-mec1-"
    return netns.pids_in(*netns.names(prefix))


def kill(system: Wayside, name: str) -> None:
    before = system.processes()[name]
    os.kill(before, signal.SIGKILL)
    eventually(
        lambda: system.json("status")["ready"] and system.processes().get(name, before) != before,
        f"{name} runs again",
    )


def test_a_killed_host_comes_back_and_its_application_never_stopped(
    system: Wayside, instance: str
) -> None:
    before = workload_pids(system, instance)
    kill(system, "mec1")
    assert workload_pids(system, instance) == before
    assert ask_from_ue1(system) == "edge"
    shown = system.json("app", "show", instance)
    assert shown["instance"]["instantiatedAppState"]["operationalState"] == "STARTED"


def test_flows_are_steered_while_the_host_process_is_away(system: Wayside, instance: str) -> None:
    pid = system.processes()["mec1"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert ask_from_ue1(system) == "edge"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_killed_orchestrator_comes_back_with_its_packages_and_instances(
    system: Wayside, instance: str
) -> None:
    before = system.json("app", "list")
    kill(system, "system")
    assert system.json("app", "list") == before


def state_at(url: str) -> str | None:
    """Return whether an instance is STARTED or STOPPED, by who serves it there."""
    answer = httpx.get(url, timeout=10)
    if answer.status_code != 200:
        return None
    found = answer.json().get("instantiatedAppState", {}).get("operationalState")
    return str(found)


def test_what_a_host_did_while_the_orchestrator_was_away_is_shown_when_it_is_back(
    system: Wayside, instance: str
) -> None:
    on_mm1 = f"{system.url}/app_lcm/v1/app_instances/{instance}"
    on_mm3 = f"{system.url}/mec1/app_lcm/v1/app_instances/{instance}"
    orchestrator = system.processes()["system"]
    os.kill(orchestrator, signal.SIGSTOP)
    try:
        begun = httpx.post(f"{on_mm3}/operate", json={"changeStateTo": "STOPPED"}, timeout=10)
        assert begun.status_code == 202
        eventually(lambda: state_at(on_mm3) == "STOPPED", "the host stops it alone")
        assert ask_from_ue1(system) == "cloud"
    finally:
        os.kill(orchestrator, signal.SIGKILL)
    eventually(lambda: _status_answers(system), "the orchestrator runs again")
    eventually(lambda: state_at(on_mm1) == "STOPPED", "the orchestrator shows it")
    system.run("app", "start", instance)
    assert ask_from_ue1(system) == "edge"


def test_a_killed_application_is_started_again_and_steered_again(
    system: Wayside, instance: str
) -> None:
    before = workload_pids(system, instance)
    assert before
    for pid in before:
        with suppress(ProcessLookupError):  # the first one's end takes the others with it
            os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: bool(set(workload_pids(system, instance)) - set(before)), "it is started again"
    )
    eventually(lambda: ask_from_ue1(system) == "edge", "it is steered again")


def test_a_killed_world_is_started_again_and_adopts_what_runs(
    system: Wayside, instance: str
) -> None:
    before = system.processes()
    world = before.pop("world")
    os.kill(world, signal.SIGKILL)
    eventually(lambda: _status_answers(system), "the world answers again")
    after = system.processes()
    assert after.pop("world") != world
    assert after == before
    assert ask_from_ue1(system) == "edge"


def _status_answers(system: Wayside) -> bool:
    done = system.run("status", "--json", check=False)
    return done.returncode == 0 and '"ready": true' in done.stdout


def test_down_and_up_again_brings_the_application_back(system: Wayside, instance: str) -> None:
    system.run("down")
    assert netns.names(StateFolder(system.state).prefix) == []
    system.run("up", "--port", str(system.port), "--mode", system.way)
    eventually(lambda: ask_from_ue1(system) == "edge", "it runs and is steered after a restart")
