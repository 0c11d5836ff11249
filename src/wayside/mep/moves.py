"""Devices that go to another host, as the platform's services may have it done. Port: Relocations.

Never decides when: application mobility does.
"""

from collections.abc import Mapping, Sequence

from wayside.chassis.collection import Collection
from wayside.core.errors import Unavailable
from wayside.core.ids import HostId
from wayside.refpoints import hosting, mm5

from .instances import Instance
from .rules import Rules
from .wayside_mp3.narrowing import held_device
from .wayside_mp3.peers import Here, Peers


class NoManager:
    """A platform that no manager is joined to."""

    async def relocate(self, relocation_id: str, app_instance_id: str, cell: str) -> mm5.MovedTo:
        """Raise Unavailable: nobody can be asked."""
        raise Unavailable("No manager is joined to this platform; nobody can start an instance.")

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        """Do nothing: nothing was begun."""


class Moves:
    """What is done for devices that go: the orchestrator is asked, and the platform there."""

    def __init__(
        self,
        here: Here,
        peers: Peers,
        manager: mm5.Relocating,
        *,
        instances: Collection[Instance],
        rules: Rules,
    ) -> None:
        self._here = here
        self._peers = peers
        self._manager = manager
        self._instances = instances
        self._rules = rules

    @property
    def here(self) -> str:
        """The host of this platform."""
        return self._here.host_id

    @property
    def areas(self) -> Mapping[str, Sequence[str]]:
        """The cells that each host serves, by host."""
        return self._here.areas

    async def relocate(
        self, relocation_id: str, app_instance_id: str, cell: str
    ) -> hosting.MovedTo:
        """Return where the instance goes. See ``Relocations``."""
        found = await self._manager.relocate(relocation_id, app_instance_id, cell)
        return hosting.MovedTo(*found)

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        """Say how it ended. See ``Relocations``."""
        await self._manager.finish(relocation_id, completed=completed, end_source=end_source)

    async def hold(self, hold_id: str, host_id: str, app_instance_id: str, device: str) -> None:
        """Have a device's packets sent here. See ``Relocations``."""
        instance = self._instances.get(app_instance_id).value
        rules = [entry.value for entry in self._rules.list_traffic(instance)]
        link = self._peers.link(HostId(host_id))
        await link.hold_device(self._here.host_id, hold_id, held_device(device, rules))

    async def release(self, hold_id: str, host_id: str) -> None:
        """Have that host steer the device itself. See ``Relocations``."""
        await self._peers.link(HostId(host_id)).release_device(self._here.host_id, hold_id)
