"""Mm8, UALCMP to OSS: what devices have asked for, and an end put to it.

MEC 016 leaves the messages open; all of it is ours. Ref: MEC 003 clause 7.1.
"""

import msgspec

from wayside.core.operations import Api, delete, get
from wayside.core.replies import Entry, Page
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire
from wayside.model.common import SelfLink

OURS = "Ours: MEC 016 has no list of contexts; who operates the system needs one"


class UserContext(Wire):
    """An application context as the operator sees it."""

    links: SelfLink = msgspec.field(name="_links")
    context_id: str
    owner: str
    """The client whose context it is; ``anonymous`` in the sandbox."""
    associate_dev_app_id: str
    state: str
    """CREATING, READY, WAITING for a location to become available, or ENDING."""
    app_name: str
    app_d_id: str | None = None
    """Absent until a package that the device brought is on-boarded."""
    app_package_source: str | None = None
    app_instance_ids: tuple[str, ...] = ()
    reference_uris: tuple[str, ...] = msgspec.field(default=(), name="referenceURIs")
    callback_reference: str | None = None
    cells: tuple[str, ...] = ()
    """Where the device was when it asked, as far as its address says."""


class Contexts(
    Api, name="wayside_contexts", version="v1", spec="Ours", title="Application contexts of devices"
):
    """The contexts of all devices."""

    @get("/contexts", clause=OURS, scope="wayside_contexts:read")
    async def list_contexts(self, query: ListQuery) -> Page[UserContext]:
        """Return the contexts, oldest first."""
        raise NotImplementedError

    @get("/contexts/{contextId}", clause=OURS, scope="wayside_contexts:read")
    async def get_context(self, context_id: str) -> Entry[UserContext]:
        """Return one context."""
        raise NotImplementedError

    @delete("/contexts/{contextId}", clause=OURS, scope="wayside_contexts:write", errors=(409,))
    async def delete_context(self, context_id: str) -> None:
        """End a context; its device is told, and an instance that served it alone ends.

        409 while it is being created.
        """
        raise NotImplementedError
