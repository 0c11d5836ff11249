"""``wayside logs``: what the elements and the applications wrote."""

import time
from collections import deque
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape

from wayside.core.errors import NotFound

from .output import output
from .place import place

POLL_S = 0.2


def log_files() -> dict[str, Path]:
    """Return every log there is by the name that a command takes: process or instance."""
    state = place.state
    found = {path.stem: path for path in sorted(state.logs.glob("*.log"))}
    applications = sorted(state.root.glob("elements/*/vim/workloads/*/log"))
    return found | {path.parent.name: path for path in applications}


def complete_log(incomplete: str) -> list[str]:
    """Return the names of logs that start so, for the shell's tab key."""
    return [name for name in log_files() if name.startswith(incomplete)]


def logs(
    name: Annotated[
        str | None,
        typer.Argument(
            help="An element, or an application instance's id or its beginning; "
            "without a name: what there is.",
            autocompletion=complete_log,
        ),
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as more is written.")
    ] = False,
) -> None:
    """Show the last lines of a log, of an element or of an application."""
    found = log_files()
    if name is None:
        output.table(
            [(known, f"{path.stat().st_size:,}") for known, path in found.items()],
            columns=("LOG", ">BYTES"),
            value=[{"name": known, "path": str(path)} for known, path in found.items()],
            empty=escape(f"No log in {place.state.root}."),
        )
        return
    path = _choose(name, found)
    with path.open(errors="replace") as stream:
        last = deque(stream, maxlen=lines)
        if output.as_json:
            output.value({"name": name, "lines": [line.rstrip("\n") for line in last]})
            return
        typer.echo("".join(last), nl=False)
        if follow:
            _follow(stream)


def _choose(name: str, found: dict[str, Path]) -> Path:
    matching = [known for known in found if known == name] or [
        known for known in found if known.startswith(name)
    ]
    if len(matching) == 1:
        return found[matching[0]]
    known = ", ".join(matching or found) or "none"
    raise NotFound(
        f"{'Several logs' if matching else 'No log'} called {name!r}; there are: {known}."
    )


def _follow(stream: TextIO) -> None:
    while True:
        if line := stream.readline():
            typer.echo(line, nl=False)
        else:
            time.sleep(POLL_S)
