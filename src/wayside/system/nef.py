"""A 3GPP core as the network's source: its settings, its connections, and where it reports.

Never asks the core anything: ``access.nef`` does.
"""

import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Annotated, NoReturn

from msgspec import Meta, field

from wayside.access.nef.callbacks import NefCallbacks
from wayside.access.nef.keeping import Asker
from wayside.access.nef.source import NefSource, Ports
from wayside.access.nef.table import load
from wayside.access.nef.wishes import Monitoring
from wayside.access.reading import Record
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.client import HttpClient
from wayside.chassis.element import Doors
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.rates import RateLimit
from wayside.chassis.store import Store
from wayside.core.errors import Unprocessable
from wayside.security.files import secret_in
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.tls import serving, trusting
from wayside.security.token_source import TokenEndpoint, TokenSource

from .opening import Opened, Place
from .state import NETWORK

Url = Annotated[str, Meta(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")]
PORT = Annotated[int, Meta(ge=1, le=65535)]
REPORTS_PER_S = 500
REPORTS_BURST = 5000


class ListenSaid(Record):
    """Where reports of the NEF are taken."""

    host: str
    """An address, not a name. Without a certificate it must be a loopback address."""
    port: PORT
    certificate: str | None = None
    """PEM, the chain from the own certificate upwards."""
    key: str | None = None


class TokenSaid(Record):
    """Who this system is to the NEF. Ref: RFC 6749 clause 4.4, TS 29.122 clause 5.2.13."""

    url: Url
    client_id: str
    secret_file: str
    """Readable by its owner alone."""
    scopes: tuple[str, ...] = ()


class NefSaid(Record):
    """A core, and how it is asked."""

    url: Url
    """The NEF (apiRoot)."""
    scs_as_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]
    """The name that the core's operator has given to this system (scsAsId, afId)."""
    table: str
    """The operator's table: cells, subscribers, sessions, influences."""
    listen: ListenSaid
    notify: Url
    """Where the NEF finds ``listen``: an address, and perhaps a path before the callbacks'."""
    token: TokenSaid | None = None
    trust: str | None = None
    """PEM, the authorities of the NEF's certificate; none: the machine's own."""
    lifetime_s: Annotated[int, Meta(ge=60, le=31_536_000)] = 3600
    """Of a subscription, before it is renewed."""
    monitoring: Monitoring = field(default_factory=Monitoring)


@asynccontextmanager
async def open_nef(said: NefSaid, place: Place) -> AsyncIterator[Opened]:
    """Open the core; at the end everything that it was asked for is taken back."""
    table = load(place.path(said.table))
    tls = _listening(said.listen, place)
    clock = place.hands.clock
    folder = place.state.element(NETWORK)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(SqliteJournal(folder / "nef.db"), new_id=place.hands.new_id)
    try:
        async with _connections(said, place) as http:
            source = NefSource(
                table,
                Asker(
                    scs_as_id=said.scs_as_id,
                    nef=said.url.rstrip("/"),
                    notify=said.notify.rstrip("/") + NefCallbacks.info.root,
                    lifetime_s=said.lifetime_s,
                ),
                Ports(http, store, clock, lambda: secrets.token_urlsafe(24)),
                how=said.monitoring,
                epoch=clock.now(),
            )
            server = HttpServer(_callbacks(source, place), nursery=place.hands.nursery)
            await server.listen_tcp(said.listen.host, said.listen.port, tls=tls)
            try:
                yield Opened(source, source.run)
            finally:
                await source.close()
                await server.close()
    finally:
        await store.close()


def _callbacks(source: NefSource, place: Place) -> Element:
    """Return what the NEF posts to: who knows a key is the NEF, so nobody else is asked for."""
    clock = place.hands.clock
    return Element(
        title="Reports of a NEF",
        apis=[source.callbacks],
        authoriser=SandboxAuthoriser(),
        clock=clock,
        new_id=place.hands.new_id,
        doors=Doors(limit=RateLimit(REPORTS_PER_S, REPORTS_BURST, clock)),
    )


@asynccontextmanager
async def _connections(said: NefSaid, place: Place) -> AsyncIterator[HttpClient]:
    trust = None if said.trust is None else place.path(said.trust)
    tls = trusting(trust, field="source.trust") if said.url.startswith("https:") else None
    if said.token is None:
        async with HttpClient(tls=tls) as http:
            yield http
        return
    if not (said.url.startswith("https:") and said.token.url.startswith("https:")):
        _refuse("source.token", "a secret and its tokens go over https:// alone; so must url.")
    secret = secret_in(place.path(said.token.secret_file), field="source.token.secret_file")
    async with HttpClient(tls=tls) as endpoint:
        wanted = said.token
        ask = TokenEndpoint(wanted.url, wanted.client_id, secret, endpoint, wanted.scopes).ask
        source = TokenSource(ask, place.hands.clock)
        async with HttpClient(tls=tls, token=source.token) as http:
            yield http


def _listening(said: ListenSaid, place: Place) -> ssl.SSLContext | None:
    try:
        address = ip_address(said.host)
    except ValueError:
        _refuse("source.listen.host", f"{said.host!r} is not an address.")
    if (said.certificate is None) != (said.key is None):
        _refuse("source.listen.key", "certificate and key go together.")
    if said.certificate is None or said.key is None:
        if not address.is_loopback:
            _refuse("source.listen.certificate", "beyond loopback reports are taken over TLS only.")
        return None
    files = place.path(said.certificate), place.path(said.key)
    return serving(*files, field="source.listen.certificate")


def _refuse(name: str, why: str) -> NoReturn:
    raise Unprocessable(f"{name}: {why}", field=name)
