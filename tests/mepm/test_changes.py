"""What changes on a host, as an orchestrator hears it that waits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.mepm.manager import HERE, Manager

from wayside.chassis import lcm_changes as changes
from wayside.core.errors import Unavailable
from wayside.model.app_lcm import OperateAppRequest, OperationalState, StopType, TerminateAppRequest
from wayside.refpoints.changes import HostChanges

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
STOP = OperateAppRequest(change_state_to=OperationalState.STOPPED)


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Manager(tmp_path) as running:
        yield running


async def waiting(manager: Manager, mark: str, *, wait_s: int = 5) -> asyncio.Task[HostChanges]:
    """Wait for changes in the background."""
    asked = manager.changes.get_changes(after=mark, wait_s=wait_s)
    task = manager.nursery.start(asked, name="asks for changes")
    await manager.clock.settle()
    return task


async def test_who_asks_for_the_first_time_gets_a_mark_and_has_to_look_at_everything(
    manager: Manager,
) -> None:
    told = await manager.changes.get_changes(wait_s=5)
    assert not told.complete
    again = await manager.changes.get_changes(after=told.mark)
    assert again == HostChanges(mark=told.mark, complete=True)


async def test_an_operation_that_ends_is_told_with_its_instance_in_that_moment(
    manager: Manager,
) -> None:
    mark = (await manager.changes.get_changes()).mark
    id_ = await manager.create()
    task = await waiting(manager, mark)
    assert not task.done(), "an instance that is only made is no news"
    occ = await manager.ended(await manager.api.instantiate_app_instance(id_, HERE))
    told = await task
    assert told.complete
    assert told.app_instances == (id_,)
    assert told.app_lcm_op_occs == (occ.id,)
    assert told.mark != mark
    assert manager.clock.monotonic() == 0, "it was told without any time passing"


async def test_one_that_fails_for_now_has_ended_too(manager: Manager) -> None:
    mark = (await manager.changes.get_changes()).mark
    manager.twin.mep.refuses = Unavailable("The platform is being replaced.")
    id_ = await manager.create()
    occ = await manager.ended(await manager.api.instantiate_app_instance(id_, HERE))
    told = await manager.changes.get_changes(after=mark)
    assert told.app_lcm_op_occs == (occ.id,)


async def test_without_a_change_the_answer_comes_after_the_time_and_names_none(
    manager: Manager,
) -> None:
    mark = (await manager.changes.get_changes()).mark
    task = await waiting(manager, mark, wait_s=5)
    await manager.clock.advance(4.9)
    assert not task.done()
    await manager.clock.advance(0.2)
    assert await task == HostChanges(mark=mark, complete=True)


async def test_nobody_waits_longer_than_the_longest_wait(manager: Manager) -> None:
    mark = (await manager.changes.get_changes()).mark
    task = await waiting(manager, mark, wait_s=10_000)
    await manager.clock.advance(changes.WAIT_S_MAX + 0.1)
    assert task.done()


async def test_an_instance_that_is_stopped_ended_and_forgotten_is_told_each_time(
    manager: Manager,
) -> None:
    id_ = await manager.running()
    for begin in (
        lambda: manager.api.operate_app_instance(id_, STOP),
        lambda: manager.api.terminate_app_instance(id_, FORCED),
    ):
        mark = (await manager.changes.get_changes()).mark
        occ = await manager.ended(await begin())
        told = await manager.changes.get_changes(after=mark)
        assert (told.app_instances, told.app_lcm_op_occs) == ((id_,), (occ.id,))
    mark = told.mark
    await manager.api.delete_app_instance(id_)
    told = await manager.changes.get_changes(after=mark)
    assert (told.app_instances, told.app_lcm_op_occs) == ((id_,), ())


@pytest.mark.parametrize(
    "mark",
    ["", "nonsense", "other.0", "{run}.99", "{run}.x", "{run}.-1", "{run}." + "9" * 5000],
    ids=["none", "no mark", "another run", "the future", "no number", "less", "far too much"],
)
async def test_a_mark_that_is_not_of_this_run_means_that_anything_may_have_changed(
    manager: Manager, mark: str
) -> None:
    run = (await manager.changes.get_changes()).mark.rpartition(".")[0]
    told = await manager.changes.get_changes(after=mark.replace("{run}", run), wait_s=5)
    assert not told.complete


async def test_a_mark_of_before_a_restart_means_the_same(manager: Manager) -> None:
    mark = (await manager.changes.get_changes()).mark
    await manager.restart()
    assert not (await manager.changes.get_changes(after=mark)).complete


async def test_a_mark_from_long_ago_means_the_same(manager: Manager) -> None:
    mark = (await manager.changes.get_changes()).mark
    for _ in range(changes.KEPT_MAX + 1):
        await manager.api.delete_app_instance(await manager.create())
    told = await manager.changes.get_changes(after=mark)
    assert told == HostChanges(mark=told.mark, complete=False)


async def test_a_manager_that_ends_lets_go_who_waits(manager: Manager) -> None:
    mark = (await manager.changes.get_changes()).mark
    task = await waiting(manager, mark)
    manager.mepm.part()
    assert (await task).mark == mark
    assert (await manager.changes.get_changes(after=mark, wait_s=5)).mark == mark
    assert manager.clock.monotonic() == 0
