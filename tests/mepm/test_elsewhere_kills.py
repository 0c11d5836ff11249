"""``kill -9`` of the manager at any step of an operation on an instance that a VNFM runs.

The sagas of Mm3* never touch the VIM, so each test sees that it stays empty.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.knife import WHEN, Knife
from tests.mepm.manager import Manager

from wayside.core.errors import Conflict, Unavailable
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Accepted
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    ConfigPlatformForAppRequest,
    InstantiationState,
    LcmOperationState,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.appd import ServiceDependency

WANTED = ConfigPlatformForAppRequest(
    app_service_required=(ServiceDependency(ser_name="rnis", version="2", ser_category=None),)
)
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
GRACEFUL = TerminateAppRequest(termination_type=StopType.GRACEFUL, graceful_termination_timeout=5)
COMPLETED, FAILED = LcmOperationState.COMPLETED, LcmOperationState.FAILED
FAILED_TEMP = LcmOperationState.FAILED_TEMP


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Manager(tmp_path) as running:
        yield running


async def survive(manager: Manager, knife: Knife, begun: Accepted[None]) -> AppLcmOpOcc:
    """Wait for the kill, start the manager again, return how the operation ended."""
    async with asyncio.timeout(10):
        await knife.struck.wait()
    await manager.restart()
    return await manager.ended(begun)


async def configured(manager: Manager) -> AppInstanceId:
    id_ = await manager.create_elsewhere()
    occ = await manager.ended(await manager.api.configure_platform_for_app(id_, WANTED))
    assert occ.operation_state is COMPLETED
    return id_


async def shown(manager: Manager, id: AppInstanceId) -> AppInstanceInfo:
    return (await manager.api.get_app_instance(id)).value


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", ["configure", "finished"])
async def test_a_configuring_that_is_killed_still_ends_with_a_platform_that_knows_the_instance(
    manager: Manager, step: str, when: str
) -> None:
    id_ = await manager.create_elsewhere()
    knife = await manager.sharpen(step, when)
    begun = await manager.api.configure_platform_for_app(id_, WANTED)

    occ = await survive(manager, knife, begun)

    assert occ.operation_state is COMPLETED, occ.error
    assert manager.twin.mep.configured[id_].services_required == ("rnis",)
    assert manager.twin.mep.configured.keys() == {id_}
    assert manager.twin.vim.empty
    info = await shown(manager, id_)
    assert info.operational_state is OperationalState.STARTED
    assert info.links.terminate is not None


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", ["undo configure", "finished"])
async def test_an_unwinding_that_is_killed_still_leaves_nothing_on_the_platform(
    manager: Manager, step: str, when: str
) -> None:
    id_ = await manager.create_elsewhere()
    manager.twin.mep.breaks_off = Conflict("The platform is full.")
    knife = await manager.sharpen(step, when)
    begun = await manager.api.configure_platform_for_app(id_, WANTED)

    occ = await survive(manager, knife, begun)

    assert occ.operation_state is FAILED
    assert occ.error is not None
    assert occ.error.detail == "The platform is full."
    assert manager.twin.empty
    info = await shown(manager, id_)
    assert info.instantiation_state is InstantiationState.NOT_INSTANTIATED
    assert info.links.configure_platform_for_app is not None
    await manager.api.delete_app_instance(id_)


@pytest.mark.parametrize("request_", [FORCED, GRACEFUL], ids=["forced", "graceful"])
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", ["end", "remove", "finished"])
async def test_a_withdrawal_that_is_killed_still_leaves_nothing_on_the_platform(
    manager: Manager, step: str, when: str, request_: TerminateAppRequest
) -> None:
    id_ = await configured(manager)
    knife = await manager.sharpen(step, when)
    begun = await manager.api.terminate_app_instance(id_, request_)

    occ = await survive(manager, knife, begun)

    assert occ.operation_state is COMPLETED, occ.error
    assert manager.twin.empty
    assert (await shown(manager, id_)).operational_state is None
    await manager.api.delete_app_instance(id_)


@pytest.mark.parametrize("when", WHEN)
async def test_a_configuring_that_failed_for_now_succeeds_when_it_is_retried_over_a_kill(
    manager: Manager, when: str
) -> None:
    id_ = await manager.create_elsewhere()
    manager.twin.mep.breaks_off = Unavailable("The platform is being replaced.")
    occ = await manager.ended(await manager.api.configure_platform_for_app(id_, WANTED))
    assert occ.operation_state is FAILED_TEMP
    assert manager.twin.empty
    manager.twin.mep.breaks_off = None
    knife = await manager.sharpen("configure", when)
    again = await manager.api.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))

    ended = await survive(manager, knife, again)

    assert (ended.id, ended.operation_state) == (occ.id, COMPLETED)
    assert manager.twin.mep.configured.keys() == {id_}


async def test_a_withdrawal_that_the_platform_does_not_finish_is_completed_by_a_retry(
    manager: Manager,
) -> None:
    id_ = await configured(manager)
    manager.twin.mep.fails_to_remove = Unavailable("The data plane is busy.")
    occ = await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
    assert occ.operation_state is FAILED_TEMP
    assert (await shown(manager, id_)).operational_state is OperationalState.STARTED
    manager.twin.mep.fails_to_remove = None
    again = await manager.api.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await manager.ended(again)).operation_state is COMPLETED
    assert manager.twin.empty
