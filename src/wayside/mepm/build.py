"""Puts the manager together: who gets which hand. Never decides anything else."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wayside.chassis.lcm_subscriptions import LcmSubscriptions
from wayside.chassis.occurrence_tasks import OccurrenceTasks, Work
from wayside.chassis.saga import SagaRunner
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.clock import Clock
from wayside.core.errors import Conflict
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import AppLcmOpOcc
from wayside.refpoints import mm3
from wayside.refpoints.mm5 import Mm5
from wayside.refpoints.mm6 import Mm6

from .app_lcm.api import AppLcm
from .app_lcm.instances import Instances
from .app_lcm.logic import ELSEWHERE
from .app_lcm.work import work_of
from .books import Books
from .changes import Changes
from .elsewhere import Elsewhere
from .hands import Hands, ManagerSettings
from .instantiate import Instantiate
from .leave import Leave
from .packages import PackageCache, Unpacker
from .runs import Runs
from .start import Start
from .supervise import Supervisor
from .terminate import Ends
from .unpacking import unpacker_of
from .waiting import Readiness, Waits

Look = Callable[[str, str, str], None]
"""Called with a saga, its id and the step that is about to be done."""


@dataclass(frozen=True)
class Neighbours:
    """The reference points of a manager: its host's platform and VIM, and the orchestrator."""

    mep: Mm5
    vim: Mm6
    grants: mm3.Granting
    packages: mm3.AppPkgm


class Mepm:
    """A MEC platform manager. ``apis`` are to be served, once ``start`` has returned."""

    def __init__(
        self, settings: ManagerSettings, neighbours: Neighbours, *, store: Store, clock: Clock,
        nursery: Nursery, outlet: Outlet, files: Path, unpacker: Unpacker | None = None,
        before_step: Look | None = None,
    ) -> None:  # fmt: skip
        """Build the manager; ``files`` is the folder for the packages that it fetches."""
        self._books = books = Books(store, clock)
        self._packages = PackageCache(
            files, neighbours.packages, unpacker or unpacker_of(clock), clock=clock
        )
        hands = Hands(
            neighbours.mep, neighbours.vim, Leave(neighbours.grants, clock), self._packages
        )
        waits = Waits(nursery)
        ready = Readiness(hands.mep, hands.vim, waits, timeout_s=settings.ready_timeout_s)
        runs = Runs(books, hands, settings)
        self.supervisor = supervisor = Supervisor(
            books, hands, runs=runs, ready=ready, waits=waits, clock=clock, nursery=nursery
        )
        begins = Instantiate(books, hands, settings=settings, ready=ready, supervisor=supervisor)
        starts = Start(books, hands, runs=runs, ready=ready, supervisor=supervisor)
        ends = Ends(books, hands, settings=settings, waits=waits, supervisor=supervisor)
        other = Elsewhere(books, hands, settings=settings, waits=waits)
        sagas = (
            begins.saga(), starts.saga(), ends.stop(), ends.terminate(), other.configure(),
            other.withdraw(),
        )  # fmt: skip
        self.sagas = SagaRunner(
            store, nursery, sagas, clock=clock, before_step=before_step or no_look
        )
        tasks = OccurrenceTasks(books.occurrences, self.sagas, self._work_of, hurry=_cutting(waits))
        instances = Instances(books, tasks, self._packages, settings)
        self._to_life = LcmSubscriptions(
            store, books.instances, books.occurrences.entries, outlet=outlet, clock=clock,
            nursery=nursery, elsewhere=ELSEWHERE,
        )  # fmt: skip
        self._changes = Changes(
            books.instances, books.occurrences.entries, new_id=store.new_id, clock=clock,
            nursery=nursery,
        )  # fmt: skip
        self.apis: tuple[Api, ...] = (
            AppLcm(books, instances, tasks, self._to_life),
            self._changes,
        )

    async def start(self) -> None:
        """Take up the operations under way, watch the instances, start what should run."""
        self._to_life.start()
        self._books.prune(self._packages)
        await self.sagas.resume()
        self.supervisor.start()

    def part(self) -> None:
        """Let go whoever waits for news, so that serving can end at once."""
        self._changes.close()

    def _work_of(self, occ: AppLcmOpOcc) -> Work:
        info = self._books.instances.get(occ.app_instance_id).value
        held = self._books.workloads.find(occ.app_instance_id)
        app_d = None if held is None else self._packages.get(held.value.digest).app_d
        return work_of(occ, info, app_d)


def _cutting(waits: Waits) -> Callable[[str], None]:
    """Return what cuts a wait short because its operation is cancelled."""

    def cut(id: str) -> None:
        waits.interrupt(AppInstanceId(id), Conflict("The operation was cancelled."))

    return cut


def no_look(saga: str, id: str, step: str) -> None:
    """Look at no step; tests look, to break the work at any point."""
