"""How a MEC service plugs into a platform: what it says of itself, what it is given, what it gives.

A service is a module ``service`` with three names: ``MANIFEST``, ``Settings`` and ``build(host)``.
Never finds one and never joins one: ``system.services`` does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, dataclass_transform

import msgspec

from wayside.core.clock import Clock
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.refpoints.hosting import (
    AccessPaths,
    Bandwidth,
    Instances,
    Neighbours,
    Relocations,
    TagWishes,
)
from wayside.refpoints.net.picture import AccessNetwork

from .store import Store
from .subscriptions import Outlet

S = TypeVar("S", bound="ServiceSettings")


@dataclass(frozen=True)
class Manifest:
    """What is known of a service before it is built; names, versions and scopes are the APIs'."""

    name: str
    """The ETSI apiName: that of its folder, of its table in the settings, and ``serName``."""
    category: str
    """What ``serCategory`` calls it, so that consumers find it whoever offers it."""
    apis: tuple[type[Api], ...]
    """On Mp1, the newest version first."""
    management: tuple[type[Api], ...] = ()
    """For the operator alone: never on Mp1."""
    feature: str | None = None
    """The feature of MEC 002 that a host has by it, as AppDs ask for it."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator says of a service, ``[services.<name>]`` of a host; a base for each."""

    enabled: bool = True
    """False: not served, and not in the registry; what it had kept stays."""


@dataclass(frozen=True)
class Host(Generic[S]):
    """What a platform gives to one of its services."""

    settings: S
    store: Store
    """On a journal of the service's own; it makes the identifiers too."""
    clock: Clock
    nursery: Nursery
    outlet: Outlet
    """How notifications leave; its ``root`` is the platform's Mp1 address."""
    instances: Instances
    tags: TagWishes
    bandwidth: Bandwidth
    neighbours: Neighbours
    """Instances of the same applications on other hosts."""
    accesses: AccessPaths
    relocations: Relocations
    """What is done for devices that go to another host."""
    network: AccessNetwork
    """What is told of the access network: its present, and what follows."""


async def _nothing(app_instance_id: AppInstanceId) -> None:
    """Let nothing go."""


@dataclass(frozen=True)
class Service:
    """What a service gives to its platform; its APIs are those of the manifest."""

    apis: tuple[Api, ...]
    management: tuple[Api, ...] = ()
    start: Callable[[], None] = lambda: None
    """Goes on with what was under way; called once, before anything is served."""
    let_go: Callable[[AppInstanceId], Awaitable[None]] = _nothing
    """Takes away all that an instance has here: it stopped, ended or died. Again is no error."""


class ServiceModule(Protocol[S]):
    """The module ``service`` of a service."""

    MANIFEST: Manifest
    Settings: type[S]

    def build(self, host: Host[S]) -> Service:
        """Return the service on what its store remembers; nothing of it runs yet."""
        ...
