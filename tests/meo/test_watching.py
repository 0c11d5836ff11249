"""The orchestrator's eye on one host, on a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.occurrences import LcmEvent
from wayside.chassis.pausing import pause
from wayside.chassis.store import Store
from wayside.core.errors import Forbidden, NotFound, Problem, Unavailable
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry, Page
from wayside.core.requests import ListQuery
from wayside.core.tasks import Nursery
from wayside.core.wire import encode
from wayside.meo.agreement import Agreement
from wayside.meo.books import Books, Placed
from wayside.meo.news import News
from wayside.meo.site import HostSite
from wayside.meo.topology import Host, Topology
from wayside.meo.watching import SILENT_S, UNTOLD_EVERY_S, WHOLE_EVERY_S, Watch
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppInstanceLinks,
    InstantiationState,
    LcmOperation,
    LcmOperationState,
    OperationalState,
)
from wayside.model.common import LinkType, TimeStamp
from wayside.model.placement import WaysidePlacement
from wayside.refpoints import mm3
from wayside.refpoints.changes import HostChanges
from wayside.refpoints.mm4 import Amount, Mm4

STARTED, STOPPED = OperationalState.STARTED, OperationalState.STOPPED


def an_instance(state: OperationalState | None) -> AppInstanceInfo:
    """The instance ``app`` in a state, on mec1."""
    return AppInstanceInfo(
        links=AppInstanceLinks(self=LinkType(href="")),
        id="app",
        app_d_id="app-1.0",
        app_provider="p",
        app_name="app",
        app_soft_version="1",
        app_d_version="1",
        app_pkg_id="package",
        instantiation_state=InstantiationState.NOT_INSTANTIATED,
        wayside_placement=WaysidePlacement(host_id="mec1", explanation="It is the only one."),
    ).moved(state)


class ManagerTwin(mm3.AppLcm):
    """A host's manager that has the instance; it may be away."""

    def __init__(self) -> None:
        self.away: Problem | None = None
        self.state: OperationalState | None = STARTED
        self.listed = 0

    def entry(self) -> Entry[AppInstanceInfo]:
        if self.away is not None:
            raise self.away
        info = an_instance(self.state)
        return Entry("app", info, encode(info), '""')

    async def list_app_instances(self, query: ListQuery) -> Page[AppInstanceInfo]:
        self.listed += 1
        return Page([self.entry()])

    async def get_app_instance(self, app_instance_id: AppInstanceId) -> Entry[AppInstanceInfo]:
        return self.entry()


class ChangesTwin(mm3.Changes):
    """Tells what changes, unless it is refused."""

    def __init__(self, manager: ManagerTwin, clock: VirtualClock, nursery: Nursery) -> None:
        self.manager, self.clock, self.nursery = manager, clock, nursery
        self.refuses: Problem | None = None
        self.number = self.asked = 0
        self.waits = True
        """Whether it holds a request back until there is something to tell."""
        self.news = asyncio.Event()

    def tell(self) -> None:
        """Have a change of the instance."""
        self.number += 1
        self.news.set()
        self.news = asyncio.Event()

    async def get_changes(self, *, after: str | None = None, wait_s: int = 0) -> HostChanges:
        if problem := self.manager.away or self.refuses:
            raise problem
        self.asked += 1
        if self.waits and after == str(self.number):
            await pause(self.clock, self.nursery, wait_s, until=self.news)
        if problem := self.manager.away:  # the connection broke meanwhile
            raise problem
        changed = () if after == str(self.number) else ("app",)
        return HostChanges(mark=str(self.number), complete=after is not None, app_instances=changed)


class NoCapacity(Mm4):
    """Nobody asks for it here."""


class Watched:
    """A watch on one host, whose instance is STARTED in the books."""

    def __init__(self, nursery: Nursery) -> None:
        self.clock = VirtualClock()
        self.manager = ManagerTwin()
        self.changes = ChangesTwin(self.manager, self.clock, nursery)
        self.books = Books(Store(MemoryJournal(), new_id=CountedIds()), self.clock)
        self.news = News()
        host = Host(HostSite("mec1", "MEC1"), self.manager, self.changes, NoCapacity())
        self.watch = Watch(
            Topology([host]),
            Agreement(self.books),
            self.news,
            clock=self.clock,
            nursery=nursery,
        )

    async def start(self, *, silent_since: TimeStamp | None = None) -> None:
        placed = Placed(
            app_instance_id="app", host_id="mec1", amount=Amount(), host_instance_id="app",
            settled=True,
        )  # fmt: skip
        await self.books.instances.create("app", an_instance(STARTED).silent_since(silent_since))
        await self.books.placements.create("app", placed)
        await self.watch.start()
        await self.clock.settle()

    async def stop(self, *, told: bool) -> None:
        """Have the host stop the instance, and tell so or not."""
        self.manager.state = STOPPED
        if told:
            self.changes.tell()
        await self.clock.settle()

    @property
    def shown(self) -> OperationalState | None:
        return self.books.instances.get("app").value.operational_state

    @property
    def silent_since_s(self) -> int | None:
        """The second since when the host is shown as silent."""
        placement = self.books.instances.get("app").value.wayside_placement
        assert placement is not None
        since = placement.host_silent_since
        return None if since is None else since.seconds - self.began_s

    @property
    def began_s(self) -> int:
        return (self.clock.now() - round(self.clock.monotonic() * 1e9)) // 1_000_000_000


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    async with Nursery() as nursery:
        watched = Watched(nursery)
        await watched.start()
        yield watched


async def test_a_change_that_is_told_is_shown_without_any_time_passing(watched: Watched) -> None:
    await watched.stop(told=True)
    assert watched.shown is STOPPED
    assert watched.clock.monotonic() == 0
    assert watched.manager.listed == 1, "the host was looked at whole once, at the start"


async def test_what_nobody_told_is_found_when_the_whole_host_is_looked_at(
    watched: Watched,
) -> None:
    await watched.stop(told=False)
    await watched.clock.advance(WHOLE_EVERY_S - 10)
    assert watched.shown is STARTED
    await watched.clock.advance(20)
    assert watched.shown is STOPPED


async def test_a_host_that_is_back_is_looked_at_whole_whatever_it_tells(watched: Watched) -> None:
    watched.manager.away = Unavailable("No route.")
    await watched.clock.advance(6)
    await watched.stop(told=False)
    watched.manager.away = None
    await watched.clock.advance(6)
    assert watched.shown is STOPPED


async def test_a_host_that_has_been_away_for_a_while_is_shown_as_silent_until_it_is_back(
    watched: Watched,
) -> None:
    watched.manager.away = Unavailable("No route.")
    await watched.clock.advance(SILENT_S - 1)
    assert watched.silent_since_s is None
    await watched.clock.advance(12)
    assert watched.silent_since_s == 0, "when it was heard last"
    await watched.clock.advance(600)
    assert watched.silent_since_s == 0
    assert watched.shown is STARTED, "what was known is shown on"
    watched.manager.away = None
    await watched.clock.advance(6)
    assert watched.silent_since_s is None


async def test_a_host_that_was_shown_as_silent_before_a_restart_is_so_until_it_answers() -> None:
    async with Nursery() as nursery:
        watched = Watched(nursery)
        watched.manager.away = Unavailable("No route.")
        since = TimeStamp(seconds=watched.began_s - 60, nano_seconds=0)
        await watched.start(silent_since=since)
        await watched.clock.advance(SILENT_S - 5)
        assert watched.silent_since_s == -60
        watched.manager.away = None
        await watched.clock.advance(6)
        assert watched.silent_since_s is None


@pytest.mark.parametrize("refusal", [NotFound("No such resource."), Forbidden("Not your scope.")])
async def test_a_manager_that_does_not_tell_is_looked_at_now_and_then(refusal: Problem) -> None:
    async with Nursery() as nursery:
        watched = Watched(nursery)
        watched.changes.refuses = refusal
        await watched.start()
        assert not watched.news.tells("mec1"), "who waits for an operation there must ask"
        await watched.stop(told=False)
        await watched.clock.advance(UNTOLD_EVERY_S + 1)
        assert watched.shown is STOPPED


async def test_a_manager_that_holds_no_request_back_is_not_asked_without_a_pause(
    watched: Watched,
) -> None:
    watched.changes.waits = False
    await watched.clock.advance(10)
    assert watched.changes.asked < 80
    await watched.stop(told=True)
    await watched.clock.advance(0.3)
    assert watched.shown is STOPPED


async def test_an_instance_that_an_operation_works_on_is_left_alone(watched: Watched) -> None:
    occurrences = watched.books.occurrences
    occ = occurrences.opened(
        "app", LcmOperation.OPERATE, Amount(), state=LcmOperationState.PROCESSING
    )
    await occurrences.entries.create(occ.id, occ)
    await watched.stop(told=True)
    assert watched.shown is STARTED
    await occurrences.move(occ.id, LcmEvent.DONE)
    watched.changes.tell()
    await watched.clock.settle()
    assert watched.shown is STOPPED


async def test_who_waits_is_woken_when_a_host_falls_silent_so_that_it_asks_itself(
    watched: Watched,
) -> None:
    assert watched.news.tells("mec1")
    with watched.news.of("operation") as ear:
        watched.manager.away = Unavailable("No route.")
        await watched.clock.advance(6)
        assert ear.is_set()
    assert not watched.news.tells("mec1")
