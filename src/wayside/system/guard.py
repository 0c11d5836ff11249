"""How an element is protected from its callers: authoriser, TLS, and where it may listen.

Never lets the sandbox profile be reached from outside of loopback and the lab.
"""

import ipaddress
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey

from wayside.chassis.element import Doors
from wayside.chassis.rates import RateLimit
from wayside.core.authorisation import Authoriser
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.core.ids import HostId
from wayside.core.operations import Api
from wayside.mep.build import Mep
from wayside.security.application_api import (
    ApplicationClients,
    ApplicationSecrets,
    EitherBook,
)
from wayside.security.applications import InstanceClients, platform_key
from wayside.security.callbacks import CallbackFence
from wayside.security.clients import FollowedBook
from wayside.security.identity import client_id_of
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.tls import serving
from wayside.security.token_api import Tokens
from wayside.security.tokens import (
    ISSUER,
    PlatformTokens,
    TokenAuthoriser,
    TokenIssuer,
    checking_key,
    signing_key,
)

from .settings import GuardSettings, HostSettings, ListenSettings, Profile, SystemSettings
from .state import StateFolder

NETNS_FOLDER = Path("/run/netns")
ANY_CALLER = Doors()


@dataclass(frozen=True)
class Issuing:
    """Where an element issues tokens: to whom, and with what."""

    clients: FollowedBook
    issuer: TokenIssuer


@dataclass(frozen=True)
class Guard:
    """What protects one element."""

    authoriser: Authoriser
    tls: ssl.SSLContext | None = None
    issuing: Issuing | None = None
    doors: Doors = ANY_CALLER

    def apis(self, applications: ApplicationClients) -> tuple[Api, ...]:
        """Return the token endpoint and the applications' secrets, where this element issues."""
        if self.issuing is None:
            return ()
        clients = EitherBook(self.issuing.clients, applications)
        return Tokens(clients, self.issuing.issuer), ApplicationSecrets(applications)


def guard(wanted: GuardSettings, clock: Clock) -> Guard:
    """Return the protection that the settings ask for; raise Unprocessable naming what lacks."""
    if wanted.profile is Profile.SANDBOX:
        return Guard(SandboxAuthoriser())
    tls, key_file = wanted.tls, wanted.signing_key if wanted.clients else wanted.token_key
    if tls is None or key_file is None:
        key_name = "signing_key" if wanted.clients else "token_key (or clients and signing_key)"
        lacking = [n for n, v in (("tls", tls), (key_name, key_file)) if v is None]
        raise Unprocessable(
            f"guard: the operator profile needs {' and '.join(lacking)}.", field="guard"
        )
    context = serving(tls.certificate, tls.key, field="guard.tls")
    doors = Doors(limit=RateLimit(wanted.requests_per_s, wanted.requests_burst, clock))
    if wanted.clients is None:
        return Guard(TokenAuthoriser(checking_key(key_file), clock), context, doors=doors)
    key = signing_key(key_file)
    book = FollowedBook(wanted.clients)
    issuing = Issuing(book, TokenIssuer(key, clock, wanted.token_lifetime_s))
    authoriser = TokenAuthoriser(key, clock, standing=lambda name: book.clients.get(name))
    return Guard(authoriser, context, issuing, doors)


@dataclass(frozen=True)
class PlatformGuard:
    """What protects a platform from its applications, and what they prove themselves with."""

    authoriser: Authoriser
    doors: Doors
    apis: tuple[Api, ...] = ()
    """The platform's own token endpoint."""
    credentials: Callable[[str], Mapping[str, str]] = lambda app_instance_id: {}
    """What an instance finds in its environment to get tokens with."""


def platform_guard(
    settings: HostSettings, protection: Guard, mep: Mep, clock: Clock
) -> PlatformGuard:
    """Return the protection of a platform: in the operator profile it issues tokens itself.

    So its instances have tokens while the system level is away, and no other host believes them.
    """
    if settings.guard.profile is Profile.SANDBOX:
        return PlatformGuard(protection.authoriser, protection.doors)
    keys = StateFolder(settings.state).element(settings.host_id) / "keys"
    name = f"{ISSUER}/{settings.host_id}"
    issuer = TokenIssuer(signing_key(keys / "tokens.key"), clock, name=name)
    clients = InstanceClients(
        platform_key(keys / "instances.key"),
        mep.lives,
        mep.requested_permissions,
        frozenset(settings.guard.application_scopes),
    )
    known = PlatformTokens(
        name,
        issuer.key,
        mep.lives,
        lambda id: {client_id_of(*each) for each in mep.applications(id)},
    )
    trusted = settings.guard.trust
    told = {"MEC_TOKEN_URL": str(token_endpoint(settings))}
    if trusted is not None:
        told["MEC_TRUST_PEM"] = trusted.read_text()
    return PlatformGuard(
        TokenAuthoriser(_system_key(settings.guard), clock, known),
        protection.doors,
        (Tokens(clients, issuer),),
        lambda id: {**told, "MEC_CLIENT_ID": id, "MEC_CLIENT_SECRET": clients.secret_of(id)},
    )


def _system_key(wanted: GuardSettings) -> ECKey:
    path = wanted.signing_key if wanted.clients else wanted.token_key
    assert path is not None  # else ``guard`` has refused
    return checking_key(path)


def token_endpoint(settings: HostSettings) -> str | None:
    """Return where a host's instances get tokens; None in the sandbox, which asks for none."""
    if settings.guard.profile is Profile.SANDBOX:
        return None
    return f"{mp1_root(settings)}{Tokens.info.root}/token"


def peer_clients(settings: HostSettings) -> dict[HostId, str] | None:
    """Return which client may speak for each peer; None in the sandbox, where nobody is asked."""
    if settings.guard.profile is Profile.SANDBOX:
        return None
    peers = settings.platform.peers
    return {HostId(each.host_id): each.client_id or each.host_id for each in peers}


def mp1_root(settings: HostSettings) -> str:
    """Return where a host's instances find the platform."""
    scheme = "https" if settings.guard.profile is Profile.OPERATOR else "http"
    return f"{scheme}://{settings.network.gateway}:{settings.mp1_port}"


def callback_fence(settings: HostSettings) -> CallbackFence | None:
    """Return what keeps notifications in; None in the sandbox, whose callbacks lead anywhere."""
    if settings.guard.profile is Profile.SANDBOX:
        return None
    networks = tuple(ipaddress.ip_network(each) for each in settings.guard.callback_networks)
    return CallbackFence(ipaddress.ip_network(settings.network.pool), networks)


def oss_fence(settings: HostSettings | SystemSettings) -> CallbackFence | None:
    """Return what keeps the notifications of management in: only what the operator allows."""
    if settings.guard.profile is Profile.SANDBOX:
        return None
    networks = tuple(ipaddress.ip_network(each) for each in settings.guard.callback_networks)
    return CallbackFence(None, networks)


def require_listenable(address: ListenSettings, settings: HostSettings | SystemSettings) -> None:
    """Raise Unprocessable where the element's profile may not listen on this address.

    The sandbox listens on loopback, and elsewhere only inside a namespace of its own lab: the
    one named in the settings must carry the state folder's prefix and be the one that this
    process lives in.
    """
    operator = settings.guard.profile is Profile.OPERATOR
    if operator or ipaddress.ip_address(address.host).is_loopback:
        return
    inside, prefix = settings.in_namespace, StateFolder(settings.state).prefix
    if inside is not None and inside.startswith(f"{prefix}-") and _lives_in(inside):
        return
    raise Unprocessable(
        f"listen: the sandbox profile has no passwords and refuses to listen on {address.host}; "
        "use a loopback address, or the operator profile.",
        field="listen",
    )


def _lives_in(name: str) -> bool:
    try:
        named, own = (NETNS_FOLDER / name).stat(), Path("/proc/self/ns/net").stat()
    except OSError:
        return False
    return (named.st_dev, named.st_ino) == (own.st_dev, own.st_ino)
