"""How an element is protected: the profile's authoriser, its TLS, and where it may listen.

Never lets the sandbox profile be reached from outside of loopback and the lab.
"""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from wayside.core.authorisation import Authoriser
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.core.operations import Api
from wayside.security.clients import ClientBook
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.token_api import Tokens
from wayside.security.tokens import TokenAuthoriser, TokenIssuer, signing_key

from .settings import GuardSettings, ListenSettings, Profile

NETNS_FOLDER = Path("/run/netns")


@dataclass(frozen=True)
class Guard:
    """What protects one element."""

    authoriser: Authoriser
    tls: ssl.SSLContext | None
    apis: tuple[Api, ...]
    """The token endpoint, where this element has the clients."""


def guard(wanted: GuardSettings, clock: Clock) -> Guard:
    """Return the protection that the settings ask for; raise Unprocessable naming what lacks."""
    if wanted.profile is Profile.SANDBOX:
        return Guard(SandboxAuthoriser(), None, ())
    if wanted.tls is None or wanted.signing_key is None:
        raise Unprocessable(
            "guard: the operator profile needs tls (certificate and key) and signing_key.",
            field="guard",
        )
    key = signing_key(wanted.signing_key)
    apis: tuple[Api, ...] = ()
    if wanted.clients is not None:
        apis = (Tokens(ClientBook.load(wanted.clients), TokenIssuer(key, clock)),)
    return Guard(TokenAuthoriser(key, clock), _tls(wanted.tls.certificate, wanted.tls.key), apis)


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # AEAD with forward secrecy only. Ref: TS 33.210 clause 6.2.3, RFC 7540 appendix A.
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM")
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise Unprocessable(
            f"guard.tls: {certificate} and {key} are no certificate and its key: {fault}."
        ) from fault
    return context


def require_listenable(
    address: ListenSettings, profile: Profile, *, in_namespace: str | None
) -> None:
    """Raise Unprocessable where the profile may not listen on this address.

    The sandbox listens on loopback, and elsewhere only inside a namespace of the lab: the one
    named in the settings must be the one that this process lives in.
    """
    if profile is Profile.OPERATOR or ipaddress.ip_address(address.host).is_loopback:
        return
    if in_namespace is not None and _lives_in(in_namespace):
        return
    raise Unprocessable(
        f"listen: the sandbox profile has no passwords and refuses to listen on {address.host}; "
        "use a loopback address, or the operator profile.",
        field="listen",
    )


def _lives_in(name: str) -> bool:
    try:
        return (NETNS_FOLDER / name).stat().st_ino == Path("/proc/self/ns/net").stat().st_ino
    except OSError:
        return False
