"""Decides grants: for what the orchestrator has begun, on a host that has the room when asked.

The host is asked, so a decision may take a while: it is a saga of one step, and survives a kill.
Never takes resources. Ref: MEC 010-2 clause 5.4.3.
"""

import msgspec

from wayside.chassis.backoff import Backoff
from wayside.chassis.saga import Saga, Step
from wayside.chassis.signatures import camel
from wayside.core.clock import Clock
from wayside.core.errors import Problem, Unprocessable
from wayside.core.wire import Wire
from wayside.meo.books import Books, Placed
from wayside.meo.follow import AWAY
from wayside.meo.topology import Topology
from wayside.model.app_lcm import LcmOperation
from wayside.model.common import ProblemDetails
from wayside.model.granting import GrantRequest
from wayside.refpoints.mm4 import Amount, Capacity

from .grants import grant_of, refused


class Deciding(Wire):
    """What the saga knows."""

    grant_id: str
    request: GrantRequest


class Granter:
    """Decides one grant after the other; each is durable."""

    def __init__(
        self, books: Books, topology: Topology, *, clock: Clock, patience_s: float
    ) -> None:
        self._books = books
        self._topology = topology
        self._clock = clock
        self._patience_s = patience_s

    def saga(self) -> Saga[Deciding]:
        """Return the saga."""
        return Saga("grant", Deciding, (Step("decide", self._decide),), self._decided)

    def placed(self, request: GrantRequest) -> Placed:
        """Return the placement that the request is for; raise Forbidden where there is none."""
        if request.operation is LcmOperation.INSTANTIATE and not request.add_resources:
            raise Unprocessable(
                "addResources is needed for INSTANTIATE (MEC 010-2 clause 6.2.4.2, note 2); name "
                "the resources.",
                field="$.addResources",
            )
        for entry in self._books.placements.list(host_instance_id=request.app_instance_id):
            self._check(request, entry.value)
            return entry.value
        raise refused(f"the orchestrator has placed no instance {request.app_instance_id}")

    def _check(self, request: GrantRequest, placed: Placed) -> None:
        info = self._books.instances.get(placed.app_instance_id).value
        if info.app_d_id != request.app_d_id:
            raise refused(
                f"the instance {info.id} is of {info.app_d_id}, not of {request.app_d_id}"
            )
        asking = (request.additional_params or {}).get("hostId", placed.host_id)
        if asking != placed.host_id:
            raise refused(f"the instance {info.id} is placed on {placed.host_id}, not on {asking}")
        begun = self._books.occurrences.open_on(info.id)
        if begun is None or begun.value.lcm_operation is not request.operation:
            now = "none" if begun is None else begun.value.lcm_operation
            raise refused(
                f"the operation begun on the instance {info.id} is {now}, not {request.operation}"
            )

    async def _decide(self, at: Deciding) -> Deciding:
        placed = self.placed(at.request)
        if at.request.operation is LcmOperation.INSTANTIATE:
            capacity = await self._capacity(placed.host_id)
            if short := _short(placed.amount, capacity):
                raise refused(f"the host {placed.host_id} has no room any more: {short}")
        return at

    async def _capacity(self, host_id: str) -> Capacity:
        """Return what the host tells; one that is silent is asked again for a while."""
        backoff, failures, since = Backoff(), 0, self._clock.monotonic()
        while True:
            try:
                return await self._topology.get(host_id).mm4.get_capacity()
            except AWAY as problem:
                failures += 1
                if self._clock.monotonic() - since > self._patience_s:
                    silence = f"the host {host_id} does not tell its capacity: {problem.detail}"
                    raise refused(silence.rstrip(".")) from problem
            await self._clock.sleep(backoff.wait_s(failures))

    async def _decided(self, at: Deciding, problem: Problem | None) -> None:
        asked = self._books.grants_asked
        if asked.find(at.grant_id) is None:  # Told already, or its instance is forgotten.
            return
        if problem is None:
            try:
                placed = self.placed(at.request)
            except Problem as changed:  # It was given up meanwhile.
                problem = changed
        if problem is not None:
            details = ProblemDetails.of(problem)
            await asked.modify(
                at.grant_id, lambda held: msgspec.structs.replace(held, refusal=details)
            )
            return
        grant = grant_of(at.grant_id, at.request, placed)
        await self._books.store.commit(
            asked.deletion(at.grant_id), self._books.grants.creation(at.grant_id, grant)
        )


def _short(wanted: Amount, capacity: Capacity) -> str:
    """Return what the host is short of, with figures; empty where there is room.

    Promises to other instances are not looked at: they were when the host was chosen.
    """
    told = []
    for name in wanted.__struct_fields__:
        asked = getattr(wanted, name)
        free = getattr(capacity.total, name) - getattr(capacity.allocated, name)
        if asked > free:
            told.append(f"{camel(name)} {asked} asked for, {max(free, 0)} free")
    return ", ".join(told)
