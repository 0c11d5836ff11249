"""Instances as resources of Mm3: made, forgotten, and operations on them begun.

Never does an operation's work: its saga does.
"""

from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.ids import AppDId, AppInstanceId
from wayside.core.replies import Entry
from wayside.core.wire import Wire
from wayside.mepm.books import Books
from wayside.mepm.elsewhere import platform_configuration
from wayside.mepm.hands import ManagerSettings
from wayside.mepm.packages import PackageCache
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppInstanceLinks,
    ConfigPlatformForAppRequest,
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
from wayside.model.placement import WaysidePlacement

from .logic import check_create, check_instantiate


class Instances:
    """What the MEO may do with the host's instances."""

    def __init__(
        self, books: Books, tasks: OccurrenceTasks, packages: PackageCache,
        settings: ManagerSettings,
    ) -> None:  # fmt: skip
        self._books = books
        self._tasks = tasks
        self._packages = packages
        self._settings = settings

    async def create(self, request: CreateAppInstanceRequest) -> Entry[AppInstanceInfo]:
        """Make an instance, NOT_INSTANTIATED; asked for again under its id, return that one.

        Raises Unprocessable where the MEO knows no such package, Conflict where the id is
        another application's.
        """
        check_create(request, self._settings.platform)
        id_ = request.wayside_app_instance_id or self._books.store.new_id()
        held = self._books.instances.find(id_)
        if held is None:
            package = await self._package(AppDId(request.app_d_id))
            blank = AppInstanceInfo(
                links=AppInstanceLinks(self=LinkType(href="")),
                id=id_,
                app_instance_name=request.app_instance_name,
                app_instance_description=request.app_instance_description,
                app_d_id=package.app_d_id,
                app_provider=package.app_provider or "",
                app_name=package.app_name,
                app_soft_version=package.app_software_version,
                app_d_version=package.app_d_version,
                app_pkg_id=package.id,
                instantiation_state=InstantiationState.NOT_INSTANTIATED,
                mep_information=self._settings.platform,
                wayside_placement=WaysidePlacement(
                    host_id=self._settings.host_id, explanation="The MEO chose this host."
                ),
                wayside_runs_elsewhere=request.app_placement_info is not None,
            )
            held = await self._books.instances.create(id_, blank.moved(None))
        if held.value.app_d_id != request.app_d_id:
            raise Conflict(f"The instance {id_} exists and is of {held.value.app_d_id}.")
        return held

    async def _package(self, app_d_id: AppDId) -> AppPkgInfo:
        try:
            return await self._packages.info(app_d_id)
        except NotFound as fault:
            raise Unprocessable(
                f"appDId: the orchestrator has no package {app_d_id!r}. On-board it first.",
                field="$.appDId",
            ) from fault

    async def delete(self, id: AppInstanceId) -> None:
        """Forget an instance that is NOT_INSTANTIATED and has no open operation."""
        with self._books.occurrences.claimed(id):
            self._require(id, instantiated=False)
            await self._books.instances.delete(id)
        self._books.prune(self._packages)

    async def instantiate(self, id: AppInstanceId, request: InstantiateAppRequest) -> str:
        """Begin to instantiate; return the path of the operation."""
        check_instantiate(request, self._settings.host_id)
        with self._books.occurrences.claimed(id):
            _require_here(self._require(id, instantiated=False), "configure_platform_for_app")
            return await self._begin(id, LcmOperation.INSTANTIATE, request)

    async def configure(self, id: AppInstanceId, request: ConfigPlatformForAppRequest) -> str:
        """Begin to configure the platform; return the path of the operation."""
        with self._books.occurrences.claimed(id):
            info = self._require(id, instantiated=False)
            if not info.wayside_runs_elsewhere:
                raise Conflict(
                    f"The instance {id} is this host's own; instantiate it. For one that runs "
                    "elsewhere, create it with appPlacementInfo."
                )
            # Refuses what cannot be, before anything begins.
            platform_configuration(info, request, platform=self._settings.platform_addresses)
            return await self._begin(id, LcmOperation.INSTANTIATE, request, granted=True)

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
            _require_here(info, "terminate")
            if info.operational_state is request.change_state_to:
                raise Conflict(f"The instance {id} is {request.change_state_to} already.")
            return await self._begin(id, LcmOperation.OPERATE, request)

    async def _begin(
        self, id: AppInstanceId, operation: LcmOperation, request: Wire, *, granted: bool = False
    ) -> str:
        # Only instantiation asks for a grant (MEC 010-2 clause 6.2.4.2, note 1).
        asks = operation is LcmOperation.INSTANTIATE and not granted
        state = LcmOperationState.STARTING if asks else LcmOperationState.PROCESSING
        return await self._tasks.begin(id, operation, request, state=state)

    def _require(self, id: AppInstanceId, *, instantiated: bool) -> AppInstanceInfo:
        info = self._books.instances.get(id).value
        is_so = info.instantiation_state is InstantiationState.INSTANTIATED
        if is_so is not instantiated:
            wanted = "INSTANTIATED" if instantiated else "NOT_INSTANTIATED"
            raise Conflict(f"The instance {id} is {info.instantiation_state}; this needs {wanted}.")
        return info


def _require_here(info: AppInstanceInfo, instead: str) -> None:
    if info.wayside_runs_elsewhere:
        raise Conflict(
            f"The instance {info.id} runs elsewhere, and this host's VIM has nothing of it; use "
            f"{instead}."
        )
