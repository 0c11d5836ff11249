"""The saga that instantiates: grant, package, resources, platform, start, ready.

Each step can be repeated and undone; unwound, nothing of the instance is left on the host.
Ref: MEC 010-2 clauses 5.3.1, 5.4.3.
"""

import msgspec

from wayside.chassis.occurrences import location_of
from wayside.chassis.saga import Saga, Step
from wayside.core.errors import Problem
from wayside.core.ids import AppDId, AppInstanceId
from wayside.core.wire import Wire
from wayside.model.app_lcm import (
    InstantiateAppRequest,
    LcmOperation,
    OperationalState,
    instance_path,
)
from wayside.model.appd import AppD
from wayside.model.common import LinkType
from wayside.model.granting import GrantLinks, GrantRequest, ResourceDefinition, ResourceType
from wayside.model.needs import needs_of
from wayside.model.overrides import overridden
from wayside.model.shares import shares_of
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mm5 import OperationAction
from wayside.refpoints.mm6 import Interface

from .books import Books
from .hands import Hands, ManagerSettings
from .supervise import Supervisor
from .waiting import Readiness
from .workload import Workload, configuration_of, request_for


class Instantiation(Wire):
    """What the saga knows so far."""

    op_occ_id: str
    app_instance_id: AppInstanceId
    app_d_id: AppDId
    request: InstantiateAppRequest
    digest: str = ""
    amount: Amount = Amount()
    interfaces: tuple[Interface, ...] = ()


class Instantiate:
    """The steps of instantiation."""

    def __init__(
        self, books: Books, hands: Hands, *, settings: ManagerSettings, ready: Readiness,
        supervisor: Supervisor,
    ) -> None:  # fmt: skip
        self._books = books
        self._hands = hands
        self._settings = settings
        self._ready = ready
        self._supervisor = supervisor

    def saga(self) -> Saga[Instantiation]:
        """Return the saga."""
        steps = (
            Step("fetch", self._fetch),
            Step("grant", self._grant),
            Step("allocate", self._allocate, self._release),
            Step("configure", self._configure, self._remove),
            Step("start", self._start, self._stop),
            Step("wait_ready", self._wait_ready, self._end),
        )
        return Saga("instantiate", Instantiation, steps, self._finished)

    async def _fetch(self, at: Instantiation) -> Instantiation:
        package = await self._hands.packages.fetch(at.app_d_id)
        amount = Amount(**needs_of(overridden(package.app_d, at.request))._asdict())
        return msgspec.structs.replace(at, digest=package.digest, amount=amount)

    async def _grant(self, at: Instantiation) -> Instantiation:
        app_d = overridden(self._hands.packages.get(at.digest).app_d, at.request)
        await self._hands.leave.ask(
            GrantRequest(
                links=GrantLinks(
                    app_lcm_op_occ=LinkType(href=location_of(at.op_occ_id)),
                    app_instance=LinkType(href=instance_path(at.app_instance_id)),
                ),
                app_instance_id=at.app_instance_id,
                app_lcm_op_occ_id=at.op_occ_id,
                app_d_id=at.app_d_id,
                operation=LcmOperation.INSTANTIATE,
                add_resources=resources_of(app_d),
                additional_params={"hostId": self._settings.host_id},
            )
        )
        await self._books.occurrences.granted(at.op_occ_id)
        return at

    async def _allocate(self, at: Instantiation) -> Instantiation:
        package = self._hands.packages.get(at.digest)
        shares = shares_of(overridden(package.app_d, at.request))
        wanted = request_for(at.app_instance_id, package, amount=at.amount, shares=shares)
        interfaces = await self._hands.vim.allocate(wanted)
        return msgspec.structs.replace(at, interfaces=interfaces)

    async def _release(self, at: Instantiation) -> Instantiation:
        await self._hands.vim.release(at.app_instance_id)
        return msgspec.structs.replace(at, interfaces=())

    async def _configure(self, at: Instantiation) -> Instantiation:
        app_d = self._hands.packages.get(at.digest).app_d
        platform = self._settings.platform_addresses
        wanted = configuration_of(at.app_instance_id, app_d, at.interfaces, platform=platform)
        await self._hands.mep.configure(wanted)
        return at

    async def _remove(self, at: Instantiation) -> Instantiation:
        await self._hands.mep.remove(at.app_instance_id)
        return at

    async def _start(self, at: Instantiation) -> Instantiation:
        environment = self._settings.environment(at.app_instance_id, at.interfaces)
        await self._hands.vim.start(at.app_instance_id, environment)
        return at

    async def _stop(self, at: Instantiation) -> Instantiation:
        await self._hands.vim.stop(at.app_instance_id, 0.0)
        return at

    async def _wait_ready(self, at: Instantiation) -> Instantiation:
        await self._ready.wait(at.app_instance_id)
        return at

    async def _end(self, at: Instantiation) -> Instantiation:
        await self._hands.mep.end(at.app_instance_id, OperationAction.TERMINATING, None)
        return at

    async def _finished(self, at: Instantiation, problem: Problem | None) -> None:
        if problem is not None:
            await self._books.end(at.op_occ_id, problem, state=None, workload=None)
            return
        app_d = overridden(self._hands.packages.get(at.digest).app_d, at.request)
        workload = Workload(
            app_instance_id=at.app_instance_id,
            digest=at.digest,
            amount=at.amount,
            shares=shares_of(app_d),
            interfaces=at.interfaces,
        )
        await self._books.end(at.op_occ_id, None, state=OperationalState.STARTED, workload=workload)
        self._supervisor.keep(at.app_instance_id)


def resources_of(app_d: AppD) -> tuple[ResourceDefinition, ...]:
    """Return what instantiation adds: one definition for each descriptor of the AppD.

    Ref: MEC 010-2 clause 6.2.4.3.
    """
    found: list[tuple[ResourceType, str]] = []
    if app_d.virtual_compute_descriptor is not None:
        found.append(
            (ResourceType.COMPUTE, app_d.virtual_compute_descriptor.virtual_compute_desc_id)
        )
    containers = app_d.os_container_descriptor
    found += [(ResourceType.OSCONTAINER, each.os_container_desc_id) for each in containers]
    found += [(ResourceType.STORAGE, each.id) for each in app_d.virtual_storage_descriptor]
    found += [(ResourceType.LINKPORT, each.cpd_id) for each in app_d.app_ext_cpd]
    return tuple(
        ResourceDefinition(id=str(number), type=kind, resource_template_id=(template,))
        for number, (kind, template) in enumerate(found, 1)
    )
