"""A whole town with room for one: who may end is asked on the command line, and decided there."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exclusive import simulated_town

from .conftest import Wayside, free_port

pytestmark = pytest.mark.slow

TREE = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def small(short_folder: Path) -> Iterator[Wayside]:
    """A simulated town whose hosts have room for one instance of hello-edge."""
    scenario = short_folder / "small.toml"
    town = (TREE / "scenarios" / "town.toml").read_text()
    for roomy in ("cpu_milli = 2000", "cpu_milli = 8000"):
        assert roomy in town
        town = town.replace(roomy, "cpu_milli = 300")
    scenario.write_text(town)
    package = short_folder / "hello.csar"
    with simulated_town():
        running = Wayside(short_folder / "state", free_port(), "simulated")
        running.run(
            "up", "--port", str(running.port), "--mode", "simulated", "--scenario", str(scenario)
        )
        try:
            running.run("app", "build", str(TREE / "examples/hello-edge"), "--output", str(package))
            running.run("app", "sign", str(package))
            running.run("app", "onboard", str(package))
            yield running
        finally:
            running.run("down", check=False)


def starting(small: Wayside, *options: str) -> subprocess.Popen[str]:
    """Begin to start another instance, in a process of its own: it waits for the answer."""
    return subprocess.Popen(
        [sys.executable, "-m", "wayside.cli", "app", "start", "hello-edge", *options, "--json"],
        env=os.environ | {"WAYSIDE_STATE": str(small.state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def asked(small: Wayside) -> dict[str, Any]:
    """Return the question that waits for an answer."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found: list[dict[str, Any]] = small.json("coordination", "list")
        if found:
            return found[0]
        assert time.monotonic() < deadline, "nothing is asked"
        time.sleep(0.05)


def test_one_that_is_given_up_makes_room_for_the_other(small: Wayside) -> None:
    first = small.json("app", "start", "hello-edge")["id"]
    full = small.run("app", "start", "hello-edge", check=False)
    assert full.returncode == 1
    assert "CPU: 250 thousandths of a core asked for, 50 of 300 free" in full.stderr
    waiting = starting(small, "--may-end", first[:8])
    question = asked(small)
    assert first[:8] in small.run("coordination", "list").stdout
    shown = small.run("coordination", "show", question["id"]).stdout
    assert "mec1 lacks CPU 200 thousandths of a core" in shown
    assert "suggested" in shown

    said = small.run("coordination", "accept", question["id"], "--grace", "5").stdout
    assert first[:8] in said

    out, err = waiting.communicate(timeout=PATIENCE_S)
    assert waiting.returncode == 0, err
    second = json.loads(out)["id"]
    listed = {each["id"]: each for each in small.json("app", "list")["instances"]}
    assert listed[first]["instantiationState"] == "NOT_INSTANTIATED"
    assert listed[second]["instantiationState"] == "INSTANTIATED"
    told = small.run("app", "show", second[:8]).stdout
    assert f"mec1 has the room that {first} left for it" in told
    assert "Selected: " + first in told
    assert small.json("coordination", "list") == []
    assert [each["state"] for each in small.json("coordination", "list", "--all")] == ["CONTINUE"]


def test_a_refusal_is_told_to_whoever_wanted_the_room(small: Wayside) -> None:
    (held,) = [
        each["id"]
        for each in small.json("app", "list")["instances"]
        if each["instantiationState"] == "INSTANTIATED"
    ]
    waiting = starting(small, "--may-end", held)
    question = asked(small)

    small.run("coordination", "refuse", question["appInstanceId"], "--reason", "It stays.")

    _, err = waiting.communicate(timeout=PATIENCE_S)
    assert waiting.returncode == 1
    assert "It stays." in json.loads(err)["detail"]
    wrong = small.run("coordination", "accept", question["id"], check=False)
    assert wrong.returncode == 1
    assert "There is no coordination" in wrong.stderr  # it went with the instance
