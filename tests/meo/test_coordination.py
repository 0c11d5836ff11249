"""An instance that finds no room: the OSS is asked who may end for it, and that is what happens."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.meo.shortage import ROOM, Full, State
from tests.meo.tiers import ask
from tests.mepm.twins import TOTAL
from tests.model.descriptors import an_appd

from wayside.core.errors import Conflict, Problem
from wayside.core.ids import AppLcmOpOccId
from wayside.core.requests import ListQuery
from wayside.meo.wayside_coordination.asking import Coordination
from wayside.model.app_lcm import (
    CancelMode,
    CancelRequest,
    LcmOperation,
    LcmOperationState,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.appd import ServiceDependency, ServiceDescriptor
from wayside.model.coordination import LcmCoordResult, TerminateApp, WaysideCoordinationAnswer

STARTED = OperationalState.STARTED
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)


async def test_whoever_is_selected_ends_and_the_instance_goes_on_by_itself(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first], [tiers.second])
        asked = await tiers.asked()
        assert asked.state is State.PENDING
        assert [each.app_inst_id_termination_cands for each in asked.termination_options] == [
            (tiers.first,),
            (tiers.second,),
        ]
        assert await tiers.state_of(tiers.first) is STARTED

        await tiers.answer(tiers.second)
        occ = await tiers.ended(location)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert await tiers.on_host() == sorted([tiers.first, tiers.third])
        assert await tiers.state_of(tiers.second) is None
        assert await tiers.state_of(tiers.third) is STARTED


async def test_the_end_is_an_operation_of_its_own_that_the_oss_can_see(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        await tiers.made([tiers.second], ending=[tiers.second])

        occs = (await tiers.lcm.list_app_lcm_op_occs(ListQuery())).entries
        ended = [each.value for each in occs if each.value.app_instance_id == tiers.second][-1]
        assert ended.lcm_operation is LcmOperation.TERMINATE
        assert ended.operation_state is LcmOperationState.COMPLETED


async def test_the_instance_tells_who_was_considered_who_ended_and_why_it_is_there(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path) as tiers:
        await tiers.made([tiers.first], ending=[tiers.first])

        info = await tiers.instance(tiers.third)
        asked, placement = info.wayside_coordination, info.wayside_placement
        assert asked is not None
        assert placement is not None
        assert asked.state is State.CONTINUE
        assert [each.app_instance_id for each in asked.terminate_apps] == [tiers.first]
        assert asked.explanation == (
            "Room is short: mec1 lacks CPU 150 thousandths of a core. There would be enough "
            f"without {tiers.first} on mec1."
        )
        (candidate,) = asked.considered
        assert candidate.suggested
        assert candidate.verdict.startswith("It frees CPU 250 thousandths of a core")
        assert placement.explanation == f"mec1 has the room that {tiers.first} left for it."
        assert "CPU: 250 thousandths of a core asked for" in placement.considered[0].refused[0]
        listed = (await tiers.questions.list_coordinations(ListQuery())).entries
        assert [each.value for each in listed] == [asked]


@pytest.mark.parametrize(
    ("selected", "grace"),
    [
        ({}, ("TERMINATING", 30.0)),
        ({"graceful_termination_timeout": 7}, ("TERMINATING", 7.0)),
        ({"termination_type": StopType.FORCEFUL}, ("TERMINATING", None)),
    ],
)
async def test_it_ends_in_the_way_that_was_selected(
    tmp_path: Path, selected: dict[str, object], grace: tuple[str, float | None]
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        app = msgspec.structs.replace(TerminateApp(app_instance_id=tiers.first), **selected)
        answer = WaysideCoordinationAnswer(
            coordination_result=LcmCoordResult.CONTINUE, terminate_apps=(app,)
        )
        await tiers.questions.answer_coordination((await tiers.asked()).id, answer)

        await tiers.ended(location)

        assert tiers.hosts["mec1"].mep.grace == [grace]


async def test_a_refusal_fails_the_operation_with_its_reason_and_nobody_ends(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        answer = WaysideCoordinationAnswer(
            coordination_result=LcmCoordResult.ABORT, reason="It serves an emergency call."
        )
        await tiers.questions.answer_coordination((await tiers.asked()).id, answer)

        occ = await tiers.ended(location)

        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "It serves an emergency call." in occ.error.detail
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])
        assert (await tiers.asked()).state is State.ABORT
        await tiers.lcm.delete_app_instance(tiers.third)
        assert not (await tiers.questions.list_coordinations(ListQuery())).entries


async def test_where_no_candidate_would_help_nobody_is_asked(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        idle = await tiers.create()

        occ = await tiers.ended(await tiers.begin([idle]))

        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "No MEC host can take the instance. mec1: CPU: 250" in occ.error.detail
        assert "No candidate would make room: mec1 lacks CPU 150" in occ.error.detail
        asked = await tiers.asked()
        assert asked.state is State.FUTILE
        assert asked.considered[0].verdict == "No host has it: it would free nothing."
        with pytest.raises(Conflict, match="FUTILE already"):
            await tiers.answer()


async def test_without_candidates_nobody_is_asked(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        occ = await tiers.ended(await tiers.begin())
        assert occ.operation_state is LcmOperationState.FAILED
        assert (await tiers.instance(tiers.third)).wayside_coordination is None


async def test_a_new_operation_does_not_show_the_question_of_the_last(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        await tiers.ended(await tiers.begin([await tiers.create()]))
        assert (await tiers.asked()).state is State.FUTILE
        await tiers.ended(await tiers.begin())
        assert (await tiers.instance(tiers.third)).wayside_coordination is None


async def test_where_there_is_room_nobody_is_asked(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        tiers.hosts["mec1"].vim.total = TOTAL
        occ = await tiers.ended(await tiers.begin([tiers.first]))
        assert occ.operation_state is LcmOperationState.COMPLETED
        assert (await tiers.instance(tiers.third)).wayside_coordination is None


async def test_candidates_of_its_own_are_suggested_where_the_operator_wants_that(
    tmp_path: Path,
) -> None:
    tiers = Full(tmp_path)
    tiers.coordination = Coordination(suggests=True)
    async with tiers:
        location = await tiers.begin()
        asked = await tiers.asked()
        assert [each.app_instance_id for each in asked.considered] == [tiers.first]

        await tiers.answer(tiers.first)

        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert await tiers.on_host() == sorted([tiers.second, tiers.third])


@pytest.mark.parametrize(
    ("sets", "field"),
    [
        ([["first"], ["first", "nobody"]], "terminationOptions[1].appInstIdTerminationCands[1]"),
        ([["third"]], "terminationOptions[0].appInstIdTerminationCands[0]"),
        ([[]], "terminationOptions[0].appInstIdTerminationCands"),
        ([], "terminationOptions"),
    ],
)
async def test_candidates_that_cannot_be_meant_are_refused_by_the_field(
    tmp_path: Path, sets: list[list[str]], field: str
) -> None:
    async with Full(tmp_path) as tiers:
        options = [
            {"appInstIdTerminationCands": [getattr(tiers, name, name) for name in each]}
            for each in sets
        ]
        path = f"/app_lcm/v1/app_instances/{tiers.third}/instantiate"
        body = {"appTermCandsForCoord": {"terminationOptions": options}}

        reply = await ask(tiers, "POST", path, body)

        assert reply.status == 422
        assert reply.json["field"] == f"$.appTermCandsForCoord.{field}"


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"coordinationResult": "CANCELLED"}, "$.coordinationResult"),
        ({"coordinationResult": "PENDING"}, "$.coordinationResult"),
        ({"coordinationResult": "ABORT", "terminateApps": ["first"]}, "$.terminateApps"),
        ({"coordinationResult": "CONTINUE", "terminateApps": ["third"]}, "$.terminateApps"),
        (
            {"coordinationResult": "CONTINUE", "terminateApps": ["first", "second"]},
            "$.terminateApps",
        ),
        (
            {"coordinationResult": "CONTINUE", "terminateApps": ["first", "first"]},
            "$.terminateApps",
        ),
        (
            {"coordinationResult": "CONTINUE", "terminateApps": ["first"], "timeout": 0},
            "$.terminateApps[0].gracefulTerminationTimeout",
        ),
        (
            {
                "coordinationResult": "CONTINUE",
                "terminateApps": ["first"],
                "timeout": 5,
                "type": "FORCEFUL",
            },
            "$.terminateApps[0].gracefulTerminationTimeout",
        ),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays(
    tmp_path: Path, answer: dict[str, object], field: str
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first], [tiers.second])
        asked = await tiers.asked()
        extra = {"gracefulTerminationTimeout": answer.pop("timeout", None)}
        extra["terminationType"] = answer.pop("type", None)
        given = {name: value for name, value in extra.items() if value is not None}
        names = answer.get("terminateApps", [])
        assert isinstance(names, list)
        answer["terminateApps"] = [{"appInstanceId": getattr(tiers, n)} | given for n in names]

        path = f"/wayside_coordination/v1/coordinations/{asked.id}/answer"
        reply = await ask(tiers, "POST", path, answer)

        assert (reply.status, reply.json["field"]) == (422, field)
        await tiers.answer(tiers.first)
        assert (await tiers.ended(location)).operation_state is LcmOperationState.COMPLETED


async def test_a_question_is_answered_once(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        await tiers.made([tiers.first], ending=[tiers.first])
        with pytest.raises(Conflict, match="CONTINUE already"):
            await tiers.answer(tiers.first)


async def test_who_does_not_answer_in_time_fails_the_operation_and_a_retry_asks_anew(
    tmp_path: Path,
) -> None:
    tiers = Full(tmp_path)
    tiers.coordination = Coordination(answer_within_s=1.0)
    async with tiers:
        location = await tiers.begin([tiers.first])
        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert occ.error is not None
        assert occ.error.detail == "Whoever answers here has not answered within 1 s."
        late = await tiers.asked()
        assert late.state is State.TIMED_OUT

        await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
        await tiers.asked(after=late.id)
        await tiers.answer(tiers.first)

        assert (await tiers.ended(location)).operation_state is LcmOperationState.COMPLETED


@pytest.mark.parametrize("mode", [CancelMode.GRACEFUL, CancelMode.FORCED])
async def test_a_cancelled_operation_withdraws_its_question(
    tmp_path: Path, mode: CancelMode
) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        id_ = AppLcmOpOccId(location.rpartition("/")[2])
        await tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=mode))

        occ = await tiers.ended(location)

        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert (await tiers.asked()).state is State.CANCELLED
        with pytest.raises(Conflict, match="CANCELLED already"):
            await tiers.answer(tiers.first)
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])


async def cancel_while_one_ends(tiers: Full, mode: CancelMode) -> str:
    """Cancel the instantiation while ``first`` takes its time to end; return its path."""
    tiers.hosts["mec1"].mep.hold = asyncio.Event()
    location = await tiers.begin([tiers.first])
    await tiers.answer(tiers.first)
    await tiers.ending()
    id_ = AppLcmOpOccId(location.rpartition("/")[2])
    await tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=mode))
    return location


async def test_a_forced_cancel_does_not_wait_for_those_who_end(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await cancel_while_one_ends(tiers, CancelMode.FORCED)
        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert await tiers.state_of(tiers.first) is STARTED
        tiers.release()


async def test_a_graceful_cancel_waits_for_those_who_end(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await cancel_while_one_ends(tiers, CancelMode.GRACEFUL)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await tiers.ended(location)
        tiers.release()
        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.FAILED_TEMP
        assert await tiers.on_host() == [tiers.second]


async def test_nobody_ends_where_room_has_come_meanwhile(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        ending = await tiers.lcm.terminate_app_instance(tiers.second, FORCED)
        await tiers.ended(ending.location)

        await tiers.answer(tiers.first)

        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert await tiers.on_host() == sorted([tiers.first, tiers.third])


async def test_nobody_ends_where_that_would_not_be_enough_any_more(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        tiers.hosts["mec1"].vim.total = msgspec.structs.replace(ROOM, cpu_milli=400)

        await tiers.answer(tiers.first)

        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert f"mec1 would not have room any more, even without {tiers.first}" in occ.error.detail
        assert await tiers.on_host() == sorted([tiers.first, tiers.second])


async def test_an_answer_to_end_nobody_means_that_there_should_be_room(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        location = await tiers.begin([tiers.first])
        await tiers.asked()
        tiers.hosts["mec1"].vim.total = TOTAL
        await tiers.answer()
        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert len(await tiers.on_host()) == 3


async def test_an_answer_to_end_nobody_without_room_fails(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        occ = await tiers.made([tiers.first], ending=[])
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "No MEC host can take the instance" in occ.error.detail
        assert len(await tiers.on_host()) == 2


async def test_the_room_that_is_made_is_not_given_to_another(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        tiers.hosts["mec1"].mep.hold = asyncio.Event()
        location = await tiers.begin([tiers.first])
        await tiers.answer(tiers.first)
        await tiers.ending()

        thief = await tiers.instantiate(await tiers.create())
        tiers.release()

        assert thief.operation_state is LcmOperationState.FAILED
        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error


async def test_one_that_cannot_be_ended_fails_the_operation_and_tells_which(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path) as tiers:
        tiers.hosts["mec1"].vim.fails_to_stop = Problem("It does not stop.")
        occ = await tiers.made([tiers.first], ending=[tiers.first])
        assert occ.error is not None
        assert f"The instance {tiers.first} " in occ.error.detail
        assert await tiers.state_of(tiers.third) is None


async def test_who_offers_what_the_application_needs_is_not_ended_for_it(tmp_path: Path) -> None:
    async with Full(tmp_path) as tiers:
        greeter = ServiceDescriptor(ser_name="greeter", version="1.0")
        await tiers.onboard(
            an_appd(app_d_id="greeter-1.0", app_name="greeter", app_service_produced=(greeter,))
        )
        needs = ServiceDependency(ser_name="greeter", version="1.0")
        await tiers.onboard(
            an_appd(app_d_id="guest-1.0", app_name="guest", app_service_required=(needs,))
        )
        await tiers.ended((await tiers.lcm.terminate_app_instance(tiers.second, FORCED)).location)
        host = await tiers.create("greeter-1.0")
        await tiers.instantiate(host)
        tiers.third = await tiers.create("guest-1.0")

        occ = await tiers.ended(await tiers.begin([host]))

        assert occ.operation_state is LcmOperationState.FAILED
        (candidate,) = (await tiers.asked()).considered
        assert candidate.verdict == "It offers greeter, which the application needs."


async def test_instances_of_different_hosts_are_never_ended_together(tmp_path: Path) -> None:
    async with Full(tmp_path, "mec1", "mec2") as tiers:
        while len(await tiers.on_host("mec1")) + len(await tiers.on_host("mec2")) < 4:
            await tiers.instantiate(await tiers.create())
        everyone = [*await tiers.on_host("mec1"), *await tiers.on_host("mec2")]
        location = await tiers.begin(everyone)
        asked = await tiers.asked()
        assert {each.host_id for each in asked.termination_options} == {"mec1", "mec2"}
        assert all(len(e.app_inst_id_termination_cands) == 1 for e in asked.termination_options)

        chosen = next(each for each in asked.termination_options if each.host_id == "mec2")
        await tiers.answer(*chosen.app_inst_id_termination_cands)

        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert tiers.third in await tiers.on_host("mec2")


async def test_nobody_ends_on_a_host_that_the_settings_do_not_name_any_more(
    tmp_path: Path,
) -> None:
    async with Full(tmp_path, "mec1", "mec2") as tiers:
        while len(await tiers.on_host("mec1")) + len(await tiers.on_host("mec2")) < 4:
            await tiers.instantiate(await tiers.create())
        (one, *_) = there = await tiers.on_host("mec2")
        location = await tiers.begin([one])
        await tiers.asked()
        gone = tiers.hosts.pop("mec2")
        await tiers.restart("meo")

        await tiers.answer(one)

        occ = await tiers.ended(location)
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "No MEC host can take the instance. mec1: CPU" in occ.error.detail
        assert sorted(gone.vim.amounts) == there
