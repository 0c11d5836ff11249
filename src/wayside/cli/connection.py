"""A connection to a system: typed clients of every API, over HTTP, with a token where it asks.

Never reaches into an element's process or files.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from wayside.access.lab.api import Lab
from wayside.adapters.clocks import SystemClock
from wayside.chassis.client import HttpClient, connect
from wayside.core.errors import Forbidden, Problem, Unauthorised, Unavailable, Unprocessable
from wayside.core.operations import Api
from wayside.mep.mec_app_support.api import AppSupport
from wayside.refpoints import mm1
from wayside.security.application_api import ApplicationSecrets
from wayside.security.files import secret_in
from wayside.security.tls import trusting
from wayside.security.token_api import AccessToken, Tokens
from wayside.security.token_source import TokenEndpoint, TokenSource
from wayside.system.status import WaysideStatus

from .contexts import Context
from .place import place

A = TypeVar("A", bound=Api)
T = TypeVar("T")
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Face:
    """The system as this program sees it: its public APIs at the front door."""

    context: Context
    http: HttpClient

    def at(self, trait: type[A], prefix: str = "") -> A:
        """Return a client of ``trait`` below ``prefix``."""
        return connect(trait, self.context.url.rstrip("/") + prefix, self.http)

    @property
    def wayside(self) -> WaysideStatus:
        """What runs."""
        return self.at(WaysideStatus)

    @property
    def lab(self) -> Lab:
        """The town."""
        return self.at(Lab)

    @property
    def packages(self) -> mm1.AppPkgm:
        """The catalogue of packages (Mm1)."""
        return self.at(mm1.AppPkgm)

    @property
    def instances(self) -> mm1.AppLcm:
        """The life cycle of applications (Mm1)."""
        return self.at(mm1.AppLcm)

    @property
    def coordinations(self) -> mm1.Coordinations:
        """Questions which instances may end for another."""
        return self.at(mm1.Coordinations)

    @property
    def plans(self) -> mm1.Plans:
        """Where many applications would go."""
        return self.at(mm1.Plans)

    @property
    def secrets(self) -> ApplicationSecrets:
        """The clients of applications, where the system asks for tokens."""
        return self.at(ApplicationSecrets)

    def support(self, host_id: str) -> AppSupport:
        """Return the application support of one host's platform (Mp1)."""
        return self.at(AppSupport, f"/{host_id}")


def ask(
    work: Callable[[Face], Awaitable[T]],
    context: Context | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
) -> T:
    """Return what ``work`` gets from the system; raises the Problem that it answered.

    Without a context it is the one that the global options mean. An answer may take ``timeout_s``.
    """
    meant = context or place.context()

    async def run() -> T:
        async with opened(meant, timeout_s=timeout_s) as face:
            return await work(face)

    return _run(run(), meant)


def new_token(context: Context) -> AccessToken:
    """Return a token of the context's client, with all of its scopes; raises the Problem."""

    async def run() -> AccessToken:
        async with HttpClient(tls=_tls(context)) as http:
            return await _endpoint(context, http).ask()

    return _run(run(), context)


def _run(work: Coroutine[None, None, T], context: Context) -> T:
    try:
        return asyncio.run(work)
    except Problem as problem:
        raise told(problem, context) from problem


@asynccontextmanager
async def opened(context: Context, *, timeout_s: float = TIMEOUT_S) -> AsyncIterator[Face]:
    """Yield the system; in the operator profile with a token, asked for once and renewed.

    Raises Unprocessable where the context lacks something, before anything is sent.
    """
    tls = _tls(context) if context.url.startswith("https://") else None
    if context.client_id is None:
        async with HttpClient(tls=tls, timeout_s=timeout_s) as http:
            yield Face(context, http)
        return
    async with HttpClient(tls=tls) as outside:
        source = TokenSource(_endpoint(context, outside).ask, SystemClock())
        async with HttpClient(tls=tls, token=source.token, timeout_s=timeout_s) as http:
            yield Face(context, http)


def _tls(context: Context) -> ssl.SSLContext:
    return trusting(context.trust, field="--trust")


def _endpoint(context: Context, http: HttpClient) -> TokenEndpoint:
    """Return where the context's client gets tokens; raise Unprocessable where it cannot."""
    if not context.url.startswith("https://"):
        raise Unprocessable(
            f"A secret and its token go over TLS alone, and {context.url} does not start with "
            "https://; leave out the client, or correct --url.",
            field="url",
        )
    for name in ("client_id", "client_secret_file"):
        if getattr(context, name) is None:
            raise Unprocessable(
                f"--{name.replace('_', '-')}: is missing; a client and its secret go together.",
                field=name,
            )
    assert context.client_id is not None and context.client_secret_file is not None
    secret = secret_in(context.client_secret_file, field="--client-secret-file")
    url = f"{context.url.rstrip('/')}{Tokens.info.root}/token"
    return TokenEndpoint(url, context.client_id, secret, http)


def told(problem: Problem, context: Context) -> Problem:
    """Return the problem in the words of who asked: as which client, trusting whom."""
    client = context.client_id
    if isinstance(problem, Unauthorised) and client is None:
        return Unauthorised(
            f"{context.url} asks who you are: give --client-id and --client-secret-file, or a "
            "--context that has them."
        )
    challenges = (v for name, v in problem.headers.items() if name.lower() == "www-authenticate")
    if isinstance(problem, Forbidden) and "insufficient_scope" in next(challenges, ""):
        return Forbidden(f"{problem.detail} You ask as {client!r}.")
    distrust = _distrust(problem)
    if isinstance(problem, Unavailable) and distrust is not None:
        whom = context.trust or "the authorities of this machine"
        return Unavailable(
            f"{context.url} is not who it should be ({distrust.verify_message}); trusted are "
            f"{whom}. Give the authority of its certificate with --trust."
        )
    return problem


def _distrust(problem: Problem) -> ssl.SSLCertVerificationError | None:
    """Return the failed check of a certificate that lies behind a problem, if one does."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
