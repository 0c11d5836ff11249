"""The state folder: where every file of a Wayside lives. Nothing of it lies anywhere else.

Never reads or writes the files themselves.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from wayside.core.errors import Unprocessable

FRONT, WORLD, SYSTEM, NETWORK = "front", "world", "system", "network"
"""The processes beside the hosts: names of their logs, sockets and settings."""

CALLBACKS = "callbacks"
"""The socket on which the front door takes what leads to this machine's own loopback."""
FACTS = "facts"
"""The socket on which the access network's process tells what happens there."""
UALCMP = "ualcmp"
"""The proxy for device applications: its socket, and its client where it needs one."""
OPERATOR = "operator"
"""The client that commands on this machine speak for, in the operator profile."""

SOCKET_PATH_BYTES_MAX = 107
"""The kernel's limit for the path of a Unix socket. Ref: unix(7)."""
LONGEST_NAME = "x" * 10
"""As long as the name of a node may be."""


def default_root() -> Path:
    """Return ``$WAYSIDE_STATE``, else the XDG state folder's ``wayside``. Ours."""
    if given := os.environ.get("WAYSIDE_STATE"):
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "wayside"


@dataclass(frozen=True)
class StateFolder:
    """Names for what lies under ``root``."""

    root: Path

    def require_usable(self) -> None:
        """Raise Unprocessable where the path is too long for the sockets that lie in it."""
        excess = len(os.fsencode(self.socket(LONGEST_NAME))) - SOCKET_PATH_BYTES_MAX
        if excess > 0:
            raise Unprocessable(
                f"The state folder {self.root} has a path that is {excess} bytes too long for the "
                "Unix sockets in it; choose a shorter one with --state or WAYSIDE_STATE.",
                field="state",
            )

    @property
    def prefix(self) -> str:
        """A short name, unique per folder, that all of its namespaces start with."""
        return "ws" + hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:5]

    @property
    def run(self) -> Path:
        """Sockets and process records: gone after ``down``."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """What the elements wrote, a file each."""
        return self.root / "logs"

    @property
    def pictures(self) -> Path:
        """What the demonstrations drew."""
        return self.root / "pictures"

    @property
    def keys(self) -> Path:
        """Keys and certificates, readable by their owner alone."""
        return self.root / "keys"

    @property
    def ending(self) -> Path:
        """There while the whole Wayside ends: hosts then end their applications too."""
        return self.run / "ending"

    @property
    def developer_key(self) -> Path:
        """The key that packages made on this machine are signed with."""
        return self.keys / "developer.key"

    @property
    def developer_certificate(self) -> Path:
        """The certificate of that key, trusted by this machine's own system."""
        return self.keys / "developer.cert"

    @property
    def authority_certificate(self) -> Path:
        """Of the system's own authority in the operator profile; whoever speaks to it trusts it."""
        return self.keys / "authority.cert"

    def secret(self, client_id: str) -> Path:
        """Return the file of a client's secret, in the operator profile."""
        return self.keys / f"{client_id}.secret"

    @property
    def front_record(self) -> Path:
        """Which process is the front door, and where it listens."""
        return self.run / "front.json"

    @property
    def launch_record(self) -> Path:
        """What was asked for; there from the first start of the world until its orderly end."""
        return self.run / "launch.json"

    @property
    def world_record(self) -> Path:
        """Which process is the world, so that a new front door adopts it."""
        return self.run / "world.json"

    @property
    def children_record(self) -> Path:
        """Which processes the world started, so that a new world adopts them."""
        return self.run / "children.json"

    def element(self, name: str) -> Path:
        """Return the folder in which an element keeps its databases and files."""
        return self.root / "elements" / name

    def socket(self, name: str) -> Path:
        """Return the Unix socket on which an element serves."""
        return self.run / f"{name}.sock"

    def settings(self, name: str) -> Path:
        """Return the settings file that the world writes for an element."""
        return self.run / f"{name}.toml"

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.logs / f"{name}.log"
