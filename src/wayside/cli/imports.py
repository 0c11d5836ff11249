"""``wayside network import``: a scenario of AdvantEDGE as a scenario of ours, with a report."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from wayside.access.advantedge.logic import Report, translated
from wayside.access.advantedge.reading import ForeignFault, parse
from wayside.access.advantedge.writing import text_of
from wayside.access.lab import scenario as town
from wayside.access.simulated import scenario as network
from wayside.core.errors import Conflict

from .output import output


def import_scenario(
    file: Annotated[
        Path, typer.Argument(help="A scenario of AdvantEDGE, YAML or JSON.", dir_okay=False)
    ],
    into: Annotated[
        Path | None,
        typer.Option("--out", help="Write it there; else it is printed.", dir_okay=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Make a scenario of AdvantEDGE one of ours, and tell what of it has no counterpart.

    What is made is sound: `wayside network check` and `run` take it, and `wayside up --scenario`
    where it has devices, cells and an edge node.
    """
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise ForeignFault(str(file), [f"file: {fault.strerror}."]) from fault
    scenario, values = parse(raw, source=file.name)
    found = translated(scenario, values, source=file.name)
    text = text_of(found, source=file.name)
    network.parse(text, source=str(into or file))
    if found.report.town:
        town.parse(text, source=str(into or file))
    if into is None:
        if output.as_json:
            output.value({"scenario": text, "report": found.report})
            return
        sys.stdout.write(text)
        return
    if into.exists() and not force:
        raise Conflict(f"{into} is there already; choose another --out, or add --force.")
    into.write_text(text)
    _tell(found.report, into)


def _tell(report: Report, into: Path) -> None:
    rows = [(each.what, each.count, each.why) for each in report.left]
    output.table(
        rows, columns=("NOT IMPORTED", ">TIMES", "BECAUSE"), value=report, empty="Nothing is left."
    )
    for note in report.notes:
        output.note(escape(note))
    made = "a town and its living network" if report.town else "a living network"
    counted = f"{report.cells} cells, {report.devices} devices, {report.hosts} hosts"
    output.note(f"{escape(str(into))}: {made}: {counted}; simulated.")
    output.note(f"Let it live: wayside network run {escape(str(into))}")
