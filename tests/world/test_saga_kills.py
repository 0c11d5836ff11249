"""Each element is killed before every step of every saga, once; the life of an application goes on.

One run over a real system: the orchestrator and the host die some thirty times on the way.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from wayside.linux import netns, probe
from wayside.system.faults import VARIABLE
from wayside.system.state import StateFolder

from .conftest import Wayside, start

pytestmark = [pytest.mark.netns, pytest.mark.slow]

ORCHESTRATOR = {
    "instantiate": ("place", "create", "instantiate", "follow", "finished"),
    "grant": ("decide", "finished"),
    "operate": ("operate", "follow", "finished"),
    "terminate": ("terminate", "follow", "delete", "release", "finished"),
}
MANAGER = {
    "instantiate": (
        "fetch", "grant", "allocate", "configure", "start", "wait_ready", "finished",
    ),
    "stop": ("leave", "end", "stop", "finished"),
    "start": ("start", "wait_ready", "finished"),
    "terminate": ("leave", "end", "stop", "remove", "release", "finished"),
}  # fmt: skip
PATIENCE_S = 150.0
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"


def places(sagas: dict[str, tuple[str, ...]]) -> set[str]:
    """Return every place to be killed at."""
    return {f"{saga}/{step}" for saga, steps in sagas.items() for step in steps}


def declared(room: str) -> set[str]:
    """Return the steps that the code of a room declares."""
    sources = (Path(__file__).resolve().parents[2] / "src" / "wayside" / room).rglob("*.py")
    return {name for source in sources for name in re.findall(r'Step\("(\w+)"', source.read_text())}


def test_no_step_of_the_code_is_missing_here() -> None:
    on_boarding = {"check"}
    listed = {step for steps in ORCHESTRATOR.values() for step in steps}
    assert declared("meo") - on_boarding == listed - {"finished"}
    assert declared("mepm") == {s for steps in MANAGER.values() for s in steps} - {"finished"}


@pytest.fixture(scope="module")
def dying(short_folder: Path) -> Iterator[Wayside]:
    """A system whose elements die before every step."""
    found = probe.mode()
    if found.way is probe.Way.SIMULATED:
        pytest.skip(f"no real town can be made here: {found.reason}")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, ",".join(sorted(places(ORCHESTRATOR) | places(MANAGER))))
        running = start(short_folder / "dying", found.way.value)
    try:
        yield running
    finally:
        running.run("down", check=False)


def ask(system: Wayside, method: str, path: str, body: object = None) -> Any:
    """Return an answer's JSON; ask again while the element that serves it is away."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            answer = httpx.request(method, system.url + path, json=body, timeout=10)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code < 500:
            return answer.json() if answer.content else None
        time.sleep(0.2)
    pytest.fail(f"{method} {path} was not answered within {PATIENCE_S:.0f} s")


def finish(system: Wayside, task: str, body: object, *, kind: str, count: int) -> None:
    """Begin an operation and wait until ``count`` of its ``kind`` are COMPLETED.

    Where a host could not ask its orchestrator, which was dead just then, the operation was undone
    and waits for an operator: we are that operator, and have it tried again.
    """
    ask(system, "POST", task, body)
    deadline = time.monotonic() + PATIENCE_S
    found: list[Any] = []
    while time.monotonic() < deadline:
        everything = ask(system, "GET", "/app_lcm/v1/app_lcm_op_occs")
        found = [occ for occ in everything if occ["lcmOperation"] == kind]
        states = [occ["operationState"] for occ in found]
        if states.count("COMPLETED") == count:
            return
        assert "FAILED" not in states, found
        for occ in found:
            if occ["operationState"] == "FAILED_TEMP":
                ask(system, "POST", f"/app_lcm/v1/app_lcm_op_occs/{occ['id']}/retry", {})
        time.sleep(0.3)
    pytest.fail(f"{kind} is not COMPLETED within {PATIENCE_S:.0f} s: {found}")


def kills(system: Wayside, element: str) -> set[str]:
    """Return the places at which an element has been killed."""
    folder = StateFolder(system.state).element(element)
    return {path.name for path in folder.glob("killed-before-*")}


def marks(sagas: dict[str, tuple[str, ...]]) -> set[str]:
    return {f"killed-before-{place.replace('/', '-')}" for place in places(sagas)}


def test_an_application_lives_its_whole_life_over_all_these_deaths(dying: Wayside) -> None:
    package = dying.state / "hello.csar"
    dying.run("app", "build", str(EXAMPLE), "--output", str(package))
    dying.run("app", "sign", str(package))
    dying.run("app", "onboard", str(package))
    made = ask(dying, "POST", "/app_lcm/v1/app_instances", {"appDId": "hello-edge-1.0"})
    instance = f"/app_lcm/v1/app_instances/{made['id']}"
    finish(dying, f"{instance}/instantiate", {}, kind="INSTANTIATE", count=1)
    stop = {"changeStateTo": "STOPPED", "stopType": "GRACEFUL", "gracefulStopTimeout": 5}
    finish(dying, f"{instance}/operate", stop, kind="OPERATE", count=1)
    assert ask(dying, "GET", instance)["instantiatedAppState"]["operationalState"] == "STOPPED"
    again = {"changeStateTo": "STARTED"}
    finish(dying, f"{instance}/operate", again, kind="OPERATE", count=2)
    assert ask(dying, "GET", instance)["instantiatedAppState"]["operationalState"] == "STARTED"
    end = {"terminationType": "GRACEFUL", "gracefulTerminationTimeout": 5}
    finish(dying, f"{instance}/terminate", end, kind="TERMINATE", count=1)
    assert kills(dying, "system") >= marks(ORCHESTRATOR)
    assert kills(dying, "mec1") >= marks(MANAGER)


def test_nothing_of_it_is_left_and_the_next_life_is_whole(dying: Wayside) -> None:
    assert not netns.names(f"{StateFolder(dying.state).prefix}-mec1-")
    assert ask(dying, "GET", "/mec1/wayside_vim/v1/workloads") == []
    assert ask(dying, "GET", "/mec1/app_lcm/v1/app_instances") == []
    assert ask(dying, "GET", "/mec1/wayside_dataplane/v1/state")["rules"] == 0
    started = dying.json("app", "start", "hello-edge-1.0")
    dying.run("app", "stop", started["id"])
