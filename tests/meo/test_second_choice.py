"""A host that refuses is followed by the next best, whoever is killed meanwhile."""

from pathlib import Path

import pytest
from tests.meo.test_kills import Broken
from tests.meo.tiers import Tiers

from wayside.core.errors import Conflict
from wayside.model.app_lcm import InstantiateAppRequest, LcmOperationState

FULL = Conflict("The platform is full.")
STEPS = ("undo follow", "undo instantiate", "undo create", "undo place")


async def test_the_next_best_host_is_asked_and_the_instance_tells_why(tmp_path: Path) -> None:
    async with Tiers(tmp_path, "mec1", "mec2") as tiers:
        await tiers.onboard()
        tiers.hosts["mec1"].mep.refuses = FULL
        id_ = await tiers.create()

        occ = await tiers.instantiate(id_)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        placement = (await tiers.instance(id_)).wayside_placement
        assert placement is not None
        assert placement.host_id == "mec2"
        assert "Not mec1: On mec1: The platform is full." in placement.explanation
        assert tiers.hosts["mec1"].empty


async def test_a_host_whose_room_is_gone_when_it_asks_for_its_grant_is_passed_over(
    tmp_path: Path,
) -> None:
    async with Tiers(tmp_path, "mec1", "mec2") as tiers:
        await tiers.onboard()
        id_ = await tiers.create()

        def fill(saga: str, id: str, step: str) -> None:
            if step == "fetch":  # placed there already, and not granted yet
                tiers.hosts["mec1"].vim.amounts["other"] = tiers.hosts["mec1"].vim.total

        tiers.looks["mec1"] = fill
        await tiers.kill("mec1")
        await tiers.boot("mec1")

        occ = await tiers.instantiate(id_)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        placement = (await tiers.instance(id_)).wayside_placement
        assert placement is not None
        assert placement.host_id == "mec2"
        assert "has no room any more" in placement.explanation


async def test_where_every_host_refuses_each_is_told(tmp_path: Path) -> None:
    async with Tiers(tmp_path, "mec1", "mec2") as tiers:
        await tiers.onboard()
        for twin in tiers.hosts.values():
            twin.mep.refuses = FULL
        occ = await tiers.instantiate(await tiers.create())

        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "mec1: On mec1: The platform is full." in occ.error.detail
        assert "mec2: On mec2: The platform is full." in occ.error.detail
        assert all(twin.empty for twin in tiers.hosts.values())


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_on_the_way_to_the_second_host_it_still_gets_there(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Broken(tmp_path, "mec1", "mec2") as tiers:
        await tiers.onboard()
        tiers.hosts["mec1"].mep.refuses = FULL
        id_ = await tiers.create()
        knife = await tiers.sharpen("meo", step, when)
        begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())

        occ = await tiers.survive("meo", knife, begun.location)

        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        await tiers.settled()
        assert tiers.hosts["mec1"].empty
        assert list(tiers.hosts["mec2"].vim.amounts) == [id_]
