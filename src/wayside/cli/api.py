"""``wayside api``: which APIs there are, and their OpenAPI documents; needs no running system."""

from typing import Annotated

import typer

from wayside.core.errors import NotFound
from wayside.core.operations import operations_of
from wayside.core.wire import Wire

from .output import output

app = typer.Typer(no_args_is_help=True, help="The APIs: list, show, and their OpenAPI documents.")


class ListedOperation(Wire):
    """One operation, for programs."""

    name: str
    method: str
    path: str
    clause: str
    scope: str


class ListedApi(Wire):
    """One API, for programs: ``root`` is the path below the element's address."""

    name: str
    element: str
    title: str
    root: str
    version: str
    spec: str
    operations: tuple[ListedOperation, ...]


def _all() -> list[ListedApi]:
    from wayside.system.catalogue import catalogue

    return [
        ListedApi(
            name=listed.name,
            element=listed.element,
            title=listed.api.info.title,
            root=listed.api.info.root,
            version=listed.api.info.version,
            spec=listed.api.info.spec,
            operations=tuple(
                ListedOperation(
                    name=operation.name,
                    method=operation.method,
                    path=operation.path,
                    clause=operation.clause,
                    scope=operation.scope,
                )
                for operation in operations_of(listed.api)
            ),
        )
        for listed in catalogue()
    ]


def complete_api(incomplete: str) -> list[str]:
    """Return the names of APIs that start so, for the shell's tab key."""
    return [api.name for api in _all() if api.name.startswith(incomplete)]


Name = Annotated[
    str, typer.Argument(help="as `wayside api list` shows it", autocompletion=complete_api)
]


@app.command("list")
def list_apis() -> None:
    """Show every API: its root, version, specification and number of operations."""
    found = _all()
    output.table(
        [(a.name, a.element, a.root, a.spec, len(a.operations), a.title) for a in found],
        columns=("NAME", "ELEMENT", "ROOT", "SPECIFICATION", ">OPERATIONS", "TITLE"),
        value=found,
        empty="No API.",
    )


@app.command("show")
def show_api(name: Name) -> None:
    """Show an API's operations with the clause that asks for each and the scope it needs."""
    api = _find(name)
    output.table(
        [(o.method, api.root + o.path, o.clause, o.scope) for o in api.operations],
        columns=("METHOD", "PATH", "CLAUSE", "SCOPE"),
        value=api,
        empty="No operation.",
    )


@app.command("openapi")
def print_openapi(name: Name) -> None:
    """Print an API's OpenAPI 3.1 document (always JSON)."""
    from wayside.chassis.openapi import document
    from wayside.system.catalogue import catalogue

    from .output import pretty

    _find(name)
    for listed in catalogue():
        if listed.name == name:
            typer.echo(pretty(document(listed.api)))
            return


def _find(name: str) -> ListedApi:
    found = _all()
    for api in found:
        if api.name == name:
            return api
    known = ", ".join(api.name for api in found)
    raise NotFound(f"There is no API {name!r}; there are: {known}.", field="name")
