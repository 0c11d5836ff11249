"""The sagas of relocation: a target found or made where a device is now, and what is left ended.

Never moves an application's state, and never steers a packet: the application and the platforms
do. Ref: MEC 021 clause 5.2, MEC 003 clause 6.2.1 (the MEO triggers relocation).
"""

from contextlib import suppress

import msgspec
from msgspec.structs import replace

from wayside.chassis.saga import Saga, SagaRunner, Step
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.app_lcm import (
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    InstantiationState,
    LcmOperation,
)
from wayside.refpoints.mm3 import (
    Relocation,
    RelocationEnd,
    RelocationRequest,
    RelocationState,
    RelocationTarget,
)

from .app_lcm.instances import Instances
from .books import Books, Relocated
from .clearing import Clearer, failure_of
from .topology import Topology
from .wayside_relocation import logic


class Relocating(Wire):
    """What the saga that finds a target knows so far."""

    relocation_id: str
    source_id: str
    cell: str
    target_id: str = ""
    made: bool = False
    """Whether the target is there for this relocation alone."""


class Ending(Wire):
    """What the saga that takes away knows."""

    relocation_id: str
    ended_id: str = ""
    """The instance that is to end; none where this is empty."""
    forget: bool = False
    """Whether the instance is forgotten too: nobody asked for it on Mm1."""
    graceful: bool = True


class Relocator:
    """Finds, starts and ends instances for devices that move."""

    def __init__(
        self,
        books: Books,
        topology: Topology,
        *,
        clearer: Clearer,
    ) -> None:
        self._books = books
        self._topology = topology
        self._clearer = clearer

    def join(self, instances: Instances, sagas: SagaRunner) -> None:
        """Say who runs instances and sagas: they need this one's sagas to be made themselves."""
        self._instances = self._clearer.instances = instances
        self._sagas = sagas

    def sagas(self) -> tuple[Saga[Relocating], Saga[Ending]]:
        """Return the saga that finds a target, and the one that takes away."""
        steps = (
            Step("choose", self._choose),
            Step("create", self._create, self._delete),
            Step("run", self._run, self._clear),
        )
        return (
            Saga("relocate", Relocating, steps, self._found),
            Saga("end_relocation", Ending, (Step("end", self._end),), self._ended),
        )

    async def begin(self, relocation_id: str, request: RelocationRequest) -> None:
        """Begin to find a target; durable on return. Raises NotFound for an unknown source."""
        source_id = self._source(request)
        relocation = Relocation(
            relocation_id=relocation_id, request=request, state=RelocationState.PROCESSING
        )
        context = Relocating(relocation_id=relocation_id, source_id=source_id, cell=request.cell)
        creation = self._books.relocations.creation(relocation_id, relocation)
        await self._sagas.start("relocate", relocation_id, context, also=(creation,))

    async def end(self, relocation: Relocation, said: RelocationEnd) -> None:
        """Begin to take away what nobody needs any more; durable on return."""
        id_ = relocation.relocation_id
        ending = replace(relocation, state=RelocationState.ENDING)
        await self._sagas.start(
            "end_relocation",
            f"{id_}.end",
            self._what_ends(relocation, said),
            also=(self._books.relocations.replacement(id_, ending),),
        )

    def _what_ends(self, relocation: Relocation, said: RelocationEnd) -> Ending:
        nothing = Ending(relocation_id=relocation.relocation_id)
        if said.completed:
            if not said.end_source:
                return nothing
            source = self._source(relocation.request)
            return replace(nothing, ended_id=source, forget=self._was_made(source))
        target = relocation.target
        if target is None:
            return nothing
        made = self._placed(target.host_id, target.app_instance_id)
        found = None if made is None else self._books.relocated.find(made)
        if found is None or found.value.relocation_id != relocation.relocation_id:
            return nothing  # it was there before, or others are served by it
        return replace(nothing, ended_id=found.id, forget=True, graceful=False)

    async def _choose(self, at: Relocating) -> Relocating:
        if at.target_id:
            return at
        source = self._books.instances.get(at.source_id).value
        placed = {each.id: each.value.host_id for each in self._books.placements.list()}
        there = logic.there_already(
            source,
            (
                each.value
                for each in self._books.instances.list()
                if self._books.occurrences.open_on(each.id) is None
            ),
            hosts=self._serving(at),
            placed=placed,
        )
        if there is not None:
            return replace(at, target_id=there.id)
        return replace(at, target_id=self._books.store.new_id(), made=True)

    def _serving(self, at: Relocating) -> tuple[str, ...]:
        sites = [host.site for host in self._topology.list()]
        found = logic.serving(sites, at.cell)
        here = self._books.placements.get(at.source_id).value.host_id
        if not found or here in found:
            who = f"{here} itself serves" if found else "no MEC host serves"
            raise Conflict(f"The cell {at.cell}: {who} it; the instance stays where it is.")
        return found

    async def _create(self, at: Relocating) -> Relocating:
        if not at.made or self._books.instances.find(at.target_id) is not None:
            return at
        source = self._books.instances.get(at.source_id).value
        if not self._was_made(at.target_id):
            await self._books.relocated.create(
                at.target_id, Relocated(relocation_id=at.relocation_id, cell=at.cell)
            )
        await self._instances.create(
            CreateAppInstanceRequest(
                app_d_id=source.app_d_id,
                app_instance_name=source.app_instance_name,
                app_instance_description=source.app_instance_description,
            ),
            id=at.target_id,
        )
        return at

    async def _delete(self, at: Relocating) -> Relocating:
        if at.made:
            await self._clearer.forget(at.target_id)
        return at

    def _request(self, at: Relocating) -> InstantiateAppRequest:
        """Return what the source was instantiated with: the target is to be the same."""
        for entry in reversed(self._books.occurrences.entries.list(app_instance_id=at.source_id)):
            if entry.value.lcm_operation is LcmOperation.INSTANTIATE:
                params = entry.value.operation_params or {}
                request = msgspec.convert(params, InstantiateAppRequest)
                return replace(request, app_term_cands_for_coord=None)
        return InstantiateAppRequest()

    async def _run(self, at: Relocating) -> Relocating:
        if not at.made:
            return at
        id_ = AppInstanceId(at.target_id)
        info = self._books.instances.get(id_).value
        if info.instantiation_state is InstantiationState.NOT_INSTANTIATED:
            if self._books.occurrences.open_on(id_) is None:
                await self._instances.instantiate(id_, self._request(at))
            problem = failure_of(await self._clearer.rest(id_))
            if problem is not None:
                raise problem
        return at

    async def _clear(self, at: Relocating) -> Relocating:
        if at.made and self._books.instances.find(at.target_id) is not None:
            await self._clearer.terminate(AppInstanceId(at.target_id), graceful=False)
        return at

    async def _found(self, at: Relocating, problem: Problem | None) -> None:
        if problem is not None:
            await self._tell(at, RelocationState.FAILED, detail=problem.detail)
            return
        placed = self._books.placements.get(at.target_id).value
        info = self._books.instances.get(at.target_id).value
        placement = info.wayside_placement
        target = RelocationTarget(
            app_instance_id=placed.host_instance_id,
            host_id=placed.host_id,
            addresses=() if placement is None else placement.addresses,
        )
        await self._tell(at, RelocationState.READY, target=target)

    async def _tell(
        self, at: Relocating, state: RelocationState, *, target: RelocationTarget | None = None,
        detail: str | None = None,
    ) -> None:  # fmt: skip
        await self._books.relocations.modify(
            at.relocation_id, lambda held: replace(held, state=state, target=target, detail=detail)
        )

    async def _end(self, at: Ending) -> Ending:
        if at.ended_id and self._books.instances.find(at.ended_id) is not None:
            await self._clearer.terminate(AppInstanceId(at.ended_id), graceful=at.graceful)
            if at.forget:
                await self._clearer.forget(at.ended_id)
        return at

    async def _ended(self, at: Ending, problem: Problem | None) -> None:
        with suppress(NotFound):
            await self._books.relocations.delete(at.relocation_id)

    def _was_made(self, id_: str) -> bool:
        return self._books.relocated.find(id_) is not None

    def _source(self, request: RelocationRequest) -> str:
        found = self._placed(request.host_id, request.app_instance_id)
        if found is None:
            raise NotFound(
                f"No application instance {request.app_instance_id[:64]} is placed on "
                f"{request.host_id[:64]}.",
                field="$.appInstanceId",
            )
        return found

    def _placed(self, host_id: str, host_instance_id: str) -> str | None:
        found = self._books.placements.list(host_id=host_id, host_instance_id=host_instance_id)
        return found[0].id if found else None
