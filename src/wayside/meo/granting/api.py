"""Grants: given at once for what the orchestrator itself has begun, refused with the reason.

Never takes resources. Ref: MEC 010-2 clauses 5.4.3, 7.5.
"""

from wayside.core.errors import Forbidden, Unprocessable
from wayside.core.ids import GrantId
from wayside.core.replies import Created, Entry
from wayside.meo.books import Books, Placed
from wayside.model.app_lcm import LcmOperation
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
from wayside.refpoints import mm3

ZONE = "1"
"""Names the only zone within a grant."""
VIM = "1"
"""Names the only VIM connection within a grant."""


class Granting(mm3.Granting):
    """Served to the MEPMs."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def create_grant(self, body: GrantRequest) -> Created[Grant]:
        """Grant what the orchestrator has begun on that host; raise Forbidden otherwise."""
        for held in self._books.grants.list(app_lcm_op_occ_id=body.app_lcm_op_occ_id):
            return Created(path_of(held.id), held)
        placed = self._placed(body)
        id_ = GrantId(self._books.store.new_id())
        grant = _grant(id_, body, placed)
        made = await self._books.grants.create(id_, grant)
        return Created(path_of(id_), made)

    async def get_grant(self, grant_id: GrantId) -> Entry[Grant]:
        """Return a grant."""
        return self._books.grants.get(grant_id)

    def _placed(self, body: GrantRequest) -> Placed:
        """Return the placement that the request is for; raise Forbidden where there is none."""
        if body.operation is LcmOperation.INSTANTIATE and not body.add_resources:
            raise Unprocessable(
                "addResources is needed for INSTANTIATE (MEC 010-2 clause 6.2.4.2, note 2); name "
                "the resources.",
                field="$.addResources",
            )
        for entry in self._books.placements.list(host_instance_id=body.app_instance_id):
            self._check(body, entry.value)
            return entry.value
        raise refused(f"the orchestrator has placed no instance {body.app_instance_id}")

    def _check(self, body: GrantRequest, placed: Placed) -> None:
        info = self._books.instances.get(placed.app_instance_id).value
        if info.app_d_id != body.app_d_id:
            raise refused(f"the instance {info.id} is of {info.app_d_id}, not of {body.app_d_id}")
        asking = (body.additional_params or {}).get("hostId", placed.host_id)
        if asking != placed.host_id:
            raise refused(f"the instance {info.id} is placed on {placed.host_id}, not on {asking}")
        begun = self._books.occurrences.open_on(info.id)
        if begun is None or begun.value.lcm_operation is not body.operation:
            now = "none" if begun is None else begun.value.lcm_operation
            raise refused(
                f"the operation begun on the instance {info.id} is {now}, not {body.operation}"
            )


def path_of(grant_id: str) -> str:
    """Return the path of a grant."""
    return f"/granting/v1/grants/{grant_id}"


def refused(reason: str) -> Forbidden:
    """Return the refusal with its reason."""
    return Forbidden(f"Not granted: {reason}.")


def _grant(id: str, body: GrantRequest, placed: Placed) -> Grant:
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
