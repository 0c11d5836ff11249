"""Grants: what a MEPM asks of the MEO before it takes resources. Ref: MEC 010-2 clause 6.2.4.

Never decides a grant: the MEO does.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

from .app_lcm import LcmOperation
from .common import LinkType
from .services import KeyValuePairs


class ResourceType(StrEnum):
    """What kind of resource a definition means. Ref: MEC 010-2 table 6.2.4.3.2-1."""

    COMPUTE = "COMPUTE"
    STORAGE = "STORAGE"
    LINKPORT = "LINKPORT"
    OSCONTAINER = "OSCONTAINER"


class ResourceDefinition(Wire):
    """A resource that an operation adds, changes or removes. Ref: MEC 010-2 clause 6.2.4.3.

    ``resource_template_id`` names descriptors in the AppD.
    """

    id: str
    type: ResourceType
    vdu_id: str | None = None
    resource_template_id: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class GrantLinks(Wire):
    """Links of a grant and of its request. Ref: MEC 010-2 tables 6.2.4.2.2-1, 6.2.4.4.2-1.

    Ours: ``self`` beside what the table lists, as MEC 009 clause 6.14 asks.
    """

    self: LinkType | None = None
    app_lcm_op_occ: LinkType
    app_instance: LinkType


class GrantRequest(Wire):
    """A MEPM's request to go on with an operation. Ref: MEC 010-2 clause 6.2.4.2."""

    links: GrantLinks = msgspec.field(name="_links")
    app_instance_id: str
    app_lcm_op_occ_id: str
    app_d_id: str
    operation: LcmOperation
    add_resources: tuple[ResourceDefinition, ...] = ()
    temp_resources: tuple[ResourceDefinition, ...] = ()
    remove_resources: tuple[ResourceDefinition, ...] = ()
    update_resources: tuple[ResourceDefinition, ...] = ()
    additional_params: KeyValuePairs | None = None


class GrantInfo(Wire):
    """Where a granted resource goes. Ref: MEC 010-2 clause 6.2.4.5.

    Connection and zone are there for new resources, and absent for those that are allocated.
    """

    resource_definition_id: str
    vim_connection_id: str | None = None
    zone_id: str | None = None


class ZoneInfo(Wire):
    """A zone that resources go to; here a MEC host. Ref: MEC 010-2 clause 6.2.4.6."""

    id: str
    zone_id: str
    vim_connection_id: str | None = None


class VimConnectionInfo(Wire):
    """A VIM that may be used. Ref: MEC 010-2 clause 6.2.2.18.

    Ours: ``vim_id`` names the MEC host, and ``vim_type`` is WAYSIDE, which needs no address: a
    MEPM knows its own VIM.
    """

    id: str
    vim_id: str | None = None
    vim_type: str


class Grant(Wire):
    """Leave to go on with an operation. Ref: MEC 010-2 clause 6.2.4.4."""

    links: GrantLinks = msgspec.field(name="_links")
    id: str
    app_instance_id: str
    app_lcm_op_occ_id: str
    vim_connections: dict[str, VimConnectionInfo] | None = None
    """By the connections' identifiers."""
    zones: tuple[ZoneInfo, ...] = ()
    add_resources: tuple[GrantInfo, ...] = ()
    temp_resources: tuple[GrantInfo, ...] = ()
    remove_resources: tuple[GrantInfo, ...] = ()
    update_resources: tuple[GrantInfo, ...] = ()
