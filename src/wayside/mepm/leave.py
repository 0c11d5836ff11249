"""Leave to go on: a grant asked for, and waited for where the orchestrator takes its time.

Never takes resources. Ref: MEC 010-2 clause 5.4.3.
"""

from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, GatewayTimeout, NotFound, Problem, Unavailable
from wayside.core.ids import GrantId
from wayside.core.replies import Accepted, Created, Entry
from wayside.model.granting import Grant, GrantRequest
from wayside.refpoints import mm3

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 1.0
PATIENCE_S = 60.0
"""How long the orchestrator may be away while it is asked for a grant."""
Asked = Created[Grant] | Entry[Grant] | Accepted[None]
AWAY = (Unavailable, GatewayTimeout, BadGateway)


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
        wait_s, heard = FIRST_WAIT_S, self._clock.monotonic()
        answer: Asked | None = None
        while answer is None or isinstance(answer, Accepted):
            try:
                answer = await self._look(answer, request)
                heard = self._clock.monotonic()
            except AWAY as problem:
                self._require_patience(heard, problem)
            if answer is None or isinstance(answer, Accepted):
                await self._clock.sleep(wait_s)
                wait_s = min(LONGEST_WAIT_S, wait_s * 2)

    async def _look(self, pending: Accepted[None] | None, request: GrantRequest) -> Asked:
        """Return how the grant stands; one that the orchestrator has lost is asked for anew."""
        if pending is None:
            return await self._grants.create_grant(request)
        id_ = (pending.location or "").rstrip("/").rpartition("/")[2]
        try:
            return await self._grants.get_grant(GrantId(id_))
        except NotFound:
            return await self._grants.create_grant(request)

    def _require_patience(self, heard: float, problem: Problem) -> None:
        if self._clock.monotonic() - heard > PATIENCE_S:
            raise GatewayTimeout(
                f"The orchestrator has not said for {PATIENCE_S:.0f} s whether it grants the "
                f"operation: {problem.detail}"
            ) from problem
