"""Who asks, and whether they may: the port that every operation passes before its handler runs.

Never decides itself; ``security`` does, joined in ``system``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wayside.core.operations import Operation


@dataclass(frozen=True)
class Caller:
    """The authenticated client of a request.

    ``subject`` is its name (``anonymous`` in the sandbox profile); ``scopes`` what its token
    grants; ``app_instance_id`` the instance that the token is bound to, if any.
    """

    subject: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    app_instance_id: str | None = None


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
