"""What a VIM shows of its workloads."""

from pathlib import Path

import pytest
from tests.vim.workshop import WAITS, PaperDriver, pool, request, write_app

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.store import Store
from wayside.core.errors import NotFound
from wayside.core.ids import AppInstanceId
from wayside.core.operations import operations_of
from wayside.core.tasks import Nursery
from wayside.refpoints.mm4 import Amount, Mm4
from wayside.refpoints.mm6 import WorkloadState
from wayside.vim.api import VimView
from wayside.vim.vim import Vim, VimSettings

ID = AppInstanceId("app-1")


@pytest.fixture
async def view(tmp_path: Path) -> VimView:
    settings = VimSettings(Amount(cpu_milli=1000), pool(), tmp_path / "vim")
    store = Store(MemoryJournal(), new_id=CountedIds())
    vim = Vim(settings, PaperDriver(), store=store, nursery=Nursery(), clock=VirtualClock())
    archive = write_app(tmp_path, WAITS)
    await vim.allocate(request(ID, Amount(cpu_milli=100), archive))
    folder = vim.log_of(ID).parent
    folder.mkdir(parents=True)
    vim.log_of(ID).write_text("one\ntwo\nthree\n")
    return VimView(vim)


async def test_it_is_mm4_and_adds_workloads() -> None:
    assert VimView.info == Mm4.info
    paths = [operation.path for operation in operations_of(VimView)]
    assert paths[0] == "/capacity"
    assert "/workloads/{appInstanceId}/log" in paths


async def test_capacity_tells_what_is_allocated(view: VimView) -> None:
    capacity = await view.get_capacity()
    assert capacity.allocated == Amount(cpu_milli=100)


async def test_a_workload_is_shown_as_it_is(view: VimView) -> None:
    (listed,) = await view.list_workloads()
    assert listed == await view.get_workload(ID)
    assert listed.state is WorkloadState.ALLOCATED
    assert (listed.address, listed.device, listed.limits) == ("10.60.9.2", "paper2", "none")
    with pytest.raises(NotFound):
        await view.get_workload(AppInstanceId("other"))


async def test_the_end_of_a_log_is_given_by_lines(view: VimView) -> None:
    assert (await view.get_log(ID, lines=2)).text == "two\nthree\n"
    assert (await view.get_log(ID)).text == "one\ntwo\nthree\n"
    assert (await view.get_log(ID, lines=0)).text == ""
