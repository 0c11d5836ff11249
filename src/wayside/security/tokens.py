"""Access tokens: ES256-signed, short-lived, made for client credentials and checked per request.

Never knows how a token travels: the token endpoint and the authoriser do.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from wayside.core.authorisation import Caller, Credentials, lacking
from wayside.core.clock import Clock
from wayside.core.errors import BadRequest, Unauthorised, Unprocessable
from wayside.core.operations import Operation

from .applications import Lives
from .clients import Client
from .files import private_file
from .scopes import PUBLIC, held_types, may_have, opens

ALGORITHM = "ES256"
ISSUER = "wayside"
MARK = "client_mark"
"""Claim: which secret of its client the token was given for. Ours."""
SECOND_NS = 1_000_000_000
VERIFIED_MAX = 4_096


def signing_key(path: Path) -> ECKey:
    """Return the signing key kept at ``path``, made there (mode 0600) the first time.

    Its public half is written beside it with the suffix ``.pub``, for elements that only check.
    Raises Unprocessable where the file holds something else.
    """
    if not path.exists():
        private_file(path, ECKey.generate_key("P-256", private=True).as_pem(private=True))
    key = _key_in(path)
    if not key.is_private:
        raise Unprocessable(
            f"{path} holds a public key; tokens are signed with a private one.", field="signing_key"
        )
    path.with_suffix(".pub").write_bytes(key.as_pem(private=False))
    return key


def checking_key(path: Path) -> ECKey:
    """Return the key that tokens are checked with; its public half is all that is needed.

    Raises Unprocessable where the file is not there or holds something else.
    """
    return _key_in(path)


def _key_in(path: Path) -> ECKey:
    try:
        return ECKey.import_key(path.read_bytes())
    except (OSError, ValueError, JoseError) as fault:
        raise Unprocessable(
            f"{path} cannot be used for tokens: {fault}. Give a P-256 key in PEM; the element that "
            "issues tokens makes one and writes its public half beside it (.pub)."
        ) from fault


@dataclass(frozen=True)
class TokenIssuer:
    """Makes tokens. Ref: MEC 009 clause 6.16, RFC 6749 clause 4.4."""

    key: ECKey
    clock: Clock
    lifetime_s: int = 3600
    name: str = ISSUER
    """Who it is, as ``iss`` and as the name of the key."""

    def issue(self, client: Client, scopes: frozenset[str]) -> str:
        """Return a token that lets ``client`` use ``scopes`` for ``lifetime_s`` seconds."""
        now = self.clock.now() // SECOND_NS
        claims: dict[str, str | int] = {
            "iss": self.name,
            "sub": client.client_id,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": secrets.token_hex(16),
            MARK: client.mark,
        }
        if client.app_instance_id:
            claims["app_instance_id"] = client.app_instance_id
        if client.application:
            claims["application"] = True
        return jwt.encode({"alg": ALGORITHM, "kid": self.name}, claims, self.key)


@dataclass(frozen=True)
class PlatformTokens:
    """The tokens that a platform gives to its own instances: good there and nowhere else."""

    name: str
    key: ECKey
    lives: Lives
    client_ids: Callable[[str | None], Collection[str]] = lambda app_instance_id: ()
    """The client id of the application of a living instance, or those of all of them (None)."""


Standing = Callable[[str], Client | None]
"""Returns a client of the system as it is now, None where there is none of this name."""


@dataclass(frozen=True)
class TokenAuthoriser:
    """The operator profile's authoriser: a valid token with the operation's scope, or nothing.

    A token bound to an instance opens only that instance's resources, and where ``platform``
    knows the instances, only while it lives: what is terminated is refused at its next request.
    Ref: RFC 6750 clause 3.
    """

    key: ECKey
    clock: Clock
    platform: PlatformTokens | None = None
    standing: Standing | None = None
    """Where the system's clients are known: what is revoked is refused at the next request."""
    remembers: int = VERIFIED_MAX
    """How many tokens' signatures are checked once and not at each request."""
    _verified: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    """What they say, and who signed; all else that makes a token good is asked each time."""

    def authorise(
        self, operation: Operation, credentials: Credentials, path: Mapping[str, str]
    ) -> Caller:
        """Return the token's caller; raise Unauthorised or Forbidden with WWW-Authenticate.

        Raises BadRequest where two tokens are sent. Ref: RFC 6750 clause 3.1.
        """
        if operation.scope == PUBLIC:
            return Caller(subject="anonymous")
        caller, application = self._caller(credentials.authorization)
        if not opens(caller.scopes, operation):
            raise lacking(
                operation.scope,
                f"The token does not grant {operation.scope}; ask for a token with this scope.",
            )
        if operation.types:
            caller = replace(caller, held=held_types(caller.scopes, operation))
        bound = caller.app_instance_id
        if bound and any(path.get(name, bound) != bound for name in INSTANCE_PARAMETERS):
            raise lacking(
                operation.scope,
                "The token is bound to another application instance than the one in the path.",
            )
        return self._instance_of(caller, operation, path) if application else caller

    def _instance_of(self, caller: Caller, operation: Operation, path: Mapping[str, str]) -> Caller:
        """Return an application as the instance of its own that it speaks for.

        Where it speaks for none, it may read what all may; raises Forbidden otherwise.
        """
        named = next((path[name] for name in INSTANCE_PARAMETERS if name in path), None)
        known = self.platform.client_ids(named) if self.platform else ()
        if caller.subject in known and (named is not None or operation.method == "GET"):
            return replace(caller, app_instance_id=named)
        raise lacking(
            operation.scope,
            "The token is that of an application; it is good at platforms that run instances of "
            "it, and for these alone.",
        )

    def _caller(self, authorization: str | None) -> tuple[Caller, bool]:
        """Return the caller, and whether it is an application."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised(
                "The request has no access token; get one at the token endpoint and send it as "
                "'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": 'Bearer realm="wayside"'},
            )
        if "," in token:
            raise BadRequest(
                "Authorization is given twice; send one access token.",
                field="Authorization",
                headers={"WWW-Authenticate": 'Bearer realm="wayside", error="invalid_request"'},
            )
        claims, issuer = self._verified.get(token) or self._verify(token)
        expires = claims.get("exp")
        if not isinstance(expires, int) or expires * SECOND_NS <= self.clock.now():
            raise _invalid("The access token has expired")
        bound = claims.get("app_instance_id")
        bound = bound if isinstance(bound, str) else None
        if claims.get("iss") != issuer or issuer not in self._issuers(bound):
            raise _invalid("The access token is not one of ours")
        if bound is not None and self.platform is not None and not self.platform.lives(bound):
            raise _invalid("The application instance of the access token is gone")
        subject, application = str(claims.get("sub")), "application" in claims
        scopes = frozenset(str(claims.get("scope", "")).split())
        if self.standing is not None and issuer == ISSUER and not application:
            scopes = _still_granted(self.standing(subject), claims.get(MARK), scopes)
        return Caller(subject=subject, scopes=scopes, app_instance_id=bound), application

    def _verify(self, token: str) -> tuple[dict[str, Any], str]:
        """Return the token's claims and who signed it, kept for the next request with it."""
        try:
            read = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as fault:
            raise _invalid("The access token is not one of ours") from fault
        if len(self._verified) >= self.remembers:
            self._verified.clear()
        found = self._verified[token] = read.claims, str(read.header.get("kid"))
        return found

    def _key_of(self, token: GuestProtocol) -> ECKey:
        """Return the key that a token says it was signed with; the signature tells whether."""
        platform = self.platform
        if platform is not None and token.headers().get("kid") == platform.name:
            return platform.key
        return self.key

    def _issuers(self, bound: str | None) -> tuple[str, ...]:
        """Return who may have issued a token: the platform's own bind an instance, always."""
        platform = self.platform
        return (ISSUER,) if platform is None or bound is None else (ISSUER, platform.name)


INSTANCE_PARAMETERS = ("appInstanceId", "apfId", "subscriberId")
"""Names of path parameters that are an instance's identifier; the last two are CAPIF's."""


def _still_granted(client: Client | None, mark: object, scopes: frozenset[str]) -> frozenset[str]:
    """Return those of ``scopes`` that the client has still.

    Raises Unauthorised where it is gone, or has another secret than the token was given for.
    """
    if client is None or client.mark != mark:
        raise _invalid("The client of the access token is gone, or has another secret now")
    return frozenset(scope for scope in scopes if may_have(frozenset(client.scopes), {scope}))


def _invalid(reason: str) -> Unauthorised:
    return Unauthorised(
        f"{reason}; get a new one at the token endpoint.",
        headers={"WWW-Authenticate": 'Bearer realm="wayside", error="invalid_token"'},
    )
