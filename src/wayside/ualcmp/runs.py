"""Instances and applications at the MEO, over Mm9: asked for, started, ended, each to its end.

Never decides which to start or end, and remembers none.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from wayside.chassis.backoff import Backoff
from wayside.chassis.pausing import pause
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound, Unavailable, Unprocessable, problem_of
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.requests import ListQuery
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    CancelMode,
    CancelRequest,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperationState,
    LocationConstraints,
    StopType,
    TerminateAppRequest,
)
from wayside.refpoints import mm9
from wayside.refpoints.mm9 import UserApp, UserAppQuery

WORKING = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)


@dataclass(frozen=True)
class Orchestrator:
    """The MEO as the proxy speaks to it."""

    packages: mm9.AppPkgm
    instances: mm9.AppLcm
    changes: mm9.Changes
    apps: mm9.UserApps


class Runs:
    """Speaks to the MEO."""

    def __init__(
        self, meo: Orchestrator, clock: Clock, nursery: Nursery, *, graceful_timeout_s: int
    ) -> None:
        self._meo = meo
        self._clock = clock
        self._nursery = nursery
        self._grace_s = graceful_timeout_s
        self._news = asyncio.Event()

    def tell(self) -> None:
        """Have whoever waits for an operation look at it now."""
        self._news.set()
        self._news = asyncio.Event()

    async def apps(
        self,
        *app_d_ids: str,
        where: LocationConstraints | None = None,
        cells: Sequence[str] = (),
    ) -> Sequence[UserApp]:
        """Return the applications that may be instantiated, of those named or all."""
        query = UserAppQuery(app_d_ids=app_d_ids, location_constraints=where, cells=tuple(cells))
        return (await self._meo.apps.query_user_apps(query)).apps

    async def app(
        self, app_d_id: str, *, where: LocationConstraints | None = None, cells: Sequence[str] = ()
    ) -> UserApp:
        """Return one application; raise Unprocessable where it is not to be had."""
        for found in await self.apps(app_d_id, where=where, cells=cells):
            return found
        raise Unprocessable(
            f"appDId: the application {app_d_id} is not available; GET /app_list shows those that "
            "are.",
            field="$.appInfo.appDId",
        )

    async def of(self, app_d_id: str) -> Sequence[AppInstanceInfo]:
        """Return the instances of an application, oldest first."""
        return await self._list(f"(eq,appDId,{quoted(app_d_id)})")

    async def named(self, name: str) -> Sequence[AppInstanceInfo]:
        """Return the instances of this name: one, and those that it was relocated to."""
        return await self._list(f"(eq,appInstanceName,{quoted(name)})")

    async def find(self, id: str) -> AppInstanceInfo | None:
        """Return an instance; None where there is none."""
        try:
            return (await self._meo.instances.get_app_instance(AppInstanceId(id))).value
        except NotFound:
            return None

    async def create(self, app_d_id: str, name: str) -> str:
        """Make an instance of this name; return its identifier."""
        request = CreateAppInstanceRequest(
            app_d_id=app_d_id,
            app_instance_name=name,
            app_instance_description="Serves device applications.",
        )
        made = await self._meo.instances.create_app_instance(request)
        return made.location.rpartition("/")[2]

    async def instantiate(
        self, id: str, host_id: str, where: LocationConstraints | None
    ) -> AppInstanceInfo:
        """Return the instance once it runs on this host; raise what its operation failed with.

        Where it has to be holds for instances too that follow a device to another host.
        """
        request = InstantiateAppRequest(location_constraints=where, wayside_host_id=host_id)
        begun = await self._meo.instances.instantiate_app_instance(AppInstanceId(id), request)
        await self._require_completed(begun.location)
        info = await self.find(id)
        if info is None:
            raise Conflict(f"The instance {id} was deleted while it was instantiated.")
        return info

    async def end(self, id: str) -> None:
        """Return when the instance is no more; raise what stands in the way. Again is no error."""
        info = await self.find(id)
        if info is None:
            return
        await self._quiet(id)
        info = await self.find(id)
        if info is not None and info.operational_state is not None:
            request = TerminateAppRequest(
                termination_type=StopType.GRACEFUL, graceful_termination_timeout=self._grace_s
            )
            begun = await self._meo.instances.terminate_app_instance(AppInstanceId(id), request)
            await self._require_completed(begun.location)
        with suppress(NotFound):
            await self._meo.instances.delete_app_instance(AppInstanceId(id))

    async def _list(self, filter: str) -> Sequence[AppInstanceInfo]:
        query = ListQuery(filter=filter, all_fields=True)
        page = await self._meo.instances.list_app_instances(query)
        return [entry.value for entry in page.entries]

    async def _quiet(self, id: str) -> None:
        """Have no operation be open on the instance."""
        query = ListQuery(filter=f"(eq,appInstanceId,{quoted(id)})", all_fields=True)
        page = await self._meo.instances.list_app_lcm_op_occs(query)
        for entry in page.entries:
            occ = entry.value
            if occ.operation_state in WORKING:
                with suppress(Conflict):  # It may have ended meanwhile.
                    cancel = CancelRequest(cancel_mode=CancelMode.FORCED)
                    await self._meo.instances.cancel_app_lcm_op_occ(AppLcmOpOccId(occ.id), cancel)
                occ = await self._ended(occ.id)
            await self._close(occ)

    async def _require_completed(self, location: str | None) -> None:
        if location is None:
            raise Unavailable("The MEO answered 202 without Location.")
        occ = await self._ended(location.rstrip("/").rpartition("/")[2])
        if occ.operation_state is LcmOperationState.COMPLETED:
            return
        await self._close(occ)
        error = occ.error
        raise problem_of(
            500 if error is None else error.status,
            "The operation failed without a reason." if error is None else error.detail,
        )

    async def _ended(self, op_occ_id: str) -> AppLcmOpOcc:
        """Return an operation once it has ended, for good or for now."""
        backoff, looks = Backoff(first_s=0.02, longest_s=1.0), 0
        while True:
            news = self._news
            id_ = AppLcmOpOccId(op_occ_id)
            occ = (await self._meo.instances.get_app_lcm_op_occ(id_)).value
            if occ.operation_state not in WORKING:
                return occ
            looks += 1
            await pause(self._clock, self._nursery, backoff.wait_s(looks), until=news)

    async def _close(self, occ: AppLcmOpOcc) -> None:
        if occ.operation_state is LcmOperationState.FAILED_TEMP:
            with suppress(Conflict):  # It may be closed already.
                await self._meo.instances.fail_app_lcm_op_occ(AppLcmOpOccId(occ.id))


def quoted(value: str) -> str:
    """Return a value as a filter has it. Ref: MEC 009 clause 6.19.2."""
    return "'" + value.replace("'", "''") + "'"
