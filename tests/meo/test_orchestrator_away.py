"""The orchestrator away: hosts serve on, and when it is back it shows what they did meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.meo.tiers import Tiers, ask

from wayside.core.errors import NotFound
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    AppLcmOpOcc,
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
STARTED, STOPPED = OperationalState.STARTED, OperationalState.STOPPED
COMPLETED = LcmOperationState.COMPLETED
FAILED_TEMP = LcmOperationState.FAILED_TEMP
TOLD = "http://oss.example/told"


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path, patience_s=0.3) as running:
        yield running


async def until(true: Callable[[], bool]) -> None:
    """Return when it is true; nobody tells when that is."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def shown_as(tiers: Tiers, id: AppInstanceId, state: OperationalState | None) -> None:
    """Return when Mm1 shows the instance in the state."""
    async with asyncio.timeout(5):
        while (await tiers.instance(id)).operational_state is not state:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def addresses(tiers: Tiers, id: AppInstanceId) -> tuple[str, ...]:
    placement = (await tiers.instance(id)).wayside_placement
    return () if placement is None else placement.addresses


async def told(tiers: Tiers, *, count: int) -> list[str]:
    """Return the states that the subscriber was told, once there are so many."""
    await until(lambda: len(tiers.callbacks.to(TOLD)) >= count)
    return [each["appInstanceState"] for each in tiers.callbacks.to(TOLD)]


async def subscribe(tiers: Tiers) -> None:
    body = {"subscriptionType": "AppInstanceStateChangeSubscription", "callbackUri": TOLD}
    assert (await ask(tiers, "POST", "/app_lcm/v1/subscriptions", body)).status == 201


async def at_the_host(tiers: Tiers, location: str | None) -> AppLcmOpOcc:
    """Return how an operation begun over Mm3 ended."""
    return await tiers.ended(location, of="mec1")


async def stop_over_mm3(tiers: Tiers, id: AppInstanceId) -> None:
    begun = await tiers.host().operate_app_instance(id, STOP)
    assert (await at_the_host(tiers, begun.location)).operation_state is COMPLETED


async def end_over_mm3(tiers: Tiers, id: AppInstanceId) -> None:
    begun = await tiers.host().terminate_app_instance(id, FORCED)
    assert (await at_the_host(tiers, begun.location)).operation_state is COMPLETED


async def test_an_instance_that_its_host_ended_meanwhile_is_not_shown_as_running(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await subscribe(tiers)
    await tiers.kill("meo")
    await end_over_mm3(tiers, id_)
    await tiers.boot("meo")

    await shown_as(tiers, id_, None)

    info = await tiers.instance(id_)
    assert info.instantiation_state is InstantiationState.NOT_INSTANTIATED
    assert info.links.instantiate is not None
    assert info.wayside_placement is None
    assert not list(tiers.journals["meo"].load("placements")), "its room is promised to nobody"
    assert await told(tiers, count=1) == ["NOT_INSTANTIATED"]
    with pytest.raises(NotFound):
        await tiers.host().get_app_instance(id_)
    assert (await tiers.instantiate(id_)).operation_state is COMPLETED


async def test_an_instance_that_was_stopped_and_started_meanwhile_is_shown_as_it_is(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await subscribe(tiers)
    await tiers.kill("meo")
    await stop_over_mm3(tiers, id_)
    await tiers.boot("meo")
    await shown_as(tiers, id_, STOPPED)
    await tiers.kill("meo")
    start = OperateAppRequest(change_state_to=STARTED)
    await at_the_host(tiers, (await tiers.host().operate_app_instance(id_, start)).location)
    await tiers.boot("meo")
    await shown_as(tiers, id_, STARTED)
    assert await told(tiers, count=2) == ["STOPPED", "STARTED"]


async def test_what_is_done_over_mm3_while_the_orchestrator_is_there_is_shown_at_once(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await stop_over_mm3(tiers, id_)
    async with asyncio.timeout(0.5):
        await shown_as(tiers, id_, STOPPED)
    await end_over_mm3(tiers, id_)
    async with asyncio.timeout(0.5):
        await shown_as(tiers, id_, None)


async def test_a_host_that_has_lost_everything_has_nothing_shown_on_it(tiers: Tiers) -> None:
    id_ = await tiers.running()
    await tiers.kill("mec1")
    tiers.lose("mec1")
    await tiers.boot("mec1")
    await shown_as(tiers, id_, None)
    assert (await tiers.instantiate(id_)).operation_state is COMPLETED


async def test_an_application_that_dies_meanwhile_is_started_again_without_its_orchestrator(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("meo")
    twin = tiers.hosts["mec1"]
    twin.vim.die(id_)
    await until(lambda: twin.log.count(f"start {id_}") == 2 and id_ in twin.mep.in_force)
    await tiers.boot("meo")
    await shown_as(tiers, id_, STARTED)


async def test_an_instance_that_came_to_another_address_meanwhile_is_shown_there(
    tiers: Tiers,
) -> None:
    id_ = await tiers.running()
    await tiers.kill("meo")
    await tiers.kill("mec1")
    vim = tiers.hosts["mec1"].vim
    vim.forget(id_)  # as after a reboot
    vim.next_address = 9
    await tiers.boot("mec1")
    await until(lambda: vim.states.get(id_) == "RUNNING")
    await tiers.boot("meo")
    async with asyncio.timeout(5):
        while await addresses(tiers, id_) != ("10.60.1.9",):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_an_operation_under_way_ends_at_the_host_and_is_known_when_it_is_back(
    tiers: Tiers,
) -> None:
    await tiers.onboard()
    id_ = await tiers.create()
    twin = tiers.hosts["mec1"]
    twin.mep.confirms = False
    begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    await until(lambda: f"wait {id_}" in twin.log)
    await tiers.kill("meo")
    twin.mep.confirms = True
    await tiers.restart("mec1")
    await until(lambda: id_ in twin.mep.in_force)
    await tiers.boot("meo")
    assert (await tiers.ended(begun.location)).operation_state is COMPLETED
    assert (await tiers.instance(id_)).operational_state is STARTED
