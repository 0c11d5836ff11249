"""The program ``wayside``: its commands, its global options, and how it reports a problem."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from wayside import __version__
from wayside.core.errors import BadRequest, Problem, Unprocessable

from . import (
    api,
    apps,
    clients,
    context,
    coordination,
    demo,
    devices,
    doctor,
    handing_over,
    imports,
    life,
    logs,
    network,
    network_now,
    packages,
    rules,
    run,
    tags,
    traffic,
    wlan,
)
from .contexts import Wish
from .output import output
from .place import place

app = typer.Typer(
    name="wayside",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Wayside runs applications at the edge of the network and steers devices to them.\n\n"
        "Start with `wayside up`, see it with `wayside demo`, end it with `wayside down`."
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wayside {__version__}")
        raise typer.Exit


@app.callback()
def options(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="The state folder.", envvar="WAYSIDE_STATE", show_default=False),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="A system elsewhere, https://….", envvar="WAYSIDE_URL"),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="Who you are there.", envvar="WAYSIDE_CLIENT_ID")
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(help="Holds your secret, mode 0600.", envvar="WAYSIDE_CLIENT_SECRET_FILE"),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(help="The authority of its certificate, PEM.", envvar="WAYSIDE_TRUST"),
    ] = None,
    context_name: Annotated[
        str | None,
        typer.Option(
            "--context",
            help="A system that `wayside context add` saved.",
            envvar="WAYSIDE_CONTEXT",
            autocompletion=context.complete_context,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command; they stand before its name."""
    output.as_json = output.as_json or json
    if state is not None:
        place.root = state
    place.wish = Wish(context_name, url, client_id, client_secret_file, trust)


for command in (
    life.up,
    life.down,
    life.status,
    doctor.doctor,
    logs.logs,
    context.token,
):
    app.command()(command)
app_commands = typer.Typer(no_args_is_help=True, help="Applications: make, check, run and see.")
packages.register(app_commands)
apps.register(app_commands)
app.add_typer(app_commands, name="app")
app.add_typer(demo.app, name="demo")
app.add_typer(coordination.app, name="coordination")
app.add_typer(rules.app, name="rules")
app.add_typer(tags.app, name="tags")
app.add_typer(traffic.app, name="traffic")
app.add_typer(wlan.app, name="wlan")
app.add_typer(devices.app, name="device")
network_now.register(network.app)
network.app.command("import")(imports.import_scenario)
network.app.command()(handing_over.handover)
app.add_typer(network.app, name="network")
app.add_typer(context.app, name="context")
app.add_typer(clients.app, name="client")
app.add_typer(api.app, name="api")
app.add_typer(run.app, name="run")


def main() -> None:
    """Run the program; a problem is one sentence on standard error and exit status 1.

    Words that are no command, option or value of one are exit status 2, as everywhere. For
    programs both are a problem document on standard error.
    """
    arguments = sys.argv[1:]
    if "--json" in arguments:  # people write it last; programs anywhere
        output.as_json = True
        arguments = [argument for argument in arguments if argument != "--json"]
    try:
        sys.exit(app(args=arguments, standalone_mode=not output.as_json))
    except Problem as problem:
        output.problem(problem)
        sys.exit(1)
    except typer.TyperException as wrong:  # only for programs: people get it from typer
        output.problem(BadRequest(wrong.format_message()))
        sys.exit(2)
    except BrokenPipeError:  # who read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as fault:
        output.problem(Unprocessable(f"{fault.strerror}: {fault.filename}."))
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
