"""Mm3, MEO to MEPM: instances of one host; and from there packages and grants.

Packages are read only here, grants exist here alone. ``selectedMECHostInfo`` travels here alone,
``locationConstraints`` never; the MEPM sees to that. Ref: MEC 003 clause 7.1.
"""

from wayside.core.ids import AppInstanceId
from wayside.core.operations import post
from wayside.core.replies import Accepted
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
