"""Application instances as OAuth 2.0 clients of their platform: their secrets and their scopes.

A secret is derived from a key of the platform and the instance's identifier, so that none is kept
anywhere, and it is good as long as the instance is there. Never knows an instance itself: it asks.
Ref: MEC 009 clause 6.16; ours: docs/decisions/0032.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from wayside.core.errors import Unprocessable

from .clients import NOBODY, Client
from .files import private_file

Lives = Callable[[str], bool]
"""Tells whether an application instance is there and has not been terminated."""

KEY_BYTES = 32
APIS = ("mec_app_support", "mec_service_mgmt", "service-apis", "published-apis", "capif-events")
SCOPES = tuple(f"{api}:{what}" for api in APIS for what in ("read", "write"))
"""What any instance may do at its platform: everything on Mp1, about itself alone."""


@dataclass(frozen=True)
class InstanceClients:
    """The instances of one platform; the client id is the appInstanceId."""

    key: bytes
    lives: Lives
    requested: Callable[[str], Collection[str]] = lambda app_instance_id: ()
    """The scopes that an instance's AppD asks for beside those of Mp1."""
    grantable: frozenset[str] = frozenset()
    """Those of them that the operator grants to whoever asks."""

    def secret_of(self, app_instance_id: str) -> str:
        """Return the instance's secret; the same one each time, of 256 bits."""
        made = hmac.digest(self.key, app_instance_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the living instance whose secret this is, else None."""
        good = hmac.compare_digest(self.secret_of(client_id).encode(), secret.encode())
        if not good or not self.lives(client_id):
            return None
        granted = self.grantable.intersection(self.requested(client_id))
        return Client(
            client_id=client_id,
            secret_hash=NOBODY,
            scopes=(*SCOPES, *sorted(granted)),
            app_instance_id=client_id,
        )


def platform_key(path: Path) -> bytes:
    """Return the key kept at ``path``, made there (mode 0600) the first time.

    Raises Unprocessable where the file holds something else.
    """
    if not path.exists():
        private_file(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Unprocessable(
            f"{path} does not hold {KEY_BYTES} bytes; remove it to have a new key made. The "
            "secrets of running instances end with the old one."
        )
    return key
