"""The VIM: room, addresses, records, and that a failure leaves nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.csar import images
from tests.vim.workshop import WAITS, PaperDriver, pool, write_app
from tests.vim.workshop import request as request_of

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, NotFound, Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.journal import Change
from wayside.core.tasks import Nursery
from wayside.linux import cgroups, processes
from wayside.refpoints.mm4 import Amount, Form
from wayside.refpoints.mm6 import WorkloadRequest, WorkloadState
from wayside.vim.drivers.bounding import Bounding
from wayside.vim.drivers.driver import Driver
from wayside.vim.drivers.loopback import LoopbackDriver
from wayside.vim.vim import Vim, VimSettings

TOTAL = Amount(cpu_milli=1000, memory_bytes=1000, storage_bytes=1000)
FIRST, SECOND = AppInstanceId("first"), AppInstanceId("second")


class RefusingJournal(MemoryJournal):
    """A journal whose disk is full when the test says so."""

    full = False

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.full:
            raise Unavailable("The disk is full.")
        await super().commit(changes)


class House:
    """A host's VIM that can be killed and started again on the same journal."""

    def __init__(self, folder: Path, driver: Driver, network: str = "127.60.9.0/24") -> None:
        self.folder = folder
        self.driver = driver
        self.journal = RefusingJournal()
        self.settings = VimSettings(TOTAL, pool(network), folder / "vim")
        self.archive = write_app(folder, WAITS)
        self.ends: list[tuple[str, int | None]] = []

    async def open(self, *, watching: bool = True) -> Vim:
        self.nursery = Nursery()
        self.vim = Vim(
            self.settings,
            self.driver,
            store=Store(self.journal, new_id=CountedIds()),
            nursery=self.nursery,
            clock=VirtualClock(),
        )
        if watching:
            self.vim.watch(lambda id_, status: self.ends.append((id_, status)))
        await self.vim.open()
        return self.vim

    def request(self, id_: str = FIRST, **amount: int) -> WorkloadRequest:
        return request_of(id_, Amount(**amount), self.archive)

    async def close(self) -> None:
        for record in self.vim.workloads():
            await self.vim.release(record.app_instance_id)
        await self.nursery.close()

    @property
    def images(self) -> list[str]:
        folder = self.settings.folder / "images"
        return [entry.name for entry in folder.iterdir()] if folder.exists() else []


@pytest.fixture
async def paper(tmp_path: Path) -> House:
    house = House(tmp_path, PaperDriver())
    await house.open()
    return house


@pytest.fixture
async def real(open_folder: Path):  # type: ignore[no-untyped-def]  # an async generator
    driver = LoopbackDriver(prefix="wtv", bounding=Bounding(cgroups.Groups({}), "wtv"))
    house = House(open_folder, driver)
    await house.open()
    yield house
    await house.close()


async def test_allocating_gives_an_address_and_takes_the_amount(paper: House) -> None:
    (interface,) = await paper.vim.allocate(paper.request(cpu_milli=300, memory_bytes=200))
    assert (interface.address, interface.device) == ("127.60.9.2", "paper2")
    assert interface.gateway == "127.60.9.1"
    assert paper.vim.state(FIRST) is WorkloadState.ALLOCATED
    capacity = paper.vim.capacity()
    assert capacity.total == TOTAL
    assert capacity.allocated == Amount(cpu_milli=300, memory_bytes=200)
    assert (capacity.drivers, capacity.simulated) == (("paper",), True)
    assert capacity.forms == (Form.CONTAINER,)


async def test_what_is_short_is_refused_by_name_with_figures_and_nothing_is_left(
    paper: House,
) -> None:
    await paper.vim.allocate(paper.request(cpu_milli=300, memory_bytes=200))
    with pytest.raises(Conflict) as refused:
        await paper.vim.allocate(paper.request(SECOND, cpu_milli=701, memory_bytes=801))
    assert "cpu: asked 701, free 700 of 1,000" in refused.value.detail
    assert "memory: asked 801, free 800 of 1,000 bytes" in refused.value.detail
    assert "storage" not in refused.value.detail
    assert paper.vim.state(SECOND) is WorkloadState.ABSENT
    await paper.vim.allocate(paper.request(SECOND, cpu_milli=700, memory_bytes=800))


async def test_two_that_ask_at_once_do_not_get_the_same_room_nor_address(paper: House) -> None:
    asked = [paper.vim.allocate(paper.request(f"n{n}", cpu_milli=300)) for n in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    granted = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(granted) == 3
    assert len({interfaces[0].address for interfaces in granted}) == 3
    assert paper.vim.capacity().allocated.cpu_milli == 900


async def test_an_address_is_not_used_again_before_all_others_were(tmp_path: Path) -> None:
    house = House(tmp_path, PaperDriver(), "127.60.9.0/29")
    vim = await house.open()
    seen = []
    for _ in range(5):
        (interface,) = await vim.allocate(house.request())
        seen.append(interface.address)
        await vim.release(FIRST)
    assert len(set(seen)) == 5
    (again,) = await vim.allocate(house.request())
    assert again.address == seen[0]


async def test_a_full_pool_is_a_conflict_that_says_so(tmp_path: Path) -> None:
    house = House(tmp_path, PaperDriver(), "127.60.9.0/30")
    vim = await house.open()
    await vim.allocate(house.request())
    with pytest.raises(Conflict, match=r"addresses: asked 1, free 0 of 1 in 127\.60\.9\.0/30"):
        await vim.allocate(house.request(SECOND))
    assert vim.state(SECOND) is WorkloadState.ABSENT


async def test_allocating_twice_changes_nothing_and_another_amount_is_refused(
    paper: House,
) -> None:
    first = await paper.vim.allocate(paper.request(cpu_milli=1))
    assert await paper.vim.allocate(paper.request(cpu_milli=1)) == first
    with pytest.raises(Conflict, match="has other resources"):
        await paper.vim.allocate(paper.request(cpu_milli=2))
    assert paper.vim.capacity().allocated.cpu_milli == 1


@pytest.mark.parametrize("step", ["prepare", "attach"])
async def test_an_allocation_that_fails_half_way_leaves_nothing(paper: House, step: str) -> None:
    driver = paper.driver
    assert isinstance(driver, PaperDriver)
    driver.failing[step] = Unavailable("no veth today")
    with pytest.raises(Unavailable, match="no veth today"):
        await paper.vim.allocate(paper.request(cpu_milli=1))
    assert driver.holding == set()
    assert paper.vim.state(FIRST) is WorkloadState.ABSENT
    assert paper.vim.capacity().allocated == Amount()
    assert paper.images == []


async def test_an_allocation_that_a_crash_cut_short_goes_on_where_it_was(paper: House) -> None:
    driver = paper.driver
    assert isinstance(driver, PaperDriver)
    driver.failing = {"attach": SystemExit(), "release": SystemExit()}
    with pytest.raises(SystemExit):
        await paper.vim.allocate(paper.request(cpu_milli=1))
    driver.failing = {}
    vim = await paper.open()
    (interface,) = await vim.allocate(paper.request(cpu_milli=1))
    assert interface.device == "paper2"
    assert vim.capacity().allocated.cpu_milli == 1


HOSTILE = {
    "no tar": lambda path: path.write_bytes(b"not an image"),
    "zip slip": lambda path: images.archive(path, [images.entry("../../evil", b"x")]),
    "absolute link": lambda path: images.archive(
        path, [images.symlink("app", "/../../etc"), images.entry("app/x", b"x")]
    ),
    "hides usr": lambda path: images.archive(
        path, [images.entry("usr/bin/python3", b"x")], run=RUN
    ),
    "no command": lambda path: images.archive(path, [images.entry("app/x", b"x")]),
    "tmp is a link": lambda path: images.archive(
        path, [images.symlink("tmp", "/app")], run={"Entrypoint": ["/app/x"]}
    ),
}
RUN = {"Entrypoint": ["python3"], "Labels": {"io.wayside.base": "host"}}


@pytest.mark.parametrize("attack", HOSTILE)
async def test_an_image_that_cannot_be_trusted_is_refused_and_nothing_is_left(
    paper: House, attack: str
) -> None:
    HOSTILE[attack](paper.archive)
    with pytest.raises(Unprocessable, match="Image"):
        await paper.vim.allocate(paper.request(cpu_milli=1))
    assert paper.images == []
    assert paper.vim.workloads() == []
    assert not list(paper.folder.rglob("evil"))


async def test_an_identifier_that_could_leave_the_folder_is_refused(paper: House) -> None:
    with pytest.raises(Unprocessable, match="appInstanceId"):
        await paper.vim.allocate(paper.request("../up"))


async def test_an_image_is_unpacked_once_for_all_and_removed_with_the_last(paper: House) -> None:
    for id_ in (FIRST, SECOND):
        await paper.vim.allocate(paper.request(id_))
    assert len(paper.images) == 1
    await paper.vim.release(FIRST)
    assert len(paper.images) == 1
    await paper.vim.release(SECOND)
    assert paper.images == []


async def test_what_a_crash_left_in_the_image_cache_is_removed_at_the_next_start(
    paper: House,
) -> None:
    (paper.settings.folder / "images" / ".half").mkdir(parents=True)
    await paper.open()
    assert paper.images == []


async def test_starting_what_was_not_allocated_is_not_found(paper: House) -> None:
    with pytest.raises(NotFound, match="no workload first"):
        await paper.vim.start(FIRST, {})
    await paper.vim.stop(FIRST, 1.0)
    await paper.vim.release(FIRST)


async def test_a_workload_runs_from_start_to_stop(real: House) -> None:
    vim = real.vim
    await vim.allocate(real.request())
    await vim.start(FIRST, {"MEC_HOST_ID": "mec1"})
    assert vim.state(FIRST) is WorkloadState.RUNNING
    process = vim.workload(FIRST).processes
    await vim.start(FIRST, {})
    assert vim.workload(FIRST).processes == process
    await vim.stop(FIRST, 5.0)
    assert vim.state(FIRST) is WorkloadState.ALLOCATED
    await vim.stop(FIRST, 5.0)
    await real.nursery.close()
    assert real.ends == []


async def test_a_workload_that_ends_by_itself_is_reported_with_its_status(real: House) -> None:
    write_app(real.folder, "raise SystemExit(3)\n")
    ended = asyncio.Event()
    real.vim.watch(lambda id_, status: (real.ends.append((id_, status)), ended.set())[0])
    await real.vim.allocate(real.request())
    await real.vim.start(FIRST, {})
    await ended.wait()
    assert real.ends == [(FIRST, 3)]
    assert real.vim.state(FIRST) is WorkloadState.EXITED
    assert real.vim.workload(FIRST).exit_status == 3


async def test_a_new_vim_on_the_same_journal_finds_its_workload_and_watches_it(
    real: House,
) -> None:
    await real.vim.allocate(real.request())
    await real.vim.start(FIRST, {})
    process = processes.parse(real.vim.workload(FIRST).processes[0])
    await real.nursery.close()
    vim = await real.open()
    assert vim.state(FIRST) is WorkloadState.RUNNING
    ended = asyncio.Event()
    vim.watch(lambda id_, _: ended.set())
    processes.send(process, 9)
    await ended.wait()
    assert vim.state(FIRST) is WorkloadState.EXITED


@pytest.mark.parametrize("watching", [True, False])
async def test_what_ended_while_no_vim_ran_is_reported_whenever_one_watches(
    real: House, watching: bool
) -> None:
    await real.vim.allocate(real.request())
    await real.vim.start(FIRST, {})
    process = processes.parse(real.vim.workload(FIRST).processes[0])
    await real.nursery.close()
    processes.send(process, 9)
    await processes.wait(process)
    vim = await real.open(watching=watching)
    if not watching:
        vim.watch(lambda id_, status: real.ends.append((id_, status)))
        await asyncio.sleep(0)
    assert real.ends == [(FIRST, None)]
    assert vim.state(FIRST) is WorkloadState.EXITED
    processes.reap(process)


async def test_what_cannot_be_put_on_record_does_not_run(real: House) -> None:
    await real.vim.allocate(real.request())
    real.journal.full = True
    with pytest.raises(Unavailable, match="disk is full"):
        await real.vim.start(FIRST, {})
    real.journal.full = False
    assert real.vim.state(FIRST) is WorkloadState.ALLOCATED
    note = real.settings.folder / "workloads" / FIRST / "process"
    assert not processes.is_running(processes.parse(note.read_text()))


async def test_release_ends_a_running_workload_and_forgets_it(real: House) -> None:
    await real.vim.allocate(real.request(cpu_milli=1000))
    await real.vim.start(FIRST, {})
    process = processes.parse(real.vim.workload(FIRST).processes[0])
    await real.vim.release(FIRST)
    assert not processes.is_running(process)
    assert real.vim.state(FIRST) is WorkloadState.ABSENT
    assert real.vim.capacity().allocated == Amount()
    assert list((real.settings.folder / "workloads").iterdir()) == []


async def test_halting_ends_what_runs_and_the_next_life_is_told_that_it_is_to_run(
    real: House,
) -> None:
    await real.vim.allocate(real.request(cpu_milli=100))
    await real.vim.start(FIRST, {})
    running = processes.parse(real.vim.workload(FIRST).processes[0])
    await real.vim.halt(5.0)
    assert not processes.is_running(running)
    assert real.ends == [], "its end was ordered: nobody is to start it now"
    await real.nursery.close()
    again = await real.open()
    await asyncio.sleep(0)
    assert [ended for ended, _ in real.ends] == [FIRST]
    assert again.state(FIRST) is WorkloadState.EXITED
