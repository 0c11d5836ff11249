"""What a grant says: where the resources go, by the placement that was chosen. Pure.

Never decides a grant: ``deciding`` does. Ref: MEC 010-2 clause 6.2.4.
"""

from wayside.core.errors import Forbidden
from wayside.meo.books import Placed
from wayside.model.common import LinkType
from wayside.model.granting import (
    Grant,
    GrantInfo,
    GrantLinks,
    GrantRequest,
    ResourceDefinition,
    VimConnectionInfo,
    ZoneInfo,
)

ZONE = "1"
"""Names the only zone within a grant."""
VIM = "1"
"""Names the only VIM connection within a grant."""


def path_of(grant_id: str) -> str:
    """Return the path of a grant."""
    return f"/granting/v1/grants/{grant_id}"


def refused(reason: str) -> Forbidden:
    """Return the refusal with its reason."""
    return Forbidden(f"Not granted: {reason}.")


def grant_of(id: str, body: GrantRequest, placed: Placed) -> Grant:
    """Return the grant of all that was asked for, on the host of the placement."""
    connection = VimConnectionInfo(id=VIM, vim_id=placed.host_id, vim_type="WAYSIDE")
    return Grant(
        links=GrantLinks(
            self=LinkType(href=path_of(id)),
            app_lcm_op_occ=body.links.app_lcm_op_occ,
            app_instance=body.links.app_instance,
        ),
        id=id,
        app_instance_id=body.app_instance_id,
        app_lcm_op_occ_id=body.app_lcm_op_occ_id,
        vim_connections={VIM: connection},
        zones=(ZoneInfo(id=ZONE, zone_id=placed.host_id, vim_connection_id=VIM),),
        add_resources=_granted(body.add_resources, new=True),
        temp_resources=_granted(body.temp_resources, new=True),
        remove_resources=_granted(body.remove_resources, new=False),
        update_resources=_granted(body.update_resources, new=False),
    )


def _granted(resources: tuple[ResourceDefinition, ...], *, new: bool) -> tuple[GrantInfo, ...]:
    """Return leave for each resource; only a new one is told where it goes."""
    vim, zone = (VIM, ZONE) if new else (None, None)
    return tuple(
        GrantInfo(resource_definition_id=each.id, vim_connection_id=vim, zone_id=zone)
        for each in resources
    )
