"""``wayside client``: who is let in to the operator profile's system of this machine.

What is changed holds at once, also while the system runs. Never prints a secret.
"""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from wayside.adapters.clocks import SystemClock
from wayside.core.errors import Unprocessable
from wayside.core.operations import operations_of
from wayside.security.files import private_file
from wayside.security.scopes import ALL, narrow_scope, type_scope
from wayside.system.catalogue import catalogue
from wayside.system.papers import Papers

from .output import output
from .place import place

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

app = typer.Typer(
    no_args_is_help=True,
    help="Who is let in to this machine's system in the operator profile: add, list, remove.",
)


def known_scopes() -> set[str]:
    """Return every scope that opens something, and ``all``."""
    found = {ALL}
    for listed in catalogue():
        for each in operations_of(listed.api):
            found |= {each.scope, narrow_scope(each)}
            found |= {type_scope(each, type_) for type_ in each.types}
    return found


def complete_scope(incomplete: str) -> list[str]:
    """Return the scopes that start so, for the shell's tab key."""
    return sorted(each for each in known_scopes() if each.startswith(incomplete))


def complete_client(incomplete: str) -> list[str]:
    """Return the clients that start so, for the shell's tab key."""
    return [name for name in _papers().clients() if name.startswith(incomplete)]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the client is called.")],
    scopes: Annotated[
        list[str],
        typer.Argument(
            help="What it may do, such as app_lcm:read; `wayside api show` has them, `all` is all.",
            autocompletion=complete_scope,
        ),
    ],
    secret_file: Annotated[
        Path | None,
        typer.Option(
            help="Where its secret is written, mode 0600; among the state's keys by default.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Let a new client in, and write its secret into a file for whoever it is."""
    if NAME.fullmatch(name) is None:
        raise Unprocessable(
            f"{name!r} cannot be a client: letters, digits, and . _ - between them.", field="name"
        )
    unknown = [each for each in scopes if each not in known_scopes()]
    if unknown:
        raise Unprocessable(
            f"No operation needs the scope {', '.join(unknown)}; `wayside api show` has those that "
            "there are, such as app_lcm:read.",
            field="scopes",
        )
    papers = _papers()
    secret = papers.admit(name, scopes)
    default = place.state.keys / "clients" / f"{name}.secret"
    path = (secret_file or default).absolute()
    private_file(path, f"{secret}\n".encode())
    output.value(
        {"name": name, "scopes": scopes, "secretFile": str(path)},
        text=f"[bold]{escape(name)}[/] may come in with {', '.join(scopes)}; its secret is in "
        f"{escape(str(path))}.",
    )


@app.command("list")
def list_clients() -> None:
    """Show the clients and what they may do."""
    papers = _papers()
    found = papers.clients()
    rows = [
        (each.client_id, "the system" if papers.is_element(each.client_id) else "", each.scopes)
        for each in found.values()
    ]
    output.table(
        [(name, whose, " ".join(scopes)) for name, whose, scopes in rows],
        columns=("CLIENT", "OF", "SCOPES"),
        value=[{"name": n, "ofTheSystem": bool(whose), "scopes": s} for n, whose, s in rows],
        empty="No client; start a system with `wayside up --profile operator`.",
    )


@app.command("remove")
def remove(
    name: Annotated[
        str, typer.Argument(help="As `list` shows it.", autocompletion=complete_client)
    ],
) -> None:
    """Let a client in no more; hosts believe a token that it has for 15 minutes at most."""
    _papers().dismiss(name)
    output.value({"removed": name}, text=f"[bold]{escape(name)}[/] may not come in any more.")


def _papers() -> Papers:
    return Papers(place.state, SystemClock())
