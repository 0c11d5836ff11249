"""Instances as resources of Mm1: made, forgotten, and operations on them begun.

Never does an operation's work: its saga does.
"""

from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.core.errors import Conflict, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.wire import Wire
from wayside.meo.books import Books
from wayside.meo.catalogue import Catalogue
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppInstanceLinks,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    InstantiationState,
    LcmOperation,
    LcmOperationState,
    OperateAppRequest,
    TerminateAppRequest,
)
from wayside.model.app_pkgm import AppPkgInfo
from wayside.model.common import LinkType
from wayside.model.overrides import overridden

from .logic import check_candidates, check_create, check_instantiate


class Instances:
    """What the OSS may do with instances."""

    def __init__(self, books: Books, tasks: OccurrenceTasks, catalogue: Catalogue) -> None:
        self._books = books
        self._tasks = tasks
        self._catalogue = catalogue

    async def create(
        self, request: CreateAppInstanceRequest, *, id: str | None = None
    ) -> Entry[AppInstanceInfo]:
        """Make an instance, NOT_INSTANTIATED; its package is IN_USE from now on.

        ``id`` is its identifier; None: a new one. Raises Unprocessable where no package has this
        descriptor, Conflict where it is DISABLED.
        """
        check_create(request)
        package = self._catalogue.onboarded(request.app_d_id)
        if package is None:
            raise Unprocessable(
                f"appDId: no package with the descriptor {request.app_d_id} is on-boarded; "
                "on-board it first.",
                field="$.appDId",
            )
        id_ = id or self._books.store.new_id()
        made, _ = await self._books.store.commit(
            self._books.instances.creation(id_, _blank(id_, request, package)),
            self._catalogue.taking(package.id),
        )
        assert made is not None
        return made

    async def delete(self, id: AppInstanceId) -> None:
        """Forget an instance that is NOT_INSTANTIATED and has no open operation."""
        with self._books.occurrences.claimed(id):
            info = self._require(id, instantiated=False)
            grants = self._books.grants.list(app_instance_id=id)
            asked = self._books.grants_asked.list(app_instance_id=id)
            questions = self._books.coordinations.list(app_instance_id=id)
            await self._books.store.commit(
                self._books.instances.deletion(id),
                self._books.usage(info.app_pkg_id, without=id),
                *(self._books.grants.deletion(grant.id) for grant in grants),
                *(self._books.grants_asked.deletion(each.id) for each in asked),
                *(self._books.coordinations.deletion(each.id) for each in questions),
            )

    async def instantiate(self, id: AppInstanceId, request: InstantiateAppRequest) -> str:
        """Begin to instantiate; return the path of the operation."""
        check_instantiate(request)
        instances = self._books.instances
        check_candidates(id, request, lambda other: instances.find(other) is not None)
        with self._books.occurrences.claimed(id):
            info = self._require(id, instantiated=False)
            self._catalogue.require_enabled(info.app_pkg_id)
            overridden(self._books.descriptors.get(info.app_pkg_id).value, request)
            if info.wayside_coordination is not None:
                await instances.modify(id, AppInstanceInfo.unasked)
            return await self._begin(id, LcmOperation.INSTANTIATE, request)

    async def terminate(self, id: AppInstanceId, request: TerminateAppRequest) -> str:
        """Begin to terminate; return the path of the operation."""
        request.check()
        with self._books.occurrences.claimed(id):
            self._require(id, instantiated=True)
            return await self._begin(id, LcmOperation.TERMINATE, request)

    async def operate(self, id: AppInstanceId, request: OperateAppRequest) -> str:
        """Begin to start or stop; return the path of the operation."""
        request.check()
        with self._books.occurrences.claimed(id):
            info = self._require(id, instantiated=True)
            if info.operational_state is request.change_state_to:
                raise Conflict(f"The instance {id} is {request.change_state_to} already.")
            return await self._begin(id, LcmOperation.OPERATE, request)

    async def _begin(self, id: AppInstanceId, operation: LcmOperation, request: Wire) -> str:
        # STARTING and granting exist on Mm3 alone (MEC 010-2 clause 5.4.5).
        state = LcmOperationState.PROCESSING
        return await self._tasks.begin(id, operation, request, state=state)

    def _require(self, id: AppInstanceId, *, instantiated: bool) -> AppInstanceInfo:
        info = self._books.instances.get(id).value
        is_so = info.instantiation_state is InstantiationState.INSTANTIATED
        if is_so is not instantiated:
            wanted = "INSTANTIATED" if instantiated else "NOT_INSTANTIATED"
            raise Conflict(f"The instance {id} is {info.instantiation_state}; this needs {wanted}.")
        return info


def _blank(id: str, request: CreateAppInstanceRequest, package: AppPkgInfo) -> AppInstanceInfo:
    return AppInstanceInfo(
        links=AppInstanceLinks(self=LinkType(href="")),
        id=id,
        app_instance_name=request.app_instance_name,
        app_instance_description=request.app_instance_description,
        app_d_id=package.app_d_id,
        app_provider=package.app_provider or "",
        app_name=package.app_name,
        app_soft_version=package.app_software_version,
        app_d_version=package.app_d_version,
        app_pkg_id=package.id,
        instantiation_state=InstantiationState.NOT_INSTANTIATED,
    ).moved(None)
