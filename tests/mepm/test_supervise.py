"""What should run is run again: after it died, after the manager's restart, after a reboot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.mepm.manager import Manager

from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    LcmOperationState,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)
STOPPED = OperateAppRequest(change_state_to=OperationalState.STOPPED)


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Manager(tmp_path) as running:
        yield running


def starts(manager: Manager, id: AppInstanceId) -> int:
    return manager.twin.log.count(f"start {id}")


async def test_an_instance_that_dies_is_suspended_and_runs_again_at_once(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.log.clear()
    manager.twin.vim.die(id_)
    await manager.clock.settle()
    assert manager.twin.log == [f"suspend {id_}", f"start {id_}", f"wait {id_}"]
    assert manager.twin.mep.in_force == {id_}


async def test_one_that_dies_again_and_again_is_started_ever_later(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.log.clear()
    manager.twin.vim.dies_at_start = 100
    manager.twin.vim.die(id_)
    counts = []
    for _ in range(4):
        await manager.clock.advance(0.99)
        counts.append(starts(manager, id_))
    assert counts == [2, 3, 3, 4], "after 0, 0.5, 1.5 and 3.5 s"
    await manager.clock.advance(600)
    steady = starts(manager, id_)
    await manager.clock.advance(300)
    assert starts(manager, id_) - steady == 10, "every 30 s, the longest wait"


async def test_what_ran_a_while_starts_at_once_again(manager: Manager) -> None:
    id_ = await manager.running()
    for _ in range(3):
        manager.twin.vim.die(id_)
        await manager.clock.advance(5)
    await manager.clock.advance(120)
    manager.twin.log.clear()
    manager.twin.vim.die(id_)
    await manager.clock.settle()
    assert starts(manager, id_) == 1


async def test_one_that_does_not_get_ready_is_stopped_and_tried_again(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.log.clear()
    manager.twin.mep.confirms = False
    manager.twin.vim.die(id_)
    await manager.clock.advance(manager.ready_timeout_s + 0.1)
    assert manager.twin.log[-2:] == [f"stop {id_} 0", f"suspend {id_}"]
    manager.twin.mep.confirms = True
    await manager.clock.advance(1)
    assert manager.twin.mep.in_force == {id_}


async def test_a_stopped_instance_stays_stopped(manager: Manager) -> None:
    id_ = await manager.running()
    await manager.ended(await manager.api.operate_app_instance(id_, STOPPED))
    manager.twin.log.clear()
    manager.twin.vim.die(id_)
    await manager.clock.advance(100)
    await manager.restart()
    await manager.clock.advance(100)
    assert starts(manager, id_) == 0


async def test_a_termination_ends_the_starting_again(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.vim.dies_at_start = 100
    manager.twin.vim.die(id_)
    await manager.clock.advance(0.7)
    occ = await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
    assert occ.operation_state is LcmOperationState.COMPLETED
    manager.twin.log.clear()
    await manager.clock.advance(100)
    assert manager.twin.log == []
    assert manager.twin.empty


async def test_a_restart_of_the_manager_leaves_what_runs_alone(manager: Manager) -> None:
    id_ = await manager.running()
    manager.twin.log.clear()
    await manager.restart()
    await manager.clock.advance(100)
    assert manager.twin.log == []
    assert manager.twin.vim.states[id_] == "RUNNING"


async def test_what_died_while_the_manager_was_away_is_started_again(manager: Manager) -> None:
    id_ = await manager.running()
    await manager.kill()
    manager.twin.vim.when_ended = None
    manager.twin.vim.die(id_)
    await manager.boot()
    await manager.clock.advance(1)
    assert manager.twin.vim.states[id_] == "RUNNING"
    assert manager.twin.mep.in_force == {id_}


async def test_after_a_reboot_resources_are_made_again(manager: Manager) -> None:
    id_ = await manager.running()
    await manager.kill()
    manager.twin.vim.forget(id_)
    manager.twin.log.clear()
    await manager.boot()
    await manager.clock.advance(1)
    assert f"allocate {id_}" in manager.twin.log
    assert f"configure {id_}" not in manager.twin.log, "the application's own rules stay"
    assert manager.twin.vim.states[id_] == "RUNNING"


async def test_a_new_address_is_told_to_the_platform(manager: Manager) -> None:
    id_ = await manager.running()
    await manager.kill()
    manager.twin.vim.forget(id_)
    manager.twin.vim.next_address = 9
    await manager.boot()
    await manager.clock.advance(1)
    (rule,) = manager.twin.mep.configured[id_].traffic_rules
    assert rule.dst_interface is not None
    assert rule.dst_interface.dst_ip_address == "10.60.1.9"  # type: ignore[union-attr]
    assert manager.twin.vim.environments[id_]["MEC_APP_ADDRESS"] == "10.60.1.9"


async def test_one_that_was_stopped_and_started_again_is_kept_running_as_before(
    manager: Manager,
) -> None:
    id_ = await manager.running()
    await manager.ended(await manager.api.operate_app_instance(id_, STOPPED))
    started = OperateAppRequest(change_state_to=OperationalState.STARTED)
    await manager.ended(await manager.api.operate_app_instance(id_, started))
    manager.twin.vim.die(id_)
    await manager.clock.settle()
    assert starts(manager, id_) == 3
    assert manager.twin.mep.in_force == {id_}


async def test_one_that_is_terminated_while_it_is_started_again_is_left_alone(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    id_ = await manager.running()
    manager.twin.mep.confirms = False
    manager.twin.vim.die(id_)
    await manager.clock.settle()
    assert manager.twin.log[-1] == f"wait {id_}", "it is waited for"
    occ = await manager.ended(await manager.api.terminate_app_instance(id_, FORCED))
    assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
    assert manager.twin.empty
    done = list(manager.twin.log)
    await manager.clock.advance(100)
    assert manager.twin.log == done
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
