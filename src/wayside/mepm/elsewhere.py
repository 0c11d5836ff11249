"""The sagas of an instance that this host's VIM does not run: the platform configured, and let go.

A VNFM runs the application; what is of MEC here are rules, names, services and readiness. Never
touches the VIM. Ref: MEC 010-2 clauses 5.6, 7.4.14 (Mm3* alone).
"""

from wayside.chassis.saga import Saga, Step
from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.app_lcm import AppInstanceInfo, ConfigPlatformForAppRequest, OperationalState
from wayside.refpoints.mm5 import OperationAction, PlatformConfiguration

from .books import Books
from .hands import Hands, ManagerSettings
from .rules import Addresses, dns_rules, traffic_rules
from .terminate import Ending
from .waiting import Waits


class Configuring(Wire):
    """What the saga knows."""

    op_occ_id: str
    app_instance_id: AppInstanceId
    request: ConfigPlatformForAppRequest


class Elsewhere:
    """The steps of configuring the platform and of taking it back."""

    def __init__(
        self, books: Books, hands: Hands, *, settings: ManagerSettings, waits: Waits
    ) -> None:
        self._books = books
        self._hands = hands
        self._settings = settings
        self._waits = waits

    def configure(self) -> Saga[Configuring]:
        """Return the saga after which the platform takes the instance's ``confirm_ready``."""
        steps = (Step("configure", self._configure, self._unknow),)
        return Saga("configure", Configuring, steps, self._configured)

    def withdraw(self) -> Saga[Ending]:
        """Return the saga that leaves nothing on the platform."""
        steps = (Step("end", self._end), Step("remove", self._remove))
        return Saga("withdraw", Ending, steps, self._withdrawn)

    async def _configure(self, at: Configuring) -> Configuring:
        info = self._books.instances.get(at.app_instance_id).value
        await self._hands.mep.configure(
            platform_configuration(info, at.request, platform=self._settings.platform_addresses)
        )
        return at

    async def _unknow(self, at: Configuring) -> Configuring:
        await self._hands.mep.remove(at.app_instance_id)
        return at

    async def _configured(self, at: Configuring, problem: Problem | None) -> None:
        state = OperationalState.STARTED if problem is None else None
        await self._books.end(at.op_occ_id, problem, state=state, workload=None)

    async def _end(self, at: Ending) -> Ending:
        ended = self._hands.mep.end(at.app_instance_id, OperationAction.TERMINATING, at.grace_s)
        await self._waits.run(at.app_instance_id, ended)
        return at

    async def _remove(self, at: Ending) -> Ending:
        await self._hands.mep.remove(at.app_instance_id)
        return at

    async def _withdrawn(self, at: Ending, problem: Problem | None) -> None:
        state = None if problem is None else OperationalState.STARTED
        await self._books.end(at.op_occ_id, problem, state=state, workload=None)


def platform_configuration(
    info: AppInstanceInfo, request: ConfigPlatformForAppRequest, *, platform: tuple[str, ...]
) -> PlatformConfiguration:
    """Return what the platform must know; raise Unprocessable for a rule that cannot be.

    The instance has no address that this host gave it: rules must write its addresses out.
    """
    places = Addresses(platform=platform)
    return PlatformConfiguration(
        app_instance_id=info.id,
        app_d_id=info.app_d_id,
        app_name=info.app_name,
        app_provider=info.app_provider,
        traffic_rules=traffic_rules(request.app_traffic_rule, places),
        dns_rules=dns_rules(request.app_dns_rule, places),
        services_required=tuple(each.ser_name for each in request.app_service_required),
        services_produced=tuple(each.ser_name for each in request.app_service_produced),
    )
