"""An OSS is asked as MEC 010-2 clause 6.3.5.2 says, over HTTP, and its answer is followed."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.meo.oss import Oss
from tests.meo.shortage import Full, State

from wayside.chassis.client import connect
from wayside.core.errors import Conflict, Forbidden, Unavailable
from wayside.core.ids import AppLcmOpOccId
from wayside.core.tasks import Nursery
from wayside.meo.wayside_coordination.asking import Coordination
from wayside.model.app_lcm import CancelMode, CancelRequest, LcmOperation, LcmOperationState
from wayside.model.coordination import SELECT_APPS_TO_TERMINATE, LcmCoordResult
from wayside.refpoints import mm1

COMPLETED = LcmOperationState.COMPLETED


@asynccontextmanager
async def full(
    folder: Path, oss: Oss, *, within_s: float = 20.0, serving: bool = True
) -> AsyncIterator[Full]:
    """A full host, and an orchestrator that asks the OSS."""
    tiers = Full(folder)
    tiers.coordination = Coordination(
        oss=connect(mm1.LcmCoordination, f"unix:{folder / 'oss.sock'}", tiers.client()),
        oss_name="https://oss.example",
        root=lambda: "http://meo.example",
        answer_within_s=within_s,
    )
    async with Nursery() as nursery:
        server = await oss.serve(folder / "oss.sock", nursery) if serving else None
        async with tiers:
            yield tiers
        if server is not None:
            await server.close()


async def test_the_oss_is_asked_in_the_words_of_the_standard(tmp_path: Path) -> None:
    oss = Oss()
    async with full(tmp_path, oss) as tiers:
        location = await tiers.begin([tiers.second], [tiers.first])
        occ = await tiers.ended(location)

        assert occ.operation_state is COMPLETED, occ.error
        (request,) = oss.asked
        assert request.coordination_action_name == SELECT_APPS_TO_TERMINATE
        assert request.lcm_operation_type is LcmOperation.INSTANTIATE
        assert request.app_instance_id == request.input_params.app_instance_id == tiers.third
        assert [
            each.app_inst_id_termination_cands for each in request.input_params.termination_options
        ] == [(tiers.second,), (tiers.first,)]
        assert request.links.app_lcm_op_occ.href == f"http://meo.example{location}"
        assert await tiers.on_host() == sorted([tiers.first, tiers.third])
        assert (await tiers.asked()).asked == "The OSS at https://oss.example"


async def test_an_oss_that_takes_its_time_is_asked_again_at_its_own_resource(
    tmp_path: Path,
) -> None:
    oss = Oss()
    oss.slowly = True
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is COMPLETED, occ.error
        assert (len(oss.asked), oss.reads) == (1, 2)
        assert (await tiers.asked()).oss_coordination_id == "1"


async def test_an_oss_that_is_away_or_busy_for_a_while_is_asked_again(tmp_path: Path) -> None:
    oss = Oss()
    oss.slowly = True
    oss.problems = [Unavailable("Come again."), Unavailable("And again.")]
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is COMPLETED, occ.error


async def test_an_oss_that_says_when_to_come_again_is_left_in_peace_so_long(
    tmp_path: Path,
) -> None:
    oss = Oss()
    oss.slowly = True
    oss.again_s = 1
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is COMPLETED, occ.error
        first, second = oss.read_at
        assert second - first >= 1


async def test_an_oss_that_is_busy_and_says_how_long_is_left_in_peace_so_long(
    tmp_path: Path,
) -> None:
    oss = Oss()
    oss.problems = [Unavailable("Come again.", headers={"Retry-After": "1"})]
    async with full(tmp_path, oss) as tiers:
        begun = time.monotonic()
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is COMPLETED, occ.error
        assert time.monotonic() - begun >= 1


async def test_an_oss_that_has_forgotten_the_question_is_asked_anew(tmp_path: Path) -> None:
    oss = Oss()
    oss.slowly = True
    oss.decides_after_reads = 10_000
    async with full(tmp_path, oss) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.heard()
        oss.asked.clear()
        oss.decides_after_reads = 0
        occ = await tiers.ended(location)
        assert occ.operation_state is COMPLETED, occ.error
        assert len(oss.asked) == 1


async def test_a_kill_while_the_oss_thinks_asks_it_no_second_time(tmp_path: Path) -> None:
    oss = Oss()
    oss.slowly = True
    oss.decides_after_reads = 10_000
    async with full(tmp_path, oss) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.heard()
        await tiers.restart("meo")
        oss.decides_after_reads = 0

        occ = await tiers.ended(location)

        assert occ.operation_state is COMPLETED, occ.error
        assert len(oss.asked) == 1


@pytest.mark.parametrize("result", [LcmCoordResult.ABORT, LcmCoordResult.CANCELLED])
async def test_what_the_oss_does_not_let_go_on_fails(
    tmp_path: Path, result: LcmCoordResult
) -> None:
    oss = Oss()
    oss.result = result
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "The OSS at https://oss.example does not let others end" in occ.error.detail
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])


async def test_an_oss_that_refuses_the_question_is_told_with_its_reason(tmp_path: Path) -> None:
    oss = Oss()
    oss.problems = [Forbidden("Nobody ends on a Sunday.")]
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "Nobody ends on a Sunday." in occ.error.detail


async def test_an_oss_that_does_not_say_where_it_answers_is_not_asked_again_and_again(
    tmp_path: Path,
) -> None:
    oss = Oss()
    oss.nowhere = True
    async with full(tmp_path, oss) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "202 without Location" in occ.error.detail
        assert len(oss.asked) == 1


async def test_what_the_oss_selects_beside_the_options_is_not_ended(tmp_path: Path) -> None:
    oss = Oss()
    async with full(tmp_path, oss) as tiers:
        oss.select = lambda body: [tiers.second]
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "Its answer cannot be followed: terminateApps must be" in occ.error.detail
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])


async def test_an_oss_that_never_answers_is_given_its_time_and_told_that_it_is_over(
    tmp_path: Path,
) -> None:
    oss = Oss()
    oss.slowly = True
    oss.decides_after_reads = 10_000
    async with full(tmp_path, oss, within_s=1.5) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert occ.error is not None
        assert occ.error.detail == (
            "The OSS at https://oss.example has not answered within 1.5 s. It has not decided."
        )
        assert oss.cancelled == ["1"]


async def test_an_oss_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    async with full(tmp_path, Oss(), within_s=1.0, serving=False) as tiers:
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert occ.error is not None
        assert "has not answered within 1 s. " in occ.error.detail
        assert "oss.sock" in occ.error.detail


async def test_a_cancelled_operation_withdraws_its_question_at_the_oss(tmp_path: Path) -> None:
    oss = Oss()
    oss.slowly = True
    oss.decides_after_reads = 10_000
    async with full(tmp_path, oss) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.heard()
        id_ = AppLcmOpOccId(location.rpartition("/")[2])
        await tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=CancelMode.GRACEFUL))
        await tiers.ended(location)
        assert oss.cancelled == ["1"]
        assert (await tiers.asked()).state is State.CANCELLED


async def test_nobody_else_answers_for_the_oss(tmp_path: Path) -> None:
    oss = Oss()
    oss.slowly = True
    oss.decides_after_reads = 10_000
    async with full(tmp_path, oss) as tiers:
        await tiers.begin([tiers.first])
        with pytest.raises(Conflict, match="and answers by itself"):
            await tiers.answer(tiers.first)
