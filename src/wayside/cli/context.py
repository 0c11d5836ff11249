"""``wayside context`` and ``wayside token``: systems under a name, and a token for other tools.

A context is saved once it works. Never prints or saves a secret.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from wayside.core.errors import Problem, Unprocessable
from wayside.core.requests import ListQuery

from .connection import ask, new_token
from .contexts import Context, contexts_file, save_contexts, saved_context, saved_contexts
from .output import output
from .place import place

app = typer.Typer(
    no_args_is_help=True,
    help="Systems that commands speak to, saved under a name: add, list, remove.",
)


def complete_context(incomplete: str) -> list[str]:
    """Return the names of contexts that start so, for the shell's tab key."""
    try:
        return [name for name in saved_contexts() if name.startswith(incomplete)]
    except Problem:  # the tab key must not print an error
        return []


Name = Annotated[
    str, typer.Argument(help="What you call the system.", autocompletion=complete_context)
]


@app.command("add")
def add(
    name: Name,
    url: Annotated[str, typer.Option(help="The system's URL, https://… .")],
    client_id: Annotated[str | None, typer.Option(help="Who you are there.")] = None,
    client_secret_file: Annotated[
        Path | None, typer.Option(help="Holds your secret, mode 0600.", exists=True)
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="The authority of its certificate, PEM.", exists=True)
    ] = None,
) -> None:
    """Save a system under a name, once it has answered and given you a token.

    Then `wayside --context NAME app list` speaks to it; one of the same name is replaced.
    """
    context = Context(
        url=url.rstrip("/"),
        client_id=client_id,
        client_secret_file=client_secret_file.absolute() if client_secret_file else None,
        trust=trust.absolute() if trust else None,
    )
    scopes = _tried(context)
    save_contexts(saved_contexts() | {name: context})
    may = f", as {escape(client_id)} with {escape(scopes)}" if client_id else ""
    output.value(
        {"name": name} | msgspec.to_builtins(context, enc_hook=str),
        text=f"Saved [bold]{escape(name)}[/]: {escape(context.url)}{may}, in {contexts_file()}.",
    )


def _tried(context: Context) -> str:
    """Return the scopes that the client is given; raise the Problem that stands in the way."""
    if context.client_id is not None:
        return new_token(context).scope
    ask(lambda face: face.packages.list_app_packages(ListQuery()), context)
    return ""


@app.command("list")
def list_contexts() -> None:
    """Show the saved systems."""
    found = saved_contexts()
    output.table(
        [(n, c.url, c.client_id, c.client_secret_file, c.trust) for n, c in found.items()],
        columns=("NAME", "URL", "CLIENT", "SECRET IN", "TRUST"),
        value={name: msgspec.to_builtins(each, enc_hook=str) for name, each in found.items()},
        empty="No context is saved; see `wayside context add --help`.",
    )


@app.command("remove")
def remove(name: Name) -> None:
    """Forget a system; its secret's file stays where it is."""
    saved_context(name)
    save_contexts({each: context for each, context in saved_contexts().items() if each != name})
    output.value({"removed": name}, text=f"Forgot [bold]{escape(name)}[/].")


def token() -> None:
    """Print an access token for other tools, good for as long as the system says (15 minutes).

    Such as curl -H "Authorization: Bearer $(wayside token)" …
    """
    context = place.context()
    if context.client_id is None and not context.url.startswith("https://"):
        raise Unprocessable(f"{context.url} is a sandbox, which asks nobody for a token.")
    found = new_token(context)
    output.value(found, text=found.access_token)
