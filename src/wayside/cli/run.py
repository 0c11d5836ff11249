"""``wayside run``: one element in the foreground, from a settings file, as an operator runs it."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Run one element in the foreground, from a TOML settings file.\n\n"
    "`wayside up` writes such files into its state folder (run/*.toml): start from those.",
)
Settings = Annotated[Path, typer.Argument(help="The settings file.", exists=True, dir_okay=False)]


@app.command()
def system(settings: Settings) -> None:
    """Run the system level: the orchestrator (MEO), for all hosts in its settings."""
    from wayside.system import orchestrator
    from wayside.system.process import run
    from wayside.system.settings import SystemSettings

    wanted = SystemSettings.load(settings)
    run(lambda hands, ended: orchestrator.serve(wanted, hands, ended))


@app.command()
def host(settings: Settings) -> None:
    """Run one MEC host: platform manager, platform, VIM and data plane."""
    from wayside.system import host as element
    from wayside.system.process import run
    from wayside.system.settings import HostSettings

    wanted = HostSettings.load(settings)
    run(lambda hands, ended: element.serve(wanted, hands, ended))
