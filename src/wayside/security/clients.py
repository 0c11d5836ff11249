"""OAuth 2.0 clients: their names, scopes and hashed secrets, in one TOML file.

``python -m wayside.security.clients NAME SCOPE…`` prints an entry for the file, and on standard
error the secret that goes with it, which is shown this once.
Never keeps a secret in the clear: only the salted hash of it is written.
"""

import argparse
import hashlib
import hmac
import logging
import secrets
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import tomli_w

from wayside.core.errors import Unprocessable

log = logging.getLogger(__name__)

SCRYPT_COST = 2**14
SALT_BYTES, HASH_BYTES = 16, 32
HASH_PATTERN = f"^[0-9a-f]{{{2 * SALT_BYTES}}}\\$[0-9a-f]{{{2 * HASH_BYTES}}}$"
NOBODY = f"{'0' * 2 * SALT_BYTES}${'0' * 2 * HASH_BYTES}"
"""A hash that no secret has: unknown names are compared with it, so that they take as long."""

SecretHash = Annotated[str, msgspec.Meta(pattern=HASH_PATTERN)]


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client: ``secret_hash`` is ``salt$hash`` in hex; ``all`` in scopes grants every one.

    With ``app_instance_id`` its tokens open the resources of that instance alone; those of an
    ``application``, of the instances of the application that the client id was made of.
    """

    client_id: str
    secret_hash: SecretHash
    scopes: tuple[str, ...]
    app_instance_id: str | None = None
    application: bool = False

    @property
    def mark(self) -> str:
        """Tells this secret of the client from those before and after it, and says nothing of it.

        Tokens bear it, so that those of a former secret can be refused.
        """
        return hashlib.sha256(self.secret_hash.encode()).hexdigest()[:16]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clients: tuple[Client, ...] = ()


def hash_secret(secret: str) -> str:
    """Return the salted scrypt hash of a secret, as the clients file keeps it."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{salt.hex()}${_scrypt(secret, salt).hex()}"


def _scrypt(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=HASH_BYTES)


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
        names = [client.client_id for client in parsed.clients]
        for name in names:
            if names.count(name) > 1:
                raise Unprocessable(
                    f"The clients file {path.name} has {name!r} twice; give each client one entry."
                )
        return cls({client.client_id: client for client in parsed.clients})

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is, else None; takes as long for unknown names.

        It takes tens of milliseconds of processor time, so that secrets cannot be guessed fast.
        """
        client = self.clients.get(client_id)
        salt, _, wanted = (client.secret_hash if client else NOBODY).partition("$")
        given = _scrypt(secret, bytes.fromhex(salt)).hex()
        return client if hmac.compare_digest(given, wanted) and client is not None else None


class FollowedBook:
    """The clients of a file as it is now: it is read again once it has changed.

    Whoever is added may come in at once, whoever is removed may not. A file that cannot be used
    any more leaves the clients as they were, and the log says why.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _edition(path)
        self._book = ClientBook.load(path)

    @property
    def clients(self) -> dict[str, Client]:
        """The clients by their names."""
        return self._now().clients

    def authenticate(self, client_id: str, secret: str) -> Client | None:
        """Return the client whose secret this is, else None; see ``ClientBook``."""
        return self._now().authenticate(client_id, secret)

    def _now(self) -> ClientBook:
        edition = _edition(self._path)
        if edition != self._seen:
            self._seen = edition
            try:
                self._book = ClientBook.load(self._path)
                log.info("%s was read again: %d clients", self._path, len(self._book.clients))
            except Unprocessable as fault:
                log.error("the clients stay as they were: %s", fault.detail)
        return self._book


def _edition(path: Path) -> tuple[int, int, int] | None:
    """Return what differs between a file and what was written in its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def new_entry(client_id: str, scopes: Sequence[str], secret: str) -> str:
    """Return what is added to the clients file for a new client."""
    entry = {"client_id": client_id, "secret_hash": hash_secret(secret), "scopes": list(scopes)}
    return tomli_w.dumps({"clients": [entry]})


def main() -> None:
    """Print an entry for a new client, and its fresh secret."""
    parser = argparse.ArgumentParser(prog="wayside.security.clients", description=main.__doc__)
    parser.add_argument("client_id")
    parser.add_argument("scopes", nargs="+", help="such as app_lcm:read, or all")
    given = parser.parse_args()
    secret = secrets.token_urlsafe(32)
    sys.stdout.write(new_entry(given.client_id, given.scopes, secret))
    sys.stderr.write(f"{secret}\n")


if __name__ == "__main__":
    main()
