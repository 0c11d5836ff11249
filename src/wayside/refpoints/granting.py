"""Granting: a MEPM asks before it takes resources. Ref: MEC 010-2 clause 7.5. Mm3 alone.

Never serves: the MEO does.
"""

from wayside.core.ids import GrantId
from wayside.core.operations import Api, get, post
from wayside.core.replies import Accepted, Created, Entry
from wayside.model.granting import Grant, GrantRequest


class Granting(
    Api,
    name="granting",
    version="v1",
    spec="MEC 010-2 V3.1.1",
    title="Granting of life cycle operations",
):
    """Grants, given at once or after a while, or refused with the reason."""

    @post("/grants", clause="7.5.1.3.1", scope="granting:write")
    async def create_grant(self, body: GrantRequest) -> Created[Grant] | Accepted[None]:
        """Grant the operation or answer 403 with the reason; 202 where that takes a while.

        The same operation occurrence asked for again has the same grant.
        """
        raise NotImplementedError

    @get("/grants/{grantId}", clause="7.5.2.3.2", scope="granting:read")
    async def get_grant(self, grant_id: GrantId) -> Entry[Grant] | Accepted[None]:
        """Return a grant that was given; 202 while it is not decided, 403 where it is refused."""
        raise NotImplementedError
