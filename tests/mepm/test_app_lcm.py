"""Mm3 as the MEO meets it: what it takes, what it refuses, and what is left on the host."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.mepm.manager import HERE, Manager
from tests.model.descriptors import a_traffic_rule, an_appd

from wayside.core.errors import Conflict, Forbidden, NotFound, Problem, Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Entry
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import (
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperation,
    LcmOperationState,
    LocationConstraints,
    MECHostInformation,
    MepInformation,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.app_pkgm import OnboardingState
from wayside.model.appd import TrafficFilter
from wayside.model.granting import ResourceType
from wayside.model.resources import OsContainerDescriptor
from wayside.refpoints.mm4 import Amount

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
STOPPED = OperateAppRequest(change_state_to=OperationalState.STOPPED)
STARTED = OperateAppRequest(change_state_to=OperationalState.STARTED)
ELSEWHERE = (MECHostInformation(host_id={"hostId": "mec2"}),)


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Manager(tmp_path) as running:
        yield running


async def failure(manager: Manager, request: InstantiateAppRequest = HERE) -> Problem | None:
    """Instantiate, see that nothing is left, and return why it failed."""
    id_ = await manager.create()
    occ = await manager.ended(await manager.api.instantiate_app_instance(id_, request))
    assert manager.twin.empty
    assert occ.error is not None
    return type("Told", (Problem,), {"status": occ.error.status})(occ.error.detail)


async def test_an_instance_has_the_identifier_that_the_orchestrator_gives(
    manager: Manager,
) -> None:
    assert await manager.create(wayside_app_instance_id="app-7") == "app-7"
    assert await manager.create(wayside_app_instance_id="app-7") == "app-7"
    assert len((await manager.api.list_app_instances(ListQuery())).entries) == 1
    manager.packages.hold(an_appd(app_d_id="other"))
    with pytest.raises(Conflict, match=r"exists and is of app-1\.0"):
        await manager.create("other", wayside_app_instance_id="app-7")


async def test_without_one_it_gets_one_of_its_own(manager: Manager) -> None:
    assert await manager.create() != await manager.create()


@pytest.mark.parametrize("id", ["../etc", "a/b", "", "x" * 65, ".hidden"])
async def test_an_identifier_that_could_name_something_else_is_refused(
    manager: Manager, id: str
) -> None:
    with pytest.raises(Unprocessable, match="waysideAppInstanceId"):
        await manager.create(wayside_app_instance_id=id)


async def test_what_belongs_to_other_reference_points_is_refused(manager: Manager) -> None:
    request = CreateAppInstanceRequest(
        app_d_id="app-1.0", app_placement_info=MepInformation(mep_id="mec2")
    )
    with pytest.raises(Unprocessable, match="must be this manager's platform, mec1"):
        await manager.api.create_app_instance(request)
    id_ = await manager.create()
    there = LocationConstraints(country_code="DE")
    for wanted, sentence in (
        (msgspec.structs.replace(HERE, location_constraints=there), "locationConstraints"),
        (msgspec.structs.replace(HERE, app_term_cands_for_coord={}), "appTermCandsForCoord"),
        (InstantiateAppRequest(), "selectedMECHostInfo must name this host"),
        (InstantiateAppRequest(selected_mec_host_info=ELSEWHERE), "selectedMECHostInfo"),
    ):
        with pytest.raises(Unprocessable, match=sentence):
            await manager.api.instantiate_app_instance(id_, wanted)


async def test_a_package_that_the_orchestrator_does_not_have_makes_no_instance(
    manager: Manager,
) -> None:
    with pytest.raises(Unprocessable, match="no package 'unknown'"):
        await manager.create("unknown")
    manager.packages.state = OnboardingState.PROCESSING
    with pytest.raises(Conflict, match="PROCESSING, not ONBOARDED"):
        await manager.create()


async def test_the_grant_is_asked_for_with_every_resource_of_the_descriptor(
    manager: Manager,
) -> None:
    id_ = await manager.running()
    (asked,) = manager.grants.asked
    assert (asked.app_instance_id, asked.app_d_id) == (id_, "app-1.0")
    assert asked.operation is LcmOperation.INSTANTIATE
    assert [(each.type, each.resource_template_id) for each in asked.add_resources] == [
        (ResourceType.OSCONTAINER, ("app",)),
        (ResourceType.LINKPORT, ("eth0",)),
    ]
    assert asked.additional_params == {"hostId": "mec1"}


async def test_without_a_grant_nothing_is_taken(manager: Manager) -> None:
    manager.grants.refuses = Forbidden("Not granted: it is placed elsewhere.")
    told = await failure(manager)
    assert (told.status, told.detail) == (403, "Not granted: it is placed elsewhere.")
    assert manager.twin.log == []


async def test_a_grant_that_takes_a_while_is_waited_for_over_kills_of_the_manager(
    manager: Manager,
) -> None:
    manager.grants.pending = True
    id_ = await manager.create()
    begun = await manager.api.instantiate_app_instance(id_, HERE)
    await manager.has_asked()
    await manager.clock.advance(30)
    await manager.restart()
    await manager.clock.advance(30)
    assert manager.twin.log == []
    manager.grants.pending = False
    await manager.clock.advance(2)
    assert (await manager.ended(begun)).operation_state is LcmOperationState.COMPLETED


async def test_a_grant_is_pending_on_while_the_orchestrator_is_away_and_given_when_it_is_back(
    manager: Manager,
) -> None:
    manager.grants.pending = True
    begun = await manager.api.instantiate_app_instance(await manager.create(), HERE)
    await manager.has_asked()
    await manager.clock.advance(5)
    manager.grants.refuses = Unavailable("Nobody answers.")
    await manager.clock.advance(50)
    assert manager.twin.log == []
    manager.grants.refuses, manager.grants.pending = None, False
    await manager.clock.advance(2)
    assert (await manager.ended(begun)).operation_state is LcmOperationState.COMPLETED


async def test_a_grant_that_is_refused_after_a_while_takes_nothing(manager: Manager) -> None:
    manager.grants.pending = True
    begun = await manager.api.instantiate_app_instance(await manager.create(), HERE)
    await manager.has_asked()
    await manager.clock.advance(5)
    manager.grants.refuses = Forbidden("Not granted: no room.")
    await manager.clock.advance(2)
    occ = await manager.ended(begun)
    assert occ.operation_state is LcmOperationState.FAILED
    assert occ.error is not None
    assert occ.error.status == 403
    assert manager.twin.log == []


async def test_an_orchestrator_that_is_away_for_a_while_is_waited_for(manager: Manager) -> None:
    manager.grants.refuses = Unavailable("Nobody answers.")
    begun = await manager.api.instantiate_app_instance(await manager.create(), HERE)
    await manager.has_asked()
    await manager.clock.advance(30)
    manager.grants.refuses = None
    await manager.clock.advance(2)
    assert (await manager.ended(begun)).operation_state is LcmOperationState.COMPLETED


async def test_a_package_is_waited_for_while_the_orchestrator_is_away_and_fails_for_now_if_it_stays(
    manager: Manager,
) -> None:
    one, two = await manager.create(), await manager.create()
    manager.packages.away = Unavailable("Nobody answers.")
    begun = await manager.api.instantiate_app_instance(one, HERE)
    await manager.clock.advance(30)
    manager.packages.away = None
    await manager.clock.advance(2)
    assert (await manager.ended(begun)).operation_state is LcmOperationState.COMPLETED
    manager.packages.away = Unavailable("Nobody answers.")
    begun = await manager.api.instantiate_app_instance(two, HERE)
    await manager.clock.advance(120)
    occ = await manager.ended(begun)
    assert occ.operation_state is LcmOperationState.FAILED_TEMP
    assert occ.error is not None
    assert "has not said for 60 s which package app-1.0 is" in occ.error.detail


async def test_an_orchestrator_that_is_away_fails_for_now_and_a_retry_succeeds(
    manager: Manager,
) -> None:
    manager.grants.refuses = Unavailable("Nobody answers.")
    id_ = await manager.create()
    begun = await manager.api.instantiate_app_instance(id_, HERE)
    await manager.has_asked()
    await manager.clock.advance(120)
    occ = await manager.ended(begun)
    assert occ.operation_state is LcmOperationState.FAILED_TEMP
    manager.grants.refuses = None
    again = await manager.api.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await manager.ended(again)).operation_state is LcmOperationState.COMPLETED
    assert manager.twin.mep.in_force == {id_}


async def test_a_rule_that_cannot_be_planned_fails_and_leaves_nothing(manager: Manager) -> None:
    bad = a_traffic_rule(traffic_filter=(TrafficFilter(uri=("/x",)),))
    manager.packages.hold(an_appd(app_traffic_rule=(bad,)))
    told = await failure(manager)
    assert told.status == 422
    assert "The rule steer says uri" in told.detail


async def test_a_host_without_room_fails_and_leaves_nothing(manager: Manager) -> None:
    manager.twin.vim.total = Amount(cpu_milli=100)
    told = await failure(manager)
    assert (told.status, told.detail) == (409, "CPU is short: 250 asked for.")


async def test_a_package_that_is_not_what_was_vouched_for_fails(manager: Manager) -> None:
    manager.packages.sent = b"something else"
    told = await failure(manager)
    assert told.status == 502
    assert "was vouched for" in told.detail
    assert list(manager.cache.iterdir()) == []


async def test_descriptors_in_the_request_stand_in_for_those_of_the_package(
    manager: Manager,
) -> None:
    larger = OsContainerDescriptor(
        os_container_desc_id="large",
        name="app",
        description="The one container, larger.",
        requested_cpu_resources=900,
        sw_image_desc="app",
    )
    id_ = await manager.create()
    wanted = msgspec.structs.replace(HERE, os_container_descriptor=(larger,))
    await manager.ended(await manager.api.instantiate_app_instance(id_, wanted))
    assert manager.twin.vim.amounts[id_].cpu_milli == 900
    assert manager.grants.asked[0].add_resources[0].resource_template_id == ("large",)


async def test_a_package_is_fetched_once_and_forgotten_with_its_last_instance(
    manager: Manager,
) -> None:
    one, two = await manager.running(), await manager.running()
    assert manager.packages.fetched == 1
    assert not list(manager.folder.glob("fetched-*")), "what a client kept is gone"
    for id_ in (one, two):
        assert len(list(manager.cache.iterdir())) == 1
        await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
        await manager.api.delete_app_instance(id_)
    assert list(manager.cache.iterdir()) == []


async def test_what_a_crash_left_of_a_fetch_is_gone_after_the_restart(manager: Manager) -> None:
    (manager.cache / "abc.part").mkdir(parents=True)
    await manager.restart()
    assert list(manager.cache.iterdir()) == []


async def test_grace_is_counted_from_request_and_descriptor(manager: Manager) -> None:
    id_ = await manager.running()
    graceful = OperateAppRequest(
        change_state_to=OperationalState.STOPPED,
        stop_type=StopType.GRACEFUL,
        graceful_stop_timeout=3,
    )
    await manager.ended(await manager.api.operate_app_instance(id_, graceful))
    await manager.ended(await manager.api.operate_app_instance(id_, STARTED))
    await manager.ended(await manager.api.operate_app_instance(id_, STOPPED))
    await manager.ended(
        await manager.api.terminate_app_instance(
            id_, TerminateAppRequest(termination_type=StopType.GRACEFUL)
        )
    )
    assert manager.twin.mep.grace == [
        ("STOPPING", 3.0),
        ("STOPPING", None),
        ("TERMINATING", None),  # nothing runs that could be told
    ]


async def test_a_termination_that_fails_is_completed_by_a_retry(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.vim.fails_to_stop = Unavailable("The kernel is busy.")
    occ = await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
    assert occ.operation_state is LcmOperationState.FAILED_TEMP
    assert (await state_of(manager, id_)) is OperationalState.STARTED
    manager.twin.vim.fails_to_stop = None
    again = await manager.api.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await manager.ended(again)).operation_state is LcmOperationState.COMPLETED
    assert manager.twin.empty


async def test_one_that_goes_while_it_is_still_being_withdrawn_has_ended_in_order(
    manager: Manager,
) -> None:
    id_ = await manager.running()
    manager.twin.mep.hold = asyncio.Event()
    graceful = TerminateAppRequest(
        termination_type=StopType.GRACEFUL, graceful_termination_timeout=30
    )
    ending = await manager.api.terminate_app_instance(id_, graceful)
    await manager.clock.settle()
    assert manager.twin.mep.grace == [("TERMINATING", 30.0)]
    manager.twin.vim.die(id_, 0)
    await manager.clock.settle()
    manager.twin.mep.hold.set()
    occ = await manager.ended(ending)
    assert occ.operation_state is LcmOperationState.COMPLETED
    assert manager.twin.empty


async def test_a_start_that_fails_leaves_the_instance_stopped(manager: Manager) -> None:
    id_ = await manager.running()
    await manager.ended(await manager.api.operate_app_instance(id_, STOPPED))
    manager.twin.vim.dies_at_start = 1
    occ = await manager.ended(await manager.api.operate_app_instance(id_, STARTED))
    assert occ.operation_state is LcmOperationState.FAILED
    assert occ.error is not None
    assert "with status 3 before it was ready" in occ.error.detail
    assert (await state_of(manager, id_)) is OperationalState.STOPPED
    await manager.clock.advance(100)
    assert manager.twin.log.count(f"start {id_}") == 2, "nobody tries on their own"


async def test_an_instance_is_forgotten_only_without_resources(manager: Manager) -> None:
    id_ = await manager.running()
    with pytest.raises(Conflict, match="this needs NOT_INSTANTIATED"):
        await manager.api.delete_app_instance(id_)
    await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
    await manager.api.delete_app_instance(id_)
    with pytest.raises(NotFound):
        await manager.api.get_app_instance(id_)


async def state_of(manager: Manager, id: AppInstanceId) -> OperationalState | None:
    entry = await manager.api.get_app_instance(id)
    assert isinstance(entry, Entry)
    return entry.value.operational_state
