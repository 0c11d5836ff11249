"""An application started and ended by the command line, and what is told meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.meo.tiers import Tiers

from wayside.cli import lifecycle
from wayside.cli.connection import Face
from wayside.cli.contexts import Context
from wayside.core.errors import Unavailable
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import LcmOperationState, OperationalState

PROCESSING, COMPLETED = LcmOperationState.PROCESSING, LcmOperationState.COMPLETED
FAILED_TEMP = LcmOperationState.FAILED_TEMP


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path) as running:
        await running.onboard()
        yield running


def face_of(tiers: Tiers) -> Face:
    return Face(Context(url=tiers.url("meo")), tiers.http)


async def test_each_state_of_an_operation_is_told_until_its_end(tiers: Tiers) -> None:
    told: list[LcmOperationState] = []
    face, twin = face_of(tiers), tiers.hosts["mec1"]
    instance = await lifecycle.run_new(face, "app-1.0", tell=told.append)
    assert instance.operational_state is OperationalState.STARTED
    assert set(told[:-1]) <= {PROCESSING}
    assert told[-1] is COMPLETED
    twin.mep.hold = asyncio.Event()
    told.clear()
    ending = lifecycle.end(face, instance, None, tell=told.append)
    task = tiers.nurseries["meo"].start(ending, name="end")
    async with asyncio.timeout(5):
        while not told:  # noqa: ASYNC110 - a plain list
            await asyncio.sleep(0.005)
    assert set(told) == {PROCESSING}
    twin.mep.hold.set()
    await task
    assert told[-1] is COMPLETED


async def test_a_start_that_fails_for_now_is_given_up_with_its_reason_and_leaves_no_instance(
    tiers: Tiers,
) -> None:
    told: list[LcmOperationState] = []
    tiers.hosts["mec1"].mep.refuses = Unavailable("The platform is being replaced.")
    with pytest.raises(Unavailable, match="being replaced"):
        await lifecycle.run_new(face_of(tiers), "app-1.0", tell=told.append)
    assert told[-1] is FAILED_TEMP
    assert tiers.hosts["mec1"].empty
    assert (await tiers.lcm.list_app_instances(ListQuery())).entries == []
