"""Cancel, retry, fail; hosts that go away and come back; grants asked for out of turn."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.meo.tiers import Tiers, ask

from wayside.core.errors import Conflict, Forbidden, NotFound, Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, GrantId
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    CancelMode,
    CancelRequest,
    InstantiateAppRequest,
    LcmOperation,
    LcmOperationState,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.common import LinkType
from wayside.model.granting import GrantLinks, GrantRequest, ResourceDefinition, ResourceType

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
COMPLETED, FAILED = LcmOperationState.COMPLETED, LcmOperationState.FAILED
FAILED_TEMP = LcmOperationState.FAILED_TEMP
OP_OCCS = "/app_lcm/v1/app_lcm_op_occs"


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path, patience_s=0.3) as running:
        yield running


def id_of(location: str | None) -> AppLcmOpOccId:
    assert location is not None
    return AppLcmOpOccId(location.rpartition("/")[2])


async def failed_for_now(tiers: Tiers) -> tuple[AppInstanceId, AppLcmOpOcc]:
    """An instance whose instantiation failed for a reason that may pass."""
    await tiers.onboard()
    id_ = await tiers.create()
    tiers.hosts["mec1"].mep.refuses = Unavailable("The platform is being replaced.")
    occ = await tiers.instantiate(id_)
    assert occ.operation_state is FAILED_TEMP
    tiers.hosts["mec1"].mep.refuses = None
    return id_, occ


async def until_waiting(tiers: Tiers, id: AppInstanceId) -> None:
    """Return when the host waits for the application."""
    async with asyncio.timeout(10):
        while True:
            if f"wait {id}" in tiers.hosts["mec1"].log:
                return
            await asyncio.sleep(0.002)


async def test_what_may_pass_fails_for_now_and_nothing_is_left_meanwhile(tiers: Tiers) -> None:
    id_, occ = await failed_for_now(tiers)
    assert occ.error is not None
    assert occ.error.detail == "On mec1: The platform is being replaced."
    assert tiers.hosts["mec1"].empty
    with pytest.raises(NotFound):
        await tiers.host().get_app_instance(id_)
    with pytest.raises(Conflict, match="FAILED_TEMP; retry it or fail it"):
        await tiers.instantiate(id_)


async def test_a_retry_succeeds_once_the_reason_has_passed(tiers: Tiers) -> None:
    id_, occ = await failed_for_now(tiers)
    again = await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    ended = await tiers.ended(again.location)
    assert (ended.id, ended.operation_state, ended.error) == (occ.id, COMPLETED, None)
    assert (await tiers.instance(id_)).operational_state is OperationalState.STARTED


async def test_to_fail_closes_an_operation_and_keeps_its_reason(tiers: Tiers) -> None:
    id_, occ = await failed_for_now(tiers)
    closed = (await tiers.lcm.fail_app_lcm_op_occ(AppLcmOpOccId(occ.id))).value
    assert closed.operation_state is FAILED
    assert closed.error == occ.error
    with pytest.raises(Conflict, match="FAILED does not allow fail"):
        await tiers.lcm.fail_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    with pytest.raises(Conflict, match="FAILED does not allow retry"):
        await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await tiers.instantiate(id_)).operation_state is COMPLETED


async def test_what_is_completed_takes_no_intervention(tiers: Tiers) -> None:
    await tiers.onboard()
    occ = await tiers.instantiate(await tiers.create())
    id_ = AppLcmOpOccId(occ.id)
    for attempt in (
        tiers.lcm.retry_app_lcm_op_occ(id_),
        tiers.lcm.fail_app_lcm_op_occ(id_),
        tiers.lcm.cancel_app_lcm_op_occ(id_, CancelRequest(cancel_mode=CancelMode.FORCED)),
    ):
        with pytest.raises(Conflict):
            await attempt


@pytest.mark.parametrize("spelling", ["CancelMode", "cancelMode"])
@pytest.mark.parametrize("mode", ["FORCED", "FORCEFUL"])
async def test_a_forced_cancel_ends_a_wait_for_an_application_that_never_confirms(
    tiers: Tiers, spelling: str, mode: str
) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    tiers.hosts["mec1"].mep.confirms = False
    begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    await until_waiting(tiers, id_)
    path = f"{OP_OCCS}/{id_of(begun.location)}/cancel"
    assert (await ask(tiers, "POST", path, {spelling: mode})).status == 202
    async with asyncio.timeout(2):  # sooner than anybody would look by themselves
        occ = await tiers.ended(begun.location)
    assert occ.operation_state is FAILED_TEMP
    assert occ.error is not None
    assert "cancelled" in occ.error.detail
    assert occ.is_cancel_pending is False
    assert tiers.hosts["mec1"].empty


async def test_a_graceful_cancel_lets_the_present_step_come_to_its_end(tiers: Tiers) -> None:
    id_ = await tiers.running()
    mep = tiers.hosts["mec1"].mep
    mep.hold = held = asyncio.Event()
    begun = await tiers.host().terminate_app_instance(id_, FORCED)
    occ_id = id_of(begun.location)
    await tiers.host().cancel_app_lcm_op_occ(occ_id, CancelRequest(cancel_mode=CancelMode.GRACEFUL))
    pending = (await tiers.host().get_app_lcm_op_occ(occ_id)).value
    assert (pending.is_cancel_pending, pending.cancel_mode) == (True, CancelMode.GRACEFUL)
    assert pending.operation_state is LcmOperationState.PROCESSING
    held.set()
    async with asyncio.timeout(10):
        while True:
            occ = (await tiers.host().get_app_lcm_op_occ(occ_id)).value
            if occ.operation_state is FAILED_TEMP:
                break
            await asyncio.sleep(0.002)
    assert f"end {id_}" in tiers.hosts["mec1"].log
    assert f"stop {id_} 0" not in tiers.hosts["mec1"].log
    assert (await tiers.host().get_app_instance(id_)).value.operational_state == "STARTED"


async def test_a_cancel_without_a_mode_is_told_by_its_field(tiers: Tiers) -> None:
    await tiers.onboard()
    occ = await tiers.instantiate(await tiers.create())
    answer = await ask(tiers, "POST", f"{OP_OCCS}/{occ.id}/cancel", {})
    assert answer.status == 422
    assert "CancelMode" in answer.detail


async def test_an_instance_that_never_confirms_is_taken_away_again(tiers: Tiers) -> None:
    await tiers.onboard()
    tiers.ready_timeout_s = 0.05
    await tiers.restart("mec1")
    tiers.hosts["mec1"].mep.confirms = False
    occ = await tiers.instantiate(await tiers.create())
    assert occ.operation_state is FAILED_TEMP
    assert occ.error is not None
    assert "did not confirm that it is ready within 0.05 s" in occ.error.detail
    assert tiers.hosts["mec1"].empty


async def test_an_instance_that_dies_before_it_is_ready_is_not_waited_for(tiers: Tiers) -> None:
    await tiers.onboard()
    tiers.hosts["mec1"].vim.dies_at_start = 1
    occ = await tiers.instantiate(await tiers.create())
    assert occ.operation_state is FAILED
    assert occ.error is not None
    assert "ended by itself" in occ.error.detail
    assert tiers.hosts["mec1"].empty


async def test_a_host_that_comes_back_in_time_is_followed_on(tiers: Tiers) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    tiers.hosts["mec1"].mep.confirms = False
    begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    await until_waiting(tiers, id_)
    await tiers.kill("mec1")
    tiers.hosts["mec1"].mep.confirms = True
    await tiers.boot("mec1")
    assert (await tiers.ended(begun.location)).operation_state is COMPLETED


async def test_a_host_that_stays_away_fails_a_termination_which_a_retry_completes(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("mec1")
    begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
    occ = await tiers.ended(begun.location)
    assert occ.operation_state is FAILED_TEMP
    assert (await tiers.instance(id_)).operational_state is OperationalState.STARTED
    await tiers.boot("mec1")
    again = await tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId(occ.id))
    assert (await tiers.ended(again.location)).operation_state is COMPLETED
    assert tiers.hosts["mec1"].empty


async def test_a_host_serves_on_while_the_orchestrator_is_away(tiers: Tiers) -> None:
    id_ = await tiers.running()
    await tiers.kill("meo")
    info = (await tiers.host().get_app_instance(id_)).value
    assert info.operational_state is OperationalState.STARTED
    begun = await tiers.host().terminate_app_instance(id_, FORCED)
    async with asyncio.timeout(10):
        while True:
            occ = (await tiers.host().get_app_lcm_op_occ(id_of(begun.location))).value
            if occ.operation_state is COMPLETED:
                break
            await asyncio.sleep(0.002)
    assert tiers.hosts["mec1"].empty
    await tiers.boot("meo")
    ended = await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert ended.operation_state is COMPLETED


def a_request(id: str, **changes: object) -> GrantRequest:
    start: dict[str, object] = {
        "links": GrantLinks(
            app_lcm_op_occ=LinkType(href="/app_lcm/v1/app_lcm_op_occs/1"),
            app_instance=LinkType(href=f"/app_lcm/v1/app_instances/{id}"),
        ),
        "app_instance_id": id,
        "app_lcm_op_occ_id": "1",
        "app_d_id": "app-1.0",
        "operation": LcmOperation.INSTANTIATE,
        "add_resources": (
            ResourceDefinition(
                id="1", type=ResourceType.OSCONTAINER, resource_template_id=("app",)
            ),
        ),
    }
    return GrantRequest(**(start | changes))  # type: ignore[arg-type]


async def test_what_the_orchestrator_has_not_begun_is_not_granted(tiers: Tiers) -> None:
    with pytest.raises(Forbidden, match="has placed no instance nobody"):
        await tiers.grants.create_grant(a_request("nobody"))
    id_ = await tiers.running()
    with pytest.raises(Forbidden, match="is none, not INSTANTIATE"):
        await tiers.grants.create_grant(a_request(id_))
    with pytest.raises(Unprocessable, match="addResources is needed"):
        await tiers.grants.create_grant(a_request(id_, add_resources=()))
    with pytest.raises(Forbidden, match="not of other"):
        await tiers.grants.create_grant(a_request(id_, app_d_id="other"))
    with pytest.raises(Forbidden, match="placed on mec1, not on mec9"):
        await tiers.grants.create_grant(a_request(id_, additional_params={"hostId": "mec9"}))
    with pytest.raises(NotFound):
        await tiers.grants.get_grant(GrantId("none"))
    tiers.hosts["mec1"].mep.hold = held = asyncio.Event()
    begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
    with pytest.raises(Forbidden, match="is TERMINATE, not INSTANTIATE"):
        await tiers.grants.create_grant(a_request(id_, app_lcm_op_occ_id="2"))
    held.set()
    await tiers.ended(begun.location)
    assert not list(tiers.journals["meo"].load("grants_asked")), "no refusal was worth keeping"


async def test_a_grant_that_was_given_names_the_host_and_each_resource(tiers: Tiers) -> None:
    id_ = await tiers.running()
    tiers.hosts["mec1"].mep.hold = held = asyncio.Event()
    begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
    going = ResourceDefinition(id="2", type=ResourceType.OSCONTAINER, resource_template_id=("app",))
    wanted = a_request(id_, operation=LcmOperation.TERMINATE, remove_resources=(going,))
    made = await tiers.grants.create_grant(wanted)
    again = await tiers.grants.create_grant(wanted)
    assert made.location == again.location
    grant = (await tiers.grants.get_grant(GrantId(made.location.rpartition("/")[2]))).value
    assert [zone.zone_id for zone in grant.zones] == ["mec1"]
    (added,) = grant.add_resources
    assert (added.resource_definition_id, added.zone_id) == ("1", grant.zones[0].id)
    assert grant.vim_connections is not None
    assert grant.vim_connections[added.vim_connection_id or ""].vim_id == "mec1"
    (gone,) = grant.remove_resources
    assert (gone.resource_definition_id, gone.zone_id, gone.vim_connection_id) == ("2", None, None)
    held.set()
    await tiers.ended(begun.location)


async def cancelled_too_late(tiers: Tiers, id: AppInstanceId) -> AppLcmOpOccId:
    """Terminate, and cancel when the host goes through with it anyway."""
    twin = tiers.hosts["mec1"]
    twin.mep.hold = held = asyncio.Event()
    begun = await tiers.lcm.terminate_app_instance(id, FORCED)
    async with asyncio.timeout(10):
        while True:
            if twin.mep.grace:
                break
            await asyncio.sleep(0.002)
    graceful = CancelRequest(cancel_mode=CancelMode.GRACEFUL)
    await tiers.lcm.cancel_app_lcm_op_occ(id_of(begun.location), graceful)
    held.set()
    assert (await tiers.ended(begun.location)).operation_state is FAILED_TEMP
    assert (await tiers.instance(id)).operational_state is None
    assert not list(tiers.journals["meo"].load("placements")), "its room is promised to nobody"
    return id_of(begun.location)


async def test_a_termination_cancelled_too_late_can_be_given_up_and_leaves_nothing(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.lcm.fail_app_lcm_op_occ(await cancelled_too_late(tiers, id_))
    await tiers.lcm.delete_app_instance(id_)
    assert tiers.hosts["mec1"].empty
    with pytest.raises(NotFound):
        await tiers.host().get_app_instance(id_)
    assert (await tiers.instantiate(await tiers.create())).operation_state is COMPLETED


async def test_a_termination_cancelled_too_late_can_be_retried(tiers: Tiers) -> None:
    id_ = await tiers.running()
    again = await tiers.lcm.retry_app_lcm_op_occ(await cancelled_too_late(tiers, id_))
    assert (await tiers.ended(again.location)).operation_state is COMPLETED
    assert (await tiers.instantiate(id_)).operation_state is COMPLETED
