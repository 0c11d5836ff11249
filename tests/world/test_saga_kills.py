"""Each element is killed before every step of every saga, once; the life of an application goes on.

One run over a real system: the orchestrator and the host die some forty times on the way.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
    "instantiate": (
        "coordinate", "make_room", "place", "create", "instantiate", "follow", "finished",
    ),
    "grant": ("decide", "finished"),
    "operate": ("operate", "follow", "finished"),
    "terminate": ("terminate", "follow", "delete", "release", "finished"),
}  # fmt: skip
MANAGER = {
    "instantiate": (
        "fetch", "grant", "allocate", "configure", "start", "wait_ready", "finished",
    ),
    "stop": ("leave", "end", "stop", "finished"),
    "start": ("start", "wait_ready", "finished"),
    "terminate": ("leave", "end", "stop", "remove", "release", "finished"),
    "configure": ("configure", "finished"),
    "withdraw": ("end", "remove", "finished"),
}  # fmt: skip
ELSEWHERE = {
    "onboard": ("check",),
    "relocate": ("choose", "create", "run"),
    "end_relocation": ("end",),
}
"""Sagas that are not of one application's life on one host: killed in the tests of their room."""
PATIENCE_S = 150.0
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"


def places(sagas: dict[str, tuple[str, ...]]) -> set[str]:
    """Return every place to be killed at."""
    return {f"{saga}/{step}" for saga, steps in sagas.items() for step in steps}


def declared(room: str, what: str) -> set[str]:
    """Return the names of the sagas, or of the steps, that the code of a room declares."""
    sources = (Path(__file__).resolve().parents[2] / "src" / "wayside" / room).rglob("*.py")
    pattern = re.compile(what + r'\("(\w+)"')
    return {name for source in sources for name in pattern.findall(source.read_text())}


@pytest.mark.parametrize(("room", "sagas"), [("meo", ORCHESTRATOR), ("mepm", MANAGER)])
def test_no_saga_and_no_step_of_the_code_is_missing_here(
    room: str, sagas: dict[str, tuple[str, ...]]
) -> None:
    known = sagas | ELSEWHERE if room == "meo" else sagas
    steps = {step for each in known.values() for step in each} - {"finished"}
    assert declared(room, "Saga") == known.keys()
    assert declared(room, "Step") == steps


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


@dataclass(frozen=True)
class Order:
    """An operation to be begun: the task's path, its body, and what its occurrence is called."""

    task: str
    body: object
    kind: str
    count: int = 1
    """How many of the kind are COMPLETED when this one is."""

    @property
    def occurrences(self) -> str:
        """Where the element lists its operations."""
        return f"{self.task.partition('/app_instances')[0]}/app_lcm_op_occs"


def finish(system: Wayside, order: Order) -> None:
    """Begin an operation and wait until it is COMPLETED.

    Where a host could not ask its orchestrator, which was dead just then, the operation was undone
    and waits for an operator: we are that operator, and have it tried again.
    """
    ask(system, "POST", order.task, order.body)
    deadline = time.monotonic() + PATIENCE_S
    found: list[Any] = []
    while time.monotonic() < deadline:
        everything = ask(system, "GET", order.occurrences)
        found = [occ for occ in everything if occ["lcmOperation"] == order.kind]
        states = [occ["operationState"] for occ in found]
        if states.count("COMPLETED") == order.count:
            return
        assert "FAILED" not in states, found
        for occ in found:
            if occ["operationState"] == "FAILED_TEMP":
                ask(system, "POST", f"{order.occurrences}/{occ['id']}/retry", {})
        time.sleep(0.3)
    pytest.fail(f"{order.kind} is not COMPLETED within {PATIENCE_S:.0f} s: {found}")


def kills(system: Wayside, element: str) -> set[str]:
    """Return the places at which an element has been killed."""
    folder = StateFolder(system.state).element(element)
    return {path.name for path in folder.glob("killed-before-*")}


def marks(sagas: dict[str, tuple[str, ...]]) -> set[str]:
    return {f"killed-before-{place.replace('/', '-')}" for place in places(sagas)}


def live(system: Wayside) -> None:
    """Have an application of this host live from its package to its end."""
    made = ask(system, "POST", "/app_lcm/v1/app_instances", {"appDId": "hello-edge-1.0"})
    instance = f"/app_lcm/v1/app_instances/{made['id']}"
    finish(system, Order(f"{instance}/instantiate", {}, "INSTANTIATE"))
    stop = {"changeStateTo": "STOPPED", "stopType": "GRACEFUL", "gracefulStopTimeout": 5}
    finish(system, Order(f"{instance}/operate", stop, "OPERATE"))
    assert ask(system, "GET", instance)["instantiatedAppState"]["operationalState"] == "STOPPED"
    again = {"changeStateTo": "STARTED"}
    finish(system, Order(f"{instance}/operate", again, "OPERATE", count=2))
    assert ask(system, "GET", instance)["instantiatedAppState"]["operationalState"] == "STARTED"
    end = {"terminationType": "GRACEFUL", "gracefulTerminationTimeout": 5}
    finish(system, Order(f"{instance}/terminate", end, "TERMINATE"))


def live_elsewhere(system: Wayside) -> None:
    """Have the platform know an application that runs elsewhere, and let it go."""
    manager = "/mec1/app_lcm/v1/app_instances"
    told = {"appDId": "hello-edge-1.0", "appPlacementInfo": {"mepId": "mec1"}}
    instance = f"{manager}/{ask(system, 'POST', manager, told)['id']}"
    name = {
        "dnsRuleId": "1", "domainName": "elsewhere.example", "ipAddressType": "IP_V4",
        "ipAddress": "192.0.2.9",
    }  # fmt: skip
    wanted = {"appDNSRule": [name]}
    begin = f"{instance}/configure_platform_for_app"
    # The host has one INSTANTIATE and one TERMINATE of the application that it ran itself.
    finish(system, Order(begin, wanted, "INSTANTIATE", count=2))
    end = {"terminationType": "FORCEFUL"}
    finish(system, Order(f"{instance}/terminate", end, "TERMINATE", count=2))
    ask(system, "DELETE", instance)


@pytest.fixture(scope="module")
def lived(dying: Wayside) -> Wayside:
    """The same system, once two applications have lived and ended there."""
    package = dying.state / "hello.csar"
    dying.run("app", "build", str(EXAMPLE), "--output", str(package))
    dying.run("app", "sign", str(package))
    dying.run("app", "onboard", str(package))
    live(dying)
    live_elsewhere(dying)
    return dying


def test_both_lives_went_over_a_death_before_every_step(lived: Wayside) -> None:
    assert kills(lived, "system") >= marks(ORCHESTRATOR)
    assert kills(lived, "mec1") >= marks(MANAGER)


def test_nothing_of_them_is_left(lived: Wayside) -> None:
    assert not netns.names(f"{StateFolder(lived.state).prefix}-mec1-")
    assert ask(lived, "GET", "/mec1/wayside_vim/v1/workloads") == []
    assert ask(lived, "GET", "/mec1/app_lcm/v1/app_instances") == []
    assert ask(lived, "GET", "/mec1/wayside_dataplane/v1/state")["rules"] == 0


def test_the_next_life_is_whole(lived: Wayside) -> None:
    started = lived.json("app", "start", "hello-edge-1.0")
    lived.run("app", "stop", started["id"])
