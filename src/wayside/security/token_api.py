"""The token endpoint: client credentials in, access token out. Ref: RFC 6749 clause 4.4.

Never decides what an operation needs: operations declare their scopes.
"""

import asyncio
import base64
import binascii
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote_plus

from wayside.core.authorisation import Credentials
from wayside.core.errors import TooLarge
from wayside.core.operations import Api, get, post
from wayside.core.replies import Answer
from wayside.core.requests import Upload
from wayside.core.wire import Wire

from .clients import Client
from .scopes import PUBLIC, may_have
from .tokens import ALGORITHM, TokenIssuer

FORM = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 8_192
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class AccessToken(Wire, rename=None, omit_defaults=False):
    """A token as RFC 6749 clause 5.1 spells it; ``expires_in`` in seconds."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int
    scope: str = ""


class TokenError(Wire, rename=None):
    """Why there is no token. Ref: RFC 6749 clause 5.2."""

    error: str
    error_description: str = ""


class PublicKey(Wire, rename=None, omit_defaults=False):
    """A key that signatures are checked with. Ref: RFC 7517 clause 4, RFC 7518 clause 6.2.1."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str = ALGORITHM
    use: str = "sig"


class KeySet(Wire):
    """The keys of a token issuer. Ref: RFC 7517 clause 5."""

    keys: tuple[PublicKey, ...]


class Clients(Protocol):
    """Who may ask for tokens."""

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is, else None; the time says nothing."""
        ...


class Tokens(Api, name="oauth2", version="v1", spec="RFC 6749", title="Access tokens"):
    """Gives tokens to known clients, and the key to check them with to everyone."""

    def __init__(self, clients: Clients, issuer: TokenIssuer) -> None:
        self._clients = clients
        self._issuer = issuer

    @post(
        "/token", clause="MEC 009 clause 6.16", scope=PUBLIC, consumes=(FORM,), refusal=TokenError
    )
    async def create_token(self, body: Upload, credentials: Credentials) -> Answer[AccessToken]:
        """Return a bearer token for ``grant_type=client_credentials``.

        The client proves itself with HTTP Basic or with ``client_id`` and ``client_secret`` in the
        form; ``scope`` narrows what it is granted. Errors are those of RFC 6749 clause 5.2.
        """
        fields = parse_qs(await _text(body))
        repeated = sorted(name for name, values in fields.items() if len(values) > 1)
        if repeated:
            return _refused(400, "invalid_request", f"{', '.join(repeated)} is given twice")
        form = {name: values[0] for name, values in fields.items()}
        if "grant_type" not in form:
            return _refused(400, "invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            return _refused(400, "unsupported_grant_type", "grant_type must be client_credentials")
        client_id, secret = _basic(credentials.authorization) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        client = await asyncio.to_thread(self._clients.authenticate, client_id, secret)
        if client is None:
            return _refused(401, "invalid_client", "The client id or its secret is wrong")
        granted = _granted(client, form.get("scope", ""))
        if granted is None:
            return _refused(400, "invalid_scope", "The client may not have all of these scopes")
        token = AccessToken(
            access_token=self._issuer.issue(client, granted),
            expires_in=self._issuer.lifetime_s,
            scope=" ".join(sorted(granted)),
        )
        return Answer(200, token, NO_STORE)

    @get("/jwks", clause="Ours: RFC 7517 clause 5", scope=PUBLIC)
    async def list_keys(self) -> KeySet:
        """Return the key that tokens of this issuer are signed with, for others to check them.

        The ``kid`` is that in a token's header, and its ``iss``.
        """
        key = self._issuer.key.as_dict(private=False)
        x, y = str(key["x"]), str(key["y"])
        named = PublicKey(kty="EC", crv=str(key["crv"]), x=x, y=y, kid=self._issuer.name)
        return KeySet(keys=(named,))


def _granted(client: Client, asked: str) -> frozenset[str] | None:
    own = frozenset(client.scopes)
    wanted = frozenset(asked.split())
    if not wanted:
        return own
    return wanted if may_have(own, wanted) else None


def _basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def _refused(status: int, error: str, description: str) -> Answer[Any]:
    extra = (("WWW-Authenticate", 'Basic realm="wayside"'),) if status == 401 else ()
    return Answer(status, TokenError(error=error, error_description=description), NO_STORE + extra)


async def _text(body: Upload) -> str:
    held = bytearray()
    async for piece in body.pieces():
        held += piece
        if len(held) > FORM_BYTES_MAX:
            raise TooLarge(f"The form is larger than {FORM_BYTES_MAX} bytes.")
    return held.decode("utf-8", errors="replace")
