"""What an operator makes by hand, made for the system of one machine: an authority, certificates,
the clients of its token issuer and their secrets.

All of it lies among the state folder's keys and stays there from one start to the next, but for
certificates, which are new with each. Never sends anything, and never shows a secret.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import tomli_w

from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.operations import operations_of
from wayside.csar.keys import load_identity, new_authority, write_identity
from wayside.security.certificates import pem_of, server_certificate
from wayside.security.clients import NOBODY, Client, ClientBook, hash_secret
from wayside.security.files import private_file
from wayside.security.scopes import ALL
from wayside.security.token_api import Tokens
from wayside.security.tokens import signing_key

from . import services
from .settings import GuardSettings, Profile, TlsSettings
from .state import OPERATOR, SYSTEM, UALCMP, WORLD, StateFolder

UALCMP_SCOPES = (
    "app_lcm:read", "app_lcm:write", "app_pkgm:read", "app_pkgm:write", "wayside_changes:read",
    "wayside_user_apps:read",
)  # fmt: skip
SCOPES = {OPERATOR: (ALL,), WORLD: ("wayside_dataplane:read",), UALCMP: UALCMP_SCOPES}
SYSTEM_SCOPES = ("app_lcm:read", "app_lcm:write", "vim:read", "wayside_changes:read")
"""The issuer gives itself its tokens: nobody has its secret, as there is none."""
HOST_SCOPES = (
    "granting:write",
    "app_pkgm:read",
    "mp3:write",
    "wayside_relocation:read",
    "wayside_relocation:write",
)
"""What an element may do at others, and no more."""


@dataclass(frozen=True)
class Papers:
    """The papers of the system on one state folder."""

    state: StateFolder
    clock: Clock

    def prepare(self, hosts: Sequence[str]) -> None:
        """Make what is missing: the authority, the signing key, each client with its secret.

        What is there is kept. Raises Unprocessable where a file holds something else.
        """
        self.state.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._authority_key.exists():
            name = f"Wayside on {self.state.root.name}"
            made = new_authority(name, now=self.clock.now())
            write_identity(made, self.state.keys, self._authority_key.stem)
        signing_key(self._signing_key)
        clients = self.clients()
        clients[SYSTEM] = Client(client_id=SYSTEM, secret_hash=NOBODY, scopes=SYSTEM_SCOPES)
        for name, scopes in (SCOPES | dict.fromkeys(hosts, HOST_SCOPES)).items():
            known = clients.get(name)
            if known is None or known.scopes != scopes or not self.state.secret(name).exists():
                clients[name] = self._new_client(name, scopes)
        self._keep(clients)

    def clients(self) -> dict[str, Client]:
        """Return the clients of the token issuer by their names; none before it was prepared."""
        return dict(ClientBook.load(self._clients).clients) if self._clients.exists() else {}

    def is_element(self, name: str) -> bool:
        """Tell whether a client is one that each start makes: an element, or the operator."""
        return name == SYSTEM or self.state.secret(name).exists()

    def admit(self, name: str, scopes: Sequence[str]) -> str:
        """Let a new client in, at once where the system runs; return its secret, this once.

        Raises Conflict where there is one of this name.
        """
        clients = self._prepared()
        if name in clients:
            raise Conflict(f"There is a client {name!r}; remove it first, or take another name.")
        secret = secrets.token_urlsafe(32)
        client = Client(client_id=name, secret_hash=hash_secret(secret), scopes=tuple(scopes))
        self._keep(clients | {name: client})
        return secret

    def dismiss(self, name: str) -> None:
        """Let a client in no more; the orchestrator refuses its tokens at their next request.

        Raises NotFound where there is none, Unprocessable where the system needs it.
        """
        clients = self._prepared()
        if name not in clients:
            raise NotFound(f"There is no client {name!r}; there are: {', '.join(clients)}.")
        if self.is_element(name):
            raise Unprocessable(f"The system itself is the client {name!r}, and needs it.")
        del clients[name]
        self._keep(clients)

    def _prepared(self) -> dict[str, Client]:
        clients = self.clients()
        if not clients:
            raise Unprocessable(
                f"{self.state.root} has no system in the operator profile; start one with "
                "`wayside up --profile operator`."
            )
        return clients

    def _keep(self, clients: Mapping[str, Client]) -> None:
        entries = [msgspec.to_builtins(each) for each in clients.values()]
        private_file(self._clients, tomli_w.dumps({"clients": _without_none(entries)}).encode())

    def certificate(self, name: str, hosts: Sequence[str]) -> TlsSettings:
        """Return the files of a fresh certificate of ``name``, called by one of ``hosts``."""
        authority = load_identity(self._authority_key, self.state.authority_certificate)
        try:
            made = server_certificate(name, hosts=hosts, authority=authority, now=self.clock.now())
        except ValueError as fault:
            raise Unprocessable(
                f"No certificate can name {', '.join(hosts)}: {fault}. Give host names in ASCII."
            ) from fault
        chain, key = pem_of(made)
        tls = TlsSettings(
            certificate=self.state.keys / f"{name}.tls.cert",
            key=self.state.keys / f"{name}.tls.key",
        )
        private_file(tls.certificate, chain)
        private_file(tls.key, key)
        return tls

    def issuer(self, addresses: Sequence[str]) -> GuardSettings:
        """Return the protection of the system level, which issues the tokens."""
        return GuardSettings(
            profile=Profile.OPERATOR,
            tls=self.certificate(SYSTEM, addresses),
            clients=self._clients,
            signing_key=self._signing_key,
            trust=self.state.authority_certificate,
            client_id=SYSTEM,
        )

    def checker(self, name: str, addresses: Sequence[str], *, issuer: str) -> GuardSettings:
        """Return the protection of an element that gets its tokens from ``issuer``, a URL."""
        return GuardSettings(
            profile=Profile.OPERATOR,
            tls=self.certificate(name, addresses),
            token_key=self.token_key,
            trust=self.state.authority_certificate,
            client_id=name,
            client_secret_file=self.state.secret(name),
            token_url=f"{issuer}{Tokens.info.root}/token",
            application_scopes=service_scopes(),
        )

    @property
    def token_key(self) -> Path:
        """The public half of the key that tokens are signed with."""
        return self._signing_key.with_suffix(".pub")

    @property
    def _authority_key(self) -> Path:
        return self.state.authority_certificate.with_suffix(".key")

    @property
    def _signing_key(self) -> Path:
        return self.state.keys / "tokens.key"

    @property
    def _clients(self) -> Path:
        return self.state.keys / "clients.toml"

    def _new_client(self, name: str, scopes: Sequence[str]) -> Client:
        secret = secrets.token_urlsafe(32)
        private_file(self.state.secret(name), f"{secret}\n".encode())
        return Client(client_id=name, secret_hash=hash_secret(secret), scopes=tuple(scopes))


def service_scopes() -> tuple[str, ...]:
    """Return the scopes of the MEC services, which an application is granted where it asks.

    What a service has beside its standard, for whoever operates it, is called ``wayside_…``.
    """
    apis = [api for api in services.declared() if not api.info.name.startswith("wayside_")]
    return tuple(sorted({each.scope for api in apis for each in operations_of(api)}))


def _without_none(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{n: v for n, v in each.items() if v is not None} for each in entries]
