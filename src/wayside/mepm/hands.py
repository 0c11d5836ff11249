"""What a manager works with: the platform, the VIM, the orchestrator, packages; and its settings.

Never decides anything.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wayside.model.app_lcm import MepInformation
from wayside.refpoints.mm5 import Mm5
from wayside.refpoints.mm6 import Interface, Mm6

from .leave import Leave
from .packages import PackageCache


@dataclass(frozen=True)
class ManagerSettings:
    """Settings of a MEPM."""

    host_id: str
    """Unique in the system."""
    host_name: str
    """What people call it."""
    mp1_url: str
    """Where the host's instances find the platform."""
    ready_timeout_s: float = 30.0
    """How long an instance may take to confirm that it is ready."""
    stop_grace_s: float = 5.0
    """Between SIGTERM and SIGKILL, where an instance is not ended by force."""

    credentials: Callable[[str], Mapping[str, str]] = lambda app_instance_id: {}
    """What an instance finds in its environment to prove itself with; nothing in the sandbox."""

    @property
    def platform_addresses(self) -> tuple[str, ...]:
        """Return the platform's address; none where instances find it by a name."""
        host = urlsplit(self.mp1_url).hostname or ""
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            return ()

    @property
    def platform(self) -> MepInformation:
        """The platform as instances name it."""
        return MepInformation(mep_name=self.host_name, mep_id=self.host_id)

    def environment(self, id: str, interfaces: tuple[Interface, ...]) -> dict[str, str]:
        """Return what an instance finds in its environment."""
        address = interfaces[0].address.partition("/")[0] if interfaces else ""
        return {
            "MEC_APP_INSTANCE_ID": id,
            "MEC_APP_ADDRESS": address,
            "MEC_MP1_URL": self.mp1_url,
            "MEC_HOST_ID": self.host_id,
            "PYTHONUNBUFFERED": "1",
            **self.credentials(id),
        }


@dataclass(frozen=True)
class Hands:
    """The reference points a manager speaks."""

    mep: Mm5
    vim: Mm6
    leave: Leave
    packages: PackageCache
