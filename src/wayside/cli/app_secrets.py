"""``wayside app secret``: the OAuth client of an on-boarded application, and its secret.

A secret goes from the answer into a file that its owner alone may read. Never prints one.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from wayside.core.errors import BadGateway, Forbidden, NotFound, Unprocessable, problem_of
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire
from wayside.model.app_pkgm import AppPkgInfo
from wayside.model.common import ProblemDetails
from wayside.security.application_api import ApplicationClient, IssuedSecret
from wayside.security.files import private_file

from .connection import Face, ask
from .output import output
from .place import place

SecretFile = Annotated[
    Path | None,
    typer.Option(
        help="Where the application's secret is written, mode 0600; in the state folder by "
        "default.",
        show_default=False,
    ),
]


class SecretAt(Wire):
    """An application's client, and where its new secret is; None: it has one from before.

    That one ends with the package it was given for, which may be another than was asked about.
    """

    client_id: str
    issue: int
    secret_file: str | None = None
    ends_with_package: str | None = None

    @property
    def text(self) -> str:
        """What people are told."""
        who = f"It is the client [bold]{escape(self.client_id)}[/]"
        if self.secret_file is None and self.ends_with_package is None:
            return f"{who}; its secret is the one from before (issue {self.issue})."
        if self.secret_file is None:
            return (
                f"{who}; its secret is the one from before (issue {self.issue}), which ends with "
                f"the package {self.ends_with_package}: --rotate gives it one that does not."
            )
        return f"{who}; its secret is in {escape(self.secret_file)} (issue {self.issue})."


def require_asked_for(face: Face, file: Path | None) -> None:
    """Raise Unprocessable where a file is named for a secret that nobody asks for."""
    if file is not None and face.context.client_id is None:
        raise Unprocessable(
            f"{face.context.url} asks for no tokens, so applications have no secrets; leave out "
            "--secret-file.",
            field="secret_file",
        )


async def deliver(face: Face, package: AppPkgInfo, file: Path | None) -> SecretAt | None:
    """Return the client of a package that was just on-boarded, its first secret written to a file.

    An application that has a secret keeps it. None where the system asks for no tokens, or where
    whoever on-boards may give no secrets; then that is said.
    """
    if face.context.client_id is None:
        return None
    try:
        return _known(await face.secrets.get_client(package.id), package)
    except NotFound:
        return await issue(face, package, file)
    except Forbidden as refused:
        output.note(f"Its application has no secret: {escape(refused.detail)}")
        return None


async def issue(face: Face, package: AppPkgInfo, file: Path | None) -> SecretAt:
    """Return the client with a new secret in its file; the one before is refused from now on."""
    answer = await face.secrets.issue_secret(package.id)
    content = answer.body
    try:
        if answer.status != 200:
            refused = problem_of(
                answer.status, msgspec.json.decode(content, type=ProblemDetails).detail
            )
            refused.headers = dict(answer.headers)
            raise refused
        made = msgspec.json.decode(content, type=IssuedSecret)
    except msgspec.MsgspecError as fault:
        raise BadGateway(f"The secret that was answered cannot be read: {fault}.") from fault
    default = place.state.keys / "applications" / f"{made.client_id}.secret"
    path = (file or default).absolute()
    default.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private_file(path, f"{made.client_secret}\n".encode())
    return SecretAt(client_id=made.client_id, issue=made.issue, secret_file=str(path))


def secret(
    application: Annotated[str, typer.Argument(help="Its appDId, its name, or its package's id.")],
    rotate: Annotated[
        bool,
        typer.Option("--rotate", help="Make a new secret; the one before is refused at once."),
    ] = False,
    secret_file: SecretFile = None,
) -> None:
    """Show the client that an application is, and give it a new secret with --rotate."""

    async def work(face: Face) -> SecretAt:
        require_asked_for(face, secret_file)
        package = await _package(face, application)
        if rotate:
            return await issue(face, package, secret_file)
        return _known(await face.secrets.get_client(package.id), package)

    found = ask(work)
    output.value(found, text=found.text)


def _known(client: ApplicationClient, package: AppPkgInfo) -> SecretAt:
    other = None if client.app_pkg_id == package.id else client.app_pkg_id
    return SecretAt(client_id=client.client_id, issue=client.issue, ends_with_package=other)


async def _package(face: Face, name: str) -> AppPkgInfo:
    packages = [e.value for e in (await face.packages.list_app_packages(ListQuery())).entries]
    for package in packages:
        if name in (package.app_d_id, package.app_name, package.id):
            return package
    known = ", ".join(each.app_d_id for each in packages) or "none; see `wayside app onboard`"
    raise NotFound(f"{name!r} is not on-boarded; on-boarded: {known}.")
