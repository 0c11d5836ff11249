"""``kill -9`` of orchestrator or manager at any step of any operation: it converges.

Each step is broken twice over: before it is done, and after it was done but before that is known.
"""

import asyncio
from pathlib import Path

import pytest
from tests.knife import WHEN, Knife
from tests.meo.tiers import Tiers

from wayside.core.errors import Conflict
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    InstantiateAppRequest,
    LcmOperationState,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)

INSTANTIATE = {
    "meo": ("place", "create", "instantiate", "follow", "finished"),
    "mec1": ("fetch", "grant", "allocate", "configure", "start", "wait_ready", "finished"),
}
UNWIND = {
    "meo": ("undo follow", "undo instantiate", "undo create", "undo place", "finished"),
    "mec1": ("undo configure", "undo allocate", "undo grant", "undo fetch", "finished"),
}
TERMINATE = {
    "meo": ("terminate", "follow", "delete", "release", "finished"),
    "mec1": ("leave", "end", "stop", "remove", "release", "finished"),
}
STOP = {"meo": ("operate", "follow", "finished"), "mec1": ("leave", "end", "stop", "finished")}
START = {"meo": ("operate", "follow", "finished"), "mec1": ("start", "wait_ready", "finished")}
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)


def each(steps: dict[str, tuple[str, ...]]) -> pytest.MarkDecorator:
    cases = [(element, step, w) for element in steps for step in steps[element] for w in WHEN]
    return pytest.mark.parametrize(("element", "step", "when"), cases)


class Broken(Tiers):
    """Both tiers, of which one process dies at a step and is started again."""

    async def sharpen(self, element: str, step: str, when: str) -> Knife:
        """From the next operation on, the element dies at the step."""
        knife = Knife(self.journals[element], step, when)
        self.journals[element] = knife
        self.looks[element] = knife.look
        await self.kill(element)
        await self.boot(element)
        return knife

    async def survive(self, element: str, knife: Knife, location: str | None) -> AppLcmOpOcc:
        """Wait for the kill, start the element again, return how the operation ended."""
        async with asyncio.timeout(10):
            await knife.struck.wait()
        await self.restart(element)
        return await self.ended(location)

    @property
    def idle(self) -> bool:
        """Whether no element has anything under way."""
        return not any(list(journal.load("sagas")) for journal in self.journals.values())

    async def settled(self) -> None:
        """Return when nothing is under way any more."""
        async with asyncio.timeout(10):
            while True:
                if self.idle:
                    return
                await asyncio.sleep(0.002)


async def stop(tiers: Tiers, id: AppInstanceId) -> str | None:
    wanted = OperateAppRequest(change_state_to=OperationalState.STOPPED)
    return (await tiers.lcm.operate_app_instance(id, wanted)).location


@each(INSTANTIATE)
async def test_an_instantiation_that_is_killed_still_ends_with_one_running_instance(
    tmp_path: Path, element: str, step: str, when: str
) -> None:
    async with Broken(tmp_path) as tiers:
        await tiers.onboard()
        id_ = await tiers.create()
        knife = await tiers.sharpen(element, step, when)
        begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())

        occ = await tiers.survive(element, knife, begun.location)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        await tiers.settled()
        twin = tiers.hosts["mec1"]
        assert list(twin.vim.amounts) == [id_] == sorted(twin.mep.in_force)
        info = await tiers.instance(id_)
        assert info.operational_state is OperationalState.STARTED
        assert info.wayside_placement is not None
        assert info.wayside_placement.addresses == ("10.60.1.2",)
        held = await tiers.host().get_app_instance(id_)
        assert held.value.operational_state is OperationalState.STARTED


@each(UNWIND)
async def test_an_unwinding_that_is_killed_still_leaves_nothing(
    tmp_path: Path, element: str, step: str, when: str
) -> None:
    async with Broken(tmp_path) as tiers:
        await tiers.onboard()
        id_ = await tiers.create()
        tiers.hosts["mec1"].mep.refuses = Conflict("The platform is full.")
        knife = await tiers.sharpen(element, step, when)
        begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())

        occ = await tiers.survive(element, knife, begun.location)

        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "The platform is full." in occ.error.detail
        await tiers.settled()
        assert tiers.hosts["mec1"].empty
        assert (await tiers.instance(id_)).operational_state is None
        await tiers.lcm.delete_app_instance(id_)


@each(TERMINATE)
async def test_a_termination_that_is_killed_still_leaves_nothing(
    tmp_path: Path, element: str, step: str, when: str
) -> None:
    async with Broken(tmp_path) as tiers:
        id_ = await tiers.running()
        knife = await tiers.sharpen(element, step, when)
        begun = await tiers.lcm.terminate_app_instance(id_, FORCED)

        occ = await tiers.survive(element, knife, begun.location)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        await tiers.settled()
        assert tiers.hosts["mec1"].empty
        await tiers.lcm.delete_app_instance(id_)


@each(STOP)
async def test_a_stop_that_is_killed_still_stops(
    tmp_path: Path, element: str, step: str, when: str
) -> None:
    async with Broken(tmp_path) as tiers:
        id_ = await tiers.running()
        knife = await tiers.sharpen(element, step, when)

        occ = await tiers.survive(element, knife, await stop(tiers, id_))

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        assert (await tiers.instance(id_)).operational_state is OperationalState.STOPPED
        twin = tiers.hosts["mec1"]
        assert twin.vim.states[id_] == "EXITED"
        assert not twin.mep.in_force


@each(START)
async def test_a_start_that_is_killed_still_starts(
    tmp_path: Path, element: str, step: str, when: str
) -> None:
    async with Broken(tmp_path) as tiers:
        id_ = await tiers.running()
        await tiers.ended(await stop(tiers, id_))
        knife = await tiers.sharpen(element, step, when)
        wanted = OperateAppRequest(change_state_to=OperationalState.STARTED)
        begun = await tiers.lcm.operate_app_instance(id_, wanted)

        occ = await tiers.survive(element, knife, begun.location)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        twin = tiers.hosts["mec1"]
        assert twin.vim.states[id_] == "RUNNING"
        assert twin.mep.in_force == {id_}
