"""The platform put together: the only file of this room that knows all the others.

Never opens a file or a socket: whoever builds it passes the hands in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import BookSettings, Outlet, SubscriptionBook
from wayside.core.clock import Clock, ClockState
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.model.services import ServiceInfo, TransportInfo
from wayside.refpoints.mm5 import OperationAction, Relocating
from wayside.refpoints.mp2 import Accesses, Meter, Mp2, Shaper
from wayside.refpoints.mp3 import Mp3

from . import own_services
from .access_paths import Paths
from .bandwidth import Links
from .capif.catalogue import Publications
from .capif_events import logic as events
from .capif_events.api import CapifEvents
from .capif_events.model import EventSubscription
from .capif_events.reporting import Reporter
from .changes import RuleChanges
from .consumers import Consumers
from .hosting import Hosting, Joined, KnownInstances, TagSwitch
from .instances import Instance, InstanceState, addresses_of
from .mec_app_support import logic as support
from .mec_app_support.api import AppSupport, AppSupportV1, Parts, TimeSources
from .mec_app_support.model import (
    AppTerminationNotificationSubscription,
    NtpServer,
    PtpMaster,
)
from .mec_service_mgmt import logic as services
from .mec_service_mgmt.api import ServiceMgmt
from .mec_service_mgmt.discovery import INDEXES, Discovery
from .mec_service_mgmt.logic import LivenessSettings, ServiceChange
from .mec_service_mgmt.model import SerAvailabilityNotificationSubscription
from .mec_service_mgmt.registry import ServiceRegistry
from .moves import Moves, NoManager
from .platform import Platform
from .published_apis.api import PublishedApis
from .registrations import LetGo, Registrations
from .rules import Rules
from .service_apis.api import ServiceApis
from .turns import Turns
from .wayside_mp3.adjacent import Adjacent, shared_of
from .wayside_mp3.api import PlatformExchange
from .wayside_mp3.holding import Guests
from .wayside_mp3.peers import ALONE, Here, Peers

S = TypeVar("S")


@dataclass(frozen=True)
class Ports:
    """All that a platform needs of the world around it."""

    store: Store
    """On ``mep.db``; it makes the identifiers too."""
    mp2: Mp2
    shaper: Shaper
    meter: Meter
    accesses: Accesses
    clock: Clock
    clock_state: ClockState
    nursery: Nursery
    outlet: Outlet
    """How notifications leave; its ``root`` is the platform's Mp1 address."""
    manager: Relocating = field(default_factory=NoManager)
    """Who is asked when a device of an instance goes to another host."""


@dataclass(frozen=True)
class MepSettings:
    """What an operator says of a platform."""

    transports: tuple[TransportInfo, ...] = ()
    """Transports that the platform provides for services, such as a message bus."""
    ntp_servers: tuple[NtpServer, ...] = ()
    """Time servers that applications are told of."""
    ptp_masters: tuple[PtpMaster, ...] = ()
    """PTP masters that applications are told of."""
    liveness: LivenessSettings = services.DEFAULTS
    networks: tuple[str, ...] = ()
    """Networks of the host's own instances: callers from elsewhere are not local. None: all are."""
    token_endpoint: str | None = None
    """Where the platform's applications get tokens; None in the sandbox."""
    here: Here = ALONE
    """Who the platform is to the others of the MEC system, and which these are."""


class Mep:
    """A MEC platform. ``platform`` is its Mm5, ``apis`` what it serves on Mp1, ``mp3`` on Mp3."""

    def __init__(self, ports: Ports, settings: MepSettings | None = None) -> None:
        store, turns, settings = ports.store, Turns(), settings or MepSettings()
        instances = Collection(store, "instance", Instance, what="application instance")
        rules = Rules(store, ports.mp2)
        self._instances = instances
        registrations = Registrations(store, instances)
        links = Links(instances, ports.shaper, ports.meter)
        known = KnownInstances(instances, registrations, turns)
        adjacent = Adjacent(store, instances)
        books = _Books(ports, instances)
        self._to_end = books.termination()
        self._to_services = books.availability()
        self._to_events = books.book(
            "event_subscription", EventSubscription, path=events.subscriptions_path
        )
        self.registry = ServiceRegistry(
            store,
            clock=ports.clock,
            nursery=ports.nursery,
            tell=self._changed,
            transports=settings.transports,
            settings=settings.liveness,
            token_endpoint=settings.token_endpoint,
        )
        found = Collection(store, "found", ServiceInfo, what="service", indexes=INDEXES)
        self.peers = Peers(
            settings.here,
            store,
            found=found,
            own=self.registry.services,
            adjacent=adjacent,
            tell=self._tell_consumers,
            clock=ports.clock,
            nursery=ports.nursery,
        )
        instances.watch(self._instance_changed)
        guests = Guests(store, rules, settings.here.ways)
        self.mp3: Mp3 = PlatformExchange(self.peers, guests)
        moves = Moves(settings.here, self.peers, ports.manager, instances=instances, rules=rules)
        paths = Paths(instances, ports.accesses)
        switch = TagSwitch(rules, instances)
        self.hosting = Hosting(known, switch, links, adjacent, paths, moves)
        self._publications = Publications(self.registry)
        self._reporter = Reporter(store, self._to_events, ports.nursery, self._publications)
        self.platform = Platform(
            store,
            instances,
            rules=rules,
            turns=turns,
            clock=ports.clock,
            nursery=ports.nursery,
            tell=self._tell_instance,
            let_go=(self._let_go,),
            forget=(registrations.let_go,),
        )
        parts = Parts(
            platform=self.platform,
            registrations=registrations,
            rules=rules,
            changes=RuleChanges(instances, rules, turns),
            subscriptions=self._to_end,
            time=_time(ports, settings),
            let_go=self._let_go,
        )
        self.apis: list[Api] = [
            AppSupport(parts),
            AppSupportV1(parts),
            *self._service_apis(registrations, found, settings),
        ]

    def _service_apis(
        self,
        registrations: Registrations,
        found: Collection[ServiceInfo],
        settings: MepSettings,
    ) -> tuple[Api, ...]:
        """Return the faces of the registry."""
        discovery = Discovery(self.registry.services, found)
        consumers = Consumers(registrations.knows, settings.networks)
        return (
            ServiceMgmt(
                self.registry,
                registrations,
                self._to_services,
                discovery=discovery,
                consumers=consumers,
            ),
            ServiceApis(discovery, self._publications, registrations, consumers),
            PublishedApis(self._publications, registrations),
            CapifEvents(
                self._to_events, registrations, reporter=self._reporter, discovery=discovery
            ),
        )

    def join(self, offered: Sequence[ServiceInfo], let_go: Sequence[LetGo]) -> None:
        """Take MEC services in, before the start: ``offered`` are found like any other's.

        Each ``let_go`` is called when an instance stops, ends or dies.
        """
        self.hosting.joined = Joined(tuple(offered), tuple(let_go))

    async def start(self) -> None:
        """Take up what was in force before: rules, heartbeats, subscriptions. Then serve."""
        await self.platform.restore()
        self.registry.restore()
        await own_services.offer(self.registry, self.hosting.joined.offered)
        self._to_end.start()
        self._to_services.start()
        self._to_events.start()
        await self._reporter.start()
        await self.peers.start()

    def lives(self, app_instance_id: str) -> bool:
        """Tell whether the manager configured the instance and it has not been terminated."""
        found = self._instances.find(app_instance_id)
        return found is not None and found.value.state is not InstanceState.ENDED

    def requested_permissions(self, app_instance_id: str) -> tuple[str, ...]:
        """Return the scopes that the AppD of a living instance asks for."""
        if not self.lives(app_instance_id):
            return ()
        return self._instances.get(app_instance_id).value.configuration.requested_permissions

    def applications(self, app_instance_id: str | None) -> set[tuple[str, str]]:
        """Return appProvider and appName of a living instance, or of all of them (None)."""
        if app_instance_id is None:
            living = [each.id for each in self._instances.list() if self.lives(each.id)]
        else:
            living = [app_instance_id] if self.lives(app_instance_id) else []
        told = [self._instances.get(id_).value.configuration for id_ in living]
        return {(each.app_provider, each.app_name) for each in told}

    async def _let_go(self, app_instance_id: AppInstanceId) -> None:
        """Take away the instance's subscriptions and services, and tell the consumers."""
        await self._to_end.release(app_instance_id)
        await self._to_services.release(app_instance_id)
        await self._to_events.release(app_instance_id)
        await self.registry.let_go(app_instance_id)
        for let_go in self.hosting.joined.let_go:
            await let_go(app_instance_id)

    def _instance_changed(self, before: Instance | None, after: Instance | None) -> None:
        if shared_of(before) != shared_of(after):
            self.peers.renew()

    async def _tell_instance(
        self, app_instance_id: AppInstanceId, action: OperationAction, seconds: int
    ) -> bool:
        if not self._to_end.entries(app_instance_id):
            return False
        self._to_end.notify(
            lambda entry: support.termination_of(entry.value, action, seconds),
            owner=app_instance_id,
        )
        return True

    async def _changed(self, changes: Sequence[ServiceChange]) -> None:
        self.peers.announce(services.identifier_of(each.service) for each in changes)
        await self._tell_consumers(changes)

    async def _tell_consumers(self, changes: Sequence[ServiceChange]) -> None:
        self._to_services.notify(lambda entry: services.notification_of(entry.value, changes))
        await self._reporter.tell(changes)


def _time(ports: Ports, settings: MepSettings) -> TimeSources:
    return TimeSources(ports.clock, ports.clock_state, settings.ntp_servers, settings.ptp_masters)


@dataclass(frozen=True)
class _Books:
    """Makes the subscription books: callbacks may lead to the instances' own addresses."""

    ports: Ports
    instances: Collection[Instance]

    def book(self, kind: str, type_: type[S], *, path: Callable[[str], str]) -> SubscriptionBook[S]:
        return SubscriptionBook(
            self.ports.store,
            kind,
            type_,
            path=path,
            outlet=self.ports.outlet,
            clock=self.ports.clock,
            nursery=self.ports.nursery,
            settings=BookSettings(own_addresses=self._own_addresses),
        )

    def availability(self) -> SubscriptionBook[SerAvailabilityNotificationSubscription]:
        return self.book(
            "availability_subscription",
            SerAvailabilityNotificationSubscription,
            path=services.subscriptions_path,
        )

    def termination(self) -> SubscriptionBook[AppTerminationNotificationSubscription]:
        return self.book(
            "termination_subscription",
            AppTerminationNotificationSubscription,
            path=support.subscriptions_path,
        )

    def _own_addresses(self, app_instance_id: str) -> tuple[str, ...]:
        return addresses_of(self.instances.find(app_instance_id))
