"""Grants as resources: given at once where the decision is quick, else to be asked for again.

Never decides and never takes resources. Ref: MEC 010-2 clauses 5.4.3, 7.5.
"""

import asyncio
from contextlib import suppress

from wayside.chassis.saga import SagaRunner
from wayside.core.errors import problem_of
from wayside.core.ids import GrantId
from wayside.core.replies import Accepted, Created, Entry
from wayside.meo.books import Books, GrantAsked
from wayside.model.granting import Grant, GrantRequest
from wayside.refpoints import mm3

from .deciding import Deciding, Granter
from .grants import path_of

PROMPT_S = 0.5
"""How long a request for a grant waits for the decision before it is answered 202."""


class Granting(mm3.Granting):
    """Served to the MEPMs."""

    def __init__(
        self, books: Books, granter: Granter, sagas: SagaRunner, *, prompt_s: float = PROMPT_S
    ) -> None:
        self._books = books
        self._granter = granter
        self._sagas = sagas
        self._prompt_s = prompt_s

    async def create_grant(self, body: GrantRequest) -> Created[Grant] | Accepted[None]:
        """Grant what the orchestrator has begun on that host; raise Forbidden otherwise."""
        for held in self._books.grants.list(app_lcm_op_occ_id=body.app_lcm_op_occ_id):
            return Created(path_of(held.id), held)
        id_ = self._pending(body) or await self._begin(body)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._sagas.wait(id_), self._prompt_s)
        found = await self.get_grant(GrantId(id_))
        return Created(path_of(id_), found) if isinstance(found, Entry) else found

    async def get_grant(self, grant_id: GrantId) -> Entry[Grant] | Accepted[None]:
        """Return a grant; raise Forbidden with the reason where it was refused."""
        asked = self._books.grants_asked.find(grant_id)
        if asked is None:
            return self._books.grants.get(grant_id)
        refusal = asked.value.refusal
        if refusal is None:
            return Accepted(path_of(grant_id))
        raise problem_of(refusal.status, refusal.detail)

    def _pending(self, body: GrantRequest) -> str | None:
        """Return the grant that the operation has asked for and that is not decided yet."""
        asked = self._books.grants_asked.list(app_lcm_op_occ_id=body.app_lcm_op_occ_id)
        return next((each.id for each in asked if each.value.refusal is None), None)

    async def _begin(self, body: GrantRequest) -> str:
        """Begin to decide; what can be refused without asking the host is refused at once."""
        self._granter.placed(body)
        id_ = self._books.store.new_id()
        before = self._books.grants_asked.list(app_lcm_op_occ_id=body.app_lcm_op_occ_id)
        await self._sagas.start(
            "grant",
            id_,
            Deciding(grant_id=id_, request=body),
            also=(
                self._books.grants_asked.creation(id_, GrantAsked(request=body)),
                *(self._books.grants_asked.deletion(each.id) for each in before),
            ),
        )
        return id_
