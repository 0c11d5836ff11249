"""What the orchestrator remembers: packages, instances, where they are placed, operations, grants.

Never runs anything: sagas do.
"""

from typing import Any, NamedTuple

import msgspec

from wayside.chassis.collection import Collection
from wayside.chassis.occurrences import Occurrences
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.core.wire import Wire
from wayside.model.app_lcm import AppInstanceInfo, LocationInformation, OperationalState
from wayside.model.app_pkgm import AppPkgInfo, UsageState
from wayside.model.appd import AppD
from wayside.model.common import ProblemDetails
from wayside.model.coordination import WaysideCoordination
from wayside.model.granting import Grant, GrantRequest
from wayside.refpoints.mm3 import Relocation
from wayside.refpoints.mm4 import Amount


class Placed(Wire):
    """Where an instance is placed, and what it takes there."""

    app_instance_id: str
    host_id: str
    amount: Amount
    host_instance_id: str
    """What the host calls the instance; the same, unless its MEPM gives names of its own."""
    waits_for: tuple[str, ...] = ()
    """Instances that have to end before there is room for it."""
    settled: bool = False
    """True once the host's own figures count the instance; before, it is promised."""

    def settle(self) -> "Placed":
        """Return the same placement, settled."""
        return msgspec.structs.replace(self, settled=True, waits_for=())


class GrantAsked(Wire):
    """A grant that a MEPM has asked for, as long as there is none."""

    request: GrantRequest
    refusal: ProblemDetails | None = None
    """None: it is not decided yet."""


class Relocated(Wire):
    """What is remembered of an instance that nobody asked for on Mm1."""

    relocation_id: str
    cell: str
    """What the host that it is placed on has to serve."""


class Reached(NamedTuple):
    """Where an instance has come to be."""

    addresses: tuple[str, ...]
    location: LocationInformation | None


class Books:
    """The orchestrator's state, all in one store so that what belongs together changes together."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.occurrences = Occurrences(store, clock)
        self.packages = Collection(
            store,
            "app_packages",
            AppPkgInfo,
            what="application package",
            indexes={"app_d_id": lambda package: package.app_d_id},
        )
        self.descriptors = Collection(store, "app_descriptors", AppD, what="descriptor")
        """By the identifier of the package."""
        self.instances = Collection(
            store,
            "app_instances",
            AppInstanceInfo,
            what="application instance",
            indexes={"app_pkg_id": lambda info: info.app_pkg_id},
        )
        self.placements = Collection(
            store,
            "placements",
            Placed,
            what="placement of the application instance",
            indexes={
                "host_id": lambda placed: placed.host_id,
                "host_instance_id": lambda placed: placed.host_instance_id,
            },
        )
        self.grants = Collection(
            store,
            "grants",
            Grant,
            what="grant",
            indexes={
                "app_lcm_op_occ_id": lambda grant: grant.app_lcm_op_occ_id,
                "app_instance_id": lambda grant: grant.app_instance_id,
            },
        )

        self.grants_asked = Collection(
            store,
            "grants_asked",
            GrantAsked,
            what="grant",
            indexes={
                "app_lcm_op_occ_id": lambda asked: asked.request.app_lcm_op_occ_id,
                "app_instance_id": lambda asked: asked.request.app_instance_id,
            },
        )
        """Those that are not decided yet, and those that were refused."""

        self.coordinations = Collection(
            store,
            "coordinations",
            WaysideCoordination,
            what="coordination",
            indexes={"app_instance_id": lambda asked: asked.app_instance_id},
        )
        """Which instances may end for another; of each instance the last question."""

        self.relocations = Collection(store, "relocations", Relocation, what="relocation")
        self.relocated = Collection(store, "relocated", Relocated, what="relocated instance")
        """The instances that were made for a relocation, by their identifiers."""

    def usage(self, app_pkg_id: str, *, without: str | None = None) -> Wish[AppPkgInfo]:
        """Return the wish that a package tells whether instances of it, but ``without``, exist."""

        def change(package: AppPkgInfo) -> AppPkgInfo:
            held = self.instances.list(app_pkg_id=app_pkg_id)
            used = any(entry.id != without for entry in held)
            state = UsageState.IN_USE if used else UsageState.NOT_IN_USE
            return msgspec.structs.replace(package, usage_state=state)

        return self.packages.modification(app_pkg_id, change)

    async def end(
        self,
        op_occ_id: str,
        problem: Problem | None,
        *,
        state: OperationalState | None,
        reached: Reached | None = None,
    ) -> None:
        """Close the operation; the instance is then in ``state``, its placement settled.

        Without a state, NOT_INSTANTIATED, it is not placed any more.
        All of it is durable together. Nothing changes where the operation is closed already.
        """
        if self.occurrences.closed(op_occ_id):
            return
        id_ = self.occurrences.entries.get(op_occ_id).value.app_instance_id

        def change(info: AppInstanceInfo) -> AppInstanceInfo:
            after = info.moved(state)
            if state is None:
                return after.unplaced()
            if reached is None:
                return after
            return after.reached_at(reached.addresses).located(reached.location)

        await self.store.commit(
            self.occurrences.ending(op_occ_id, problem),
            self.instances.modification(id_, change),
            *self._settling(id_, state),
        )

    def _settling(self, id: str, state: OperationalState | None) -> list[Wish[Any]]:
        if self.placements.find(id) is None:
            return []
        if state is None:
            return [self.placements.deletion(id)]
        return [self.placements.modification(id, Placed.settle)]
