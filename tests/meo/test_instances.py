"""Instances on Mm1: made, placed, run, stopped, started, ended; wrong requests told why."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.meo.tiers import Tiers, ask
from tests.model.descriptors import an_appd

from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import (
    AppInstanceInfo,
    CancelMode,
    CancelRequest,
    InstantiateAppRequest,
    InstantiationState,
    LcmOperation,
    LcmOperationState,
    LocationConstraints,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.appd import LatencyDescriptor, ServiceDependency, ServiceDescriptor

INSTANCES = "/app_lcm/v1/app_instances"
STORAGE = {"id": "a", "typeOfStorage": "BLOCK"}
TIMEOUT = "gracefulTerminationTimeout"
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
STOPPED = OperateAppRequest(change_state_to=OperationalState.STOPPED)
STARTED = OperateAppRequest(change_state_to=OperationalState.STARTED)


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path, "mec1", "mec2") as running:
        yield running


def tasks_of(info: AppInstanceInfo) -> set[str]:
    links = {"instantiate", "terminate", "operate"}
    return {name for name in links if getattr(info.links, name) is not None}


async def test_an_instance_offers_exactly_the_tasks_that_are_possible(tiers: Tiers) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    info = await tiers.instance(id_)
    assert info.instantiation_state is InstantiationState.NOT_INSTANTIATED
    assert tasks_of(info) == {"instantiate"}
    await tiers.instantiate(id_)
    info = await tiers.instance(id_)
    assert info.instantiation_state is InstantiationState.INSTANTIATED
    assert info.operational_state is OperationalState.STARTED
    assert tasks_of(info) == {"terminate", "operate"}
    await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert tasks_of(await tiers.instance(id_)) == {"instantiate"}


async def test_an_instance_says_where_it_is_and_why_there(tiers: Tiers) -> None:
    await tiers.onboard(an_appd(app_latency=LatencyDescriptor(max_latency=1_500_000)))
    id_ = await tiers.create()
    await tiers.instantiate(id_)
    info = await tiers.instance(id_)
    assert info.mep_information is not None
    assert info.mep_information.mep_id == "mec1"
    placement = info.wayside_placement
    assert placement is not None
    assert placement.addresses == ("10.60.1.2",)
    assert [each.host_id for each in placement.considered] == ["mec1", "mec2"]
    assert "at most 1.5 ms is asked for" in placement.explanation


async def test_the_instance_has_one_identifier_everywhere(tiers: Tiers) -> None:
    id_ = await tiers.running()
    assert (await tiers.host("mec1").get_app_instance(id_)).value.id == id_
    twin = tiers.hosts["mec1"]
    assert twin.vim.environments[id_] == {
        "MEC_APP_INSTANCE_ID": id_,
        "MEC_APP_ADDRESS": "10.60.1.2",
        "MEC_MP1_URL": "http://10.60.1.1:8080",
        "MEC_HOST_ID": "mec1",
        "PYTHONUNBUFFERED": "1",
    }
    (rule,) = twin.mep.configured[id_].traffic_rules
    assert rule.state == "INACTIVE"


async def test_no_host_that_will_do_fails_the_operation_with_every_hosts_reason(
    tiers: Tiers,
) -> None:
    await tiers.onboard(an_appd(app_latency=LatencyDescriptor(max_latency=10)))
    occ = await tiers.instantiate(await tiers.create())
    assert occ.operation_state is LcmOperationState.FAILED
    assert occ.error is not None
    assert occ.error.status == 409
    assert "mec1: Its latency is 1 ms" in occ.error.detail
    assert "mec2: Its latency is 2 ms" in occ.error.detail


async def test_many_at_once_never_get_more_than_there_is(tiers: Tiers) -> None:
    await tiers.onboard()
    for twin in tiers.hosts.values():
        twin.vim.total = type(twin.vim.total)(
            cpu_milli=500, memory_bytes=1 << 30, storage_bytes=1 << 30
        )
    ids = [await tiers.create() for _ in range(6)]
    ended = await asyncio.gather(*(tiers.instantiate(each) for each in ids))
    states = [occ.operation_state for occ in ended]
    assert states.count(LcmOperationState.COMPLETED) == 4
    assert states.count(LcmOperationState.FAILED) == 2
    assert {len(twin.vim.amounts) for twin in tiers.hosts.values()} == {2}
    reasons = [occ.error.detail for occ in ended if occ.error is not None]
    assert all("No MEC host can take the instance" in reason for reason in reasons)
    assert not any("CPU is short" in reason for reason in reasons), "no host had to refuse"


async def test_what_is_allocated_already_is_not_counted_as_promised_too(tmp_path: Path) -> None:
    async with Tiers(tmp_path) as tiers:
        twin = tiers.hosts["mec1"]
        twin.vim.total = msgspec.structs.replace(twin.vim.total, cpu_milli=500)  # for two
        await tiers.onboard()
        twin.mep.confirms = False
        slow = await tiers.create()
        begun = await tiers.lcm.instantiate_app_instance(slow, InstantiateAppRequest())
        async with asyncio.timeout(5):
            while f"wait {slow}" not in twin.log:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        twin.mep.confirms = True
        occ = await tiers.instantiate(await tiers.create())
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        third = await tiers.instantiate(await tiers.create())
        assert third.error is not None
        assert "CPU: 250 thousandths of a core asked for, 0 of 500 free" in third.error.detail
        cancel = CancelRequest(cancel_mode=CancelMode.FORCED)
        assert begun.location is not None
        op_occ_id = AppLcmOpOccId(begun.location.rpartition("/")[2])
        await tiers.lcm.cancel_app_lcm_op_occ(op_occ_id, cancel)
        await tiers.ended(begun.location)


async def test_what_an_instance_produces_lets_another_be_placed_beside_it(tiers: Tiers) -> None:
    await tiers.onboard(
        an_appd(app_service_produced=(ServiceDescriptor(ser_name="greeter", version="1"),))
    )
    await tiers.onboard(
        an_appd(
            app_d_id="guest-1.0",
            app_service_required=(ServiceDependency(ser_name="greeter", version="1"),),
        )
    )
    guest = await tiers.create("guest-1.0")
    lonely = await tiers.instantiate(guest)
    assert lonely.error is not None
    assert "No service greeter is offered there" in lonely.error.detail
    await tiers.instantiate(await tiers.create())
    assert (await tiers.instantiate(guest)).operation_state is LcmOperationState.COMPLETED


async def test_the_reason_of_a_host_is_the_reason_of_the_operation(tiers: Tiers) -> None:
    await tiers.onboard()
    tiers.hosts["mec1"].mep.refuses = Unprocessable("The rule steer has no address.")
    occ = await tiers.instantiate(await tiers.create())
    assert occ.operation_state is LcmOperationState.FAILED
    assert occ.error is not None
    assert (occ.error.status, occ.error.detail) == (
        422,
        "On mec1: The rule steer has no address.",
    )
    assert tiers.hosts["mec1"].empty


async def test_stop_and_start_keep_the_resources(tiers: Tiers) -> None:
    id_ = await tiers.running()
    vim = tiers.hosts["mec1"].vim
    stopped = await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOPPED)).location)
    assert (stopped.operation_state, stopped.lcm_operation) == ("COMPLETED", LcmOperation.OPERATE)
    assert stopped.operation_params == {"changeStateTo": "STOPPED"}
    assert (await tiers.instance(id_)).operational_state is OperationalState.STOPPED
    assert id_ in vim.amounts
    with pytest.raises(Conflict, match="STOPPED already"):
        await tiers.lcm.operate_app_instance(id_, STOPPED)
    await tiers.ended((await tiers.lcm.operate_app_instance(id_, STARTED)).location)
    assert (await tiers.instance(id_)).operational_state is OperationalState.STARTED
    assert vim.log.count(f"allocate {id_}") == 1


async def test_a_stopped_instance_can_be_terminated(tiers: Tiers) -> None:
    id_ = await tiers.running()
    await tiers.ended((await tiers.lcm.operate_app_instance(id_, STOPPED)).location)
    occ = await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCED)).location)
    assert occ.operation_state is LcmOperationState.COMPLETED
    assert tiers.hosts["mec1"].empty


async def test_grace_reaches_the_application_as_it_was_asked_for(tiers: Tiers) -> None:
    id_ = await tiers.running()
    wanted = TerminateAppRequest(termination_type=StopType.GRACEFUL, graceful_termination_timeout=7)
    await tiers.ended((await tiers.lcm.terminate_app_instance(id_, wanted)).location)
    twin = tiers.hosts["mec1"]
    assert twin.mep.grace == [("TERMINATING", 7.0)]
    assert f"stop {id_} 5" in twin.log


async def test_a_second_operation_waits_for_none(tiers: Tiers) -> None:
    id_ = await tiers.running()
    tiers.hosts["mec1"].mep.hold = held = asyncio.Event()
    begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
    for attempt in (
        tiers.lcm.terminate_app_instance(id_, FORCED),
        tiers.lcm.operate_app_instance(id_, STOPPED),
        tiers.lcm.delete_app_instance(id_),
    ):
        with pytest.raises(Conflict, match="is PROCESSING; wait until it has ended"):
            await attempt
    held.set()
    assert (await tiers.ended(begun.location)).operation_state is LcmOperationState.COMPLETED


async def test_wrong_states_are_conflicts(tiers: Tiers) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    with pytest.raises(Conflict, match="NOT_INSTANTIATED; this needs INSTANTIATED"):
        await tiers.lcm.terminate_app_instance(id_, FORCED)
    with pytest.raises(Conflict, match="NOT_INSTANTIATED; this needs INSTANTIATED"):
        await tiers.lcm.operate_app_instance(id_, STOPPED)
    await tiers.instantiate(id_)
    with pytest.raises(Conflict, match="INSTANTIATED; this needs NOT_INSTANTIATED"):
        await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    with pytest.raises(Conflict, match="INSTANTIATED; this needs NOT_INSTANTIATED"):
        await tiers.lcm.delete_app_instance(id_)


async def test_unknown_instances_and_operations_are_not_found(tiers: Tiers) -> None:
    nobody = AppInstanceId("nobody")
    for attempt in (
        tiers.lcm.get_app_instance(nobody),
        tiers.lcm.delete_app_instance(nobody),
        tiers.lcm.instantiate_app_instance(nobody, InstantiateAppRequest()),
        tiers.lcm.terminate_app_instance(nobody, FORCED),
        tiers.lcm.operate_app_instance(nobody, STOPPED),
        tiers.lcm.get_app_lcm_op_occ(AppLcmOpOccId("nothing")),
        tiers.lcm.retry_app_lcm_op_occ(AppLcmOpOccId("nothing")),
        tiers.lcm.fail_app_lcm_op_occ(AppLcmOpOccId("nothing")),
    ):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.parametrize(
    ("task", "body", "field"),
    [
        ("instantiate", {"selectedMECHostInfo": [{"hostId": {"hostId": "mec2"}}]}, "selectedMEC"),
        ("instantiate", {"locationConstraints": {}}, "countryCode"),
        ("instantiate", {"locationConstraints": {"countryCode": "de"}}, "countryCode"),
        ("instantiate", {"virtualStorageDescriptor": [STORAGE]}, "virtual"),
        ("instantiate", {"appTermCandsForCoord": {"terminationOptions": []}}, "appTermCands"),
        ("instantiate", {"vimConnectionInfo": {}}, "vimConnectionInfo"),
        ("terminate", {}, "terminationType"),
        ("terminate", {"terminationType": "FORCEFUL", "gracefulTerminationTimeout": 1}, TIMEOUT),
        ("terminate", {"terminationType": "GRACEFUL", "gracefulTerminationTimeout": -1}, TIMEOUT),
        ("operate", {"changeStateTo": "STARTED", "stopType": "FORCEFUL"}, "stopType"),
        ("operate", {"changeStateTo": "STARTED", "gracefulStopTimeout": 3}, "gracefulStopTimeout"),
        ("operate", {"changeStateTo": "STOPPED", "stopType": "GRACEFUL"}, "gracefulStopTimeout"),
        ("operate", {"changeStateTo": "PAUSED"}, "changeStateTo"),
    ],
)  # fmt: skip
async def test_a_body_that_mm1_does_not_allow_is_told_by_its_field(
    tiers: Tiers, task: str, body: object, field: str
) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    if task != "instantiate":
        await tiers.instantiate(id_)
    answer = await ask(tiers, "POST", f"{INSTANCES}/{id_}/{task}", body)
    assert answer.status == 422
    assert field in answer.detail


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        ({}, 422),
        ({"appDId": "unknown"}, 422),
        ({"appDId": "app-1.0", "appPlacementInfo": {"mepId": "mec1"}}, 422),
        ({"appDId": "app-1.0", "waysideAppInstanceId": "mine"}, 422),
    ],
)
async def test_an_instance_is_not_made_of_what_cannot_be(
    tiers: Tiers, body: object, status: int
) -> None:
    await tiers.onboard()
    answer = await ask(tiers, "POST", INSTANCES, body)
    assert answer.status == status
    assert answer.detail
    assert not (await tiers.lcm.list_app_instances(ListQuery())).entries


async def test_the_answers_point_where_they_should(tiers: Tiers) -> None:
    await tiers.onboard()
    made = await ask(tiers, "POST", INSTANCES, {"appDId": "app-1.0", "appInstanceName": "one"})
    assert made.status == 201
    assert made.headers["location"].endswith(f"{INSTANCES}/{made.json['id']}")
    assert made.json["appInstanceName"] == "one"
    begun = await ask(tiers, "POST", f"{INSTANCES}/{made.json['id']}/instantiate", {})
    assert (begun.status, begun.content) == (202, b"")
    occ = await tiers.ended(begun.headers["location"])
    assert occ.links.app_instance.href.endswith(f"{INSTANCES}/{made.json['id']}")
    assert occ.is_cancel_pending is False


async def test_a_country_constraint_is_obeyed(tiers: Tiers) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    where = InstantiateAppRequest(location_constraints=LocationConstraints(country_code="FR"))
    begun = await tiers.lcm.instantiate_app_instance(id_, where)
    occ = await tiers.ended(begun.location)
    assert occ.error is not None
    assert "not FR" in occ.error.detail


async def test_operations_can_be_listed_by_instance(tiers: Tiers) -> None:
    await tiers.onboard()
    one, two = await tiers.create(), await tiers.create()
    await tiers.instantiate(one)
    await tiers.instantiate(two)
    query = ListQuery(filter=f"(eq,appInstanceId,{two})")
    page = await tiers.lcm.list_app_lcm_op_occs(query)
    assert [entry.value.app_instance_id for entry in page.entries] == [two]
