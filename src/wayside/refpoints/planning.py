"""Plans on Mm1: where many applications would go. Ours; nothing is started, reserved or moved.

Never holds an implementation.
"""

from wayside.core.operations import Api, post
from wayside.model.plans import WaysidePlan, WaysidePlanRequest

OURS = "Ours: MEC 003 clause 6.2.1 has the MEO select hosts; the standard asks for one at a time"


class Plans(
    Api,
    name="wayside_placement",
    version="v1",
    spec="Ours",
    title="Plans for many applications at once",
):
    """Where applications would go if they were placed together."""

    @post("/plans", clause=OURS, scope="wayside_placement:read", errors=(409,))
    async def create_plan(self, body: WaysidePlanRequest) -> WaysidePlan:
        """Return where each would go now, why, and by how much the plan may not be the best.

        As many as can be are placed, and those as near as can be. 409 where there is no host or a
        package is DISABLED; 422 where an application is not on-boarded, groups contradict each
        other, or there is too much to plan at once.
        """
        raise NotImplementedError
