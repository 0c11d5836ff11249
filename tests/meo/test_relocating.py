"""A device moves to another host: a target is found or started there, or nothing is left."""

import asyncio
from pathlib import Path

import pytest
from tests.knife import WHEN, Knife
from tests.meo.tiers import Tiers

from wayside.chassis.client import connect
from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.requests import ListQuery
from wayside.meo.site import HostSite
from wayside.meo.wayside_relocation import logic
from wayside.model.app_lcm import InstantiationState
from wayside.refpoints import mm3
from wayside.refpoints.mm3 import (
    Relocation,
    RelocationEnd,
    RelocationRequest,
    RelocationState,
)
from wayside.refpoints.mm4 import Amount

ROOM = Amount(cpu_milli=64_000, memory_bytes=64 << 30, storage_bytes=640 << 30)
RUNS = InstantiationState.INSTANTIATED
FINDING = ("choose", "create", "run", "finished")


class Town(Tiers):
    """Two hosts: cell1 is mec1's, cell2 mec2's; what nothing is said of is placed on mec1."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "mec1", "mec2")
        self.sites = {
            host: HostSite(host, host.upper(), latency_ns={f"cell{host[-1]}": 1_000_000})
            for host in self.hosts
        }
        self.hosts["mec1"].vim.total = ROOM

    @property
    def relocations(self) -> mm3.Relocations:
        """What a host's manager asks."""
        return connect(mm3.Relocations, self.url("meo"), self.http)

    async def begin(self, source: str, *, id: str = "r1", cell: str = "cell2") -> None:
        """Begin a relocation, and return at once."""
        request = RelocationRequest(host_id="mec1", app_instance_id=source, cell=cell)
        await self.relocations.begin_relocation(id, request)

    async def decided(self, id: str = "r1") -> Relocation:
        """The relocation, once it is READY or has FAILED."""
        return await self.relocations.get_relocation(id, wait_s=4)

    async def end(self, *, completed: bool, end_source: bool = False) -> None:
        """Say how it ended, and return when it is forgotten."""
        said = RelocationEnd(completed=completed, end_source=end_source)
        await self.relocations.end_relocation("r1", said)
        while self.meo._books.relocations.find("r1") is not None:
            await self.clock.sleep(0.005)

    async def states(self) -> dict[str, InstantiationState]:
        """What is known on Mm1."""
        entries = (await self.lcm.list_app_instances(ListQuery())).entries
        return {each.value.id: each.value.instantiation_state for each in entries}


async def test_an_instance_is_started_where_there_is_none(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source)
        found = await town.decided()
        assert found.state is RelocationState.READY, found.detail
        assert found.target is not None and found.target.host_id == "mec2"
        assert found.target.addresses
        assert await town.states() == {source: RUNS, found.target.app_instance_id: RUNS}


async def test_an_instance_that_runs_there_is_taken_and_stays(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source)
        first = (await town.decided()).target
        await town.begin(source, id="r2")
        assert (await town.decided("r2")).target == first
        await town.relocations.end_relocation("r2", RelocationEnd(completed=False))
        await town.end(completed=True)
        assert len(await town.states()) == 2


async def test_what_was_started_in_vain_is_gone_and_the_source_serves_on(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source)
        await town.decided()
        await town.end(completed=False)
        assert await town.states() == {source: RUNS}
        assert town.hosts["mec2"].empty


async def test_an_idle_source_ends_and_one_that_is_not_stays(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source)
        target = (await town.decided()).target
        assert target is not None
        await town.end(completed=True, end_source=True)
        ended = InstantiationState.NOT_INSTANTIATED
        assert await town.states() == {source: ended, target.app_instance_id: RUNS}
        assert town.hosts["mec1"].empty


@pytest.mark.parametrize(("cell", "why"), [("cell1", "itself serves"), ("cell9", "no MEC host")])
async def test_nothing_moves_to_where_no_other_host_is(tmp_path: Path, cell: str, why: str) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source, cell=cell)
        found = await town.decided()
        assert (found.state, why in (found.detail or "")) == (RelocationState.FAILED, True)
        assert await town.states() == {source: RUNS}


async def test_a_host_that_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        town.hosts["mec2"].mep.refuses = Conflict("The platform is full.")
        await town.begin(source)
        found = await town.decided()
        assert found.state is RelocationState.FAILED
        assert "full" in (found.detail or "")
        assert await town.states() == {source: RUNS}
        assert town.hosts["mec2"].empty


async def test_an_identifier_is_good_for_one_request(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        await town.begin(source)
        await town.begin(source)  # once more, as after a lost answer
        with pytest.raises(Unprocessable):
            await town.begin(source, cell="cell3")
        with pytest.raises(NotFound):
            await town.begin("nobody", id="r2")


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", FINDING)
async def test_an_orchestrator_that_is_killed_goes_on(tmp_path: Path, step: str, when: str) -> None:
    async with Town(tmp_path) as town:
        source = await town.running()
        knife = Knife(town.journals["meo"], step, when)
        town.journals["meo"] = knife
        town.looks["meo"] = lambda saga, id, at: (
            knife.look(saga, id, at) if saga == "relocate" else None
        )
        await town.kill("meo")
        await town.boot("meo")
        await town.begin(source)
        async with asyncio.timeout(10):
            await knife.struck.wait()
        await town.restart("meo")
        found = await town.decided()
        assert found.state is RelocationState.READY, found.detail
        assert found.target is not None
        assert await town.states() == {source: RUNS, found.target.app_instance_id: RUNS}


def test_the_nearest_host_that_serves_a_cell_comes_first() -> None:
    sites = [
        HostSite("far", "F", latency_ns={"cell1": 9}),
        HostSite("near", "N", latency_ns={"cell1": 1}),
        HostSite("other", "O", latency_ns={"cell2": 1}),
    ]
    assert logic.serving(sites, "cell1") == ("near", "far")
    assert logic.refusals(["near", "other"], ("near",), "cell1") == {
        "other": "It does not serve cell1."
    }
