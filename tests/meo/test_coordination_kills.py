"""The orchestrator killed at each step on the way to room that others leave: it gets there."""

import asyncio
from pathlib import Path

import pytest
from tests.meo.shortage import Full, State

from wayside.core.errors import Conflict, Problem
from wayside.core.ids import AppLcmOpOccId
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import (
    CancelMode,
    CancelRequest,
    LcmOperation,
    LcmOperationState,
    OperationalState,
)
from wayside.model.coordination import LcmCoordResult, TerminateApp, WaysideCoordinationAnswer

WHEN = pytest.mark.parametrize("when", ["before", "after"])


async def require_second_made_room(tiers: Full, location: str) -> None:
    """Fail unless ``second`` has ended, once, and ``third`` runs in its place."""
    occ = await tiers.ended(location)
    assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
    await tiers.settled()
    assert await tiers.on_host() == sorted([tiers.first, tiers.third])
    assert await tiers.state_of(tiers.third) is OperationalState.STARTED
    assert await tiers.state_of(tiers.second) is None
    occs = [each.value for each in (await tiers.lcm.list_app_lcm_op_occs(ListQuery())).entries]
    assert [each.lcm_operation for each in occs].count(LcmOperation.TERMINATE) == 1


@pytest.mark.parametrize(
    "step", ["coordinate", "make_room", "place", "undo place", "undo make_room", "undo coordinate"]
)
@WHEN
async def test_killed_on_the_way_to_the_question_it_is_asked_once(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Full(tmp_path) as tiers:
        knife = await tiers.sharpen("meo", step, when)
        location = await tiers.begin([tiers.first], [tiers.second])
        await knife.struck.wait()
        await tiers.restart("meo")

        await tiers.answer(tiers.second)

        await require_second_made_room(tiers, location)


@pytest.mark.parametrize("step", ["coordinate", "make_room", "place", "create", "finished"])
@WHEN
async def test_killed_on_the_way_from_the_answer_what_it_says_is_done_once(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first], [tiers.second])
        asked = await tiers.asked()
        knife = await tiers.sharpen("meo", step, when)
        if (step, when) != ("coordinate", "before"):
            await tiers.answer(tiers.second)
        await knife.struck.wait()
        await tiers.restart("meo")
        if (step, when) == ("coordinate", "before"):
            assert await tiers.asked() == asked
            await tiers.answer(tiers.second)

        await require_second_made_room(tiers, location)


@pytest.mark.parametrize("step", ["undo make_room", "undo coordinate", "finished"])
@WHEN
async def test_an_unwinding_that_is_killed_leaves_no_claim_on_the_room(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        tiers.hosts["mec1"].vim.fails_to_stop = Problem("It does not stop.")
        knife = await tiers.sharpen("meo", step, when)
        await tiers.answer(tiers.first)
        await knife.struck.wait()
        await tiers.restart("meo")

        occ = await tiers.ended(location)

        assert occ.error is not None
        assert f"The instance {tiers.first} " in occ.error.detail
        assert (await tiers.instance(tiers.third)).wayside_placement is None
        assert not list(tiers.journals["meo"].load("placements"))[2:]


async def test_an_answer_outlives_the_orchestrator_that_took_it(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.second])
        await tiers.answer(tiers.second)
        await tiers.restart("meo")
        with pytest.raises(Conflict):
            await tiers.answer(result=LcmCoordResult.ABORT)
        await require_second_made_room(tiers, location)


async def test_the_time_for_an_answer_runs_on_while_the_orchestrator_is_away(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path) as tiers:
        await tiers.begin([tiers.second])
        until = (await tiers.asked()).answer_until
        await asyncio.sleep(0.05)
        await tiers.restart("meo")
        assert (await tiers.asked()).answer_until == until


@pytest.mark.parametrize("step", ["undo coordinate", "finished"])
@WHEN
async def test_a_cancel_that_is_killed_still_withdraws_the_question(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        knife = await tiers.sharpen("meo", step, when)
        id_ = AppLcmOpOccId(location.rpartition("/")[2])
        await tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=CancelMode.GRACEFUL))
        await knife.struck.wait()
        await tiers.restart("meo")

        occ = await tiers.ended(location)

        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert (await tiers.asked()).state is State.CANCELLED
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])


async def test_a_question_whose_wait_was_cut_short_by_a_cancel_is_withdrawn_after_a_restart(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        await asyncio.sleep(0.3)  # the wait for an answer sleeps for longer and longer
        id_ = AppLcmOpOccId(location.rpartition("/")[2])
        await tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=CancelMode.FORCED))
        await tiers.restart("meo")

        await tiers.ended(location)

        asked = await tiers.asked()
        assert asked.state is State.CANCELLED


async def test_two_that_want_the_room_of_one_do_not_both_get_it(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        one = await tiers.asked()
        tiers.third = await tiers.create()
        other = await tiers.begin([tiers.first])
        await tiers.asked()
        answer = WaysideCoordinationAnswer(
            coordination_result=LcmCoordResult.CONTINUE,
            terminate_apps=(TerminateApp(app_instance_id=tiers.first),),
        )
        await tiers.questions.answer_coordination(one.id, answer)
        await tiers.answer(tiers.first)

        ends = [await tiers.ended(location), await tiers.ended(other)]

        states = sorted(each.operation_state for each in ends)
        assert states == [LcmOperationState.COMPLETED, LcmOperationState.FAILED]
        assert len(await tiers.on_host()) == 2
