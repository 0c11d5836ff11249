"""The life of an application as a sequence of Mm1 requests, each awaited to its end.

Never prints; the commands do.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from wayside.core.errors import Conflict, NotFound, Problem, problem_of
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, AppPkgId
from wayside.core.replies import Accepted, Created, Entry
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    InstantiationState,
    LcmOperationState,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.app_pkgm import AppPkgInfo, OnboardingState

from .connection import Face

POLL_S = 0.02
POLL_S_MAX = 0.3
ANYWHERE = InstantiateAppRequest()
OPEN = {LcmOperationState.STARTING, LcmOperationState.PROCESSING}

Telling = Callable[[LcmOperationState], object]
"""Is told of each state in which the operation is seen."""


def untold(state: LcmOperationState) -> None:
    """Tell nobody."""


async def await_onboarded(face: Face, package_id: AppPkgId) -> AppPkgInfo:
    """Return the package once it is ONBOARDED; raise the Problem for which it was refused."""
    pause_s = POLL_S
    while True:
        package = (await face.packages.get_app_package(package_id)).value
        if package.onboarding_state is OnboardingState.ONBOARDED:
            return package
        failure = package.onboarding_failure_details
        if package.onboarding_state is OnboardingState.CREATED and failure is not None:
            raise problem_of(failure.status, failure.detail)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, POLL_S_MAX)


async def discard_package(face: Face, package_id: AppPkgId) -> None:
    """Take away a package that was refused; what stands in the way is not raised again."""
    try:
        await face.packages.delete_app_package(package_id)
    except Problem:
        return


async def run_new(
    face: Face, app_d_id: str, *, request: InstantiateAppRequest = ANYWHERE, tell: Telling = untold
) -> AppInstanceInfo:
    """Return a new, running instance; one that could not be instantiated is taken away again."""
    created: Created[AppInstanceInfo] = await face.instances.create_app_instance(
        CreateAppInstanceRequest(app_d_id=app_d_id)
    )
    body = created.body.value if isinstance(created.body, Entry) else created.body
    try:
        return await _instantiate(face, AppInstanceId(body.id), request, tell)
    except Problem:
        with suppress(Conflict):  # a failed operation that can be retried holds it
            await face.instances.delete_app_instance(AppInstanceId(body.id))
        raise


async def run_again(
    face: Face,
    instance: AppInstanceInfo,
    *,
    request: InstantiateAppRequest = ANYWHERE,
    tell: Telling = untold,
) -> AppInstanceInfo:
    """Return the instance running: instantiated where it is not, started where it is stopped."""
    instance_id = AppInstanceId(instance.id)
    if instance.instantiation_state is InstantiationState.NOT_INSTANTIATED:
        return await _instantiate(face, instance_id, request, tell)
    state = instance.instantiated_app_state
    if state is None or state.operational_state is OperationalState.STOPPED:
        accepted = await face.instances.operate_app_instance(
            instance_id, OperateAppRequest(change_state_to=OperationalState.STARTED)
        )
        await finish(face, accepted, tell)
    return (await face.instances.get_app_instance(instance_id)).value


async def _instantiate(
    face: Face, instance_id: AppInstanceId, request: InstantiateAppRequest, tell: Telling
) -> AppInstanceInfo:
    accepted = await face.instances.instantiate_app_instance(instance_id, request)
    await finish(face, accepted, tell)
    return (await face.instances.get_app_instance(instance_id)).value


async def pause(
    face: Face, instance_id: AppInstanceId, grace_s: int | None, *, tell: Telling = untold
) -> None:
    """Stop the instance and keep its resources; ``grace_s`` None does not tell it."""
    accepted = await face.instances.operate_app_instance(
        instance_id,
        OperateAppRequest(
            change_state_to=OperationalState.STOPPED,
            stop_type=StopType.FORCEFUL if grace_s is None else StopType.GRACEFUL,
            graceful_stop_timeout=grace_s,
        ),
    )
    await finish(face, accepted, tell)


async def end(
    face: Face, instance: AppInstanceInfo, grace_s: int | None, *, tell: Telling = untold
) -> None:
    """Terminate the instance where it is instantiated, and forget it."""
    instance_id = AppInstanceId(instance.id)
    if instance.instantiation_state is InstantiationState.INSTANTIATED:
        accepted = await face.instances.terminate_app_instance(
            instance_id,
            TerminateAppRequest(
                termination_type=StopType.FORCEFUL if grace_s is None else StopType.GRACEFUL,
                graceful_termination_timeout=grace_s,
            ),
        )
        await finish(face, accepted, tell)
    with suppress(NotFound):  # whoever made it for a device has forgotten it already
        await face.instances.delete_app_instance(instance_id)


async def finish(face: Face, accepted: Accepted[None], tell: Telling = untold) -> AppLcmOpOcc:
    """Return the operation once it is COMPLETED; raise the Problem for which it failed."""
    occurrence_id = AppLcmOpOccId((accepted.location or "").rstrip("/").rpartition("/")[2])
    pause_s = POLL_S
    while True:
        occurrence = (await face.instances.get_app_lcm_op_occ(occurrence_id)).value
        tell(occurrence.operation_state)
        if occurrence.operation_state is LcmOperationState.COMPLETED:
            return occurrence
        if occurrence.operation_state not in OPEN:
            error = occurrence.error
            if occurrence.operation_state is LcmOperationState.FAILED_TEMP:
                await face.instances.fail_app_lcm_op_occ(occurrence_id)
            raise problem_of(
                error.status if error else 500,
                error.detail if error else f"The operation is {occurrence.operation_state}.",
            )
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.3, POLL_S_MAX)
