"""Mm3, MEO to MEPM: instances of one host; and from there packages, grants and relocations.

Packages are read only here, grants exist here alone. ``selectedMECHostInfo`` travels here alone,
``locationConstraints`` never; the MEPM sees to that. Ref: MEC 003 clause 7.1.
"""

from enum import StrEnum

from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api, get, post, put
from wayside.core.replies import Accepted
from wayside.core.wire import Wire
from wayside.model.app_lcm import ConfigPlatformForAppRequest

from . import app_lcm, app_pkgm, changes, granting


class AppPkgm(app_pkgm.AppPkgmQuery):
    """What a MEPM may do with packages: read them, and be told of them."""


class AppLcm(app_lcm.AppLcm):
    """Life cycle of the instances of one host, served by its MEPM."""

    @post(
        "/app_instances/{appInstanceId}/configure_platform_for_app",
        clause="7.4.14.3.1",
        scope=app_lcm.WRITE,
        errors=(409,),
    )
    async def configure_platform_for_app(
        self, app_instance_id: AppInstanceId, body: ConfigPlatformForAppRequest
    ) -> Accepted[None]:
        """Start to configure the platform for an instance that a VNFM runs (Mm3* alone).

        409 unless it was created with ``appPlacementInfo`` and is NOT_INSTANTIATED; 422 for a rule
        that the platform cannot have. Ours: the occurrence says INSTANTIATE, as the standard's
        enumeration has no word of its own.
        """
        raise NotImplementedError


class Changes(
    changes.Changes,
    name="wayside_changes",
    version="v1",
    spec="Ours",
    title="What changes on a host (Mm3)",
):
    """News of a host's instances and operations."""


class Granting(granting.Granting):
    """A MEPM's leave to take resources, served by the MEO."""


class RelocationRequest(Wire):
    """A device of an instance is served by a cell of another host now, or will be soon."""

    host_id: str
    """Where the instance runs."""
    app_instance_id: str
    """As that host calls it."""
    cell: str
    """One that the orchestrator knows a host's latency from."""


class RelocationState(StrEnum):
    """How far a relocation is."""

    PROCESSING = "PROCESSING"
    READY = "READY"
    """There is a target, and it serves."""
    FAILED = "FAILED"
    """There is none; nothing of the attempt is left."""
    ENDING = "ENDING"
    """It was said how it ended; what nobody needs any more is taken away."""


class RelocationTarget(Wire):
    """The instance that takes over."""

    app_instance_id: str
    """As its host calls it."""
    host_id: str
    addresses: tuple[str, ...] = ()


class Relocation(Wire):
    """An instance of the same application, found or made where a device is now."""

    relocation_id: str
    request: RelocationRequest
    state: RelocationState
    target: RelocationTarget | None = None
    detail: str | None = None
    """Why it has FAILED."""


class RelocationEnd(Wire):
    """How a relocation ended for the device."""

    completed: bool
    """False: the source serves on, and a target that was made for this is ended."""
    end_source: bool = False
    """The source serves nobody any more, and may be ended."""


RELOCATION = "Ours: MEC 021 clause 5.2 has the system find and start the target, and names no API"


class Relocations(
    Api,
    name="wayside_relocation",
    version="v1",
    spec="Ours",
    title="Where an instance's device goes (Mm3)",
):
    """What a host's manager asks of the MEO when a device of an instance moves to another host."""

    @put("/relocations/{relocationId}", clause=RELOCATION, scope="wayside_relocation:write")
    async def begin_relocation(self, relocation_id: str, body: RelocationRequest) -> Relocation:
        """Begin to find a running instance where the cell is, or start one; again is no error.

        404 where no such instance is placed on that host; 422 for an identifier that was used for
        another request.
        """
        raise NotImplementedError

    @get("/relocations/{relocationId}", clause=RELOCATION, scope="wayside_relocation:read")
    async def get_relocation(self, relocation_id: str, *, wait_s: int = 0) -> Relocation:
        """Return a relocation; while it is PROCESSING, after ``wait_s`` seconds (30 at most)."""
        raise NotImplementedError

    @post(
        "/relocations/{relocationId}/end",
        clause=RELOCATION,
        scope="wayside_relocation:write",
        errors=(409,),
    )
    async def end_relocation(self, relocation_id: str, body: RelocationEnd) -> None:
        """Say how it ended; it is forgotten once what nobody needs has ended too.

        409 while it is PROCESSING.
        """
        raise NotImplementedError
