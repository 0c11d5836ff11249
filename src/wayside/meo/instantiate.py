"""The saga that instantiates anywhere: choose a host, have it make and run the instance.

A host that refuses is followed by the next best. Where all are short of room, the OSS is asked who
may end for the instance; whoever it selects is ended before. Unwound, no host has anything of the
instance and its resources are promised to nobody.
Ref: MEC 010-2 clauses 5.3.1, 5.5.1.
"""

import msgspec

from wayside.chassis.saga import GoBack, Saga, Step
from wayside.core.errors import Conflict, Forbidden, Problem
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.wire import Wire
from wayside.model.app_lcm import (
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperation,
    MECHostInformation,
    OperationalState,
)
from wayside.model.appd import AppD

from .books import Books, Placed, Reached
from .follow import Follower
from .placement.plan import NoHost
from .placement.room import Claim
from .placing import Placer, location_of
from .rooms import Rooms, Shortage
from .topology import Host, Topology


class Instantiation(Wire):
    """What the saga knows so far."""

    op_occ_id: str
    app_instance_id: str
    request: InstantiateAppRequest
    host_id: str = ""
    host_instance_id: AppInstanceId = AppInstanceId("")
    host_op_occ_id: AppLcmOpOccId = AppLcmOpOccId("")
    addresses: tuple[str, ...] = ()
    refusals: dict[str, str] = msgspec.field(default_factory=dict)
    """Hosts that were asked to run the instance and refused, with what they said."""
    shortage: Shortage | None = None
    """Set once no host had room, while some would with more: the OSS is asked, once."""


class Instantiate:
    """The steps of instantiation."""

    def __init__(
        self, books: Books, topology: Topology, *, placer: Placer, follower: Follower, rooms: Rooms
    ) -> None:
        self._books = books
        self._topology = topology
        self._placer = placer
        self._follower = follower
        self._rooms = rooms

    def saga(self) -> Saga[Instantiation]:
        """Return the saga; its first two steps do nothing until one of the others goes back."""
        steps = (
            Step("coordinate", self._coordinate, self._withdraw),
            Step("make_room", self._make_room),
            Step("place", self._place, self._release),
            Step("create", self._create, self._clear),
            Step("instantiate", self._instantiate),
            Step("follow", self._follow),
        )
        return Saga("instantiate", Instantiation, steps, self._finished)

    async def _coordinate(self, at: Instantiation) -> Instantiation:
        if at.shortage is not None:
            await self._rooms.ask(at.shortage, self._app_d(at), at.request)
        return at

    async def _withdraw(self, at: Instantiation) -> Instantiation:
        if at.shortage is not None:
            await self._rooms.withdraw(at.shortage.coordination_id)
        return at

    async def _make_room(self, at: Instantiation) -> Instantiation:
        if at.shortage is None:
            return at
        asked = at.shortage.coordination_id
        placed = await self._choose(at, self._rooms.claim(asked))
        if placed.waits_for:
            await self._rooms.clear(asked)
        return at

    async def _place(self, at: Instantiation) -> Instantiation:
        try:
            placed = await self._choose(at)
        except NoHost as refusal:
            if at.shortage is not None or not self._rooms.may_be_made(at.request, refusal):
                raise
            raise GoBack("coordinate", self._short(at, refusal)) from refusal
        return msgspec.structs.replace(
            at,
            host_id=placed.host_id,
            host_instance_id=AppInstanceId(placed.host_instance_id),
        )

    def _short(self, at: Instantiation, refusal: NoHost) -> Instantiation:
        shortage = Shortage(
            app_lcm_op_occ_id=at.op_occ_id,
            coordination_id=self._books.store.new_id(),
            detail=refusal.detail,
            short_of_room=refusal.short_of_room,
        )
        return msgspec.structs.replace(at, shortage=shortage)

    async def _choose(self, at: Instantiation, claim: Claim | None = None) -> Placed:
        return await self._placer.place(
            at.app_instance_id, self._app_d(at), at.request, refusals=at.refusals, claim=claim
        )

    def _app_d(self, at: Instantiation) -> AppD:
        info = self._books.instances.get(at.app_instance_id).value
        return self._books.descriptors.get(info.app_pkg_id).value

    async def _release(self, at: Instantiation) -> Instantiation:
        await self._placer.release(at.app_instance_id)
        return at

    async def _create(self, at: Instantiation) -> Instantiation:
        info = self._books.instances.get(at.app_instance_id).value
        request = CreateAppInstanceRequest(
            app_d_id=info.app_d_id,
            app_instance_name=info.app_instance_name,
            app_instance_description=info.app_instance_description,
            wayside_app_instance_id=at.app_instance_id,
        )
        made = await self._host(at).mm3.create_app_instance(request)
        id_ = made.location.rstrip("/").rpartition("/")[2]
        await self._books.placements.modify(
            at.app_instance_id, lambda placed: msgspec.structs.replace(placed, host_instance_id=id_)
        )
        return msgspec.structs.replace(at, host_instance_id=AppInstanceId(id_))

    async def _clear(self, at: Instantiation) -> Instantiation:
        host = self._topology.find(at.host_id)
        if host is not None:  # One that was taken out of the system has nothing of ours.
            await self._follower.clear(host, at.host_instance_id)
        return at

    async def _instantiate(self, at: Instantiation) -> Instantiation:
        host = self._host(at)
        site = host.site
        chosen = MECHostInformation(host_name=site.name, host_id={"hostId": site.host_id})
        request = msgspec.structs.replace(
            at.request,
            selected_mec_host_info=(chosen,),
            location_constraints=None,
            app_term_cands_for_coord=None,
            wayside_host_id=None,
        )
        op_occ_id = await self._follower.begin(
            host,
            at.host_instance_id,
            LcmOperation.INSTANTIATE,
            lambda: host.mm3.instantiate_app_instance(at.host_instance_id, request),
        )
        return msgspec.structs.replace(at, host_op_occ_id=op_occ_id)

    async def _follow(self, at: Instantiation) -> Instantiation:
        host = self._host(at)
        try:
            await self._follower.end_of(host, at.host_instance_id, at.host_op_occ_id)
        except (Conflict, Forbidden) as refusal:
            # Its room went to others meanwhile, which its VIM says, or the grant that it asked for.
            raise GoBack("place", _refused(at, refusal)) from refusal
        info = (await host.mm3.get_app_instance(at.host_instance_id)).value
        placement = info.wayside_placement
        addresses = () if placement is None else placement.addresses
        return msgspec.structs.replace(at, addresses=addresses)

    async def _finished(self, at: Instantiation, problem: Problem | None) -> None:
        if problem is not None:
            await self._books.end(at.op_occ_id, problem, state=None)
            return
        reached = Reached(at.addresses, location_of(self._host(at).site))
        state = OperationalState.STARTED
        await self._books.end(at.op_occ_id, None, state=state, reached=reached)

    def _host(self, at: Instantiation) -> Host:
        return self._topology.get(at.host_id)


def _refused(at: Instantiation, refusal: Problem) -> Instantiation:
    return msgspec.structs.replace(at, refusals=at.refusals | {at.host_id: refusal.detail})
