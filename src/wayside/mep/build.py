"""The platform put together: the only file of this room that knows all the others.

Never opens a file or a socket: whoever builds it passes the hands in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet, SubscriptionBook
from wayside.core.clock import Clock, ClockState
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.model.services import TransportInfo
from wayside.refpoints.mm5 import OperationAction
from wayside.refpoints.mp2 import Mp2

from .changes import RuleChanges
from .instances import Instance
from .mec_app_support import logic as support
from .mec_app_support.api import AppSupport, AppSupportV1, Parts, TimeSources
from .mec_app_support.model import (
    AppTerminationNotificationSubscription,
    NtpServer,
    PtpMaster,
)
from .mec_service_mgmt import logic as services
from .mec_service_mgmt.api import ServiceMgmt
from .mec_service_mgmt.logic import LivenessSettings, ServiceChange
from .mec_service_mgmt.model import SerAvailabilityNotificationSubscription
from .mec_service_mgmt.registry import ServiceRegistry
from .platform import Platform
from .registrations import Registrations
from .rules import Rules
from .turns import Turns


@dataclass(frozen=True)
class Ports:
    """All that a platform needs of the world around it."""

    store: Store
    """On ``mep.db``; it makes the identifiers too."""
    mp2: Mp2
    clock: Clock
    clock_state: ClockState
    nursery: Nursery
    outlet: Outlet
    """How notifications leave; its ``root`` is the platform's Mp1 address."""


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


class Mep:
    """A MEC platform. ``platform`` is its Mm5, ``apis`` what it serves on Mp1."""

    def __init__(self, ports: Ports, settings: MepSettings | None = None) -> None:
        settings = settings or MepSettings()
        store, turns = ports.store, Turns()
        instances = Collection(store, "instance", Instance, what="application instance")
        rules = Rules(store, ports.mp2)
        registrations = Registrations(store, instances)
        self._to_end = SubscriptionBook(
            store,
            "termination_subscription",
            AppTerminationNotificationSubscription,
            path=support.subscriptions_path,
            outlet=ports.outlet,
            clock=ports.clock,
            nursery=ports.nursery,
        )
        self._to_services = SubscriptionBook(
            store,
            "availability_subscription",
            SerAvailabilityNotificationSubscription,
            path=services.subscriptions_path,
            outlet=ports.outlet,
            clock=ports.clock,
            nursery=ports.nursery,
        )
        self.registry = ServiceRegistry(
            store,
            clock=ports.clock,
            nursery=ports.nursery,
            tell=self._tell_consumers,
            transports=settings.transports,
            settings=settings.liveness,
        )
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
            time=TimeSources(
                ports.clock, ports.clock_state, settings.ntp_servers, settings.ptp_masters
            ),
            let_go=self._let_go,
        )
        self.apis: list[Api] = [
            AppSupport(parts),
            AppSupportV1(parts),
            ServiceMgmt(self.registry, registrations, self._to_services),
        ]

    async def start(self) -> None:
        """Take up what was in force before: rules, heartbeats, subscriptions. Then serve."""
        await self.platform.restore()
        self.registry.restore()
        self._to_end.start()
        self._to_services.start()

    async def _let_go(self, app_instance_id: AppInstanceId) -> None:
        """Take away the instance's subscriptions and services, and tell the consumers."""
        await self._to_end.release(app_instance_id)
        await self._to_services.release(app_instance_id)
        await self.registry.let_go(app_instance_id)

    async def _tell_instance(
        self, app_instance_id: AppInstanceId, action: OperationAction, seconds: int
    ) -> bool:
        if not self._to_end.entries(app_instance_id):
            return False
        await self._to_end.notify(
            lambda entry: support.termination_of(entry.value, action, seconds),
            owner=app_instance_id,
        )
        return True

    async def _tell_consumers(self, changes: Sequence[ServiceChange]) -> None:
        await self._to_services.notify(lambda entry: services.notification_of(entry.value, changes))
