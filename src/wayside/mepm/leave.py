"""Leave to go on: a grant asked for, and waited for where the orchestrator takes its time.

Never takes resources. Ref: MEC 010-2 clause 5.4.3.
"""

from wayside.core.clock import Clock
from wayside.core.errors import NotFound
from wayside.core.ids import GrantId
from wayside.core.replies import Accepted, Created, Entry
from wayside.model.granting import Grant, GrantRequest
from wayside.refpoints import mm3

from .patience import FIRST_WAIT_S, LONGEST_WAIT_S, patiently

Asked = Created[Grant] | Entry[Grant] | Accepted[None]


class Leave:
    """Asks the orchestrator."""

    def __init__(self, grants: mm3.Granting, clock: Clock) -> None:
        self._grants = grants
        self._clock = clock

    async def ask(self, request: GrantRequest) -> None:
        """Return when the operation is granted.

        Raises Forbidden with the reason where it is refused, GatewayTimeout where the orchestrator
        stays away.
        """
        answer, wait_s = await self._look(None, request), FIRST_WAIT_S
        while isinstance(answer, Accepted):
            await self._clock.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)
            answer = await self._look(answer, request)

    async def _look(self, pending: Accepted[None] | None, request: GrantRequest) -> Asked:
        async def once() -> Asked:
            return await self._asked(pending, request)

        return await patiently(self._clock, once, what="whether it grants the operation")

    async def _asked(self, pending: Accepted[None] | None, request: GrantRequest) -> Asked:
        """Return how the grant stands; one that the orchestrator has lost is asked for anew."""
        if pending is None:
            return await self._grants.create_grant(request)
        id_ = (pending.location or "").rstrip("/").rpartition("/")[2]
        try:
            return await self._grants.get_grant(GrantId(id_))
        except NotFound:
            return await self._grants.create_grant(request)
