"""OAuth 2.0 clients: their names, scopes and hashed secrets, in one TOML file.

Never keeps a secret in the clear: only the salted hash of it is written.
"""

import hashlib
import hmac
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wayside.core.errors import Unprocessable

SCRYPT_COST = 2**14


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client: ``secret_hash`` is ``salt$hash`` in hex; ``all`` in scopes grants every one."""

    client_id: str
    secret_hash: str
    scopes: tuple[str, ...]
    app_instance_id: str | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clients: tuple[Client, ...] = ()


def hash_secret(secret: str) -> str:
    """Return the salted scrypt hash of a secret, as the clients file keeps it."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(secret, salt).hex()}"


def _scrypt(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=32)


@dataclass(frozen=True)
class ClientBook:
    """The clients that may ask for tokens."""

    clients: dict[str, Client]

    @classmethod
    def load(cls, path: Path) -> "ClientBook":
        """Return the clients of a TOML file; raise Unprocessable naming file, field and remedy."""
        try:
            parsed = msgspec.convert(tomllib.loads(path.read_text()), type=_File)
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
            raise Unprocessable(
                f"The clients file {path.name} cannot be used: {fault}. Each [[clients]] needs "
                "client_id, secret_hash and scopes."
            ) from fault
        return cls({client.client_id: client for client in parsed.clients})

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is, else None; takes as long for unknown names."""
        client = self.clients.get(client_id)
        salt, _, wanted = (client.secret_hash if client else hash_secret("")).partition("$")
        given = _scrypt(secret, bytes.fromhex(salt)).hex()
        return client if hmac.compare_digest(given, wanted) and client is not None else None
