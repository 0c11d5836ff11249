"""Puts the proxy together: who gets which hand. Never decides anything else."""

from collections.abc import Callable
from pathlib import Path

from wayside.chassis.saga import SagaRunner
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.clock import Clock
from wayside.core.operations import Api
from wayside.core.tasks import Nursery

from .books import Books, ContextState
from .contexts import Contexts
from .dev_app.api import DevApp
from .finding import Finder
from .packages import Fetcher, Packages
from .policy import EVERYTHING, Policy
from .runs import Orchestrator, Runs
from .serving import Serving
from .telling import Teller
from .watching import Watch
from .wayside_contexts.api import ContextList
from .working import Working

Look = Callable[[str, str, str], None]
"""Called with a saga, its id and the step that is about to be done."""


class Ualcmp:
    """A user application life cycle management proxy.

    ``apis`` are for devices, ``management`` for whoever operates the system; both are to be served
    once the MEO is.
    """

    def __init__(
        self, meo: Orchestrator, *, store: Store, clock: Clock, nursery: Nursery, outlet: Outlet,
        fetcher: Fetcher, folder: Path, policy: Policy = EVERYTHING,
        before_step: Look = lambda saga, id, step: None,
    ) -> None:  # fmt: skip
        """Build the proxy; ``folder`` is for packages while they are fetched."""
        self._books = books = Books(store)
        self._nursery = nursery
        runs = Runs(meo, clock, nursery, graceful_timeout_s=policy.graceful_timeout_s)
        packages = Packages(
            books, meo.packages, fetcher, folder=folder, bytes_max=policy.package_bytes_max,
            clock=clock,
        )  # fmt: skip
        self._teller = Teller(books, outlet, nursery)
        finder = Finder(books, runs, policy)
        self._serving = Serving(books, runs, finder, self._teller)
        working = Working(books, runs, self._serving, packages)
        self.sagas = SagaRunner(
            store, nursery, working.sagas(), clock=clock, before_step=before_step
        )
        self._contexts = Contexts(
            books, runs, self._serving, working, self.sagas, self._teller, policy=policy,
            clock=clock, nursery=nursery,
        )  # fmt: skip
        self._watch = Watch(
            books, meo.changes, runs, serving=self._serving, packages=packages, clock=clock,
            nursery=nursery,
        )  # fmt: skip
        self.apis: tuple[Api, ...] = (
            DevApp(books, runs, self._contexts, packages, outlet, policy),
        )
        self.management: tuple[Api, ...] = (ContextList(books, self._contexts),)

    async def start(self) -> None:
        """Undo or go on with what a restart cut short, tell what was not told, and listen."""
        self._teller.start()
        await self._contexts.resume()
        for entry in self._books.contexts.list():
            if entry.value.state is ContextState.READY:
                self._nursery.start(
                    self._serving.settle(entry.id), name=f"context {entry.id} is looked at"
                )
        self._watch.start()
