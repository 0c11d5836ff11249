"""Operations on a host's instances over Mm3: begun once, followed to their end.

Never decides what to begin.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from wayside.chassis.pausing import pause
from wayside.core.clock import Clock
from wayside.core.errors import (
    BadGateway,
    Conflict,
    GatewayTimeout,
    NotFound,
    Problem,
    Unavailable,
    problem_of,
)
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Accepted
from wayside.core.requests import ListQuery
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    CancelMode,
    CancelRequest,
    InstantiationState,
    LcmOperation,
    LcmOperationState,
    StopType,
    TerminateAppRequest,
)

from .news import News
from .topology import Host

FIRST_WAIT_S = 0.005
LONGEST_WAIT_S = 0.2
TOLD_WAIT_S = 5.0
"""How long to go without a look at an operation whose end the host tells by itself."""
AWAY = (Unavailable, GatewayTimeout, BadGateway)
"""Problems that tell of the way to the host, not of the operation."""
WORKING = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)

Begin = Callable[[], Awaitable[Accepted[Any]]]


class Follower:
    """Begins operations at hosts and follows them."""

    def __init__(self, clock: Clock, nursery: Nursery, *, news: News, patience_s: float) -> None:
        self._clock = clock
        self._nursery = nursery
        self._news = news
        self._patience_s = patience_s
        self._hurried: set[str] = set()

    def hurry(self, app_instance_id: str) -> None:
        """Have whoever follows an operation on the instance stop doing so, with Conflict."""
        self._hurried.add(app_instance_id)
        self._news.tell(app_instance_id)

    async def begin(
        self, host: Host, id: AppInstanceId, operation: LcmOperation, begin: Begin
    ) -> AppLcmOpOccId:
        """Begin the operation unless it was begun before; return the host's identifier of it.

        A host that refuses because of the instance's state has heard of it before this element
        was killed: then its newest operation of that kind is the one.
        """
        self._hurried.discard(id)
        try:
            accepted = await begin()
        except Conflict as refusal:
            held = [occ for occ in await self._held(host, id) if occ.lcm_operation is operation]
            if not held or held[-1].operation_state is LcmOperationState.FAILED:
                raise refusal
            return AppLcmOpOccId(held[-1].id)
        if accepted.location is None:
            raise BadGateway(f"The host {host.site.host_id} answered 202 without Location.")
        return AppLcmOpOccId(accepted.location.rstrip("/").rpartition("/")[2])

    async def end_of(self, host: Host, id: AppInstanceId, op_occ_id: AppLcmOpOccId) -> None:
        """Return when the operation is COMPLETED; raise the problem that the host tells otherwise.

        A host that is silent is asked again until ``patience_s`` have passed.
        """
        occ = await self._closed(host, id, op_occ_id)
        if occ.operation_state is LcmOperationState.COMPLETED:
            return
        if occ.operation_state is LcmOperationState.FAILED_TEMP:
            await self._fail(host, op_occ_id)
        told = occ.error
        detail = "it gives no reason" if told is None else told.detail
        status = 500 if told is None else told.status
        raise problem_of(status, f"On {host.site.host_id}: {detail}")

    async def clear(self, host: Host, id: AppInstanceId) -> None:
        """Have nothing of the instance left on the host, whatever is being done there.

        Raises Unavailable where the host is away: then nothing is known.
        """
        try:
            for occ in await self._held(host, id):
                await self._stop(host, id, occ)
            info = (await host.mm3.get_app_instance(id)).value
            if info.instantiation_state is InstantiationState.INSTANTIATED:
                request = TerminateAppRequest(termination_type=StopType.FORCEFUL)
                op_occ_id = await self.begin(
                    host,
                    id,
                    LcmOperation.TERMINATE,
                    lambda: host.mm3.terminate_app_instance(id, request),
                )
                await self.end_of(host, id, op_occ_id)
            await host.mm3.delete_app_instance(id)
        except NotFound:
            return

    async def _stop(self, host: Host, id: AppInstanceId, occ: AppLcmOpOcc) -> None:
        op_occ_id = AppLcmOpOccId(occ.id)
        if occ.operation_state is LcmOperationState.PROCESSING:
            cancel = CancelRequest(cancel_mode=CancelMode.FORCED)
            with suppress(Conflict):  # It may have ended meanwhile, or be about to.
                await host.mm3.cancel_app_lcm_op_occ(op_occ_id, cancel)
        if occ.operation_state in WORKING:
            occ = await self._closed(host, id, op_occ_id)
        if occ.operation_state is LcmOperationState.FAILED_TEMP:
            await self._fail(host, op_occ_id)

    async def _closed(self, host: Host, id: AppInstanceId, op_occ_id: AppLcmOpOccId) -> AppLcmOpOcc:
        """Return the operation once it has ended, for good or for now."""
        begun = heard = self._clock.monotonic()
        with self._news.of(op_occ_id, id) as news:
            while True:
                news.clear()
                if id in self._hurried:
                    self._hurried.discard(id)
                    raise Conflict("The operation was cancelled.")
                try:
                    occ = (await host.mm3.get_app_lcm_op_occ(op_occ_id)).value
                except AWAY as problem:
                    silent_s = self._clock.monotonic() - heard
                    if silent_s > self._patience_s:
                        raise _silence(host, silent_s, problem) from problem
                else:
                    heard = self._clock.monotonic()
                    if occ.operation_state not in WORKING:
                        return occ
                await self._rest(host, self._clock.monotonic() - begun, news)

    async def _rest(self, host: Host, elapsed_s: float, news: asyncio.Event) -> None:
        """Return when it is time to look again: when the host tells, where it does."""
        told = self._news.tells(host.site.host_id)
        seconds = TOLD_WAIT_S if told else pause_s(elapsed_s)
        await pause(self._clock, self._nursery, seconds, until=news)

    async def _held(self, host: Host, id: AppInstanceId) -> list[AppLcmOpOcc]:
        """Return what the host knows of operations on the instance, oldest first."""
        query = ListQuery(filter=f"(eq,appInstanceId,{id})", all_fields=True)
        page = await host.mm3.list_app_lcm_op_occs(query)
        return [entry.value for entry in page.entries if entry.value.app_instance_id == id]

    async def _fail(self, host: Host, op_occ_id: AppLcmOpOccId) -> None:
        with suppress(Conflict):  # It may be closed already.
            await host.mm3.fail_app_lcm_op_occ(op_occ_id)


def pause_s(elapsed_s: float) -> float:
    """Return how long to wait before asking a host that does not tell, after so long already.

    A tenth of it: the end is seen no later than that, and a long operation is not asked of often.
    """
    return min(LONGEST_WAIT_S, max(FIRST_WAIT_S, elapsed_s / 10))


def _silence(host: Host, silent_s: float, problem: Problem) -> Problem:
    return GatewayTimeout(
        f"The host {host.site.host_id} has not answered for {silent_s:.0f} s: {problem.detail}"
    )
