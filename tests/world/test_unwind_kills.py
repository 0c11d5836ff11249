"""Each element is killed before every undoing of a failing instantiation: nothing of it is left.

The application ends at once, so the host takes back all that it did, and the orchestrator too.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.csar.packages import APP, project

from wayside.linux import netns, probe
from wayside.system.faults import VARIABLE
from wayside.system.state import StateFolder

from .conftest import Wayside, start
from .test_saga_kills import PATIENCE_S, ask, kills

pytestmark = [pytest.mark.netns, pytest.mark.slow]

ORCHESTRATOR = (
    "undo follow", "undo instantiate", "undo create", "undo place", "undo make_room",
    "undo coordinate", "finished",
)  # fmt: skip
MANAGER = (
    "undo wait_ready", "undo start", "undo configure", "undo allocate", "undo grant",
    "undo fetch", "finished",
)  # fmt: skip


@pytest.fixture(scope="module")
def dying(short_folder: Path) -> Iterator[Wayside]:
    """A system whose elements die before everything that they undo."""
    found = probe.mode()
    if found.way is probe.Way.SIMULATED:
        pytest.skip(f"no real town can be made here: {found.reason}")
    places = {f"instantiate/{step}" for step in (*ORCHESTRATOR, *MANAGER)}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, ",".join(sorted(places)))
        running = start(short_folder / "undoing", found.way.value)
    try:
        yield running
    finally:
        running.run("down", check=False)


@pytest.fixture(scope="module")
def instance(dying: Wayside) -> str:
    """The path of an instance whose instantiation has failed over all these deaths."""
    package = dying.state / "app.csar"
    folder = project(dying.state / "project", APP + "latency_ms: 2\n")  # on mec1 alone
    dying.run("app", "build", str(folder), "--output", str(package))
    dying.run("app", "sign", str(package))
    dying.run("app", "onboard", str(package))
    made = ask(dying, "POST", "/app_lcm/v1/app_instances", {"appDId": "app-1.0"})
    path = f"/app_lcm/v1/app_instances/{made['id']}"
    ask(dying, "POST", f"{path}/instantiate", {})
    return path


def ended(system: Wayside) -> Any:
    """Return the instantiation once it is over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        (found,) = ask(system, "GET", "/app_lcm/v1/app_lcm_op_occs?all_fields")
        if found["operationState"] not in ("STARTING", "PROCESSING"):
            return found
        time.sleep(0.2)
    pytest.fail(f"not over within {PATIENCE_S:.0f} s: {found}")


def marks(steps: tuple[str, ...]) -> set[str]:
    return {f"killed-before-instantiate-{step.replace(' ', '-')}" for step in steps}


def test_the_instantiation_fails_with_the_application_s_own_reason(
    dying: Wayside, instance: str
) -> None:
    over = ended(dying)
    assert over["operationState"] == "FAILED", over
    assert "On mec1" in over["error"]["detail"]
    assert "ended by itself" in over["error"]["detail"]


def test_every_undoing_was_cut_short_once(dying: Wayside, instance: str) -> None:
    ended(dying)
    assert kills(dying, "system") == marks(ORCHESTRATOR)
    assert kills(dying, "mec1") == marks(MANAGER)


def test_nothing_of_it_is_left_on_the_host(dying: Wayside, instance: str) -> None:
    ended(dying)
    assert not netns.names(f"{StateFolder(dying.state).prefix}-mec1-")
    assert ask(dying, "GET", "/mec1/wayside_vim/v1/workloads") == []
    assert ask(dying, "GET", "/mec1/app_lcm/v1/app_instances") == []
    assert ask(dying, "GET", "/mec1/wayside_dataplane/v1/state")["rules"] == 0
    capacity = ask(dying, "GET", "/mec1/wayside_vim/v1/capacity")
    assert not any(capacity["allocated"].values())


def test_the_instance_is_not_instantiated_and_can_be_forgotten(
    dying: Wayside, instance: str
) -> None:
    ended(dying)
    (listed,) = dying.json("app", "list")["instances"]
    assert listed["instantiationState"] == "NOT_INSTANTIATED"
    dying.run("app", "stop", listed["id"])
    assert dying.json("app", "list")["instances"] == []
