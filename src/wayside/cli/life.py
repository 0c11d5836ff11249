"""``wayside up``, ``down`` and ``status``: the life of the whole system on this machine."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from wayside.access.lab.scenario import load
from wayside.core.errors import Conflict, NotFound, Unavailable, Unprocessable
from wayside.system import launch
from wayside.system.launch import FrontRecord, Launch
from wayside.system.scenarios import scenario_path
from wayside.system.settings import Profile
from wayside.system.state import OPERATOR, SYSTEM, WORLD
from wayside.system.status import SystemStatus

from .connection import ask
from .contexts import NOTHING
from .demo import demo as show_demo
from .output import output
from .place import place

POLL_S = 0.05
START_S_MAX = 60.0

Scenario = Annotated[
    str, typer.Option(help="A built-in scenario's name, or a path to a TOML file of one.")
]
Port = Annotated[int, typer.Option(help="The loopback port of the front door.", min=1, max=65535)]
Mode = Annotated[
    str,
    typer.Option(
        help="How the town is made: root, userns, simulated; auto takes the best there is.",
        autocompletion=lambda: ["auto", "root", "userns", "simulated"],
    ),
]
Policy = Annotated[
    str,
    typer.Option(
        help="Which packages are on-boarded: signed, or dev (admits unsigned ones).",
        autocompletion=lambda: ["signed", "dev"],
    ),
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        help="sandbox: everyone is welcome; operator: TLS, and tokens for everything.",
        autocompletion=lambda: [each.value for each in Profile],
    ),
]
Names = Annotated[
    list[str],
    typer.Option("--name", help="A host name that the front door answers to, beside localhost."),
]
Demo = Annotated[bool, typer.Option("--demo", help="Run the demonstration once it is ready.")]


def up(
    scenario: Scenario = "town",
    port: Port = 8080,
    mode: Mode = "auto",
    packages: Policy = "signed",
    profile: ProfileName = Profile.SANDBOX.value,
    name: Names = [],  # noqa: B006  # typer's way to say: none
    demo: Demo = False,
) -> None:
    """Start the system: the town, the orchestrator and the MEC hosts; leave it running.

    A system that runs already is left as it is.
    """
    place.wish = NOTHING  # whatever the environment says of systems elsewhere
    way, reason = choose_way(mode)
    if packages not in ("signed", "dev"):
        raise Unprocessable(f"--packages is {packages!r}; give signed or dev.", field="packages")
    if profile not in set(Profile):
        raise Unprocessable(f"--profile is {profile!r}; give sandbox or operator.", field="profile")
    record = launch.running(place.state)
    if record is not None and profile == Profile.OPERATOR and record.url.startswith("http:"):
        raise Conflict(
            f"Wayside runs at {record.url} in the sandbox profile; end it with `wayside down`, "
            "then start it again."
        )
    if record is None:
        wanted = Launch(
            state=place.state,
            scenario=str(_sound(scenario_path(scenario))),
            port=port,
            way=way,
            reason=reason,
            package_policy=packages,
            profile=Profile(profile),
            names=tuple(name),
        )
        record = _start(wanted)
    status = _await_ready()
    output.note(_headline(record.url, status))
    if status.profile == Profile.OPERATOR:
        _say_who_asks()
    if demo:
        show_demo()
    elif output.as_json:
        output.value(status)
    _next_steps(record.url)


def _sound(scenario: Path) -> Path:
    """Return the file once it was read whole: its faults are told before anything runs."""
    load(scenario)
    return scenario


def choose_way(mode: str) -> tuple[str, str]:
    """Return how the town is made and why; raise Unprocessable where the wish cannot be met."""
    from wayside.linux import probe

    found = probe.mode()
    if mode == "auto":
        return found.way.value, found.reason
    if mode not in {way.value for way in probe.Way}:
        raise Unprocessable(
            f"--mode is {mode!r}; give auto, root, userns or simulated.", field="mode"
        )
    return mode, "asked for"


def _start(wanted: Launch) -> FrontRecord:
    process = launch.start(wanted)
    with output.progress("starting the front door") as step:
        while (record := launch.front_of(wanted.state, process)) is None:
            step.advance()
            time.sleep(POLL_S)
    return record


def _await_ready() -> SystemStatus:
    """Return the status once every process serves; raise Unavailable naming the slow ones."""
    deadline = time.monotonic() + START_S_MAX
    with output.progress("starting the elements") as step:
        while time.monotonic() < deadline:
            status = _look()
            if status is not None and status.ready:
                return status
            if status is not None:
                done = sum(process.state == "RUNNING" for process in status.processes)
                step.advance(0, what=f"starting the elements: {done}/{len(status.processes)}")
            time.sleep(POLL_S)
    slow = [p.name for p in status.processes if p.state != "RUNNING"] if status else [WORLD]
    raise Unavailable(
        f"Not ready after {START_S_MAX:.0f} s: {', '.join(slow)}; see `wayside logs {slow[0]}`."
    )


def _look() -> SystemStatus | None:
    state = place.state
    if not all(state.socket(each).exists() for each in (WORLD, SYSTEM)):
        return None  # asked now, the front door could only log a 503
    try:
        return ask(lambda face: face.wayside.get_status())
    except Unavailable:  # it may have been a former world's socket
        return None


def down() -> None:
    """End the system: applications, elements and the town; nothing is left but the state folder.

    What was on-boarded and instantiated is kept there, and comes back with the next ``up``.
    """
    with output.progress("ending the system"):
        ended = launch.stop(place.state)
    said = "Wayside has ended." if ended else f"No Wayside runs on {place.state.root}."
    output.value({"ended": ended}, text=said)


def status() -> None:
    """Show what runs: the processes, the mode, and where people and tools reach it."""
    try:
        found = ask(lambda face: face.wayside.get_status())
    except NotFound as nothing:
        raise NotFound(
            f"{place.context().url} is no front door and knows no processes; `wayside app list` "
            "shows the applications there."
        ) from nothing
    output.note(_headline(place.context().url, found))
    output.table(
        [(p.name, p.state, p.pid, p.restarts) for p in found.processes],
        columns=("PROCESS", "STATE", ">PID", ">RESTARTS"),
        value=found,
        empty="No process.",
    )


def _headline(url: str, found: SystemStatus) -> str:
    how = "[bold yellow]simulated[/] data plane" if found.simulated else f"mode {found.mode}"
    scenario, reason = escape(found.scenario), escape(found.reason)
    return f"[bold]{url}[/]  {scenario}, {how} ({reason}), profile {found.profile}"


def _say_who_asks() -> None:
    """Say as whom the commands on this state folder speak, and where other tools find the same."""
    secret, authority = place.state.secret(OPERATOR), place.state.authority_certificate
    output.note(
        f"You are the client [bold]{OPERATOR}[/], its secret is in {escape(str(secret))}. Other "
        f"tools trust\n{escape(str(authority))} (curl --cacert) and send what `wayside token` "
        "prints."
    )


def _next_steps(url: str) -> None:
    program = "wayside" if shutil.which("wayside") else os.path.relpath(sys.argv[0])
    steps = (
        ("status", "what runs"),
        ("app list", "the applications at the edge"),
        ("app new my-app", "start an application of your own"),
    )
    output.note(f"\nThe API page:  [bold]{url}/[/]\nTry next:")
    for words, meaning in steps:
        output.note(f"  [bold]{program} {words}[/]{' ' * (16 - len(words))}{meaning}")
