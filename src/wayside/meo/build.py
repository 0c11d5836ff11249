"""Puts the orchestrator together: who gets which hand. Never decides anything else."""

from collections.abc import Callable
from pathlib import Path

from wayside.chassis.lcm_subscriptions import LcmSubscriptions
from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.chassis.saga import SagaRunner
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.clock import Clock
from wayside.core.operations import Api
from wayside.core.tasks import Nursery
from wayside.model.app_pkgm import OnboardingState

from .agreement import Agreement
from .app_lcm.api import AppLcm
from .app_lcm.instances import Instances
from .app_lcm.logic import ELSEWHERE
from .app_lcm.work import work_of
from .app_pkgm.api import AppPkgm
from .app_pkgm.subscriptions import PackageSubscriptions
from .books import Books
from .catalogue import Catalogue
from .clearing import Clearer
from .ending import Ends
from .files import PackageFiles
from .follow import Follower
from .granting.api import Granting
from .granting.deciding import Granter
from .instantiate import Instantiate
from .making_room import RoomMaker
from .news import News
from .onboarding import Onboarding, Opener
from .placing import Placer
from .relocating import Relocator
from .rooms import Rooms
from .system_changes import Changes
from .topology import Topology
from .watching import Watch
from .wayside_coordination.api import Coordinations
from .wayside_coordination.asking import BY_HAND, Asking, Coordination
from .wayside_coordination.questions import Questions
from .wayside_placement.api import Plans
from .wayside_relocation.api import Relocations
from .wayside_user_apps.api import UserApps

Look = Callable[[str, str, str], None]
"""Called with a saga, its id and the step that is about to be done."""


class Meo:
    """A MEC orchestrator. ``apis`` are to be served, once ``start`` has returned."""

    def __init__(
        self, topology: Topology, *, store: Store, clock: Clock, nursery: Nursery, outlet: Outlet,
        files: Path, opener: Opener, package_bytes_max: int, patience_s: float = 60.0,
        before_step: Look | None = None, coordination: Coordination = BY_HAND,
    ) -> None:  # fmt: skip
        """Build the orchestrator.

        ``files`` is the folder for packages of up to ``package_bytes_max`` bytes, ``opener`` what
        admits them, ``patience_s`` how long a host may be silent during an operation,
        ``coordination`` how it is found out who may end for another.
        """
        self._books = books = Books(store, clock)
        held = PackageFiles(files, bytes_max=package_bytes_max)
        catalogue = Catalogue(books, held)
        self._onboarding = onboarding = Onboarding(
            books, catalogue, held, opener=opener, clock=clock, nursery=nursery
        )
        placer = Placer(books, topology)
        news = News()
        follower = Follower(clock, nursery, news=news, patience_s=patience_s)
        questions = Questions(books)
        rooms = self._rooms(placer, questions, clock, coordination)
        begins = Instantiate(books, topology, placer=placer, follower=follower, rooms=rooms)
        ends = Ends(books, topology, placer=placer, follower=follower)
        granter = Granter(books, topology, clock=clock, patience_s=patience_s)
        clearer = Clearer(books, clock, graceful_timeout_s=coordination.graceful_timeout_s)
        relocator = Relocator(books, topology, clearer=clearer)
        sagas = (
            *relocator.sagas(), onboarding.saga(), begins.saga(), ends.terminate(),
            ends.operate(), granter.saga(),
        )  # fmt: skip
        look = before_step or no_look
        self.sagas = SagaRunner(store, nursery, sagas, clock=clock, before_step=look)
        tasks = OccurrenceTasks(books.occurrences, self.sagas, work_of, hurry=follower.hurry)
        self._instances = Instances(books, tasks, catalogue)
        relocator.join(self._instances, self.sagas)
        self._to_packages = PackageSubscriptions(books, outlet=outlet, clock=clock, nursery=nursery)
        self._to_life = LcmSubscriptions(
            store, books.instances, books.occurrences.entries, outlet=outlet, clock=clock,
            nursery=nursery, elsewhere=ELSEWHERE,
        )  # fmt: skip
        self._watch = Watch(topology, Agreement(books), news, clock=clock, nursery=nursery)
        self._changes = Changes(
            books.instances, books.occurrences.entries, new_id=store.new_id, clock=clock,
            nursery=nursery,
        )  # fmt: skip
        self._relocations = Relocations(books, relocator, clock, nursery)
        self.apis: tuple[Api, ...] = (
            AppPkgm(
                books,
                catalogue,
                files=held,
                onboarding=onboarding,
                sagas=self.sagas,
                subscriptions=self._to_packages,
            ),
            AppLcm(
                books.instances,
                books.occurrences,
                life=self._instances,
                tasks=tasks,
                subscriptions=self._to_life,
            ),
            Granting(books, granter, self.sagas),
            Coordinations(books, questions, oss=coordination.name),
            Plans(books, catalogue, placer),
            UserApps(books, placer),
            self._changes,
            self._relocations,
        )

    def application(self, app_pkg_id: str) -> tuple[str, str] | None:
        """Return appProvider and appName of an ONBOARDED package; None for any other identifier."""
        found = self._books.packages.find(app_pkg_id)
        if found is None or found.value.onboarding_state is not OnboardingState.ONBOARDED:
            return None
        return found.value.app_provider or "", found.value.app_name or ""

    async def start(self) -> None:
        """Undo what a restart cut short, take up the operations under way, watch the hosts."""
        self._to_packages.start()
        self._to_life.start()
        await self._onboarding.clean(self.sagas)
        await self.sagas.resume()
        await self._watch.start()

    def part(self) -> None:
        """Let go whoever waits for news, so that serving can end at once."""
        self._changes.close()
        self._relocations.close()

    def _rooms(
        self, placer: Placer, questions: Questions, clock: Clock, coordination: Coordination
    ) -> Rooms:
        return Rooms(
            placer,
            questions=questions,
            asking=Asking(self._books, questions, clock, coordination),
            maker=RoomMaker(
                self._books,
                clock,
                terminate=lambda id, request: self._instances.terminate(id, request),
                graceful_timeout_s=coordination.graceful_timeout_s,
            ),
            suggests=coordination.suggests,
        )


def no_look(saga: str, id: str, step: str) -> None:
    """Look at no step; tests look, to break the work at any point."""
