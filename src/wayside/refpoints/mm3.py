"""Mm3, MEO to MEPM: instances of one host; and from there packages and grants.

Packages are read only here, grants exist here alone. ``selectedMECHostInfo`` travels here alone,
``locationConstraints`` never; the MEPM sees to that. Ref: MEC 003 clause 7.1.
"""

from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api, get, post
from wayside.core.replies import Accepted
from wayside.core.wire import Wire
from wayside.model.app_lcm import ConfigPlatformForAppRequest

from . import app_lcm, app_pkgm, granting


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


class HostChanges(Wire):
    """What has changed on a host since a mark."""

    mark: str
    """What to ask after the next time."""
    complete: bool
    """False where the mark is of another run of the manager, or too old: anything may have changed,
    and the lists below say nothing."""
    app_instances: tuple[str, ...] = ()
    """Instances that are in another state, reached elsewhere, or no more."""
    app_lcm_op_occs: tuple[str, ...] = ()
    """Operations that have ended, for good or for now."""


class Changes(
    Api,
    name="wayside_changes",
    version="v1",
    spec="Ours",
    title="What changes on a host (Mm3)",
):
    """News of a host's instances and operations, held back until there is some."""

    @get(
        "/changes",
        clause="Ours: beside the subscriptions of MEC 010-2 clause 7.4.3, which need a callback",
        scope="wayside_changes:read",
    )
    async def get_changes(self, *, after: str | None = None, wait_s: int = 0) -> HostChanges:
        """Return what has changed since the mark ``after``: at once, or once there is something.

        After ``wait_s`` seconds (30 at most) without a change it answers with none. What is named
        is to be read anew; nothing else is said of it.
        """
        raise NotImplementedError


class Granting(granting.Granting):
    """A MEPM's leave to take resources, served by the MEO."""
