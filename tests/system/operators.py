"""A system and a host process in the operator profile, on loopback, as operators run them."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.system.authority import Authority

from wayside.security.clients import hash_secret
from wayside.system.settings import (
    GuardSettings,
    HostEntry,
    HostSettings,
    ListenSettings,
    NetworkSettings,
    PackagePolicy,
    Profile,
    ResourceSettings,
    Settings,
    SystemSettings,
)
from wayside.system.state import StateFolder

PATIENCE_S = 30.0
LOOPBACK = "127.0.0.1"
CLIENTS = {
    "oss": ("opensesame", ("all",)),
    "reader": ("peekaboo", ("app_lcm:read",)),
    "uploader": ("heave-ho", ("app_pkgm:read", "app_pkgm:write")),
    "meo": ("unused", ("app_lcm:read", "app_lcm:write", "vim:read", "wayside_changes:read")),
    "mec1": ("edge-secret", ("granting:write", "app_pkgm:read", "mp3:write")),
    "mec2": ("other-secret", ("granting:write", "app_pkgm:read", "mp3:write")),
}


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


@dataclass
class Operator:
    """What an operator has: an authority, a clients file, settings files, and processes."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write what does not change: certificates and clients."""
        self.authority = Authority(self.folder / "keys")
        self.state = StateFolder(self.folder / "state")
        self.ports = {name: free_port() for name in ("system", "mec1", "mp1", "dns")}
        self.clients = self.folder / "clients.toml"
        self.clients.write_text(
            "".join(
                f'[[clients]]\nclient_id = "{name}"\nsecret_hash = "{hash_secret(secret)}"\n'
                f"scopes = {list(scopes)}\n"
                for name, (secret, scopes) in CLIENTS.items()
            )
        )
        self.secret = self.folder / "mec1.secret"
        self.secret.touch(mode=0o600)
        self.secret.write_text(CLIENTS["mec1"][0] + "\n")

    def url(self, name: str = "system") -> str:
        """Where an element is found."""
        return f"https://{LOOPBACK}:{self.ports[name]}"

    def system_settings(self) -> SystemSettings:
        """The issuer of tokens, which knows one host."""
        return SystemSettings(
            state=self.state.root,
            listen=(ListenSettings(host=LOOPBACK, port=self.ports["system"]),),
            package_policy=PackagePolicy.DEV,
            hosts=(
                HostEntry(
                    host_id="mec1",
                    name="Site 1",
                    mm3=self.url("mec1"),
                    mm4=self.url("mec1"),
                    latency_ns={"cell1": 1_000_000},
                ),
            ),
            guard=GuardSettings(
                profile=Profile.OPERATOR,
                tls=self.authority.issue("system"),
                clients=self.clients,
                signing_key=self.folder / "keys" / "tokens.key",
                trust=self.authority.trust,
                client_id="meo",
            ),
        )

    def host_settings(self) -> HostSettings:
        """A simulated host, which only checks tokens and asks the system for its own."""
        return HostSettings(
            state=self.state.root,
            host_id="mec1",
            name="Site 1",
            meo=self.url(),
            capacity=ResourceSettings(
                cpu_milli=4000, memory_bytes=2_000_000_000, storage_bytes=9_000_000_000
            ),
            network=NetworkSettings(
                device_side=("cell1",),
                uplink=("core",),
                gateway=LOOPBACK,
                pool="127.60.1.0/24",
                dns_listen=(LOOPBACK,),
                dns_port=self.ports["dns"],
            ),
            mp1_port=self.ports["mp1"],
            listen=(ListenSettings(host=LOOPBACK, port=self.ports["mec1"]),),
            simulated=True,
            ready_timeout_s=1.0,
            guard=GuardSettings(
                profile=Profile.OPERATOR,
                tls=self.authority.issue("mec1"),
                token_key=self.folder / "keys" / "tokens.pub",
                trust=self.authority.trust,
                client_id="mec1",
                client_secret_file=self.secret,
                token_url=f"{self.url()}/oauth2/v1/token",
            ),
        )

    def run(self, kind: str, settings: Settings, name: str) -> None:
        """Start an element from its settings file and return when it serves."""
        path = self.folder / f"{name}.toml"
        settings.save(path)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "wayside.cli", "run", kind, str(path)],
                stdout=log, stderr=log, start_new_session=True, env=dict(os.environ),
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        while not self.state.socket(name).exists():
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{name} does not serve: {self.log(name)}")
            time.sleep(0.02)

    def log(self, name: str) -> str:
        """What an element wrote."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """End all processes."""
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)

    def client(self, token: str | None = None) -> httpx.Client:
        """A caller that trusts the operator's authority."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        context = ssl.create_default_context(cafile=str(self.authority.trust))
        return httpx.Client(verify=context, trust_env=False, headers=headers, timeout=10)

    def ask_token(self, **form: str) -> httpx.Response:
        """What the token endpoint answers to a form."""
        with self.client() as client:
            return client.post(f"{self.url()}/oauth2/v1/token", data=form)

    def token(self, name: str, **form: str) -> str:
        """A token of a known client."""
        answer = self.ask_token(
            grant_type="client_credentials",
            client_id=name,
            client_secret=CLIENTS[name][0],
            **form,
        )
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["access_token"]
        return found
