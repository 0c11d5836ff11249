"""``wayside doctor``: what this machine allows, what a missing thing costs, how to get it."""

import typer
from rich.markup import escape
from rich.text import Text

from wayside.linux import probe

from .output import output


def doctor() -> None:
    """Probe the kernel and the tools; exit status 1 where nothing real can be made here."""
    with output.progress("trying what this machine allows"):
        found = probe.findings()
        mode = probe.mode()
    if output.as_json:
        output.value({"mode": mode.way.value, "reason": mode.reason, "findings": list(found)})
    else:
        output.table(
            [(_mark(f.available), f.name, f.detail) for f in found],
            columns=("", "WHAT", "FOUND"),
            value=None,
            empty="",
        )
        missing = [f for f in found if not f.available]
        output.note(
            f"\n[bold]wayside up[/] makes the town in mode [bold]{mode.way}[/]: "
            f"{escape(mode.reason)}"
        )
        for finding in missing:
            output.note(
                f"\n[yellow]{finding.name}[/] is missing. Cost: {escape(finding.cost_of_absence)}\n"
                f"  Remedy: {escape(finding.remedy)}"
            )
    if mode.way is probe.Way.SIMULATED:
        raise typer.Exit(1)


def _mark(available: bool) -> Text:
    return Text("yes", "green") if available else Text("no", "yellow")
