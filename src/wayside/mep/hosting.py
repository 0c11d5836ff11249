"""What the platform offers to the MEC services inside it. Ports: ``Instances``, ``TagWishes``.

Never knows a service: whoever joins them does.
"""

from collections.abc import Coroutine, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from wayside.chassis.collection import Collection
from wayside.core.ids import AppInstanceId
from wayside.model.services import ServiceInfo

from .access_paths import Paths
from .bandwidth import Links
from .instances import Instance, addresses_of
from .moves import Moves
from .registrations import LetGo, Registrations
from .rules import Rules
from .turns import Turns
from .wayside_mp3.adjacent import Adjacent

R = TypeVar("R")


class KnownInstances:
    """The instances that were configured here or have registered."""

    def __init__(
        self, instances: Collection[Instance], registrations: Registrations, turns: Turns
    ) -> None:
        self._instances = instances
        self._registrations = registrations
        self._turns = turns

    def require_known(self, app_instance_id: str) -> None:
        """Return where the instance was configured or has registered; raise NotFound."""
        self._registrations.require_known(app_instance_id)

    def require_present(self, app_instance_id: str) -> None:
        """Return where it is known and has not ended; raise NotFound or Forbidden."""
        self._registrations.require_present(app_instance_id)

    def addresses_of(self, app_instance_id: str) -> tuple[str, ...]:
        """Return where the instance is reached; nowhere where only it knows."""
        return addresses_of(self._instances.find(app_instance_id))

    async def in_turn(self, app_instance_id: str, work: Coroutine[Any, Any, R]) -> R:
        """Run ``work`` when nothing else happens to the instance. See ``Instances``."""
        return await self._turns.take(app_instance_id, work)


class TagSwitch:
    """Switches traffic rules by their tags."""

    def __init__(self, rules: Rules, instances: Collection[Instance]) -> None:
        self._rules = rules
        self._instances = instances

    def restore(
        self, devices: Mapping[str, Sequence[str]], registered: Mapping[str, Set[str]]
    ) -> None:
        """Have this hold from the platform's start on."""
        for tag, meant in devices.items():
            self._rules.tags.define(tag, meant)
        for app_instance_id, tags in registered.items():
            self._rules.tags.register(app_instance_id, tags)

    async def define(self, tag: str, devices: Sequence[str] | None) -> None:
        """Have a tag mean these devices, in force on return. See ``TagWishes``."""
        await self._rules.define_tag(tag, devices)

    async def register(self, app_instance_id: AppInstanceId, tags: Set[str]) -> None:
        """Have an instance's rules match for ``tags``, in force on return. See ``TagWishes``."""
        found = self._instances.find(app_instance_id)
        await self._rules.register_tags(app_instance_id, tags, found.value if found else None)


@dataclass(frozen=True)
class Joined:
    """The services that were joined: how they are found, and what lets an instance go."""

    offered: tuple[ServiceInfo, ...] = ()
    let_go: tuple[LetGo, ...] = ()


@dataclass
class Hosting:
    """All ports, and who stands on them."""

    instances: KnownInstances
    tags: TagSwitch
    bandwidth: Links
    neighbours: Adjacent
    accesses: Paths
    relocations: Moves
    joined: Joined = Joined()
