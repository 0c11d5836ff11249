"""The secrets of on-boarded applications: made for whoever on-boards, shown once, kept hashed.

Never knows a package itself: it asks whether one is on-boarded, each time a secret is shown or
used, so that a client ends with its package. Ref: MEC 009 clause 6.16; docs/decisions/0032.
"""

import asyncio
import secrets
from collections.abc import Callable

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import NotFound
from wayside.core.operations import Api, get, post
from wayside.core.replies import Answer, Entry
from wayside.core.wire import Wire

from .applications import SCOPES
from .clients import Client, ClientBook, FollowedBook, hash_secret
from .identity import client_id_of
from .token_api import NO_STORE

Packages = Callable[[str], tuple[str, str] | None]
"""Returns appProvider and appName of an ONBOARDED package, None for any other identifier."""


class ApplicationClient(Wire):
    """What is kept, and shown, of an application's client. Ours."""

    client_id: str
    app_pkg_id: str
    """The package that the present secret was issued for; the client ends with it."""
    issue: int = 1
    """Grows with each new secret."""


class _Kept(Wire):
    shown: ApplicationClient
    secret_hash: str


class IssuedSecret(Wire):
    """A new secret, shown this once. Ours."""

    client_id: str
    client_secret: str
    issue: int


class ApplicationClients:
    """The clients of on-boarded applications, in a store of their own."""

    def __init__(self, store: Store, packages: Packages) -> None:
        self._kept = Collection(store, "application_client", _Kept, what="client")
        self._packages = packages

    async def issue(self, app_pkg_id: str) -> IssuedSecret:
        """Return a new secret; the one before it is refused from now on. Raises NotFound."""
        found = self._packages(app_pkg_id)
        if found is None:
            raise NotFound(
                f"There is no ONBOARDED package {app_pkg_id[:128]}; its application gets a secret "
                "once its content was accepted."
            )
        client_id, secret = client_id_of(*found), secrets.token_urlsafe(32)
        hashed = await asyncio.to_thread(hash_secret, secret)
        before = self._kept.find(client_id)
        issue = 1 if before is None else before.value.shown.issue + 1
        shown = ApplicationClient(client_id=client_id, app_pkg_id=app_pkg_id, issue=issue)
        kept = _Kept(shown=shown, secret_hash=hashed)
        if before is None:
            await self._kept.create(client_id, kept)
        else:
            await self._kept.replace(client_id, kept)
        return IssuedSecret(client_id=client_id, client_secret=secret, issue=issue)

    def get(self, app_pkg_id: str) -> ApplicationClient:
        """Return the client of a package; raise NotFound where no secret was issued for it."""
        found = self._packages(app_pkg_id)
        kept = self._find(client_id_of(*found)) if found else None
        if kept is None:
            raise NotFound(
                f"No secret was issued for a package {app_pkg_id[:128]}; POST here to have one."
            )
        return kept.value.shown

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is while its package is on-boarded, else None."""
        kept, clients = self._find(client_id), {}
        if kept is not None:
            clients[client_id] = Client(
                client_id=client_id,
                secret_hash=kept.value.secret_hash,
                scopes=SCOPES,
                application=True,
            )
        return ClientBook(clients).authenticate(client_id, secret)

    def _find(self, client_id: str) -> Entry[_Kept] | None:
        kept = self._kept.find(client_id)
        if kept is None or self._packages(kept.value.shown.app_pkg_id) is None:
            return None
        return kept


class EitherBook:
    """The operator's own clients, and beside them those of on-boarded applications."""

    def __init__(self, book: ClientBook | FollowedBook, applications: ApplicationClients) -> None:
        self._book = book
        self._applications = applications

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is, else None; the operator's own come first."""
        own = client_id in self._book.clients
        return (self._book if own else self._applications).authenticate(client_id, secret)


class ApplicationSecrets(
    Api, name="wayside_clients", version="v1", spec="Ours", title="Applications' OAuth clients"
):
    """Gives whoever on-boards an application its client id and secret."""

    def __init__(self, clients: ApplicationClients) -> None:
        self._clients = clients

    @get("/app_packages/{appPkgId}/client", clause="Ours: 0032", scope="clients:read")
    async def get_client(self, app_pkg_id: str) -> ApplicationClient:
        """Return the application's client id, never its secret."""
        return self._clients.get(app_pkg_id)

    @post(
        "/app_packages/{appPkgId}/client",
        clause="Ours: 0032",
        scope="clients:write",
        errors=(404,),
    )
    async def issue_secret(self, app_pkg_id: str) -> Answer[IssuedSecret]:
        """Make a secret and return it, this once; the one before it is refused from now on."""
        return Answer(200, await self._clients.issue(app_pkg_id), NO_STORE)
