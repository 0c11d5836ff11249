"""LCM coordination on Mm1: the MEO asks, the OSS answers. Ref: MEC 010-2 clauses 5.5, 6.3.5.2.

``LcmCoordination`` is served by the OSS; ``Coordinations`` (ours) by the MEO, to whoever answers
where no OSS is configured. Never holds an implementation.
"""

from wayside.core.operations import Api, get, post
from wayside.core.replies import Accepted, Created, Entry, Page
from wayside.core.requests import ListQuery
from wayside.model.coordination import WaysideCoordination, WaysideCoordinationAnswer
from wayside.model.lcm_coord import LcmCoord, LcmCoordRequest

STAGE_3 = "Ours: MEC 010-2 clause 6.3.5.2 has no stage 3; after NFV-SOL 005 clause 12"
OURS = "Ours: MEC 010-2 clause 5.5.1, where no OSS answers by itself"


class LcmCoordination(
    Api,
    name="lcmcoord",
    version="v1",
    spec="NFV-SOL 005, for MEC 010-2 clause 6.3.5.2",
    title="LCM coordination",
):
    """What an OSS serves so that it is asked before others are ended for an instance."""

    @post("/coordinations", clause=STAGE_3, scope="lcmcoord:write", errors=(409,))
    async def create_coordination(
        self, body: LcmCoordRequest
    ) -> Created[LcmCoord] | Accepted[None]:
        """Answer at once (201), or later: 202 with the resource to ask at; 403 refuses it."""
        raise NotImplementedError

    @get("/coordinations/{coordinationId}", clause=STAGE_3, scope="lcmcoord:read")
    async def get_coordination(self, coordination_id: str) -> Entry[LcmCoord] | Accepted[None]:
        """Return how it has ended; 202 while it has not."""
        raise NotImplementedError

    @post(
        "/coordinations/{coordinationId}/cancel",
        clause=STAGE_3,
        scope="lcmcoord:write",
        errors=(409,),
    )
    async def cancel_coordination(self, coordination_id: str) -> Accepted[None]:
        """Have the question withdrawn; 409 where it has been answered."""
        raise NotImplementedError


class Coordinations(
    Api,
    name="wayside_coordination",
    version="v1",
    spec="Ours",
    title="Questions which instances may end for another",
):
    """What the MEO asks, to be seen and, where no OSS is configured, answered."""

    @get("/coordinations", clause=OURS, scope="coordination:read")
    async def list_coordinations(self, query: ListQuery) -> Page[WaysideCoordination]:
        """Return the questions, oldest first; of each instance the newest."""
        raise NotImplementedError

    @get("/coordinations/{coordinationId}", clause=OURS, scope="coordination:read")
    async def get_coordination(self, coordination_id: str) -> Entry[WaysideCoordination]:
        """Return a question, what was suggested and why, and its answer."""
        raise NotImplementedError

    @post(
        "/coordinations/{coordinationId}/answer",
        clause=OURS,
        scope="coordination:write",
        errors=(409,),
    )
    async def answer_coordination(
        self, coordination_id: str, body: WaysideCoordinationAnswer
    ) -> Entry[WaysideCoordination]:
        """Say which instances end, or that none shall; durable on return.

        409 unless it is PENDING, and where the OSS is asked; 422 where ``terminateApps`` is not
        one of the options whole.
        """
        raise NotImplementedError
