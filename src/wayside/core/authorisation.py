"""Who asks, and whether they may: the port that every operation passes before its handler runs.

Never decides itself; ``security`` does, joined in ``system``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wayside.core.errors import Forbidden
from wayside.core.operations import Operation


def lacking(scope: str, detail: str) -> Forbidden:
    """Return the refusal of a token that does not grant ``scope``. Ref: RFC 6750 clause 3.1."""
    challenge = f'Bearer realm="wayside", error="insufficient_scope", scope="{scope}"'
    return Forbidden(detail, headers={"WWW-Authenticate": challenge})


@dataclass(frozen=True)
class HeldTypes:
    """The subscription types that a token is held to, where it does not grant all of an API."""

    names: frozenset[str]
    scope: str
    """How the scope of a type is called, the type being ``{type}``."""

    def require(self, type_: str) -> None:
        """Return where the type is one of them; raise Forbidden naming the scope that lacks."""
        if type_ not in self.names:
            scope = self.scope.format(type=type_)
            raise lacking(
                scope, f"The token does not grant {scope}; ask for a token with this scope."
            )


@dataclass(frozen=True)
class Caller:
    """The authenticated client of a request.

    ``subject`` is its name (``anonymous`` in the sandbox profile); ``scopes`` what its token
    grants; ``app_instance_id`` the instance that the token is bound to, if any; ``held`` the types
    of subscriptions that it may see and touch in this operation (None: all there are).
    """

    subject: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    app_instance_id: str | None = None
    held: HeldTypes | None = None


def held_of(caller: Caller | None) -> HeldTypes | None:
    """Return the types of subscriptions that a caller is held to; None: to none."""
    return None if caller is None else caller.held


def speaks_for(caller: Caller | None, app_instance_id: str | None) -> bool:
    """Tell whether a caller may speak for an instance: it is bound to no other."""
    bound = None if caller is None else caller.app_instance_id
    return bound in (None, app_instance_id)


def require_own(caller: Caller | None, app_instance_id: str | None, field: str) -> None:
    """Return where the caller may speak for the instance that ``field`` names; else Forbidden."""
    if caller is not None and not speaks_for(caller, app_instance_id):
        raise Forbidden(
            f"{field}: the token is bound to the application instance {caller.app_instance_id}; "
            "it may speak for this one alone.",
            field=field,
            headers={"WWW-Authenticate": 'Bearer realm="wayside", error="insufficient_scope"'},
        )


@dataclass(frozen=True)
class Credentials:
    """What a request brought to prove who it is."""

    authorization: str | None
    """The Authorization header, whole."""
    peer_certificate: bytes | None = None
    """The TLS client certificate, DER, already verified by the TLS layer."""


class Authoriser(Protocol):
    """Decides before each handler. Ref: MEC 009 clause 6.16."""

    def authorise(
        self, operation: Operation, credentials: Credentials, path: Mapping[str, str]
    ) -> Caller:
        """Return the caller who may do ``operation`` on the resource that ``path`` names.

        Raises Unauthorised (401, with WWW-Authenticate) or Forbidden (403).
        """
        ...
