"""How soon the orchestrator sees that a host has done what it was asked for."""

import asyncio
from pathlib import Path

import pytest
from tests.meo.tiers import Tiers

from wayside.meo.follow import FIRST_WAIT_S, LONGEST_WAIT_S, TOLD_WAIT_S, pause_s
from wayside.model.app_lcm import LcmOperationState, StopType, TerminateAppRequest

COMPLETED = LcmOperationState.COMPLETED
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)


@pytest.mark.parametrize("took_s", [0.05, 0.3, 1.0, 1.9])
def test_an_end_is_seen_at_most_a_tenth_of_the_operation_late(took_s: float) -> None:
    asked_s, times = 0.0, 0
    while asked_s < took_s:
        asked_s += pause_s(asked_s)
        times += 1
    assert asked_s - took_s <= max(took_s / 10, FIRST_WAIT_S)
    assert times < 60


def test_a_long_operation_is_asked_of_at_a_steady_pace() -> None:
    assert pause_s(3600.0) == LONGEST_WAIT_S


@pytest.mark.parametrize("tells", [True, False], ids=["tells", "does not tell"])
async def test_an_end_is_seen_soon_whether_the_host_tells_of_it_or_not(
    tmp_path: Path, tells: bool
) -> None:
    tiers = Tiers(tmp_path)
    tiers.tell = tells
    async with tiers:
        await tiers.onboard()
        twin = tiers.hosts["mec1"]
        id_ = await tiers.create()
        await tiers.instantiate(id_)
        twin.mep.hold = asyncio.Event()
        begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
        await asyncio.sleep(0.2)
        twin.mep.hold.set()
        async with asyncio.timeout(TOLD_WAIT_S / 2):
            assert (await tiers.ended(begun.location)).operation_state is COMPLETED
