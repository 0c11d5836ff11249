"""How an element speaks to others: over TLS with a token of its own, or plainly in the sandbox.

Never speaks itself: it hands out the connections.
"""

import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from wayside.chassis.client import HttpClient
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.security.files import secret_in
from wayside.security.tls import trusting
from wayside.security.token_source import AskToken, TokenEndpoint, TokenSource, issued_by

from .guard import Guard, Issuing
from .settings import GuardSettings, Profile


def require_https(wanted: GuardSettings, urls: Sequence[str]) -> None:
    """Raise Unprocessable where the operator profile is to speak to a URL without TLS."""
    plain = [url for url in urls if not url.startswith(("https://", "unix:"))]
    if wanted.profile is Profile.OPERATOR and plain:
        raise Unprocessable(
            f"The operator profile sends tokens and speaks TLS alone; {', '.join(plain)} must "
            "start with https://.",
            field="guard.profile",
        )


@asynccontextmanager
async def outward(
    wanted: GuardSettings, protection: Guard, clock: Clock, *, folder: Path
) -> AsyncIterator[HttpClient]:
    """Yield the element's connections to others; closed at the end.

    Files that are answered are kept in ``folder``; what a killed process left there is removed.

    In the operator profile they trust ``guard.trust`` alone and carry a token of
    ``guard.client_id``. Raises Unprocessable naming the settings that lack.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if wanted.profile is Profile.SANDBOX:
        async with HttpClient(folder=folder) as http:
            yield http
        return
    tls = _trusting(wanted.trust)
    async with HttpClient(tls=tls) as endpoint:
        source = TokenSource(_ask(wanted, protection.issuing, endpoint), clock)
        async with HttpClient(tls=tls, token=source.token, folder=folder) as http:
            yield http


@asynccontextmanager
async def outside(
    wanted: GuardSettings, protection: Guard, clock: Clock, *, scopes: tuple[str, ...]
) -> AsyncIterator[HttpClient]:
    """Yield the element's connections to a system of somebody else; closed at the end.

    They know the element by its token, as its issuer shows the key; but what it grants is
    ``scopes`` alone, so that who is shown it can do nothing else with it here.
    """
    if wanted.profile is Profile.SANDBOX:
        async with HttpClient() as http:
            yield http
        return
    tls = _trusting(wanted.trust)
    async with HttpClient(tls=tls) as endpoint:
        ask = _ask(wanted, protection.issuing, endpoint, scopes=scopes)
        async with HttpClient(tls=tls, token=TokenSource(ask, clock).token) as http:
            yield http


def _ask(
    wanted: GuardSettings, issuing: Issuing | None, http: HttpClient, *,
    scopes: tuple[str, ...] | None = None,
) -> AskToken:  # fmt: skip
    """Return how the element gets tokens with all of its scopes, or with these."""
    if wanted.client_id is None:
        raise Unprocessable(
            "guard.client_id: is missing; name this element's entry in the clients file.",
            field="guard.client_id",
        )
    if issuing is not None:
        client = issuing.clients.clients.get(wanted.client_id)
        if client is None:
            raise Unprocessable(
                f"guard.client_id: {wanted.clients} has no client {wanted.client_id!r}; it has "
                f"{', '.join(issuing.clients.clients) or 'none'}.",
                field="guard.client_id",
            )
        return issued_by(
            issuing.issuer, client if scopes is None else replace(client, scopes=scopes)
        )
    if wanted.token_url is None or wanted.client_secret_file is None:
        raise Unprocessable(
            "guard: without clients, token_url and client_secret_file say where tokens come from.",
            field="guard.token_url",
        )
    require_https(wanted, [wanted.token_url])
    secret = secret_in(wanted.client_secret_file, field="guard.client_secret_file")
    return TokenEndpoint(wanted.token_url, wanted.client_id, secret, http, scopes or ()).ask


def _trusting(authorities: Path | None) -> ssl.SSLContext:
    if authorities is None:
        raise Unprocessable(
            "guard.trust: is missing; give the authorities of the other elements' certificates, "
            "PEM.",
            field="guard.trust",
        )
    return trusting(authorities, field="guard.trust")
