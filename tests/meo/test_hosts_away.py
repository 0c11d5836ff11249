"""Hosts that go: away for a while, for long, or for good with all that ran there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from tests.meo.tiers import Tiers

from wayside.core.errors import NotFound
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Accepted
from wayside.model.app_lcm import (
    InstantiateAppRequest,
    InstantiationState,
    LcmOperationState,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
STOP = OperateAppRequest(change_state_to=OperationalState.STOPPED)
COMPLETED, FAILED = LcmOperationState.COMPLETED, LcmOperationState.FAILED
FAILED_TEMP = LcmOperationState.FAILED_TEMP


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path, "mec1", "mec2", patience_s=0.3) as running:
        yield running


async def take_out(tiers: Tiers, host_id: str) -> None:
    """Take a host out of the system, as an operator does whose machine has burnt."""
    if host_id in tiers.servers:
        await tiers.kill(host_id)
    await tiers.kill("meo")
    del tiers.hosts[host_id], tiers.journals[host_id]
    await tiers.boot("meo")


async def silent(tiers: Tiers, id: AppInstanceId) -> bool:
    """Whether the instance's host is shown as silent."""
    placement = (await tiers.instance(id)).wayside_placement
    return placement is not None and placement.host_silent_since is not None


async def is_gone(tiers: Tiers, id: AppInstanceId) -> None:
    """See that the instance is shown nowhere, and may be placed anew."""
    info = await tiers.instance(id)
    assert info.instantiation_state is InstantiationState.NOT_INSTANTIATED
    assert info.wayside_placement is None
    assert (await tiers.instantiate(id)).operation_state is COMPLETED
    placement = (await tiers.instance(id)).wayside_placement
    assert placement is not None
    assert placement.host_id == "mec2"


async def test_what_ran_on_a_host_that_was_taken_out_is_shown_so_and_can_be_ended(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await take_out(tiers, "mec1")
    info = await tiers.instance(id_)
    assert info.operational_state is OperationalState.STARTED
    assert info.wayside_placement is not None
    assert info.wayside_placement.host_silent_since is not None
    stopped = await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOP)).location)
    assert stopped.operation_state is FAILED
    assert stopped.error is not None
    assert "There is no MEC host mec1; known: mec2" in stopped.error.detail
    ended = await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert ended.operation_state is COMPLETED
    await is_gone(tiers, id_)


async def test_a_host_that_was_taken_out_by_mistake_has_lost_nothing_when_it_is_back(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    twin, journal = tiers.hosts["mec1"], tiers.journals["mec1"]
    await take_out(tiers, "mec1")
    await tiers.kill("meo")
    tiers.hosts["mec1"], tiers.journals["mec1"] = twin, journal
    await tiers.boot("mec1")
    await tiers.boot("meo")
    async with asyncio.timeout(5):
        while await silent(tiers, id_):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert (await tiers.instance(id_)).operational_state is OperationalState.STARTED
    ended = await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOP)).location)
    assert ended.operation_state is COMPLETED


async def test_a_termination_that_waits_for_a_host_that_was_taken_out_is_completed_by_a_retry(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("mec1")
    occ = await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert occ.operation_state is FAILED_TEMP
    await take_out(tiers, "mec1")
    again = await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await tiers.ended(again.location)).operation_state is COMPLETED
    await is_gone(tiers, id_)


async def test_an_instantiation_on_a_host_that_was_taken_out_fails_and_promises_nothing(
    tiers: Tiers,
) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    twin = tiers.hosts["mec1"]
    twin.mep.confirms = False
    begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    async with asyncio.timeout(5):
        while f"wait {id_}" not in twin.log:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
    await take_out(tiers, "mec1")
    occ = await tiers.ended(begun.location)
    assert occ.operation_state is FAILED
    assert occ.error is not None
    assert "There is no MEC host mec1; known: mec2" in occ.error.detail
    await is_gone(tiers, id_)


async def test_a_host_that_stays_away_fails_each_retry_until_the_operation_is_given_up(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("mec1")
    occ = await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOP)).location)
    for _ in range(2):
        assert occ.operation_state is FAILED_TEMP
        assert occ.error is not None
        assert (occ.error.status, "mec1.sock did not answer" in occ.error.detail) == (503, True)
        again = await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
        occ = await tiers.ended(again.location)
    closed = await tiers.lcm.fail_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert closed.value.operation_state is FAILED
    assert (await tiers.instance(id_)).operational_state is OperationalState.STARTED
    await tiers.boot("mec1")
    ended = await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOP)).location)
    assert ended.operation_state is COMPLETED


async def test_what_failed_for_now_while_the_host_was_away_is_shown_as_it_is_when_it_is_back(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("mec1")
    occ = await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert occ.operation_state is FAILED_TEMP
    tiers.lose("mec1")
    await tiers.boot("mec1")
    async with asyncio.timeout(5):
        while (await tiers.instance(id_)).operational_state is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    again = await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await tiers.ended(again.location)).operation_state is COMPLETED
    await tiers.lcm.delete_app_instance(id_)
    with pytest.raises(NotFound):
        await tiers.instance(id_)


async def _lost_during(tiers: Tiers, asked: Awaitable[Accepted[None]]) -> Accepted[None]:
    """Have a host lose everything, and come back, while it waits for an instance's end."""
    twin = tiers.hosts["mec1"]
    twin.mep.hold = asyncio.Event()
    begun = await asked
    async with asyncio.timeout(5):
        while not twin.mep.grace:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
    await tiers.kill("mec1")
    tiers.lose("mec1")
    await tiers.boot("mec1")
    return begun


async def test_a_stop_under_way_on_a_host_that_loses_everything_fails_and_shows_it_ended(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    begun = await _lost_during(tiers, tiers.lcm.operate_app_instance(id_, STOP))
    assert (await tiers.ended(begun.location)).operation_state is FAILED
    assert (await tiers.instance(id_)).operational_state is None


async def test_a_termination_under_way_on_a_host_that_loses_everything_is_completed(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    begun = await _lost_during(tiers, tiers.lcm.terminate_app_instance(id_, FORCED))
    assert (await tiers.ended(begun.location)).operation_state is COMPLETED
    assert (await tiers.instance(id_)).operational_state is None
